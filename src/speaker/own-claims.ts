/**
 * What this node claims on one link, as its peers are told: each change when the turn ends, the whole table on request.
 *
 * Pure: it queues frames in the {@link Outlet}. What is claimed is decided in `claim.ts`; a frame that is lost shows in
 * the count and the digest of the beats that follow, and the peer that missed it asks for the table.
 *
 * Source: docs/protocol.md ("Words and frames": claims).
 * @module
 */
import { type Claim, changeMessages, tableMessages } from '../arp/claims.js';
import type { Address } from '../values/address.js';
import { ClaimTable } from './claim-table.js';
import type { Outlet } from './outlet.js';

/** Several requests for our table are answered with one. */
const TABLE_GAP_MS = 50;

export class OwnClaims {
  readonly table = new ClaimTable();
  readonly #outlet: Outlet;
  /** Told to the peers when the turn ends. */
  readonly #unsaid = new Map<Address, Claim>();
  #tableMs = Number.POSITIVE_INFINITY;
  #tableSentMs = Number.NEGATIVE_INFINITY;
  #tables = 0;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Also a claim that stands as it did: peers that overlooked it are told again. */
  set(claim: Claim): void {
    this.table.set(claim);
    this.#unsaid.set(claim.address, claim);
  }

  /** Tells the peers what changed since the last time, and whether anything did. */
  tellChanges(): boolean {
    if (this.#unsaid.size === 0) return false;
    for (const message of changeMessages([...this.#unsaid.values()])) this.#outlet.say(message);
    this.#unsaid.clear();
    return true;
  }

  /** A peer knows that it misses some of our claims. */
  tableWanted(nowMs: number): void {
    this.#tableMs = Math.max(nowMs, this.#tableSentMs + TABLE_GAP_MS);
  }

  /** Sends the table that somebody wants, once it is due. */
  advance(nowMs: number): void {
    if (nowMs < this.#tableMs) return;
    this.#tableMs = Number.POSITIVE_INFINITY;
    this.#tableSentMs = nowMs;
    this.#tables += 1;
    for (const message of tableMessages(this.#tables, [...this.table.values()])) this.#outlet.say(message);
  }

  get nextWakeMs(): number {
    return this.#tableMs;
  }
}
