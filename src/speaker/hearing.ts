/**
 * What other speakers say on one link: whether it is believed, and whom each message is for.
 *
 * Pure. Belief is decided in `members.ts`; ARP is taken in by `evidence.ts`.
 *
 * Source: docs/protocol.md ("Words and frames").
 * @module
 */
import type { BeatMessage, SpeakerFrame } from '../arp/beat.js';
import type { Mac } from '../values/mac.js';
import type { Holdings } from './holdings.js';
import type { Identity } from './identity.js';
import type { Members } from './members.js';
import type { LinkIndex } from './messages.js';
import type { Nonces } from './nonces.js';
import type { Counters, Outlet } from './outlet.js';
import type { OwnBeats } from './own-beats.js';
import type { OwnClaims } from './own-claims.js';
import type { Peer } from './peer.js';
import type { Watcher } from './watcher.js';
import type { Witnesses } from './witness.js';

/** So long without one, and frames are no longer rewritten on this link. */
const FORGET_REWRITING_MS = 10_000;

export interface HearingOptions {
  readonly link: LinkIndex;
  readonly identity: Identity;
  readonly members: Members;
  readonly holdings: Holdings;
  readonly claims: OwnClaims;
  readonly beats: OwnBeats;
  readonly nonces: Nonces;
  readonly watcher: Watcher;
  readonly witnesses: Witnesses;
  readonly outlet: Outlet;
  readonly counters: Counters;
  readonly onChange: () => void;
}

export class Hearing {
  readonly #options: HearingOptions;
  #rewrittenMs: number | undefined;

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /** Peers' frames arrive with another source than they were sent with. */
  get rewritten(): boolean {
    return this.#rewrittenMs !== undefined;
  }

  forgetRewriting(nowMs: number): void {
    if (this.#rewrittenMs === undefined || nowMs - this.#rewrittenMs < FORGET_REWRITING_MS) return;
    this.#rewrittenMs = undefined;
    this.#options.onChange();
  }

  /** A frame of another node's speaker, which came from the Ethernet address `source`. */
  take(frame: SpeakerFrame, source: Mac, nowMs: number): void {
    const { members, nonces, beats, counters } = this.#options;
    if (frame.sender.mac !== source) this.#noteRewriting(nowMs);
    const reception = members.receive(frame, (beat) => nonces.isEchoed(beat.echoes), nowMs);
    if (!reception.believed) {
      counters.count(`disbelieved_${reception.because}`);
      if (reception.because === 'newcomer') beats.soon(nowMs);
      return;
    }
    if (reception.joined) beats.soon(nowMs);
    this.#believed(frame, reception.peer, nowMs);
  }

  #noteRewriting(nowMs: number): void {
    this.#options.counters.count('mac_rewritten');
    if (!this.rewritten) this.#options.onChange();
    this.#rewrittenMs = nowMs;
  }

  #believed({ message }: SpeakerFrame, peer: Peer, nowMs: number): void {
    const { link, identity, holdings, claims, beats, watcher } = this.#options;
    switch (message.kind) {
      case 'beat':
      case 'hello':
        this.#beatReceived(message, peer, nowMs);
        break;
      case 'claims':
        peer.claimsReceived(message);
        holdings.claimsHeard(message.claims, message.table !== undefined);
        break;
      case 'claims-wanted':
        if (message.epoch === identity.epoch) claims.tableWanted(nowMs);
        break;
      case 'ask': {
        const meant = message.about.epoch === identity.epoch && message.about.link === link;
        watcher.asked(message, peer, meant, nowMs);
        if (meant) beats.soon(nowMs);
        break;
      }
      case 'answer':
        watcher.answerHeard(message, nowMs);
    }
  }

  #beatReceived(beat: BeatMessage, peer: Peer, nowMs: number): void {
    const { witnesses, outlet, beats } = this.#options;
    if (beat.nodeAddress !== undefined) witnesses.learned(peer.mac, beat.nodeAddress);
    if (peer.behindSinceMs !== undefined) outlet.say({ kind: 'claims-wanted', epoch: peer.epoch }, peer.mac);
    if (beat.kind === 'hello') beats.helloHeard(nowMs);
  }
}
