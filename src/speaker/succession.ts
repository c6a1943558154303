/**
 * Whether somebody succeeded this node on one link while it stood still or was cut off: what it holds is probed for.
 *
 * Pure: it queues probes in the {@link Outlet}. How long nothing is answered after a freeze is decided in `fence.ts`; what
 * an answer to the probe means, in `evidence.ts`.
 *
 * Source: docs/protocol.md, rule 5.
 * @module
 */
import { probe } from '../arp/arp.js';
import { BROADCAST } from '../values/mac.js';
import type { Holdings } from './holdings.js';
import type { Members } from './members.js';
import type { Outlet } from './outlet.js';
import type { Witnesses } from './witness.js';

/** Nothing at all was heard for so many intervals, where there was something before: nobody hears us either. */
const DEAF_INTERVALS = 10;
/** So long after we were cut off, whoever answers for what we hold has it. */
const UNSURE_INTERVALS = 3;

export interface SuccessionOptions {
  readonly members: Members;
  readonly holdings: Holdings;
  readonly witnesses: Witnesses;
  readonly outlet: Outlet;
  readonly intervalMs: number;
}

/** What the fence of this node means for its links. */
export interface FenceFacts {
  readonly fenced: boolean;
  /** Frames that say who has an address are void later than this. */
  readonly notAfterMs: number;
}

export class Succession {
  readonly #options: SuccessionOptions;
  #unsureUntilMs = Number.NEGATIVE_INFINITY;
  #probeMs = Number.POSITIVE_INFINITY;

  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /** Rule 5: "an owner that hears nothing at all on the link stops its gratuitous frames". */
  isDeaf(nowMs: number): boolean {
    const { members, witnesses, intervalMs } = this.#options;
    const { lastMs } = witnesses;
    const hadPeers = !members.peers.next().done;
    return hadPeers && witnesses.several && lastMs !== undefined && nowMs - lastMs > DEAF_INTERVALS * intervalMs;
  }

  /** Whether what we hold is still ours is not known. */
  isUnsure({ fenced }: FenceFacts, nowMs: number): boolean {
    return fenced || nowMs < this.#unsureUntilMs;
  }

  /** A frame arrived, and its source is no witness yet. */
  frameSeen(fence: FenceFacts, nowMs: number): void {
    if (!this.isDeaf(nowMs)) return;
    // Cut off for a while, and back: whoever took over meanwhile answers this, also where its beats are filtered.
    this.#probe(fence, nowMs);
    this.#unsureUntilMs = nowMs + UNSURE_INTERVALS * this.#options.intervalMs;
  }

  /** We stood still: does anybody answer for what we held? */
  thaw(fence: FenceFacts, nowMs: number): void {
    this.#probe(fence, nowMs);
  }

  /**
   * Once, and again as long as peers owe us a word, or there are none: where words are filtered, the answer to a probe
   * is all there is.
   */
  advance(fence: FenceFacts, nowMs: number): void {
    const { members } = this.#options;
    if (!fence.fenced || (members.everyPeerSpoke && members.electors.size > 0))
      this.#probeMs = Number.POSITIVE_INFINITY;
    else if (nowMs >= this.#probeMs) this.#probe(fence, nowMs);
  }

  #probe({ notAfterMs }: FenceFacts, nowMs: number): void {
    const { holdings, outlet, intervalMs } = this.#options;
    for (const { held, duty } of holdings.slots) {
      if (held) outlet.arp(probe(outlet.self, duty.address), BROADCAST, notAfterMs);
    }
    this.#probeMs = nowMs + intervalMs / 3;
  }

  get nextWakeMs(): number {
    return this.#probeMs;
  }
}
