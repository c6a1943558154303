/**
 * What a Service's own metadata and status say of its addresses: the API is the journal.
 *
 * Pure. An address in status is adopted before any is given, whoever gave it; what another provider still looks after
 * is left alone.
 *
 * Source: docs/design.md §6, rules 1 and 4.
 * @module
 */
import { type Address, parseAddress } from '../values/address.js';
import { annotationOf } from '../values/annotations.js';
import type { PoolName } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { FROM_POOL_ANNOTATION, isMarked, servedBy } from '../values/service-marks.js';
import type { Pools } from './pools.js';

const NO_ADDRESSES: readonly Address[] = [];

/** In the order of the status, each once; what is no address is left out. */
export const addressesIn = ({ ingress }: Service): readonly Address[] =>
  ingress.length === 0
    ? NO_ADDRESSES
    : [...new Set(ingress.map(({ ip }) => parseAddress(ip)))].filter((address) => address !== undefined);

/**
 * Which pool its address is from. What another provider gave counts as what was asked for then; but MetalLB v0.12 gives an
 * address that is asked for whatever pool is named beside it.
 */
export function grantedPool(service: Service): PoolName | undefined {
  const { ingress, meta } = service;
  const isAsked = ingress.length === 1 && asksForAddress(service);
  const named = isAsked ? undefined : annotationOf(service, 'address-pool')?.text;
  return (meta.annotations[FROM_POOL_ANNOTATION] ?? named) as PoolName | undefined;
}

const asksForAddress = (service: Service): boolean =>
  service.loadBalancerIP !== '' || annotationOf(service, 'loadBalancerIPs') !== undefined;

/**
 * Whether somebody else serves it: its status has a hostname, or addresses that are in no pool, and nothing tells that
 * we, or MetalLB before us, assigned them. k3s' own load balancer writes such statuses.
 */
export function isForeign(service: Service, pools: Pools): boolean {
  if (service.ingress.length === 0) return false;
  const addresses = addressesIn(service);
  if (addresses.length === 0) return true;
  return (
    service.loadBalancerClass === undefined &&
    !isMarked(service) &&
    addresses.every((address) => pools.holding(address) === undefined)
  );
}

/** It stopped being ours, and its status still has what we wrote, which is nobody else's before that is taken away. */
export function isParting(service: Service, installation: string): boolean {
  const mark = servedBy(service);
  if (mark !== undefined) {
    return mark.installation === installation && addressesIn(service).some((each) => mark.addresses.includes(each));
  }
  return (
    Object.hasOwn(service.meta.annotations, FROM_POOL_ANNOTATION) &&
    service.loadBalancerClass === undefined &&
    addressesIn(service).length > 0
  );
}

/** What we had written into a status that says nothing now: somebody wiped it while no controller ran. */
export const wipedFrom = (service: Service): readonly Address[] =>
  service.ingress.length === 0 ? (servedBy(service)?.addresses ?? NO_ADDRESSES) : NO_ADDRESSES;

/** Versions of one object compare as integers (Kubernetes API concepts, "Resource versions"); any others do not compare. */
export function isOlder({ meta: one }: Service, { meta: other }: Service): boolean {
  const versions = [one.resourceVersion, other.resourceVersion];
  return (
    versions.every((version) => /^[0-9]+$/.test(version)) && BigInt(one.resourceVersion) < BigInt(other.resourceVersion)
  );
}
