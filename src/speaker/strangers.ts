/**
 * Hosts on one link that use an address of ours and are no speaker of ours: who is named, and for how long.
 *
 * Pure. Naming is for people alone: whatever answers a probe has the address from its first frame on (`evidence.ts`), named
 * or not. A peer is known by its beats, and its gratuitous ARP may come before the first of them: so nobody is named
 * before beats had time to be heard, and nobody who turned out to be a peer.
 *
 * Source: RFC 5227 §2.4; docs/protocol.md, rules 2 and 10.
 * @module
 */
import type { IPv4 } from '../values/ipv4.js';
import type { Mac } from '../values/mac.js';
import type { Members } from './members.js';
import type { Slot, Stranger } from './slot.js';

/** A beat each way makes a peer known; at 30 % loss three of them rarely fail to, five hardly ever. */
const NAMED_AFTER_MS = 500;
/** A stranger that was not seen again for so long is reported no more. */
const FORGET_STRANGER_MS = 60_000;

export class Strangers {
  readonly #slots: ReadonlyMap<IPv4, Slot>;
  readonly #members: Members;
  readonly #onChange: () => void;

  /** `slots` may change at any time. `onChange` hears when somebody else is named, or nobody any more. */
  constructor(slots: ReadonlyMap<IPv4, Slot>, members: Members, onChange: () => void) {
    this.#slots = slots;
    this.#members = members;
    this.#onChange = onChange;
  }

  /** `mac`, no peer's as far as we know, uses the address. Of several the one that was seen first is the one to name. */
  seen(slot: Slot, mac: Mac, nowMs: number): void {
    const { stranger } = slot;
    if (stranger?.mac === mac) slot.stranger = { ...stranger, seenMs: nowMs };
    else if (stranger === undefined || this.#isPeer(stranger)) {
      slot.stranger = { mac, sinceMs: nowMs, seenMs: nowMs, named: false };
    }
  }

  /** A peer asked the wire for the address, and nobody answered: whoever used it before does so no more. */
  forget(slot: Slot): void {
    if (slot.stranger === undefined) return;
    slot.stranger = undefined;
    this.#onChange();
  }

  /** `listened`: the link has been up for long enough to hear every peer. */
  advance(listened: boolean, nowMs: number): void {
    for (const slot of this.#slots.values()) {
      const { stranger } = slot;
      if (stranger === undefined) continue;
      if (nowMs - stranger.seenMs >= FORGET_STRANGER_MS && slot.holding.is !== 'avoiding') {
        slot.stranger = undefined;
        this.#onChange();
      } else if (!stranger.named && listened && nowMs - stranger.sinceMs >= NAMED_AFTER_MS) {
        slot.stranger = { ...stranger, named: true };
        this.#onChange();
      }
    }
  }

  /** Who is to be told of as using the slot's address. */
  named({ stranger }: Slot): Mac | undefined {
    return stranger?.named === true && !this.#isPeer(stranger) ? stranger.mac : undefined;
  }

  #isPeer({ mac }: Stranger): boolean {
    return this.#members.at(mac) !== undefined;
  }
}
