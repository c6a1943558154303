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
 * Source: docs/protocol.md, rules 1 to 5, 7 and 10.
 * @module
 */
import { decodeArp } from '../arp/arp.js';
import { decodeMessage } from '../arp/beat.js';
import { presenceIn } from '../arp/envelope.js';
import { decodeEthernet, ETHERTYPE, type EthernetFrame } from '../arp/ethernet.js';
import type { Mac } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import { type Assignment, assign } from './assign.js';
import type { Effect } from './effects.js';
import { afterSilence, type Fence, OPEN, reopened } from './fence.js';
import { Identity } from './identity.js';
import { speaksOn } from './link-choice.js';
import type { Link, LinkIndex, Observations, Orders } from './messages.js';
import { observe } from './observe.js';
import { Counters, type Numbering, Outlet } from './outlet.js';
import { type NodeFacts, Segment } from './segment.js';

export type { Effect } from './effects.js';

/** Rule 5: 300 ms where the interval is 100 ms. A take-over never comes sooner after an owner's last beat. */
const FENCE_INTERVALS = 3;
/** A leaving speaker's claims are taken within milliseconds; whoever has not taken them by then does not want them. */
const LEAVE_PATIENCE_MS = 500;

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

export class Engine {
  readonly #options: EngineOptions;
  readonly #identity: Identity;
  readonly #counters = new Counters();
  readonly #segments = new Map<LinkIndex, Segment>();
  readonly #numberings = new Map<LinkIndex, Numbering>();
  #effects: Effect[] = [];
  #links: readonly Link[] = [];
  #ownMacs: ReadonlySet<Mac> = new Set();
  #orders: Orders | undefined;
  #assignment: Assignment | undefined;
  #fence: Fence = OPEN;
  #lastBeatMs: number;
  #nextBeatMs: number;
  #leavingSinceMs: number | undefined;
  #hasLeft = false;
  #changes = 0;

  constructor(options: EngineOptions, nowMs: number) {
    this.#options = options;
    this.#identity = new Identity(options);
    this.#lastBeatMs = nowMs;
    this.#nextBeatMs = nowMs;
  }

