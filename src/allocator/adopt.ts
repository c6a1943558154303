/**
 * What a Service's own metadata and status say of its addresses: the API is the journal.
 *
 * Pure. An address in status is adopted before any is given, whoever gave it; what another provider still looks after
 * is left alone. What our mark `cairn.dev/served-by` lists is ours, so of a Service that has it, for each family:
 *
 * 1. what the status shows and the mark lists stays;
 * 2. else what the status shows and a pool has stays: it works, and whoever served the Service while Cairn was away, such as
 *    the provider that somebody went back to, may have given it;
 * 3. else the Service holds again what the mark lists: its status was emptied, or filled with what is nobody's to give.
 *
 * Steps 1 and 2 hold always, step 3 when a controller begins: while one leads, it knows what it gave and puts the status
 * right. What two Services come to claim so is for `adoption.ts` to settle.
 *
 * The mark counts together with our condition. Alone it claims nothing: it may be a copied one. Where nobody else has a better
 * right, the Service is given what it lists ({@link formerly}); and an address that it does not list it does not speak for.
 *
 * Source: docs/design.md §6, rules 1 and 4.
 * @module
 */
import { type Address, type Family, familyOf, parseAddress } from '../values/address.js';
import { annotationOf } from '../values/annotations.js';
import type { PoolName } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { isOlderVersion } from '../values/resource-version.js';
import {
  assignmentOf,
  FROM_POOL_ANNOTATION,
  isMarked,
  isUnmarkedBeside,
  SERVED_BY_ANNOTATION,
  servedBy,
} from '../values/service-marks.js';
import type { Pools } from './pools.js';

/** An address that a Service is to hold, unless another Service has the better right to it. */
export interface Claim {
  readonly address: Address;
  /** What it holds again where it does not get that. */
  readonly otherwise: Address | undefined;
}

export interface AdoptionFacts {
  readonly pools: Pools;
  /** The namespace that this Cairn is installed in. */
  readonly installation: string;
  /** Nobody has led until now, so that what a mark lists may be missing from the status. */
  readonly isBeginning: boolean;
}

const NO_ADDRESSES: readonly Address[] = [];
const NO_CLAIMS: readonly Claim[] = [];
const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** In the order of the status, each once; what is no address is left out. */
export const addressesIn = ({ ingress }: Service): readonly Address[] =>
  ingress.length === 0
    ? NO_ADDRESSES
    : [...new Set(ingress.map(({ ip }) => parseAddress(ip)))].filter((address) => address !== undefined);

/**
 * Which pool what it holds is from. What another provider gave counts as what was asked for then; but MetalLB v0.12 gives an
 * address that is asked for whatever pool is named beside it. Where we have written what it has and no pool, a pool that it
 * names is a wish that came later.
 */
export function grantedPool(service: Service, holds: readonly Address[]): PoolName | undefined {
  const written = writtenPool(service, holds);
  if (isOurWord(service, holds)) return written;
  const isAsked = service.ingress.length === 1 && asksForAddress(service);
  const named = isAsked ? undefined : annotationOf(service, 'address-pool')?.text;
  return written ?? (named as PoolName | undefined);
}

/** Which pool the first that it holds is from, as we wrote it down: not where that is said of other addresses. */
export function writtenPool(service: Service, holds: readonly Address[]): PoolName | undefined {
  const listed = servedBy(service)?.addresses ?? NO_ADDRESSES;
  const isOfOthers = listed.length > 0 && holds.length > 0 && !holds.some((address) => listed.includes(address));
  return isOfOthers ? undefined : (service.meta.annotations[FROM_POOL_ANNOTATION] as PoolName | undefined);
}

const asksForAddress = (service: Service): boolean =>
  service.loadBalancerIP !== '' || annotationOf(service, 'loadBalancerIPs') !== undefined;

