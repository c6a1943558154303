/**
 * Tells the hosts on one link which addresses this node holds, at the pace that the link bears.
 *
 * Pure: it queues frames in the {@link Outlet}. When one address is announced is decided in `cadence.ts`.
 *
 * Source: docs/protocol.md ("Frames that hosts understand"), rule 5, docs/design.md §7 ("Announcing").
 * @module
 */
import { announcement, announcementReply } from '../arp/arp.js';
import type { IPv4 } from '../values/ipv4.js';
import { BROADCAST } from '../values/mac.js';
import { afterAnnouncing, postponed } from './cadence.js';
import type { Outlet } from './outlet.js';
import type { Slot } from './slot.js';

/** docs/design.md §7: announcements are paced. Ten in ten milliseconds is rule 13's 1,000/s for the first ones. */
const ANNOUNCED_AT_ONCE = 10;
const PACE_MS = 10;
/** While nobody can hear it an announcement waits this long. */
const HUSH_MS = 1_000;

export interface AnnouncingFacts {
  /** Nothing is announced: fenced, or nobody can hear it. */
  readonly hushed: boolean;
  readonly announceIntervalMs: number;
  /** Frames that say who has an address are void later than this. */
  readonly notAfterMs: number;
}

export class Announcer {
  readonly #slots: ReadonlyMap<IPv4, Slot>;
  readonly #outlet: Outlet;
  readonly #chance: () => number;
  #paceMs = Number.NEGATIVE_INFINITY;

  /** `slots` may change at any time; those with a cadence are announced. `chance` is from 0 up to 1. */
  constructor(slots: ReadonlyMap<IPv4, Slot>, outlet: Outlet, chance: () => number) {
    this.#slots = slots;
    this.#outlet = outlet;
    this.#chance = chance;
  }

  /** New claims first, then repeats, each kind as often as the pace allows. */
  advance(facts: AnnouncingFacts, nowMs: number): void {
    if (nowMs < this.#paceMs) return;
    let room = ANNOUNCED_AT_ONCE;
    for (const first of [true, false]) {
      for (const slot of this.#slots.values()) {
        const { cadence } = slot;
        if (cadence === undefined || (cadence.sent === 0) !== first || cadence.nextMs > nowMs) continue;
        if (facts.hushed) {
          slot.cadence = postponed(cadence, nowMs, HUSH_MS);
          continue;
        }
        if (room === 0) {
          this.#paceMs = nowMs + PACE_MS;
          return;
        }
        room -= 1;
        this.#announce(slot.duty.address, facts.notAfterMs);
        slot.cadence = afterAnnouncing(cadence, nowMs, facts.announceIntervalMs, this.#chance());
      }
    }
  }

  /** The request form first: it completes a neighbour entry that is waiting. */
  #announce(address: IPv4, notAfterMs: number): void {
    const { self } = this.#outlet;
    this.#outlet.arp(announcement(self, address), BROADCAST, notAfterMs);
    this.#outlet.arp(announcementReply(self, address), BROADCAST, notAfterMs);
  }

  get nextWakeMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { cadence } of this.#slots.values())
      if (cadence !== undefined) nextMs = Math.min(nextMs, cadence.nextMs);
    return Math.max(nextMs, this.#paceMs);
  }
}
