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
export const NEAREST: readonly PoolRefusal['kind'][] = [
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

const NEARNESS = Object.fromEntries(NEAREST.map((kind, at) => [kind, at])) as Readonly<
  Record<PoolRefusal['kind'], number>
>;
const byNearness = (a: PoolRefusal, b: PoolRefusal): number => NEARNESS[a.kind] - NEARNESS[b.kind];

/** What is said of the pools that are named where others are counted. Of the first of them all is said in any case. */
const NAMED_CHARACTERS = 1_000;

/** Of all that were tried, in that order. Where these are many, the nearest are named and all others counted, each once. */
export function explainPools(tried: readonly PoolRefusal[]): string {
  const nearest = new Map<PoolName, PoolRefusal>();
  for (const refusal of tried) {
    const before = nearest.get(refusal.pool);
    if (before === undefined || byNearness(refusal, before) < 0) nearest.set(refusal.pool, refusal);
  }
  if (nearest.size <= NAMED_POOLS) return clausesOf(tried).join('; ');
  const inOrder = [...nearest.values()].sort(byNearness);
  const named = new Set<PoolName>();
  let left = NAMED_CHARACTERS;
  for (const { pool } of inOrder) {
    left -= clausesOf(tried.filter((refusal) => refusal.pool === pool)).join('; ').length;
    if (named.size === NAMED_POOLS || (named.size > 0 && left < 0)) break;
    named.add(pool);
  }
  const others = inOrder.filter(({ pool }) => !named.has(pool));
  const clauses = clausesOf(tried.filter(({ pool }) => named.has(pool)));
  return [...clauses, `${others.length} other ${others.length === 1 ? 'pool' : 'pools'}: ${countsOf(others)}`].join(
    '; ',
  );
}

const clausesOf = (tried: readonly PoolRefusal[]): readonly string[] => [...new Set(tried.map(explainPool))];

function countsOf(refusals: readonly PoolRefusal[]): string {
  const counts = new Map<string, number>();
  for (const refusal of refusals) {
    const what = inAWord(refusal);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
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

export function explainPool(refusal: PoolRefusal): string {
  const pool = `pool ${quoted(refusal.pool)}`;
  switch (refusal.kind) {
    case 'full':
      return `${pool} is full: ${whoHas(refusal)}`;
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
    ...(named.length + reservedCount === 0 ? ['no address of it may be given'] : []),
  ].join(', ');
}