/** Its mark counts, and lists what it holds. */
export function isOurWord(service: Service, holds: readonly Address[]): boolean {
  const listed = assignmentOf(service) === undefined ? NO_ADDRESSES : (servedBy(service)?.addresses ?? NO_ADDRESSES);
  return holds.some((address) => listed.includes(address));
}

/** What a Service of ours is to hold by its own account. */
export function claimsOf(service: Service, { pools, installation, isBeginning }: AdoptionFacts): readonly Claim[] {
  if (service.ingress.length === 0 && !(isBeginning && Object.hasOwn(service.meta.annotations, SERVED_BY_ANNOTATION))) {
    return NO_CLAIMS;
  }
  const shown = addressesIn(service);
  const listed = assignedTo(service, installation);
  if (listed.length === 0) {
    if (isForeign(service, pools, installation)) return NO_CLAIMS;
    return shown.filter((each) => !isNobodys(service, each, pools)).map((each) => claim(each));
  }
  const families = [...new Set([...shown, ...listed].map(familyOf))];
  return families.flatMap((family) => {
    const lists = listed.filter((address) => familyOf(address) === family);
    const shows = shown.filter((address) => familyOf(address) === family);
    const standing = shows.filter((address) => lists.includes(address));
    if (standing.length > 0) return standing.map((each) => claim(each));
    const given = shows.find((address) => pools.holding(address) !== undefined);
    if (given !== undefined) return [claim(given, isBeginning ? lists[0] : undefined)];
    return isBeginning ? lists.map((each) => claim(each)) : [];
  });
}

const claim = (address: Address, otherwise?: Address): Claim => ({ address, otherwise });

/**
 * What this installation wrote into the Service, by its mark. Anybody who may edit the Service may write the annotation, and a
 * copied manifest has it too; the condition beside it is in the status, which takes the right to write that.
 */
const assignedTo = (service: Service, installation: string): readonly Address[] =>
  assignmentOf(service) === undefined ? NO_ADDRESSES : listedBy(service, installation);

/**
 * What a Service was given and may have lost while nobody led, of each family one address: more it cannot have had. `isProven`:
 * its mark counts. A mark alone tells nothing of a Service that is not ours; of one that is, whose status somebody wiped or
 * replaced with all its conditions, it tells what to give back to it while that is free, and keeps nobody else from that.
 */
export function formerly(
  service: Service,
  installation: string,
): { readonly addresses: readonly Address[]; readonly isProven: boolean } {
  const listed = listedBy(service, installation);
  const addresses = FAMILIES.map((family) => listed.find((address) => familyOf(address) === family));
  return {
    addresses: addresses.filter((address) => address !== undefined),
    isProven: assignmentOf(service) !== undefined,
  };
}

/** What this installation's mark lists, whatever became of the Service. */
export function listedBy(service: Service, installation: string): readonly Address[] {
  const mark = servedBy(service);
  return mark?.installation === installation ? mark.addresses : NO_ADDRESSES;
}

/** In no pool, and not what the Service's mark is about. */
const isNobodys = (service: Service, address: Address, pools: Pools): boolean =>
  pools.holding(address) === undefined && isUnmarkedBeside(service, address);

/**
 * Whether somebody else serves it: its status has a hostname, or addresses that are in no pool, and nothing tells that
 * we, or MetalLB before us, assigned them. k3s' own load balancer writes such statuses.
 */
export function isForeign(service: Service, pools: Pools, installation: string): boolean {
  if (service.ingress.length === 0 || assignedTo(service, installation).length > 0) return false;
  const addresses = addressesIn(service);
  if (addresses.length === 0) return true;
  if (service.loadBalancerClass !== undefined) return false;
  return addresses.every((address) =>
    isMarked(service) ? isNobodys(service, address, pools) : pools.holding(address) === undefined,
  );
}

/** As versions of one Service go. */
export const isOlder = ({ meta: one }: Pick<Service, 'meta'>, { meta: other }: Pick<Service, 'meta'>): boolean =>
  isOlderVersion(one.resourceVersion, other.resourceVersion);
