/**
 * What the allocator knows of one Service.
 *
 * @module
 */
import { type Address, familyOf } from '../values/address.js';
import type { PoolName } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { grantedTermsOf, type SharingTerms, sharingTermsOf } from '../values/sharing.js';
import { grantedPool } from './adopt.js';
import type { KeyMap } from './key-map.js';
import type { Pools } from './pools.js';
import type { Refusal } from './refusal.js';

const NO_ADDRESSES: readonly Address[] = [];

/** A class, as the engine puts literals of which many lived long among the old ones at once, with all that they refer to. */
export class Entry {
  service: Service;
  /** What its status is to say, in that order. */
  holds: readonly Address[];
  /** Replaced, but perhaps still in the status: given back when the API is known to hold what replaced it. */
  leaving = NO_ADDRESSES;
  /** Of these, those that a version of its status had: nobody can have used the others. */
  shown: readonly Address[];
  /** Which pool's request has been granted; a pool that changed since moves nothing. */
  pool: PoolName | undefined;
  /** The same as it was taken in: for what another provider gave, and we have not written yet. */
  readonly cameFrom: PoolName | undefined;
  /** The terms under which it was let share what it holds. */
  granted: SharingTerms;
  /** The same as it was taken in: of what another provider gave, and we have not written yet, nothing else tells them. */
  readonly cameAs: SharingTerms;
  /** Left, or to be left now, as another device answers for them. */
  shunned = NO_ADDRESSES;
  /** Its terms as it is now. */
  terms: SharingTerms;
  /** Why it does not have what it asks for: no more of it than is told. */
  refusal: Refusal | undefined = undefined;
  /** Why it has one family where it would rather have two: one pool is asked for the other. */
  lacks: Refusal | undefined = undefined;

  /** A Service as it is taken in, with what it holds. */
  constructor(service: Service, holds: readonly Address[]) {
    this.service = service;
    this.holds = holds;
    this.shown = holds;
    this.pool = grantedPool(service, holds);
    this.cameFrom = this.pool;
    this.terms = sharingTermsOf(service);
    this.granted = grantedTermsOf(service, this.terms);
    this.cameAs = this.granted;
  }
}

/**
 * Which pool an address that it holds was drawn from, by that pool's name then, as far as what is known of its first address tells
 * it. Both families are from one pool, also where that was split since; unless its first address is in the pool of that name
 * still, and the other is not: then another provider may have given the two, as it gave two of one family.
 */
export function drawnFrom({ holds, pool }: Entry, address: Address, pools: Pools): PoolName | undefined {
  const [first = address] = holds;
  const home = pools.holding(first);
  if (pools.holding(address) === home) return pool;
  const isSplit = home?.name !== pool && familyOf(address) !== familyOf(first);
  return isSplit ? pool : undefined;
}

/** By key; whoever needs no more than a look. */
export type Entries = Pick<KeyMap<Entry>, 'get' | 'has'>;
