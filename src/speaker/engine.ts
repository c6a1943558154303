/**
 * The speakers' protocol of one node as a deterministic machine: frames, orders and the time go in, effects come out.
 *
 * Pure. It owns no socket, reads no clock and draws no randomness of its own: the same calls give the same effects.
 *
 * **The loop that drives it** does this in every turn, in this order, and reads the clock (CLOCK_BOOTTIME, so that a
 * suspended machine counts as frozen) anew for each numbered step:
 *
 * 1. `wake(now)`, then apply the effects. After a freeze this yields `discard-queued`, so the frames that waited
 *    meanwhile are thrown away before anything is answered.
 * 2. Read every socket of EtherType 0x88B5 until it is empty, `frameReceived` for each frame; apply the effects. A
 *    peer's claim is so always known before a question that came after it is answered.
 * 3. Read the ARP frames, `frameReceived` with a fresh clock for each (or for each few), applying the effects in between.
 * 4. `advance(now)`, then apply the effects. Never before 2 and 3: a peer's heartbeat may still be in the queue.
 * 5. Sleep until `nextWakeMs` or until a socket is readable.
 *
 * `linksChanged`, `ordersChanged` and `leave` fit anywhere after step 1.
 *
 * Source: speaker-protocol.md, rules 1 to 5, 7 and 10.
 * @module
 */
import type { NodeName } from '../values/names.js';
import type { Link, LinkIndex, Observations, Orders } from './messages.js';

export interface EngineOptions {
  readonly node: NodeName;
  /** Speakers of other clusters on the same segment are told apart by it. */
  readonly clusterId: string;
  /** Keys for the frames' tags, the newest last; none: frames are unsigned. */
  readonly secretKeys: readonly Uint8Array[];
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMisses: number;
  /** Unpredictable bytes: the epoch of this start, nonces, jitter. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/** What the loop has to do, in the order given. */
export type Effect =
  | {
      readonly kind: 'send';
      readonly link: LinkIndex;
      /** Whole, from its Ethernet header on. */
      readonly frame: Uint8Array;
      /**
       * Read the clock right before sending and drop the frame if it is later than this: an answer that was decided
       * before a freeze must not leave after it. Frames that bind nobody have none.
       */
      readonly notAfterMs: number | undefined;
    }
  /** Read all ARP and NDP frames that wait on any link, and throw them away without a look. */
  | { readonly kind: 'discard-queued' };

export declare class Engine {
  constructor(options: EngineOptions, nowMs: number);
  /** Step 1 of a turn: notices that too long a time has passed since the last beat (rule 5). */
  wake(nowMs: number): void;
  /** All links of this node as they are now. */
  linksChanged(links: readonly Link[], nowMs: number): void;
  /** Replaces the orders given before; before the first ones nothing is sent on any link. */
  ordersChanged(orders: Orders, nowMs: number): void;
  /** One whole Ethernet frame as received on `link`, ARP or 0x88B5; others are ignored. Not kept: the buffer may be reused. */
  frameReceived(link: LinkIndex, frame: Uint8Array, nowMs: number): void;
  /** Step 4 of a turn: everything that was due by now. */
  advance(nowMs: number): void;
  /** Offers everything to the peers. `hasLeft` follows, after half a second at most. */
  leave(nowMs: number): void;
  /** After `leave`: nothing is held any more, and the loop may end once the effects are applied. */
  readonly hasLeft: boolean;
  /** The effects since the last call. */
  takeEffects(): Effect[];
  /** When `advance` wants to be called next, at the latest; never more than one heartbeat interval away. */
  readonly nextWakeMs: number;
  /** Counts up whenever {@link observations} would say something new, its counters apart. */
  readonly changes: number;
  observations(): Observations;
}
