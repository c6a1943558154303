/**
 * The protocol on one link, from the moment it came up: frames in, frames out, and what is known meanwhile.
 *
 * Pure. A link that goes down takes its segment with it, so that a node whose cable was cut answers nothing, and learns
 * anew who holds what before it claims again. Rules are decided in the files named after them; here they meet.
 *
 * Source: docs/protocol.md.
 * @module
 */
import { type ArpPacket, isProbe } from '../arp/arp.js';
import type { SpeakerFrame } from '../arp/beat.js';
import type { EthernetHeader } from '../arp/ethernet.js';
import { isIPv4 } from '../values/address.js';
import type { IPv4 } from '../values/ipv4.js';
import type { Mac } from '../values/mac.js';
import { judge } from './answer.js';
import { takeOverPlan } from './claim.js';
import { takeEvidence } from './evidence.js';
import { Hearing } from './hearing.js';
import { Holdings } from './holdings.js';
import type { Identity } from './identity.js';
import { Members } from './members.js';
import type { Link, LinkIndex } from './messages.js';
import { Nonces } from './nonces.js';
import type { Counters, Outlet } from './outlet.js';
import { OwnBeats } from './own-beats.js';
import { OwnClaims } from './own-claims.js';
import type { Duty } from './slot.js';
import { mayClaimAtMs } from './start.js';
import { type FenceFacts, Succession } from './succession.js';
import { Twins } from './twins.js';
import { Watcher } from './watcher.js';
import { Witnesses } from './witness.js';

export interface SegmentOptions {
  readonly identity: Identity;
  readonly outlet: Outlet;
  readonly counters: Counters;
  readonly intervalMs: number;
  readonly leastMisses: number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** From 0 up to 1. */
  readonly chance: () => number;
  readonly onChange: () => void;
}

/** What is the same on all links of this node. */
export interface NodeFacts extends FenceFacts {
  readonly own: ReadonlySet<Mac>;
  readonly alone: boolean;
  readonly leaving: boolean;
  readonly announceIntervalMs: number;
  /** Whether the protocol is spoken on this link of ours. */
  readonly isSpoken: (link: LinkIndex) => boolean;
}

export class Segment {
  readonly members: Members;
  readonly claims: OwnClaims;
  readonly holdings: Holdings;
  #link: Link;
  readonly #options: SegmentOptions;
  readonly #witnesses = new Witnesses();
  readonly #watcher: Watcher;
  readonly #succession: Succession;
  readonly #hearing: Hearing;
  readonly #twins: Twins;
  readonly #nonces: Nonces;
  readonly #beats: OwnBeats;
  readonly #sinceMs: number;
  #foreignMs: number | undefined;
  #dirty = true;
  #wakeMs = Number.NEGATIVE_INFINITY;
  #wasIsolated = false;

