/**
 * Why a Service has no address, or not the one it asks for: each reason with its facts, its CamelCase word for the
 * condition and the event, and a sentence that a person can act on.
 *
 * Pure. Every word has its row in docs/conditions.md; a test compares.
 * @module
 */
import { type Address, type Family, formatAddress } from '../values/address.js';
import { GIVE_UP_ANNOTATION } from '../values/annotations.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import type { SharingObstacle } from '../values/sharing.js';
import { explainPools, nearestOf, POOL_REASON, type PoolRefusal, type Tried, toldOf } from './pool-refusal.js';
import { clipped, type PoolList, quoted, tellList, timeOf } from './sentence.js';

export type { HeldAddress, PoolRefusal } from './pool-refusal.js';

export interface AddressInPool {
  readonly address: Address;
  readonly pool: PoolName;
}

/** Another Service is in the way. */
export interface Occupied {
  readonly address: Address;
  readonly holder: ServiceKey;
  readonly obstacle: SharingObstacle;
}

export type Refusal =
  /** No configuration has been accepted yet; the sentence says why. */
  | { readonly kind: 'no-configuration'; readonly detail: string }
  /** The labels of its namespace decide whether these pools serve it, and are not known. */
  | { readonly kind: 'unknown-namespace'; readonly namespace: string; readonly pools: PoolList }
  | { readonly kind: 'invalid-address'; readonly source: string; readonly text: string; readonly part: string }
  | { readonly kind: 'too-many-addresses'; readonly source: string; readonly text: string }
  | { readonly kind: 'contradiction'; readonly sources: readonly { readonly source: string; readonly text: string }[] }
  /** It asks for an address that its annotation `give-up` names. */
  | { readonly kind: 'given-up'; readonly address: Address }
  | { readonly kind: 'wrong-family'; readonly address: Address; readonly families: readonly Family[] }
  /** Both addresses of a Service come from one pool, and these two are in different ones. */
  | { readonly kind: 'two-pools'; readonly addresses: readonly AddressInPool[] }
  /** The address that stays is in no pool, so that no pool has one of the other family beside it. */
  | { readonly kind: 'no-common-pool'; readonly address: Address; readonly family: Family }
  | { readonly kind: 'unknown-pool'; readonly pool: PoolName; readonly known: PoolList }
  | { readonly kind: 'outside-every-pool'; readonly address: Address }
  | { readonly kind: 'outside-named-pool'; readonly address: Address; readonly pool: PoolName }
  | { readonly kind: 'buggy-address'; readonly address: Address; readonly pool: PoolName }
  | { readonly kind: 'pool-refuses'; readonly address: Address; readonly because: PoolRefusal }
  /** `obstacle`: why the two cannot share it, where the Service has a sharing key. */
  | ({ readonly kind: 'taken' } & Occupied)
  /** It shares an address and was edited since: the address stays until another one is there, for which this speaks. */
  | ({ readonly kind: 'no-longer-shares'; readonly because: Refusal } & Occupied)
  | { readonly kind: 'reserved'; readonly address: Address; readonly reservedFor: ServiceKey }
  | { readonly kind: 'resting'; readonly address: Address; readonly lastHolder: ServiceKey; readonly untilMs: number }
  /** No pool was tried where the configuration has none. */
  | ({ readonly kind: 'no-address' } & Tried);

const REASON = {
  'no-configuration': 'NoConfiguration',
  'unknown-namespace': 'NamespaceUnknown',
  'invalid-address': 'InvalidAddress',
  'too-many-addresses': 'TooManyAddresses',
  contradiction: 'ContradictoryRequest',
  'given-up': 'ContradictoryRequest',
  'wrong-family': 'WrongFamily',
  'two-pools': 'NotOnePool',
  'no-common-pool': 'NotDualStack',
  'unknown-pool': 'UnknownPool',
  'outside-every-pool': 'OutsideEveryPool',
  'outside-named-pool': 'OutsideNamedPool',
  'buggy-address': 'BuggyAddressAvoided',
  reserved: 'AddressReserved',
  resting: 'AddressResting',
} as const satisfies Partial<Record<Refusal['kind'], string>>;

/** Where another Service has the address. */
const OBSTACLE_REASON = {
  key: 'SharingKeyDiffers',
  port: 'SharedPortTaken',
  backends: 'SharedBackendsDiffer',
} as const satisfies Record<SharingObstacle['kind'], string>;

/** The Service has no sharing key, so that nothing was wrong with sharing. */
const TAKEN = 'AddressTaken';
/** Where the configuration has no pool at all. */
const NO_POOLS = 'NoPools';

export type RefusalReason =
  | (typeof REASON)[keyof typeof REASON]
  | (typeof POOL_REASON)[keyof typeof POOL_REASON]
  | (typeof OBSTACLE_REASON)[keyof typeof OBSTACLE_REASON]
  | typeof TAKEN
  | typeof NO_POOLS;

/** Every word that {@link reasonOf} can give. */
export const REFUSAL_REASONS: readonly RefusalReason[] = [
  ...new Set([
    ...Object.values(REASON),
    ...Object.values(POOL_REASON),
    ...Object.values(OBSTACLE_REASON),
    TAKEN,
    NO_POOLS,
  ] as const),
];

/** What says why there is no configuration is made elsewhere, of one problem. */
const DETAIL_CHARACTERS = 1_000;

/** Says the same, and holds no more than that: what is kept of a Service that waits, however many pools there are. */
export function abridged(refusal: Refusal): Refusal {
  if (refusal.kind === 'no-address') return toldOf(refusal);
  return refusal.kind === 'no-longer-shares' ? { ...refusal, because: abridged(refusal.because) } : refusal;
}

