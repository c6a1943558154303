/**
 * Which address a Service gets, or why none: rule 5 without its first step, which is to keep what is held.
 *
 * Pure and deterministic: it looks at the ledger and changes nothing.
 *
 * Source: docs/design.md §6, rule 5: requested; pool named; reserved; pools whose selectors match, by priority; open pools.
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Address, familyOf } from '../values/address.js';
import type { Labels } from '../values/labels.js';
import type { PoolName } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { familyOfRange } from '../values/range.js';
import { err, ok, type Result } from '../values/result.js';
import { annotationOf } from './annotations.js';
import type { Ledger } from './ledger.js';
import { isBuggy, type Pools, selects } from './pools.js';
import type { PoolRefusal, Refusal } from './refusal.js';
import type { Request } from './request.js';

export interface Grant {
  readonly address: Address;
  readonly pool: PoolName;
}

export interface Choice {
  readonly service: Service;
  readonly request: Request;
  readonly namespaceLabels: Labels;
  readonly pools: Pools;
  readonly ledger: Ledger;
  readonly nowMs: number;
}

/** Holders that a sentence names; the rest are counted. */
const NAMED_HOLDERS = 3;

export function choose(choice: Choice): Result<Grant, Refusal> {
  const { request, pools } = choice;
  const named = request.pool === undefined ? undefined : pools.named(request.pool);
  if (request.pool !== undefined && named === undefined) {
    return err({ kind: 'unknown-pool', pool: request.pool, known: pools.all.map(({ name }) => name) });
  }
  if (request.address !== undefined) return chooseRequested(choice, request.address, named);
  return chooseAny(choice, named);
}

function chooseRequested(choice: Choice, address: Address, named: Pool | undefined): Result<Grant, Refusal> {
  const { service, pools, ledger, nowMs } = choice;
  const pool = pools.holding(address);
  if (pool === undefined) return err({ kind: 'outside-every-pool', address });
  if (named !== undefined && pool !== named) return err({ kind: 'outside-named-pool', address, pool: named.name });
  const reservedFor = pool.reserved.get(address);
  if (reservedFor !== undefined && reservedFor !== service.key) return err({ kind: 'reserved', address, reservedFor });
  // Who reserved an address for one Service has allowed that Service.
  const because = reservedFor === undefined ? whyNotServed(choice, pool) : whyNothingNew(pool);
  if (because !== undefined) return err({ kind: 'pool-refuses', address, because });
  if (isBuggy(pool, address)) return err({ kind: 'buggy-address', address, pool: pool.name });
  const [holder] = ledger.holders(address);
  const wantsToShare = annotationOf(service, 'allow-shared-ip') !== undefined;
  if (holder !== undefined) return err({ kind: 'taken', address, holder, wantsToShare });
  const rest = ledger.restsFor(address, service.key, nowMs);
  if (rest !== undefined) return err({ kind: 'resting', address, lastHolder: rest.lastHolder, untilMs: rest.untilMs });
  return ok({ address, pool: pool.name });
}

function chooseAny(choice: Choice, named: Pool | undefined): Result<Grant, Refusal> {
  const reserved = reservedAddress(choice, named);
  if (reserved !== undefined) return ok(reserved);
  const tried: PoolRefusal[] = [];
  for (const pool of named === undefined ? choice.pools.inOrder : [named]) {
    const refusal = whyNotServed(choice, pool) ?? (named === undefined ? whyNotUnasked(pool) : undefined);
    if (refusal !== undefined) {
      tried.push(refusal);
      continue;
    }
    const drawn = draw(choice, pool);
    if (drawn.ok) return drawn;
    tried.push(drawn.error);
  }
  return err({ kind: 'no-address', tried });
}

function reservedAddress({ service, request, pools, ledger }: Choice, named: Pool | undefined): Grant | undefined {
  const reservation = pools
    .reservedFor(service.key)
    .find(
      ({ address, pool }) =>
        familyOf(address) === request.family &&
        (named === undefined || pool === named) &&
        !pool.retired &&
        ledger.holders(address).length === 0,
    );
  return reservation && { address: reservation.address, pool: reservation.pool.name };
}

function draw({ service, request, ledger, nowMs }: Choice, pool: Pool): Result<Grant, PoolRefusal> {
  const { family } = request;
  if (!pool.ranges.some((range) => familyOfRange(range) === family)) {
    return err({ pool: pool.name, kind: 'no-such-family', family });
  }
  const free = ledger.nextFree(pool, family, service.key, nowMs);
  switch (free.kind) {
    case 'free':
      return ok({ address: free.address, pool: pool.name });
    case 'resting':
      return err({ pool: pool.name, kind: 'all-resting', untilMs: free.untilMs });
    case 'none':
      return err({
        pool: pool.name,
        kind: 'full',
        family,
        holders: ledger.lowestHolders(pool, family, NAMED_HOLDERS),
        heldCount: ledger.heldIn(pool.name, family),
        reservedCount: ledger.reservedFreeIn(pool, family),
      });
  }
}

/** Holds for a Service that asks for the pool, too. */
function whyNotServed({ service, namespaceLabels }: Choice, pool: Pool): PoolRefusal | undefined {
  const nothingNew = whyNothingNew(pool);
  if (nothingNew !== undefined) return nothingNew;
  switch (selects(pool, service, namespaceLabels)) {
    case 'not-namespace':
      return { pool: pool.name, kind: 'namespace-not-allowed', namespace: service.meta.namespace };
    case 'not-service':
      return { pool: pool.name, kind: 'service-not-selected' };
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
