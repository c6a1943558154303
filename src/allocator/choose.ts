/**
 * Which addresses a Service gets, or why none: rule 5 without its first step, which is to keep what is held.
 *
 * Pure and deterministic: it looks at the ledger and changes nothing. What it grants is of one pool, also together with
 * the addresses that stay.
 *
 * Source: docs/design.md §6, rule 5: requested; pool named; reserved; what it had last; pools whose selectors match, by
 * priority; open pools. Rule 6: both families from one pool. Rule 7: an address that is shared already comes before a free
 * one.
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Address, type Family, familyOf } from '../values/address.js';
import type { Labels } from '../values/labels.js';
import type { PoolName } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { err, ok, type Result } from '../values/result.js';
import type { SharingTerms } from '../values/sharing.js';
import type { Free, Ledger } from './ledger.js';
import { isBuggy, type Pools, selects } from './pools.js';
import type { PoolRefusal, Refusal } from './refusal.js';
import type { Request } from './request.js';
import { listed } from './sentence.js';
import type { Sharers } from './sharers.js';

export interface Grant {
  /** In the order of the families asked for. */
  readonly addresses: readonly Address[];
  readonly pool: PoolName;
}

/** What the Service has already and is to keep, and so which pool the rest is from. */
export interface Kept {
  readonly address: Address;
  /** Undefined where the address is in none now. */
  readonly pool: Pool | undefined;
  /** Of the pool that the Service names, as that was when this was given; an address that is asked for may be of another. */
  readonly isOfNamedPool: boolean;
}

export interface Choice {
  readonly service: Service;
  readonly request: Request;
  /** Of the request's families, those that an address is needed of. At least one. */
  readonly missing: readonly Family[];
  /** Of these, those without which nothing is to be granted. */
  readonly needed: readonly Family[];
  /** Undefined where it has nothing that stays. */
  readonly kept: Kept | undefined;
  readonly terms: SharingTerms;
  /** Undefined where nobody has told of the namespace. */
  readonly namespaceLabels: Labels | undefined;
  readonly pools: Pools;
  readonly ledger: Ledger;
  readonly sharers: Sharers;
  readonly nowMs: number;
}

/** Holders that a sentence names; the rest are counted. */
const NAMED_HOLDERS = 3;
const NO_POOLS: readonly Pool[] = [];

export function choose(choice: Choice): Result<Grant, Refusal> {
  const { request, missing, kept, pools } = choice;
  const named = request.pool === undefined ? undefined : pools.named(request.pool);
  if (request.pool !== undefined && named === undefined) {
    return err({ kind: 'unknown-pool', pool: request.pool, known: listed(pools.all.map(({ name }) => name)) });
  }
  if (request.addresses.length > 0) {
    const asked = request.addresses.filter((address) => missing.includes(familyOf(address)));
    if (asked.length > 0) return chooseRequested(choice, asked, named);
  }
  return kept === undefined ? chooseAny(choice, named) : chooseBeside(choice, kept);
}

/** All that were asked for or none; of a family for which none was asked for, one of the same pool. */
function chooseRequested(choice: Choice, asked: readonly Address[], named: Pool | undefined): Result<Grant, Refusal> {
  const { pools, missing, needed, kept } = choice;
  const found: { readonly address: Address; readonly pool: Pool }[] =
    kept?.pool === undefined ? [] : [{ address: kept.address, pool: kept.pool }];
  for (const address of asked) {
    const pool = pools.holding(address);
    if (pool === undefined) return err({ kind: 'outside-every-pool', address });
    const refusal = whyNever(choice, address, pool, named);
    if (refusal !== undefined) return err(refusal);
    found.push({ address, pool });
  }
  const pool = (found.at(-1) as (typeof found)[number]).pool;
  if (found.some((each) => each.pool !== pool)) {
    const addresses = found.map((each) => ({ address: each.address, pool: each.pool.name }));
    return err({ kind: 'two-pools', addresses });
  }
  const lacking = whyNotDualStack(choice, pool, needed);
  if (lacking !== undefined) return err({ kind: 'no-address', tried: [lacking] });
  for (const address of asked) {
    const refusal = whyNotNow(choice, address);
    if (refusal !== undefined) return err(refusal);
  }
  const addresses: Address[] = [];
  for (const family of missing) {
    const requested = asked.find((address) => familyOf(address) === family);
    const drawn = requested === undefined ? draw(choice, pool, family, undefined) : ok(requested);
    if (drawn.ok) addresses.push(drawn.value);
    else if (needed.includes(family)) return err({ kind: 'no-address', tried: [drawn.error] });
  }
  return ok({ addresses, pool: pool.name });
}

