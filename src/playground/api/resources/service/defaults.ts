/**
 * What a Service is given that its writer left out.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/v1 SetDefaults_Service.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import { completeConditions } from '../conditions.js';
import { isExternallyAccessible } from './type.js';

/** Three hours: DefaultClientIPServiceAffinitySeconds. */
const AFFINITY_SECONDS = 10_800;

export function setServiceDefaults(service: ApiObject): void {
  service['spec'] ??= {};
  const { spec } = service;
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds == null) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
  }
  spec.type ||= 'ClusterIP';
  for (const port of (spec.ports ?? []) as JsonObject[]) {
    port['protocol'] ||= 'TCP';
    port['targetPort'] ||= port['port'];
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster';
  if (['ClusterIP', 'NodePort', 'LoadBalancer'].includes(spec.type)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of (service['status']?.loadBalancer?.ingress ?? []) as JsonObject[]) {
      if (ingress['ip']) ingress['ipMode'] ??= 'VIP';
    }
  }
  service['status'] ??= {};
  service['status'].loadBalancer ??= {};
  completeConditions(service, ['lastTransitionTime']);
}
