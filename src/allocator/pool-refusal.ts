/**
 * Why a pool gave nothing: each reason with its facts, its CamelCase word for the condition, and a sentence about the pool.
 *
 * Pure.
 * @module
 */
import { type Address, type Family, formatAddress } from '../values/address.js';
import type { PoolName, ServiceKey } from '../values/names.js';

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
  /** The Service needs both families, and this pool has not got this one. */
  | { readonly kind: 'not-dual-stack'; readonly lacks: Family }
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

export function explainPool(refusal: PoolRefusal): string {
  const pool = `pool "${refusal.pool}"`;
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
      return `${pool} has no ${refusal.lacks} addresses, and the Service needs both families from one pool (RequireDualStack)`;
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

export const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