/** What no other Service can change comes first: it is what a person has to look at. */
function whyNever(choice: Choice, address: Address, pool: Pool, named: Pool | undefined): Refusal | undefined {
  const { service } = choice;
  if (named !== undefined && pool !== named) return { kind: 'outside-named-pool', address, pool: named.name };
  const reservedFor = pool.reserved.get(address);
  if (reservedFor !== undefined && reservedFor !== service.key) return { kind: 'reserved', address, reservedFor };
  // Who reserved an address for one Service has allowed that Service, and that address.
  const because = reservedFor === undefined ? whyNotServed(choice, pool) : whyNothingNew(pool);
  if (because !== undefined) return { kind: 'pool-refuses', address, because };
  const isAvoided = reservedFor === undefined && isBuggy(pool, address);
  return isAvoided ? { kind: 'buggy-address', address, pool: pool.name } : undefined;
}

function whyNotNow({ service, ledger, sharers, terms, nowMs }: Choice, address: Address): Refusal | undefined {
  const occupied = sharers.occupied(address, service.key, terms);
  if (occupied !== undefined) return { kind: 'taken', ...occupied };
  const rest = ledger.restsFor(address, service.key, nowMs);
  if (rest === undefined) return undefined;
  return { kind: 'resting', address, lastHolder: rest.lastHolder, untilMs: rest.untilMs };
}

/** One of the other family, beside what stays; it has that pool, so nobody asks whether the pool is given unasked. */
function chooseBeside(choice: Choice, { address, pool, isOfNamedPool }: Kept): Result<Grant, Refusal> {
  const family = choice.missing[0] as Family;
  const named = choice.request.pool;
  if (named !== undefined && !isOfNamedPool) return err({ kind: 'outside-named-pool', address, pool: named });
  if (pool === undefined) return err({ kind: 'no-common-pool', address, family });
  const lacking = choice.request.needsAll ? whyNotDualStack(choice, pool, choice.missing) : undefined;
  const drawn = lacking === undefined ? draw(choice, pool, family, undefined) : err(lacking);
  if (!drawn.ok) return err({ kind: 'no-address', tried: [drawn.error] });
  return ok({ addresses: [drawn.value], pool: pool.name });
}

function chooseAny(choice: Choice, named: Pool | undefined): Result<Grant, Refusal> {
  const { missing, needed } = choice;
  const [first, ...others] = missing;
  const both = chooseAll(choice, missing, named);
  if (both.ok || needed.length === missing.length || others.length === 0) return both;
  if (needed.length > 0) return chooseAll(choice, needed, named);
  // No pool has both: what there is, the Service's first family before its second.
  const one = chooseAll(choice, [first as Family], named);
  if (one.ok) return one;
  const other = chooseAll(choice, others, named);
  if (other.ok || one.error.kind !== 'no-address' || other.error.kind !== 'no-address') return other;
  return err({ kind: 'no-address', tried: [...one.error.tried, ...other.error.tried] });
}

