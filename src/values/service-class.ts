/**
 * Which Services are ours, and which of two that hold one address has the better right to it.
 *
 * Pure. The allocator and the speaker must agree on both, or one would announce what the other gives away; so the
 * rules are here, below both.
 *
 * Source: KEP-1959 (`spec.loadBalancerClass`: a class is served by its own implementation alone, no class by the
 * cluster's default one).
 * @module
 */
import type { Address } from './address.js';
import type { Condition, Service } from './objects.js';
import { ASSIGNED_CONDITION, assignmentOf, servedBy } from './service-marks.js';
import { compareText } from './text.js';

export interface ServiceClass {
  /** The namespace that this installation is in: its marks say so, and it takes no other's away. */
  readonly installation: string;
  /** `--load-balancer-class`. */
  readonly name: string;
  /** `--default-class`: Services without a class are ours too. */
  readonly isDefault: boolean;
}

/** A LoadBalancer Service that this installation serves. One that is being deleted stays ours until it is gone. */
export const isOurs = (
  service: Pick<Service, 'type' | 'loadBalancerClass'>,
  ours: Pick<ServiceClass, 'name' | 'isDefault'>,
): boolean =>
  service.type === 'LoadBalancer' &&
  (service.loadBalancerClass === undefined ? ours.isDefault : service.loadBalancerClass === ours.name);

/** How well founded it is that a Service holds an address. Compare with {@link compareTenures}. */
export interface Tenure {
  readonly rank: Rank;
  /** When the Service was assigned what it has: RFC 3339 in seconds, which compares as text, or {@link NEVER}. */
  readonly since: string;
  readonly createdAt: string;
  readonly key: string;
}

export type Rank =
  /** The mark that the controller writes together with an address lists this one. */
  | 'listed'
  /** It bears no word of ours: another provider gave it the address before we came. */
  | 'before-us'
  /** It was assigned what it has, and somebody took the mark away since: whether it was this one nothing tells. */
  | 'unmarked'
  /** We looked after it, and never wrote that it has this one: somebody else put it there. */
  | 'unlisted';

const RANKS: readonly Rank[] = ['listed', 'before-us', 'unmarked', 'unlisted'];
/** After every time. */
export const NEVER = '~';

export function tenureOf(service: Service, address: Address): Tenure {
  const { meta, conditions, key } = service;
  const mark = servedBy(service);
  return {
    rank: mark === undefined ? unmarkedRank(conditions) : mark.addresses.includes(address) ? 'listed' : 'unlisted',
    since: assignmentOf(service)?.lastTransitionTime || NEVER,
    createdAt: meta.createdAt,
    key,
  };
}

function unmarkedRank(conditions: readonly Condition[]): Rank {
  const told = conditions.find(({ type }) => type === ASSIGNED_CONDITION);
  return told === undefined ? 'before-us' : told.status === 'True' ? 'unmarked' : 'unlisted';
}

/** The better founded first: by rank, then whoever was assigned its address earlier, then by age, then by name. */
export const compareTenures = (a: Tenure, b: Tenure): number =>
  RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) ||
  compareText(a.since, b.since) ||
  compareText(a.createdAt, b.createdAt) ||
  compareText(a.key, b.key);

/** Orders Services that hold this address, the one that keeps it should they exclude each other first. */
export const compareHolders =
  (address: Address) =>
  (a: Service, b: Service): number =>
    compareTenures(tenureOf(a, address), tenureOf(b, address));
