/**
 * What the allocator wants to be true of a Service.
 *
 * Pure.
 * @module
 */
import type { Address } from '../values/address.js';
import type { PoolName } from '../values/names.js';
import { writeSharingTerms } from '../values/sharing.js';
import { drawnFrom, type Entry } from './entry.js';
import type { Pools } from './pools.js';
import type { Refusal } from './refusal.js';

export interface Held {
  readonly address: Address;
  /** The pool it was drawn from; undefined where it was there before us and is in no pool. */
  readonly pool: PoolName | undefined;
  /** Whether a pool of the accepted configuration has it now, and how that pool announces. */
  readonly now: 'layer2' | 'bgp' | 'outside';
  /** How it is announced: as its pool is, or as the pool that it was drawn from where it is in none now. */
  readonly protocol: 'layer2' | 'bgp';
}

/** What is to be true of a Service. */
export type Standing =
  | { readonly state: 'not-ours' }
  | { readonly state: 'left-alone'; readonly because: 'served-by-another' | 'being-deleted' | 'no-configuration' }
  | {
      readonly state: 'holds';
      readonly held: readonly Held[];
      /** Why it does not get the other address that it asks for. */
      readonly unmet: Refusal | undefined;
      /** Why it has one family of the two that it would rather have (`PreferDualStack`). */
      readonly lacks?: Refusal | undefined;
      /** The terms under which it may share, as text; undefined for a Service without a sharing key. */
      readonly sharedAs?: string | undefined;
    }
  | { readonly state: 'waits'; readonly because: Refusal };

export interface StandingFacts {
  readonly pools: Pools;
  /** Without a configuration nothing is written, so that nothing has to be taken back when there is one. */
  readonly isConfigured: boolean;
}

/** Of a Service of ours. */
export function standingOf(entry: Entry, { pools, isConfigured }: StandingFacts): Standing {
  const { holds, refusal, lacks, granted, service } = entry;
  if (holds.length > 0) {
    if (!isConfigured) return { state: 'left-alone', because: 'no-configuration' };
    const held = holds.map((address) => heldFrom(address, entry, pools));
    return { state: 'holds', held, unmet: refusal, lacks, sharedAs: writeSharingTerms(granted) };
  }
  if (refusal !== undefined) return { state: 'waits', because: refusal };
  if (service.meta.deleting) return { state: 'left-alone', because: 'being-deleted' };
  return { state: 'left-alone', because: isConfigured ? 'served-by-another' : 'no-configuration' };
}

function heldFrom(address: Address, entry: Entry, pools: Pools): Held {
  const pool = pools.holding(address);
  const before = entry.pool === undefined ? undefined : pools.named(entry.pool);
  return {
    address,
    pool: drawnFrom(entry, address, pools) ?? pool?.name ?? entry.pool,
    now: pool?.protocol ?? 'outside',
    protocol: (pool ?? before)?.protocol ?? 'layer2',
  };
}
