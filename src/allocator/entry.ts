/**
 * What the allocator knows of one Service.
 *
 * @module
 */
import type { Address } from '../values/address.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import type { SharingTerms } from '../values/sharing.js';
import type { Refusal } from './refusal.js';

export interface Entry {
  service: Service;
  /** What its status is to say, in that order. */
  holds: readonly Address[];
  /** Replaced, but perhaps still in the status: given back when the API is known to hold what replaced it. */
  leaving: readonly Address[];
  /** Of these, those that a version of its status had. */
  shown: readonly Address[];
  /** Which pool's request has been granted; a pool that changed since moves nothing. */
  pool: PoolName | undefined;
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

export type Entries = ReadonlyMap<ServiceKey, Entry>;
