/**
 * What is wrong with the cluster IPs and IP families of a Service, by themselves and against what it had.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/validation, ValidateServiceClusterIPsRelatedFields and what stands around it.
 * @module
 */
import type { ApiObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { validateAddress } from '../addresses.js';
import { duplicate, invalid, notSupported, required } from '../causes.js';
import { clusterIpsOf, familiesOf, isHeadless, needsClusterIp } from './type.js';

const FIELD = 'spec.clusterIPs';
const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const UNCHANGED = 'may not change once set';

export function validateClusterIps(service: ApiObject, old: ApiObject | undefined): readonly Cause[] {
  if (!needsClusterIp(service)) return [];
  const ips = clusterIpsOf(service);
  const { ipFamilyPolicy: policy } = service['spec'];
  const malformed = validateEach(ips, old === undefined ? [] : clusterIpsOf(old));
  const causes = [
    ...validateFirst(service),
    ...validateFamilies(familiesOf(service)),
    ...(policy == null || POLICIES.includes(policy) ? [] : [notSupported('spec.ipFamilyPolicy', policy, POLICIES)]),
    ...malformed,
    ...(ips.length > 2 ? [invalid(FIELD, ips, 'may only hold up to 2 values')] : []),
  ];
  return malformed.length > 0 ? causes : [...causes, ...validatePairs(service)];
}

/** `clusterIP` and the first of `clusterIPs` are one. */
function validateFirst(service: ApiObject): readonly Cause[] {
  const ips = clusterIpsOf(service);
  const { clusterIP } = service['spec'];
  if (!clusterIP)
    return ips.length === 0 ? [] : [invalid(FIELD, ips, 'must be empty when `clusterIP` is not specified')];
  if (ips.length === 0) return [required(FIELD)];
  return ips[0] === clusterIP ? [] : [invalid(FIELD, ips, 'first value must match `clusterIP`')];
}

function validateFamilies(families: readonly string[]): readonly Cause[] {
  return families.flatMap((family, at) => {
    const field = `spec.ipFamilies[${at}]`;
    return [
      ...(FAMILIES.includes(family) ? [] : [notSupported(field, family, FAMILIES)]),
      ...(families.indexOf(family) < at ? [duplicate(field, family)] : []),
    ];
  });
}

function validateEach(ips: readonly string[], old: readonly string[]): readonly Cause[] {
  return ips.flatMap((ip, at) => {
    if (at > 0 || ip !== 'None') return validateAddress(`${FIELD}[${at}]`, ip, old);
    return ips.length > 1 ? [invalid(FIELD, ips, "'None' must be the first and only value")] : [];
  });
}

/** One address for each family, and each of the family that stands beside it. */
function validatePairs(service: ApiObject): readonly Cause[] {
  const ips = clusterIpsOf(service);
  const families = familiesOf(service);
  const familyAt = (at: number) => (ips[at]?.includes(':') ? 'IPv6' : 'IPv4');
  const isDual = ips.some((_, at) => familyAt(at) === 'IPv4') && ips.some((_, at) => familyAt(at) === 'IPv6');
  return [
    ...(ips.length > 1 && !isDual ? [invalid(FIELD, ips, 'may specify no more than one IP for each IP family')] : []),
    ...ips.flatMap((ip, at) => {
      const family = families[at];
      if (isHeadless(service) || family === undefined || family === familyAt(at)) return [];
      return FAMILIES.includes(family)
        ? [invalid(`${FIELD}[${at}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${at}]\``)]
        : [];
    }),
  ];
}

/** The first address stays for ever; a second one may come, and go with SingleStack. */
export function validateClusterIpChange(service: ApiObject, old: ApiObject): readonly Cause[] {
  if (!needsClusterIp(service) || !needsClusterIp(old) || (isHeadless(service) && isHeadless(old))) return [];
  const [now, before] = [clusterIpsOf(service), clusterIpsOf(old)];
  const changed = (at: number) => invalid(`${FIELD}[${at}]`, now, UNCHANGED);
  if (now.length === before.length) {
    return before.flatMap((ip, at) => (ip === now[at] ? [] : [changed(at)]));
  }
  const first = now.length > 0 && before.length > 0 && now[0] !== before[0] ? [changed(0)] : [];
  if (now.length > before.length) return first;
  return [
    ...(now.length === 0 ? [invalid(`${FIELD}[0]`, now, 'primary clusterIP can not be unset')] : []),
    ...first,
    ...(now.length === 1 ? validateRelease(service, 'clusterIP') : []),
  ];
}

/** As {@link validateClusterIpChange}, of the families. */
export function validateFamilyChange(service: ApiObject, old: ApiObject): readonly Cause[] {
  if (!needsClusterIp(service) || !needsClusterIp(old) || isHeadless(service) || isHeadless(old)) return [];
  const [now, before] = [familiesOf(service), familiesOf(old)];
  const field = 'spec.ipFamilies[0]';
  if (now.length === before.length) {
    return before.flatMap((family, at) => (family === now[at] ? [] : [invalid(field, now, UNCHANGED)]));
  }
  // Upstream shows the cluster IPs here.
  const ips = clusterIpsOf(service);
  const first = now.length > 0 && before.length > 0 && now[0] !== before[0] ? [invalid(field, ips, UNCHANGED)] : [];
  if (now.length > before.length) return first;
  return [
    ...(ips.length === 0 ? [invalid(field, now, 'primary ipFamily can not be unset')] : []),
    ...first,
    ...(now.length === 1 ? validateRelease(service, 'ipFamily') : []),
  ];
}

function validateRelease({ spec }: ApiObject, what: 'clusterIP' | 'ipFamily'): readonly Cause[] {
  if (spec.ipFamilyPolicy === 'SingleStack') return [];
  const rule = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  return [invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, rule)];
}