  constructor(link: Link, options: SegmentOptions, nowMs: number) {
    const { identity, outlet, chance, onChange } = options;
    this.#link = link;
    this.#options = options;
    this.#sinceMs = nowMs;
    this.#nonces = new Nonces(options.randomBytes, nowMs);
    this.members = new Members(identity.node, onChange);
    this.claims = new OwnClaims(outlet);
    this.holdings = new Holdings(identity.node, this.members, this.claims, outlet, chance, onChange);
    const { members, claims, holdings } = this;
    this.#beats = new OwnBeats({ ...options, members, claims, holdings, nonces: this.#nonces });
    this.#watcher = new Watcher({ ...options, members, witnesses: this.#witnesses });
    this.#succession = new Succession({ ...options, members, holdings, witnesses: this.#witnesses });
    this.#hearing = new Hearing({
      ...options,
      link: link.index,
      members,
      holdings,
      claims,
      beats: this.#beats,
      nonces: this.#nonces,
      watcher: this.#watcher,
      witnesses: this.#witnesses,
    });
    this.#twins = new Twins(link.index, options.intervalMs);
  }

  get link(): Link {
    return this.#link;
  }

  /** The same link with other addresses. */
  setLink(link: Link): void {
    this.#link = link;
  }

  setDuties(duties: ReadonlyMap<IPv4, Duty>): void {
    this.holdings.setDuties(duties);
    this.#dirty = true;
  }

  get isolated(): boolean {
    return this.#watcher.isolated;
  }

  /** Peers' frames arrive with another source than they were sent with. */
  get rewritten(): boolean {
    return this.#hearing.rewritten;
  }

  /** A frame that somebody sent, of whatever kind: the link brings frames. */
  frameSeen(source: Mac, node: NodeFacts, nowMs: number): void {
    this.#succession.frameSeen(node, nowMs);
    this.#witnesses.heard(source, nowMs);
    if (this.#foreignMs === undefined) this.#dirty = true;
    this.#foreignMs ??= nowMs;
  }

  /** A speaker that we cannot read is at this MAC: present, never dead. */
  presenceSeen(mac: Mac, nowMs: number): void {
    const peer = this.members.at(mac);
    if (peer === undefined) return;
    this.members.proven(peer, nowMs);
    this.#dirty = true;
  }

  speakerFrame(frame: SpeakerFrame, source: Mac, nowMs: number): void {
    const { epoch, link } = frame.sender;
    if (epoch === this.#options.identity.epoch) {
      this.#twins.heard(link, nowMs);
      return;
    }
    this.#dirty = true;
    this.#hearing.take(frame, source, nowMs);
  }

  arpFrame(header: EthernetHeader, packet: ArpPacket, node: NodeFacts, nowMs: number): void {
    const { holdings, members } = this;
    const { outlet, counters, identity } = this.#options;
    const verdict = judge(header, packet, {
      self: this.#link.mac,
      own: node.own,
      fenced: node.fenced,
      holds: holdings.isHeld,
    });
    if (verdict.answer) {
      counters.count('arp_answered');
      outlet.arp(verdict.reply, verdict.to, node.notAfterMs);
    } else {
      counters.count(`arp_unanswered_${verdict.because}`);
    }
    if (node.own.has(packet.senderMac)) return;
    if (
      !isProbe(packet) &&
      members.at(packet.senderMac) === undefined &&
      holdings.slotOf(packet.senderIp) === undefined
    ) {
      this.#witnesses.learned(packet.senderMac, packet.senderIp);
    }
    const rooms = {
      self: identity.node,
      members,
      holdings,
      watcher: this.#watcher,
      unsure: this.#succession.isUnsure(node, nowMs),
    };
    if (takeEvidence(header, packet, rooms, nowMs)) this.#dirty = true;
  }

  /** Our own heartbeat, on this link. */
  beat(node: NodeFacts, nowMs: number): void {
    // Once in an interval everything is looked at, also what changes by time alone.
    this.#dirty = true;
    this.#beats.send(
      {
        leaving: node.leaving,
        listening: nowMs < this.#mayClaimAtMs(node),
        nodeAddress: this.#link.addresses.map(({ address }) => address).find(isIPv4),
      },
      nowMs,
    );
  }

  /** We stood still: who is there now, and does anybody answer for what we held? */
  thaw(node: NodeFacts, nowMs: number): void {
    this.#nonces.renew(nowMs);
    this.#watcher.forgive(nowMs);
    this.#succession.thaw(node, nowMs);
    this.#dirty = true;
  }

  #mayClaimAtMs(node: NodeFacts): number {
    return mayClaimAtMs({ sinceMs: this.#sinceMs, foreignMs: this.#foreignMs, alone: node.alone });
  }

  advance(node: NodeFacts, nowMs: number): void {
    if (!this.#dirty && nowMs < this.#wakeMs) return;
    if (nowMs >= this.#beats.extraMs) this.beat(node, nowMs);
    this.#dirty = false;
    this.#succession.advance(node, nowMs);
    this.#watcher.advance(nowMs, node.notAfterMs);
    if (this.isolated !== this.#wasIsolated) this.#options.onChange();
    this.#wasIsolated = this.isolated;

    const listened = nowMs >= this.#mayClaimAtMs(node);
    const mayClaim = !node.fenced && !this.isolated;
    this.holdings.advance(
      {
        listened,
        mayClaim,
        mayBegin: mayClaim && this.members.claimsAreKnown(nowMs),
        alone: node.alone,
        standsAside: this.#twins.standsAside(node.isSpoken, nowMs),
        takeOver: takeOverPlan(this.members.lossRatio, this.#options.intervalMs),
        hushed: node.fenced || this.isolated || this.#succession.isDeaf(nowMs),
        announceIntervalMs: node.announceIntervalMs,
        notAfterMs: node.notAfterMs,
      },
      nowMs,
    );
    if (this.claims.tellChanges()) this.#beats.claimsTold(nowMs);
    this.#hearing.forgetRewriting(nowMs);
    this.claims.advance(nowMs);
    this.#wakeMs = this.#nextWakeMs(node, nowMs);
  }

  get nextWakeMs(): number {
    return this.#dirty ? Number.NEGATIVE_INFINITY : this.#wakeMs;
  }

  #nextWakeMs(node: NodeFacts, nowMs: number): number {
    const mayClaimAtMs = this.#mayClaimAtMs(node);
    return Math.min(
      this.#beats.extraMs,
      this.claims.nextWakeMs,
      this.#succession.nextWakeMs,
      mayClaimAtMs > nowMs ? mayClaimAtMs : Number.POSITIVE_INFINITY,
      this.#watcher.nextWakeMs(nowMs),
      this.holdings.nextWakeMs(),
    );
  }

  /** The last words of a speaker that ends: it holds nothing any more. */
  release(node: NodeFacts, nowMs: number): void {
    this.holdings.setDuties(new Map());
    this.claims.tellChanges();
    this.beat(node, nowMs);
  }
}
