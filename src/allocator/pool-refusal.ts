/**
 * Why a pool gave nothing: each reason with its facts, its CamelCase word for the condition, and a sentence about the pool;
 * and the sentence about all pools that were tried for a Service.
 *
 * Pure.
 * @module
 */
import { type Address, type Family, formatAddress } from '../values/address.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import { NAMED_POOLS, quoted, timeOf } from './sentence.js';

export interface HeldAddress {
  readonly address: Address;
  readonly holder: ServiceKey;
}

/** Why one pool gave nothing. */
export type PoolRefusal = { readonly pool: PoolName } & (
  | {
      readonly kind: 'full';
      readonly family: Family;
      /** The lowest few, so that the sentence stays short and changes seldom. */
      readonly holders: readonly HeldAddress[];
      /** Addresses of this family that are held, those above included. */
      readonly heldCount: number;
      readonly reservedCount: number;
    }
  | { readonly kind: 'all-resting'; readonly family: Family; readonly untilMs: number }
  /** Another device answered for this one, and nothing else comes free before. */
  | { readonly kind: 'quarantined'; readonly family: Family; readonly address: Address; readonly untilMs: number }
  | { readonly kind: 'no-such-family'; readonly family: Family }
  /** The Service needs both families, as it says or as it has both, and this pool has not got this one. */
  | { readonly kind: 'not-dual-stack'; readonly lacks: Family; readonly isRequired: boolean }
  | { readonly kind: 'namespace-not-allowed'; readonly namespace: string }
  | { readonly kind: 'service-not-selected' }
  | { readonly kind: 'not-auto-assigned' }
  | { readonly kind: 'bgp-only-by-name' }
  | { readonly kind: 'retired' }
);

/** Why all that were tried gave nothing. */
export interface Tried {
  /** In the order in which they were tried. */
  readonly tried: readonly PoolRefusal[];
  /** How many pools were tried besides, by what they are in a word. */
  readonly others?: ReadonlyMap<string, number>;
}

export const POOL_REASON = {
  full: 'PoolFull',
  'all-resting': 'AddressResting',
  quarantined: 'AddressQuarantined',
  'no-such-family': 'WrongFamily',
  'not-dual-stack': 'NotDualStack',
  'namespace-not-allowed': 'NamespaceNotAllowed',
  'service-not-selected': 'ServiceNotSelected',
  'not-auto-assigned': 'OnlyOnRequest',
  'bgp-only-by-name': 'OnlyOnRequest',
  retired: 'PoolRetired',
} as const satisfies Record<PoolRefusal['kind'], string>;

/** What most stands in the way comes first: of pools that were tried, one that would serve if it had room. */
const NEAREST: readonly PoolRefusal['kind'][] = [
  'full',
  'all-resting',
  'quarantined',
  'not-dual-stack',
  'no-such-family',
  'retired',
  'not-auto-assigned',
  'bgp-only-by-name',
  'service-not-selected',
  'namespace-not-allowed',
];

/** Why the pool that is nearest to serving gave nothing; undefined where there is no pool. */
export const nearestOf = ({ tried }: Tried): PoolRefusal['kind'] | undefined =>
  NEAREST.find((kind) => tried.some((each) => each.kind === kind));

/** What to do where the clauses do not say it: once, after all of them, by what stands in the way most. */
const ADVICE: Partial<Record<PoolRefusal['kind'], string>> = {
  retired: 'name another pool, or add one',
  'namespace-not-allowed': 'edit namespaces or namespace-selectors of a pool',
};

const NEARNESS = Object.fromEntries(NEAREST.map((kind, at) => [kind, at])) as Readonly<
  Record<PoolRefusal['kind'], number>
>;
const byNearness = (a: PoolRefusal, b: PoolRefusal): number => NEARNESS[a.kind] - NEARNESS[b.kind];

/** What is said of the pools that are named where others are counted. Of the first of them all is said in any case. */
const NAMED_CHARACTERS = 1_000;

/** Where the pools are many, the nearest stay to be named and all others are counted, each once; all else stays as it is. */
export function toldOf<T extends Tried>(all: T): T {
  const { tried } = all;
  if (tried.length <= NAMED_POOLS) return all;
  const nearest = new Map<PoolName, PoolRefusal>();
  for (const refusal of tried) {
    const before = nearest.get(refusal.pool);
    if (before === undefined || byNearness(refusal, before) < 0) nearest.set(refusal.pool, refusal);
  }
  if (nearest.size <= NAMED_POOLS) return all;
  const inOrder = [...nearest.values()].sort(byNearness);
  const first = new Set(inOrder.slice(0, NAMED_POOLS).map(({ pool }) => pool));
  const ofThese = tried.filter(({ pool }) => first.has(pool));
  const named = new Set<PoolName>();
  let left = NAMED_CHARACTERS;
  for (const name of first) {
    left -= clausesOf(ofThese.filter(({ pool }) => pool === name)).join('; ').length;
    if (named.size > 0 && left < 0) break;
    named.add(name);
  }
  const others = countsOf(inOrder.slice(named.size));
  return { ...all, tried: ofThese.filter(({ pool }) => named.has(pool)), others };
}