/** One address of each family, all of one pool. */
function chooseAll(choice: Choice, families: readonly Family[], named: Pool | undefined): Result<Grant, Refusal> {
  const tried: PoolRefusal[] = [];
  const before = named === undefined ? [...reservingPools(choice, families), ...lastPools(choice)] : NO_POOLS;
  for (const pool of before.length === 0 ? poolsFor(choice, named) : [...before, ...poolsFor(choice, named)]) {
    const drawn = drawAll(choice, pool, families, named === undefined ? whyNotUnasked(pool) : undefined);
    if (drawn.ok) return ok({ addresses: drawn.value, pool: pool.name });
    tried.push(drawn.error);
  }
  // They are tried once more in their order. What a Service had last is forgotten some time, and the sentence is to be the
  // same then.
  return err({ kind: 'no-address', tried: tried.slice(before.length) });
}

/** Where an address is reserved for the Service that it can have now. */
function reservingPools(choice: Choice, families: readonly Family[]): readonly Pool[] {
  const reserved = choice.pools.reservedFor(choice.service.key);
  if (reserved.length === 0) return NO_POOLS;
  const pools = [...new Set(reserved.map(({ pool }) => pool))];
  return pools.filter((pool) => families.some((family) => reservedAddress(choice, pool, family) !== undefined));
}

/** Pools that keep an address for the Service come first. */
function poolsFor({ service, pools }: Choice, named: Pool | undefined): readonly Pool[] {
  if (named !== undefined) return [named];
  const reserved = pools.reservedFor(service.key);
  return reserved.length === 0 ? pools.inOrder : [...new Set([...reserved.map(({ pool }) => pool), ...pools.inOrder])];
}

/** Where the Service, deleted and created again or of another type for a while, would get the same address once more. */
function lastPools({ service, request, missing, pools, ledger }: Choice): readonly Pool[] {
  const had = ledger.lastHeldBy(service.key);
  if (had.length === 0) return NO_POOLS;
  const last = new Set<Pool>();
  for (const address of had) {
    if (!missing.includes(familyOf(address)) || request.avoids.includes(address)) continue;
    const pool = pools.holding(address);
    if (pool !== undefined) last.add(pool);
  }
  return [...last];
}

function drawAll(
  choice: Choice,
  pool: Pool,
  families: readonly Family[],
  whyNot: PoolRefusal | undefined,
): Result<readonly Address[], PoolRefusal> {
  if (families.length > 1) {
    const lacking = whyNotServed(choice, pool) ?? whyNot ?? whyNotDualStack(choice, pool, families);
    if (lacking?.kind === 'not-dual-stack') return err(lacking);
  }
  const addresses: Address[] = [];
  for (const family of families) {
    const drawn = draw(choice, pool, family, whyNot);
    if (!drawn.ok) return drawn;
    addresses.push(drawn.value);
  }
  return ok(addresses);
}

/** What is reserved for the Service, whomever the pool is for otherwise; then what it may share; then what is free. */
function draw(
  choice: Choice,
  pool: Pool,
  family: Family,
  whyNot: PoolRefusal | undefined,
): Result<Address, PoolRefusal> {
  const { service, namespaceLabels, pools, terms, ledger, nowMs } = choice;
  const { avoids } = choice.request;
  const reserved = reservedAddress(choice, pool, family);
  if (reserved !== undefined) return ok(reserved);
  const refusal = whyNotServed(choice, pool) ?? whyNot;
  if (refusal !== undefined) return err(refusal);
  if (!hasFamily(choice, pool, family)) return err({ pool: pool.name, kind: 'no-such-family', family });
  // The other family of a Service whose first is reserved for it; whoever else would be served so waits (undecided.ts).
  if (pools.selectByNamespaceLabels && selects(pool, service, namespaceLabels) === 'undecided') {
    return err(whyNotNamespace(pool, service));
  }
  const shared = terms.key === undefined ? undefined : sharedNow(choice, pool, family);
  if (shared !== undefined) return ok(shared);
  const free = ledger.nextFree(pool, family, service.key, { nowMs, avoids });
  if (free.kind === 'free') return ok(free.address);
  const later = terms.key === undefined ? undefined : sharedLater(choice, pool, family);
  const isSooner = later !== undefined && (free.kind === 'none' || later.untilMs < free.untilMs);
  return err(whyNoneLeft(choice, pool, family, isSooner ? later : free));
}