  /** Step 1 of a turn: notices that too long a time has passed since the last beat (rule 5). */
  wake(nowMs: number): void {
    const intervalMs = this.#options.heartbeatIntervalMs;
    const fence = afterSilence(this.#fence, this.#lastBeatMs, nowMs, FENCE_INTERVALS * intervalMs);
    if (fence === this.#fence) return;
    this.#fence = fence;
    this.#counters.count('fenced');
    this.#effects.push({ kind: 'discard-queued' });
    // The clock of the fence starts anew, and the beat says that we are back.
    this.#lastBeatMs = nowMs;
    this.#nextBeatMs = nowMs;
    const node = this.#nodeFacts();
    for (const segment of this.#segments.values()) segment.thaw(node, nowMs);
  }

  /** All links of this node as they are now. */
  linksChanged(links: readonly Link[], nowMs: number): void {
    this.#links = links;
    this.#ownMacs = new Set(links.map(({ mac }) => mac));
    this.#changes += 1;
    this.#apply(nowMs);
  }

  /** Replaces the orders given before; before the first ones nothing is sent on any link. */
  ordersChanged(orders: Orders, nowMs: number): void {
    this.#orders = orders;
    this.#changes += 1;
    this.#apply(nowMs);
  }

  /** Links and orders together: on which links the protocol is spoken, and which address is wanted where. */
  #apply(nowMs: number): void {
    const orders = this.#orders;
    if (orders === undefined || this.#hasLeft) return;
    const spoken = new Map<LinkIndex, Link>();
    for (const link of this.#links) if (speaksOn(link, orders.excludeInterfaces)) spoken.set(link.index, link);
    for (const [index, segment] of this.#segments) {
      // With another MAC it is another member of the segment, whom nobody knows yet.
      if (spoken.get(index)?.mac !== segment.link.mac) this.#segments.delete(index);
    }
    for (const [index, link] of spoken) {
      const segment = this.#segments.get(index);
      if (segment === undefined) this.#segments.set(index, this.#newSegment(link, nowMs));
      else segment.setLink(link);
    }
    this.#assignment = assign(orders, this.#links, this.#leavingSinceMs !== undefined);
    for (const [index, segment] of this.#segments) segment.setDuties(this.#assignment.duties.get(index) ?? new Map());
  }

  #newSegment(link: Link, nowMs: number): Segment {
    const { randomBytes, heartbeatIntervalMs, heartbeatMisses } = this.#options;
    const emit = (effect: Effect) => {
      this.#effects.push(effect);
    };
    const segment = new Segment(
      link,
      {
        identity: this.#identity,
        outlet: new Outlet(link.index, link.mac, this.#numberingOf(link.index), this.#identity, this.#counters, emit),
        counters: this.#counters,
        intervalMs: heartbeatIntervalMs,
        leastMisses: heartbeatMisses,
        randomBytes,
        chance: () => new DataView(randomBytes(4).slice().buffer).getUint32(0) / 2 ** 32,
        onChange: () => {
          this.#changes += 1;
        },
      },
      nowMs,
    );
    segment.beat(this.#nodeFacts(), nowMs);
    return segment;
  }

  #numberingOf(link: LinkIndex): Numbering {
    const known = this.#numberings.get(link);
    if (known !== undefined) return known;
    const fresh = { sequence: 0, beats: 0 };
    this.#numberings.set(link, fresh);
    return fresh;
  }

  /** One whole Ethernet frame as received on `link`, ARP or 0x88B5; others are ignored. Not kept: the buffer may be reused. */
  frameReceived(link: LinkIndex, frame: Uint8Array, nowMs: number): void {
    const fenceBefore = this.#fence;
    this.wake(nowMs);
    const segment = this.#segments.get(link);
    const ethernet = decodeEthernet(frame);
    if (segment === undefined || !ethernet.ok) {
      if (!ethernet.ok) this.#counters.count(`refused_ethernet_${ethernet.error.kind}`);
      return;
    }
    const { source, etherType } = ethernet.value;
    const isOwn = this.#ownMacs.has(source);
    if (!isOwn) segment.frameSeen(source, this.#nodeFacts(), nowMs);
    if (etherType === ETHERTYPE.cairn) this.#speakerFrame(segment, ethernet.value, nowMs);
    // Read before the freeze was noticed: it is one of those that waited.
    else if (etherType === ETHERTYPE.arp && this.#fence === fenceBefore) this.#arpFrame(segment, ethernet.value, nowMs);
  }

  #speakerFrame(segment: Segment, { payload, source }: EthernetFrame, nowMs: number): void {
    const decoded = decodeMessage(payload, source, this.#identity.cluster, this.#identity.keys);
    if (decoded.ok) {
      segment.speakerFrame(decoded.value, source, nowMs);
      return;
    }
    this.#counters.count(`refused_${decoded.error.kind}`);
    const present = presenceIn(decoded.error);
    if (present !== undefined) segment.presenceSeen(present, nowMs);
  }

  #arpFrame(segment: Segment, ethernet: EthernetFrame, nowMs: number): void {
    const packet = decodeArp(ethernet.payload);
    if (packet.ok) segment.arpFrame(ethernet, packet.value, this.#nodeFacts(), nowMs);
    else this.#counters.count(`refused_arp_${packet.error.kind}`);
  }

  /** Step 4 of a turn: everything that was due by now. */
  advance(nowMs: number): void {
    const { heartbeatIntervalMs } = this.#options;
    if (nowMs >= this.#nextBeatMs) {
      this.#lastBeatMs = nowMs;
      this.#nextBeatMs = Math.max(this.#nextBeatMs + heartbeatIntervalMs, nowMs + heartbeatIntervalMs / 2);
      for (const segment of this.#segments.values()) segment.beat(this.#nodeFacts(), nowMs);
    }
    const everyPeerSpoke = [...this.#segments.values()].every(({ members }) => members.everyPeerSpoke);
    this.#fence = reopened(this.#fence, nowMs, heartbeatIntervalMs, everyPeerSpoke);
    const node = this.#nodeFacts();
    for (const segment of this.#segments.values()) segment.advance(node, nowMs);
    if (this.#leavingSinceMs !== undefined) this.#leaveWhenTaken(this.#leavingSinceMs, nowMs);
  }

  /** Offers everything to the peers. `hasLeft` follows, after half a second at most. */
  leave(nowMs: number): void {
    if (this.#leavingSinceMs !== undefined) return;
    this.#leavingSinceMs = nowMs;
    this.#apply(nowMs);
    // Peers learn from the beat that we compete for nothing any more.
    for (const segment of this.#segments.values()) segment.beat(this.#nodeFacts(), nowMs);
  }

  #leaveWhenTaken(sinceMs: number, nowMs: number): void {
    if (this.#hasLeft) return;
    const segments = [...this.#segments.values()];
    const waited = nowMs - sinceMs >= LEAVE_PATIENCE_MS;
    const done = segments.every(({ claims, members }) => claims.table.size === 0 || members.electors.size === 0);
    if (!waited && !done) return;
    this.#hasLeft = true;
    for (const segment of segments) segment.release(this.#nodeFacts(), nowMs);
    this.#segments.clear();
    this.#changes += 1;
  }

  /** After `leave`: nothing is held any more, and the loop may end once the effects are applied. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** The effects since the last call. */
  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** When `advance` wants to be called next, at the latest; never more than one heartbeat interval away. */
  get nextWakeMs(): number {
    let nextMs = this.#nextBeatMs;
    for (const segment of this.#segments.values()) nextMs = Math.min(nextMs, segment.nextWakeMs);
    return nextMs;
  }

  /** Counts up whenever {@link observations} would say something new, its counters apart. */
  get changes(): number {
    return this.#changes;
  }

  observations(): Observations {
    return observe(this.#links, this.#segments, this.#assignment, this.#counters);
  }

  #nodeFacts(): NodeFacts {
    return {
      own: this.#ownMacs,
      alone: this.#orders?.alone === true,
      leaving: this.#leavingSinceMs !== undefined,
      fenced: this.#fence.is === 'closed',
      announceIntervalMs: this.#orders?.announceIntervalMs ?? Number.POSITIVE_INFINITY,
      notAfterMs: this.#lastBeatMs + FENCE_INTERVALS * this.#options.heartbeatIntervalMs,
      isSpoken: (link) => this.#segments.has(link),
    };
  }
}