export function explainPools(all: Tried): string {
  const { tried, others } = toldOf(all);
  const nearest = nearestOf(all);
  const advice = nearest && ADVICE[nearest];
  return [
    ...clausesOf(tried),
    ...(others === undefined ? [] : [explainOthers(others)]),
    ...(advice === undefined ? [] : [advice]),
  ].join('; ');
}

const clausesOf = (tried: readonly PoolRefusal[]): readonly string[] => [...new Set(tried.map(explainPool))];

function countsOf(refusals: readonly PoolRefusal[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const refusal of refusals) {
    const what = inAWord(refusal);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}

function explainOthers(others: ReadonlyMap<string, number>): string {
  let all = 0;
  for (const count of others.values()) all += count;
  const counts = [...others].map(([what, count]) => `${count} ${what}`).join(', ');
  return `${all} other ${all === 1 ? 'pool' : 'pools'}: ${counts}`;
}

/** What pools are, of which only the number is said. */
function inAWord(refusal: PoolRefusal): string {
  switch (refusal.kind) {
    case 'full':
      return 'full';
    case 'all-resting':
      return `with only ${refusal.family} addresses that were freed lately (reuse-delay)`;
    case 'quarantined':
      return `with no ${refusal.family} address but such as another device answered for`;
    case 'no-such-family':
      return `without ${refusal.family} addresses`;
    case 'not-dual-stack':
      return `without ${refusal.lacks} addresses`;
    case 'namespace-not-allowed':
      return 'for other namespaces';
    case 'service-not-selected':
      return 'for other labels (service-selectors)';
    case 'not-auto-assigned':
      return 'given only on request (auto-assign: false)';
    case 'bgp-only-by-name':
      return 'given only on request (bgp)';
    case 'retired':
      return 'retired';
  }
}

function explainPool(refusal: PoolRefusal): string {
  const pool = `pool ${quoted(refusal.pool)}`;
  switch (refusal.kind) {
    case 'full':
      return `${pool} has no ${refusal.family} address left: ${whoHas(refusal)}`;
    case 'all-resting':
      return `${pool} has only ${refusal.family} addresses that were freed lately; the first may be given at ${timeOf(refusal.untilMs)} (reuse-delay)`;
    case 'quarantined':
      return `${pool} has no other ${refusal.family} address that is free, and ${formatAddress(refusal.address)} is left alone until ${timeOf(refusal.untilMs)}: another device answered for it`;
    case 'no-such-family':
      return `${pool} has no ${refusal.family} addresses`;
    case 'not-dual-stack':
      return `${pool} has no ${refusal.lacks} addresses, and the Service needs both families from one pool (${whyBoth(refusal)})`;
    case 'namespace-not-allowed':
      return `${pool} does not serve namespace "${refusal.namespace}"`;
    case 'service-not-selected':
      return `${pool} does not select this Service's labels (service-selectors)`;
    case 'not-auto-assigned':
      return `${pool} is given only on request (auto-assign: false); name it in the annotation cairn.dev/address-pool`;
    case 'bgp-only-by-name':
      return `${pool} is a bgp pool, given only on request; name it in the annotation cairn.dev/address-pool`;
    case 'retired':
      return `${pool} is retired and hands out nothing new`;
  }
}

const whyBoth = ({ isRequired, lacks }: PoolRefusal & { readonly kind: 'not-dual-stack' }): string =>
  isRequired ? 'RequireDualStack' : `it keeps its ${lacks} address until it has another`;

function whoHas({ holders, heldCount, reservedCount }: PoolRefusal & { readonly kind: 'full' }): string {
  const named = holders.map(({ address, holder }) => `${formatAddress(address)} is held by ${holder}`);
  const more = heldCount - holders.length;
  return [
    ...named,
    ...(more > 0 ? [`${more} more ${more === 1 ? 'is' : 'are'} held`] : []),
    ...(reservedCount > 0 ? [`${reservedCount} ${reservedCount === 1 ? 'is' : 'are'} reserved`] : []),
    ...(named.length + reservedCount === 0 ? ['none of its addresses may be given'] : []),
  ].join(', ');
}
