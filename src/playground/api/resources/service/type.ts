/**
 * Which of its fields a Service needs, by its type.
 *
 * Source: `k8s.io/kubernetes` pkg/registry/core/service and pkg/api/service.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';

export const portsOf = (service: ApiObject): JsonObject[] => service['spec'].ports ?? [];
export const clusterIpsOf = (service: ApiObject): readonly string[] => service['spec'].clusterIPs ?? [];
export const familiesOf = (service: ApiObject): readonly string[] => service['spec'].ipFamilies ?? [];

export const isLoadBalancer = ({ spec }: ApiObject): boolean => spec.type === 'LoadBalancer';
export const needsClusterIp = ({ spec }: ApiObject): boolean => spec.type !== 'ExternalName';
/** Whether its ports may have a node port; see {@link wantsNodePorts}. */
export const mayHaveNodePorts = ({ spec }: ApiObject): boolean =>
  spec.type === 'NodePort' || spec.type === 'LoadBalancer';
/** Whether ports without a node port are given one. */
export const wantsNodePorts = ({ spec }: ApiObject): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
export const needsHealthCheck = ({ spec }: ApiObject): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
export const isExternallyAccessible = ({ spec }: ApiObject): boolean =>
  spec.type === 'LoadBalancer' ||
  spec.type === 'NodePort' ||
  (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
export const isHeadless = (service: ApiObject): boolean => {
  const ips = clusterIpsOf(service);
  return ips.length === 1 && ips[0] === 'None';
};

export const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, at) => each === b[at]);
