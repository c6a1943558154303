/**
 * What the allocator knows of one Service.
 *
 * @module
 */
import type { Address } from '../values/address.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { grantedTermsOf, type SharingTerms, sharingTermsOf } from '../values/sharing.js';
import { grantedPool } from './adopt.js';
import type { Refusal } from './refusal.js';

export interface Entry {
  service: Service;
  /** What its status is to say, in that order. */
  holds: readonly Address[];
  /** Replaced, but perhaps still in the status: given back when the API is known to hold what replaced it. */
  leaving: readonly Address[];
  /** Of these, those that a version of its status had: nobody can have used the others. */
  shown: readonly Address[];
  /** Which pool's request has been granted; a pool that changed since moves nothing. */
  pool: PoolName | undefined;
  /** The same as it was taken in: for what another provider gave, and we have not written yet. */
  readonly cameFrom: PoolName | undefined;
  /** The terms under which it was let share what it holds. */
  granted: SharingTerms;
  /** Left, or to be left now, as another device answers for them. */
  shunned: readonly Address[];
  /** Its terms as it is now. */
  terms: SharingTerms;
  /** Why it does not have what it asks for. */
  refusal: Refusal | undefined;
  /** Why it has one family where it would rather have two. */
  lacks: Refusal | undefined;
}

const NO_ADDRESSES: readonly Address[] = [];

/** A Service as it is taken in, with what it holds. */
export function entryOf(service: Service, holds: readonly Address[]): Entry {
  const terms = sharingTermsOf(service);
  const pool = grantedPool(service);
  return {
    service,
    holds,
    leaving: NO_ADDRESSES,
    shown: holds,
    pool,
    cameFrom: pool,
    granted: grantedTermsOf(service, terms),
    shunned: NO_ADDRESSES,
    terms,
    refusal: undefined,
    lacks: undefined,
  };
}

export type Entries = ReadonlyMap<ServiceKey, Entry>;
