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

/**
 * The first address stays for ever; a second one may come, and go with SingleStack, which families.ts has seen to. Nor is a list
 * empty any more: what was left out is filled in by then.
 */
export function validateClusterIpChange(service: ApiObject, old: ApiObject): readonly Cause[] {
  if (!needsClusterIp(service) || !needsClusterIp(old) || (isHeadless(service) && isHeadless(old))) return [];
  const now = clusterIpsOf(service);
  return changedAt(now, clusterIpsOf(old)).map((at) => invalid(`${FIELD}[${at}]`, now, UNCHANGED));
}

/** As {@link validateClusterIpChange}, of the families. */
export function validateFamilyChange(service: ApiObject, old: ApiObject): readonly Cause[] {
  if (!needsClusterIp(service) || !needsClusterIp(old) || isHeadless(service) || isHeadless(old)) return [];
  const [now, before] = [familiesOf(service), familiesOf(old)];
  // Upstream always names the first, and shows the addresses where the number of families is another one.
  const shown = now.length === before.length ? now : clusterIpsOf(service);
  return changedAt(now, before).map(() => invalid('spec.ipFamilies[0]', shown, UNCHANGED));
}

/** Which entries are others than before; where there are more or fewer, only the first one must be the same. */
function changedAt(now: readonly string[], before: readonly string[]): readonly number[] {
  const compared = now.length === before.length ? before : before.slice(0, 1);
  return [...compared.keys()].filter((at) => now[at] !== before[at]);
}