function sharedNow({ service, sharers, terms, ledger, request, nowMs }: Choice, pool: Pool, family: Family) {
  const isLeftAlone = (address: Address) => ledger.isQuarantined(address, nowMs);
  return sharers.shared(pool, family, service.key, { terms, avoids: request.avoids, isLeftAlone });
}

/** What it may share once its quarantine is over. */
function sharedLater({ service, sharers, terms, ledger, request, nowMs }: Choice, pool: Pool, family: Family) {
  const { avoids } = request;
  const address = sharers.shared(pool, family, service.key, { terms, avoids, isLeftAlone: () => false });
  const untilMs = address === undefined ? undefined : ledger.quarantineEndsMs(address, nowMs);
  return address === undefined || untilMs === undefined
    ? undefined
    : ({ kind: 'quarantined', address, untilMs } as const);
}

function whyNoneLeft(
  { ledger }: Choice,
  pool: Pool,
  family: Family,
  left: Exclude<Free, { readonly kind: 'free' }>,
): PoolRefusal {
  switch (left.kind) {
    case 'resting':
      return { pool: pool.name, kind: 'all-resting', family, untilMs: left.untilMs };
    case 'quarantined':
      return { pool: pool.name, kind: 'quarantined', family, address: left.address, untilMs: left.untilMs };
    case 'none':
      return {
        pool: pool.name,
        kind: 'full',
        family,
        holders: ledger.firstHolders(pool, family, NAMED_HOLDERS),
        heldCount: ledger.heldIn(pool.name, family),
        reservedCount: ledger.reservedFreeIn(pool.name, family),
      };
  }
}

function reservedAddress(choice: Choice, pool: Pool, family: Family): Address | undefined {
  const { service, pools, sharers, terms, request } = choice;
  if (pool.retired || pool.reserved.size === 0) return undefined;
  return pools
    .reservedFor(service.key)
    .find(
      (reservation) =>
        reservation.pool === pool &&
        familyOf(reservation.address) === family &&
        !request.avoids.includes(reservation.address) &&
        sharers.occupied(reservation.address, service.key, terms) === undefined,
    )?.address;
}

const hasFamily = ({ pools }: Choice, pool: Pool, family: Family): boolean =>
  pools.slots.stretch(pool, family) !== undefined;

function whyNotDualStack(choice: Choice, pool: Pool, families: readonly Family[]): PoolRefusal | undefined {
  const lacks = families.find((family) => !hasFamily(choice, pool, family));
  const isRequired = choice.request.needsAll;
  return lacks === undefined ? undefined : { pool: pool.name, kind: 'not-dual-stack', lacks, isRequired };
}

const whyNotNamespace = ({ name }: Pool, { meta }: Service): PoolRefusal => ({
  pool: name,
  kind: 'namespace-not-allowed',
  namespace: meta.namespace,
});

/** Holds for a Service that asks for the pool, too. */
function whyNotServed({ service, namespaceLabels }: Choice, pool: Pool): PoolRefusal | undefined {
  const nothingNew = whyNothingNew(pool);
  if (nothingNew !== undefined) return nothingNew;
  switch (selects(pool, service, namespaceLabels)) {
    case 'not-namespace':
      return whyNotNamespace(pool, service);
    case 'not-service':
      return { pool: pool.name, kind: 'service-not-selected' };
    case 'undecided':
    case 'yes':
      return undefined;
  }
}

const whyNothingNew = (pool: Pool): PoolRefusal | undefined =>
  pool.retired ? { pool: pool.name, kind: 'retired' } : undefined;

function whyNotUnasked(pool: Pool): PoolRefusal | undefined {
  if (pool.protocol === 'bgp') return { pool: pool.name, kind: 'bgp-only-by-name' };
  return pool.autoAssign ? undefined : { pool: pool.name, kind: 'not-auto-assigned' };
}
