/**
 * Addresses that were given just now and that another device answers for: nobody has used them yet, so another one costs
 * nobody anything.
 *
 * An address that was ever announced stays, and so does one that a Service had when we came: its clients know it. Nothing
 * of this is kept: who begins to lead knows no address to be new.
 *
 * Source: docs/design.md §6, rule 4; docs/protocol.md rule 11 (two rounds of probes; at most 3 in 10 minutes from a pool).
 * @module
 */
import { QUARANTINE_MS } from '../allocator/resting.js';
import type { Held } from '../allocator/standing.js';
import type { SpeakerReports } from '../speaker/reports.js';
import { type Address, formatAddress } from '../values/address.js';
import type { PoolName } from '../values/names.js';

/** Speakers probe again 1 to 1.5 s after the first answer, and take 600 ms to claim an address that is free. */
const CONFLICT_STANDS_AFTER_MS = 4_000;
/** By then somebody announces an address, or nobody will soon. */
const FRESH_FOR_MS = 60_000;
const MAX_REPLACED = 3;
/** An address that was replaced is not given again meanwhile, so that none counts twice. */
const REPLACED_WITHIN_MS = QUARANTINE_MS;

export type Verdict =
  | { readonly kind: 'replace'; readonly address: Address; readonly pool: PoolName; readonly message: string }
  | { readonly kind: 'look-again'; readonly afterMs: number };

interface Fresh {
  readonly givenMs: number;
  /** Since when another device is known to answer. */
  conflictMs: number | undefined;
}

export class FreshConflicts {
  /** By uid. */
  readonly #fresh = new Map<string, Map<Address, Fresh>>();
  /** When, by pool, in the last ten minutes. */
  readonly #replaced = new Map<PoolName, readonly number[]>();

  /** These were written into the Service's status, and were not there before. */
  given(uid: string, addresses: readonly Address[], nowMs: number): void {
    if (addresses.length === 0) return;
    const fresh = this.#fresh.get(uid) ?? new Map<Address, Fresh>();
    for (const address of addresses) fresh.set(address, { givenMs: nowMs, conflictMs: undefined });
    this.#fresh.set(uid, fresh);
  }

  gone(uid: string): void {
    this.#fresh.delete(uid);
  }

  /**
   * Undefined: nothing is to be done. An address may come into use while no other one `mayBeWritten`: it is judged again when
   * that is over.
   */
  judge(
    uid: string,
    held: readonly Held[],
    reports: SpeakerReports,
    mayBeWritten: () => boolean,
    nowMs: number,
  ): Verdict | undefined {
    const fresh = this.#fresh.get(uid);
    if (fresh === undefined) return undefined;
    let soonest: number | undefined;
    for (const [address, facts] of fresh) {
      const { pool } = held.find((each) => each.address === address) ?? {};
      const mentions = reports.mentionsOf(address);
      const isUsed = mentions.some(({ own, claims }) => own || claims.some(({ state }) => state !== 'probing'));
      if (pool === undefined || isUsed || nowMs - facts.givenMs > FRESH_FOR_MS) {
        fresh.delete(address);
        continue;
      }
      const [conflict] = mentions.flatMap(({ node, conflicts }) => conflicts.map(({ mac }) => ({ node, mac })));
      facts.conflictMs = conflict === undefined ? undefined : (facts.conflictMs ?? nowMs);
      if (conflict === undefined || facts.conflictMs === undefined) continue;
      const waitMs = facts.conflictMs + CONFLICT_STANDS_AFTER_MS - nowMs;
      if (waitMs > 0) {
        soonest = Math.min(soonest ?? waitMs, waitMs);
        continue;
      }
      if (!mayBeWritten()) continue;
      fresh.delete(address);
      if (!this.#mayReplace(pool, nowMs)) continue;
      const message = `${formatAddress(address)} was given just now, and ${conflict.mac} answers for it, seen by node ${conflict.node}: the Service gets another address`;
      return { kind: 'replace', address, pool, message };
    }
    if (fresh.size === 0) this.#fresh.delete(uid);
    return soonest === undefined ? undefined : { kind: 'look-again', afterMs: soonest };
  }

  /** There was another one for the Service. */
  replaced(pool: PoolName, nowMs: number): void {
    this.#replaced.set(pool, [...this.#replacedLately(pool, nowMs), nowMs]);
  }

  /** A device that answers for everything must not make a pool's Services wander. */
  #mayReplace(pool: PoolName, nowMs: number): boolean {
    const recent = this.#replacedLately(pool, nowMs);
    if (recent.length === 0) this.#replaced.delete(pool);
    return recent.length < MAX_REPLACED;
  }

  #replacedLately(pool: PoolName, nowMs: number): readonly number[] {
    return (this.#replaced.get(pool) ?? []).filter((atMs) => nowMs - atMs < REPLACED_WITHIN_MS);
  }
}
