/**
 * What a Service keeps of what it had: allocated values that a write leaves out, and nothing that its new type has no use for.
 *
 * A change of type empties fields only where the writer did not touch them: what he asked for is judged, not thrown away.
 *
 * Source: `k8s.io/kubernetes` pkg/registry/core/service strategy.go (dropTypeDependentFields) and storage.go.
 * @module
 */
import type { ApiObject } from '../../object.js';
import {
  clusterIpsOf,
  familiesOf,
  isExternallyAccessible,
  isLoadBalancer,
  mayHaveNodePorts,
  needsClusterIp,
  needsHealthCheck,
  portsOf,
  sameList,
  wantsNodePorts,
} from './type.js';

/** Before anything is allocated: an applied manifest that names no addresses and ports keeps those that it was given. */
export function keepAllocated(service: ApiObject, old: ApiObject | undefined): void {
  if (old !== undefined) {
    if (needsClusterIp(service) && needsClusterIp(old)) {
      service['spec'].clusterIP ||= old['spec'].clusterIP;
      if (clusterIpsOf(service).length === 0) copyList(service, old, 'clusterIPs');
    }
    if (wantsNodePorts(service) && wantsNodePorts(old)) keepNodePorts(service, old);
    if (needsHealthCheck(service) && needsHealthCheck(old)) {
      service['spec'].healthCheckNodePort ||= old['spec'].healthCheckNodePort;
    }
  }
  pairClusterIps(service, old);
}

function keepNodePorts(service: ApiObject, old: ApiObject): void {
  const numbers = (each: ApiObject) => portsOf(each).map((port): number => port['nodePort'] ?? 0);
  const kept = new Set(numbers(service).filter((number) => number !== 0 && numbers(old).includes(number)));
  const byName = new Map(portsOf(old).map((port) => [port['name'] ?? '', port['nodePort'] ?? 0]));
  for (const port of portsOf(service)) {
    const before = byName.get(port['name'] ?? '');
    if (!port['nodePort'] && before && !kept.has(before)) port['nodePort'] = before;
  }
}

/** `clusterIPs` follows `clusterIP` for writers who know only the one. */
function pairClusterIps(service: ApiObject, old: ApiObject | undefined): void {
  const { spec } = service;
  const ips = clusterIpsOf(service);
  if (old === undefined) {
    if (spec.clusterIP && ips.length === 0) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const before = old['spec'];
  const [now, then] = [spec.clusterIP ?? '', before.clusterIP ?? ''];
  if (now === then) {
    if (ips.length === 0) copyList(service, old, 'clusterIPs');
  } else if (sameList(ips, clusterIpsOf(old))) {
    if (now === '') delete spec.clusterIPs;
    else spec.clusterIPs = [now];
  }
}

function copyList(service: ApiObject, old: ApiObject, field: 'clusterIPs'): void {
  const list = old['spec'][field];
  if (list !== undefined) service['spec'][field] = [...list];
}

/** After everything is allocated. */
export function dropUnused(service: ApiObject, old: ApiObject): void {
  const { spec } = service;
  const before = old['spec'];
  const isSame = (field: string) => (spec[field] ?? '') === (before[field] ?? '');
  const drop = (field: string) => delete spec[field];

  if (needsClusterIp(old) && !needsClusterIp(service)) {
    if (isSame('clusterIP') && sameList(clusterIpsOf(service), clusterIpsOf(old))) {
      drop('clusterIP');
      drop('clusterIPs');
    }
    if (sameList(familiesOf(service), familiesOf(old))) drop('ipFamilies');
    if (isSame('ipFamilyPolicy')) drop('ipFamilyPolicy');
  }
  if (mayHaveNodePorts(old) && !mayHaveNodePorts(service) && hasNoNewNodePort(service, old)) {
    for (const port of portsOf(service)) delete port['nodePort'];
  }
  if (needsHealthCheck(old) && !needsHealthCheck(service) && isSame('healthCheckNodePort')) drop('healthCheckNodePort');
  if (isLoadBalancer(old) && !isLoadBalancer(service)) {
    if (isSame('allocateLoadBalancerNodePorts')) drop('allocateLoadBalancerNodePorts');
    if (isSame('loadBalancerClass')) drop('loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(service) && isSame('externalTrafficPolicy')) {
    drop('externalTrafficPolicy');
  }
  if (!isLoadBalancer(service)) service['status'] = { ...service['status'], loadBalancer: {} };
}

function hasNoNewNodePort(service: ApiObject, old: ApiObject): boolean {
  const before = portsOf(old).map((port) => port['nodePort'] ?? 0);
  return portsOf(service).every((port) => !port['nodePort'] || before.includes(port['nodePort']));
}