export function reasonOf(refusal: Refusal): RefusalReason {
  if (refusal.kind === 'pool-refuses') return POOL_REASON[refusal.because.kind];
  if (refusal.kind === 'no-longer-shares') return OBSTACLE_REASON[refusal.obstacle.kind];
  if (refusal.kind === 'taken')
    return isAboutSharing(refusal.obstacle) ? OBSTACLE_REASON[refusal.obstacle.kind] : TAKEN;
  if (refusal.kind !== 'no-address') return REASON[refusal.kind];
  const nearest = nearestOf(refusal);
  return nearest === undefined ? NO_POOLS : POOL_REASON[nearest];
}

export function explain(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'no-configuration':
      return clipped(refusal.detail, DETAIL_CHARACTERS);
    case 'unknown-namespace':
      return `namespace "${refusal.namespace}" has not been seen yet, and its labels decide whether ${tellList(refusal.pools, (pool) => `pool ${quoted(pool)}`)} ${refusal.pools.named.length === 1 ? 'serves' : 'serve'} it (namespace-selectors)`;
    case 'invalid-address':
      return `${explainInvalid(refusal)}; write addresses such as 192.0.2.10`;
    case 'too-many-addresses':
      return `${refusal.source} asks for ${quoted(refusal.text)}; ask for at most one address of each family`;
    case 'contradiction':
      return `${refusal.sources.map(({ source, text }) => `${source} asks for ${quoted(text)}`).join(', but ')}; remove one of them`;
    case 'given-up':
      return `the Service asks for ${formatAddress(refusal.address)}, which its annotation ${GIVE_UP_ANNOTATION} gives up; remove one of the two`;
    case 'wrong-family':
      return `${formatAddress(refusal.address)} is not of the Service's spec.ipFamilies (${refusal.families.join(', ')}); ask for an ${refusal.families.join(' or ')} address`;
    case 'two-pools':
      return `${refusal.addresses.map(({ address, pool }) => `${formatAddress(address)} is from pool ${quoted(pool)}`).join(' and ')}; both addresses of a Service come from one pool`;
    case 'no-common-pool':
      return `${formatAddress(refusal.address)} is in no pool, so no pool has an ${refusal.family} address beside it; name a pool with both families in the annotation cairn.dev/address-pool`;
    case 'unknown-pool':
      return `no pool is named ${quoted(refusal.pool)}; ${namesOf(refusal.known)}`;
    case 'outside-every-pool':
      return `${formatAddress(refusal.address)} is in no pool; add it to one, or ask for another address`;
    case 'outside-named-pool':
      return `${formatAddress(refusal.address)} is not in pool ${quoted(refusal.pool)}, which the Service names; drop one of the two requests`;
    case 'buggy-address':
      return `${formatAddress(refusal.address)} ends in .0 or .255, which pool ${quoted(refusal.pool)} avoids (avoid-buggy-ips); ask for another address`;
    case 'pool-refuses':
      return `${formatAddress(refusal.address)} cannot be given: ${explainPools({ tried: [refusal.because] })}`;
    case 'taken':
      return `${formatAddress(refusal.address)} is held by ${refusal.holder}${isAboutSharing(refusal.obstacle) ? explainObstacle(refusal.obstacle) : '; ask for another address'}`;
    case 'no-longer-shares':
      return `${explainMisfit(refusal)}; for another address: ${explain(refusal.because)}`;
    case 'reserved':
      return `${formatAddress(refusal.address)} is reserved for ${refusal.reservedFor}; ask for another address`;
    case 'resting':
      return `${formatAddress(refusal.address)} was freed by ${refusal.lastHolder} and is kept for it until ${timeOf(refusal.untilMs)} (reuse-delay)`;
    case 'no-address':
      return refusal.tried.length === 0
        ? 'the configuration has no pools; add one to address-pools'
        : explainPools(refusal);
  }
}

/** Whoever has no key and takes nothing away from its sharing did not ask to share. */
const isAboutSharing = (obstacle: SharingObstacle): boolean => obstacle.kind !== 'key' || obstacle.want !== undefined;

/** Of an address that the Service has together with another one. */
export const explainMisfit = ({ address, holder, obstacle }: Occupied): string =>
  `${formatAddress(address)} is kept, but can no longer be shared with ${holder}${explainObstacle(obstacle)}`;

/** Follows the name of the other Service. */
function explainObstacle(obstacle: SharingObstacle): string {
  switch (obstacle.kind) {
    case 'key':
      return `: to share it both need the same annotation allow-shared-ip (this Service has ${obstacle.want === undefined ? 'none' : quoted(obstacle.want)})`;
    case 'port':
      return `, which has ${obstacle.protocol} port ${obstacle.port} too`;
    case 'backends':
      return ': to share it both need externalTrafficPolicy Cluster, or both Local in one namespace with one selector';
  }
}

function explainInvalid({ source, text, part }: Refusal & { readonly kind: 'invalid-address' }): string {
  const which = part === text ? 'which' : `where ${quoted(part)}`;
  return `${source} ${source === GIVE_UP_ANNOTATION ? 'names' : 'asks for'} ${quoted(text)}, ${which} is not an IP address`;
}

function namesOf(pools: PoolList): string {
  if (pools.named.length === 0) return 'the configuration has none';
  return `there ${pools.named.length === 1 ? 'is' : 'are'} ${tellList(pools, quoted)}`;
}
