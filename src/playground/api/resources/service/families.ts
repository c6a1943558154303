/**
 * Which IP families a Service is to have: policy, families and addresses, each of which may say something about the others.
 *
 * Source: `k8s.io/kubernetes` pkg/registry/core/service/storage alloc.go, initIPFamilyFields; KEP-563.
 * @module
 */
import type { Family } from '../../../../values/address.js';
import type { ApiObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { invalid } from '../causes.js';
import { validateClusterIps } from './cluster-ips.js';
import { clusterIpsOf, familiesOf, needsClusterIp, sameList } from './type.js';

/** Fills in `ipFamilyPolicy` and `ipFamilies`, and cuts off what a change to SingleStack gives up. `cluster`: default family first. */
export function settleFamilies(
  service: ApiObject,
  old: ApiObject | undefined,
  cluster: readonly Family[],
): readonly Cause[] {
  const { spec } = service;
  if (!needsClusterIp(service) || isSettled(service, old)) return [];

  const isOpenHeadless = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.['spec'].ipFamilyPolicy ?? (isOpenHeadless ? 'RequireDualStack' : 'SingleStack');

  const malformed = validateClusterIps(service, old);
  if (malformed.length > 0) return malformed;
  const unclear = [...(old === undefined ? [] : settleReduction(service, old)), ...checkPolicy(service)];
  unclear.push(...inferFamilies(service, cluster));
  if (unclear.length > 0) return unclear;

  if (isOpenHeadless) {
    // Its endpoints are its writer's: they may be of a family that the cluster does not have.
    completeFamilies(service, cluster, spec.ipFamilyPolicy !== 'SingleStack');
    return [];
  }
  const missing = checkCluster(service, cluster);
  if (missing.length > 0) return missing;
  completeFamilies(service, cluster, spec.ipFamilyPolicy !== 'SingleStack' && cluster.length === 2);
  return [];
}

/** No family is the cluster's first. */
function completeFamilies(service: ApiObject, [first]: readonly Family[], isDual: boolean): void {
  const families = [...familiesOf(service)];
  if (families.length === 0 && first !== undefined) families.push(first);
  if (families.length === 1 && isDual) families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
  service['spec'].ipFamilies = families;
}

/** A cluster that became dual-stack changes no Service that already had PreferDualStack. */
export function isSettled(service: ApiObject, old: ApiObject | undefined): boolean {
  if (old === undefined || old['spec'].type !== service['spec'].type) return false;
  return (
    needsClusterIp(service) &&
    service['spec'].ipFamilyPolicy === 'PreferDualStack' &&
    (old['spec'].ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    sameList(clusterIpsOf(service), clusterIpsOf(old)) &&
    sameList(familiesOf(service), familiesOf(old))
  );
}

/** SingleStack says clearly that the second address and family go; without it, a list that became shorter is a mistake. */
function settleReduction(service: ApiObject, old: ApiObject): Cause[] {
  const { spec } = service;
  if (spec.ipFamilyPolicy === 'SingleStack') {
    const ips = clusterIpsOf(service);
    if (ips.length > 1 && sameList(ips, clusterIpsOf(old))) spec.clusterIPs = ips.slice(0, 1);
    const families = familiesOf(service);
    if (families.length > 1 && sameList(families, familiesOf(old))) spec.ipFamilies = families.slice(0, 1);
    return [];
  }
  const isReduced = (now: readonly string[], before: readonly string[]) => now.length > 0 && now.length < before.length;
  return [
    ...(isReduced(clusterIpsOf(service), clusterIpsOf(old))
      ? [policyProblem(service, "must be 'SingleStack' to release the secondary cluster IP")]
      : []),
    ...(isReduced(familiesOf(service), familiesOf(old))
      ? [policyProblem(service, "must be 'SingleStack' to release the secondary IP family")]
      : []),
  ];
}

const policyProblem = ({ spec }: ApiObject, rule: string) => invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, rule);

function checkPolicy(service: ApiObject): readonly Cause[] {
  if (service['spec'].ipFamilyPolicy !== 'SingleStack') return [];
  const rule = (what: string) => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
  return [
    ...(clusterIpsOf(service).length === 2 ? [policyProblem(service, rule('cluster IPs'))] : []),
    ...(familiesOf(service).length === 2 ? [policyProblem(service, rule('IP families'))] : []),
  ];
}

/** An address that stands without a family names its own. */
function inferFamilies(service: ApiObject, cluster: readonly Family[]): readonly Cause[] {
  const ips = clusterIpsOf(service);
  if (ips[0] === 'None') return [];
  const causes: Cause[] = [];
  const families = [...familiesOf(service)];
  for (const [at, ip] of ips.entries()) {
    if (at < families.length) continue;
    const family: Family = ip.includes(':') ? 'IPv6' : 'IPv4';
    if (cluster.includes(family)) families.push(family);
    else causes.push(invalid(`spec.clusterIPs[${at}]`, ips, `${family} is not configured on this cluster`));
  }
  if (families.length > 0) service['spec'].ipFamilies = families;
  return causes;
}

function checkCluster(service: ApiObject, cluster: readonly Family[]): readonly Cause[] {
  const { spec } = service;
  return [
    ...(spec.ipFamilyPolicy === 'RequireDualStack' && cluster.length < 2
      ? [policyProblem(service, 'this cluster is not configured for dual-stack services')]
      : []),
    ...familiesOf(service).flatMap((family, at) =>
      cluster.includes(family as Family)
        ? []
        : [invalid(`spec.ipFamilies[${at}]`, family, 'not configured on this cluster')],
    ),
  ];
}
