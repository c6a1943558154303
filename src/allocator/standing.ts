/**
 * What the allocator wants to be true of a Service.
 *
 * Pure.
 * @module
 */
import type { Address } from '../values/address.js';
import type { PoolName } from '../values/names.js';
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
  /** `unmet`: why it does not get the other address that it asks for. */
  | { readonly state: 'holds'; readonly held: readonly Held[]; readonly unmet: Refusal | undefined }
  | { readonly state: 'waits'; readonly because: Refusal };
