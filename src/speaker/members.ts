/**
 * Whose frames are believed on one link, and which of those speakers are alive.
 *
 * Pure. A speaker becomes a peer when it sent back a nonce of ours; from then on its frames count in the order in which
 * they were sent, each once. A recording therefore never makes anybody alive. Bounded whatever arrives.
 *
 * Source: docs/protocol.md ("Words and frames", rules 1 and 4).
 * @module
 */
import { type BeatMessage, MAX_ECHOES, type Message, type SpeakerFrame, type Subject } from '../arp/beat.js';
import type { KeyId, Nonce, Sender } from '../arp/envelope.js';
import type { Address } from '../values/address.js';
import type { Mac } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import { prevails } from './elect.js';
import { Peer } from './peer.js';
import { HEARD } from './suspect.js';

/** A Kubernetes cluster has some hundreds of nodes; the segment of one link has no more. */
const MOST_PEERS = 512;
/** In unsigned clusters anybody can make up newcomers: the oldest make room, and a genuine one is back with its next beat. */
const MOST_NEWCOMERS = 64;
/** A newcomer that did not come through in this time is one no more. */
const NEWCOMER_MS = 3_000;

/** A peer whose claims stay unknown for longer holds nothing up: every claim is probed for in any case. */
const UNKNOWN_CLAIMS_MS = 1_000;

/** Why a frame was opened and still counts for nothing. */
export type Disbelief =
  /** Sent before one that we had already: the network swapped two frames, or somebody plays a recording. */
  | 'replayed'
  /** Its speaker has not sent back our nonce yet. */
  | 'newcomer'
  /** There are more speakers than any cluster has. */
  | 'crowded';

export type Reception =
  | { readonly believed: true; readonly peer: Peer; readonly joined: boolean }
  | { readonly believed: false; readonly because: Disbelief };

interface Newcomer {
  readonly nonce: Nonce;
  readonly heardMs: number;
}

/** Who holds an address, as the frames of the living say. */
export interface Holder {
  readonly peer: Peer;
  readonly term: number;
  readonly state: 'probing' | 'owned' | 'offered';
}

export class Members {
  readonly #self: NodeName;
  readonly #onChange: () => void;
  readonly #peers = new Map<string, Peer>();
  /** By epoch and link. */
  readonly #newcomers = new Map<string, Newcomer>();
  #electors: ReadonlySet<NodeName> | undefined;
  #electorsOfLastResort: ReadonlySet<NodeName> | undefined;
  #echoFrom = 0;

  constructor(self: NodeName, onChange: () => void) {
    this.#self = self;
    this.#onChange = onChange;
  }

  get peers(): IterableIterator<Peer> {
    return this.#peers.values();
  }

  /** `isEchoed` tells whether a beat sends back a nonce that counts. */
  receive({ sender, message }: SpeakerFrame, isEchoed: (beat: BeatMessage) => boolean, nowMs: number): Reception {
    const known = this.#peers.get(idOf(sender.node, sender.link));
    if (known?.epoch === sender.epoch) {
      if (sender.sequence <= known.sequence) return { believed: false, because: 'replayed' };
      this.#heard(known, sender, message, isEchoed, nowMs);
      return { believed: true, peer: known, joined: false };
    }
    if (!isBeat(message)) return { believed: false, because: 'newcomer' };
    if (!isEchoed(message)) {
      this.#noteNewcomer(sender, message.nonce, nowMs);
      return { believed: false, because: 'newcomer' };
    }
    if (known === undefined && !this.#makeRoom()) return { believed: false, because: 'crowded' };
    this.#newcomers.delete(newcomerId(sender));
    const peer = new Peer(sender, message, nowMs);
    this.#peers.set(idOf(peer.node, peer.link), peer);
    this.changed();
    return { believed: true, peer, joined: true };
  }

  #heard(peer: Peer, sender: Sender, message: Message, isEchoed: (beat: BeatMessage) => boolean, nowMs: number): void {
    const stateBefore = peer.state;
    peer.sequence = sender.sequence;
    peer.mac = sender.mac;
    peer.heardMs = nowMs;
    this.proven(peer, nowMs);
    if (!isBeat(message)) return;
    peer.beatReceived(message, nowMs);
    if (isEchoed(message)) peer.fresh = true;
    if (peer.state !== stateBefore) this.changed();
  }

  /** The peer lives: a frame of its own, or a veto, says so. */
  proven(peer: Peer, nowMs: number): void {
    peer.provenMs = nowMs;
    if (peer.watch.is === 'heard') return;
    peer.watch = HEARD;
    this.changed();
  }

  #noteNewcomer(sender: Sender, nonce: Nonce, nowMs: number): void {
    const id = newcomerId(sender);
    this.#newcomers.delete(id);
    this.#newcomers.set(id, { nonce, heardMs: nowMs });
    const oldest = this.#newcomers.keys().next().value;
    if (this.#newcomers.size > MOST_NEWCOMERS && oldest !== undefined) this.#newcomers.delete(oldest);
  }

  #makeRoom(): boolean {
    if (this.#peers.size < MOST_PEERS) return true;
    const dead = [...this.#peers].filter(([, { watch }]) => watch.is === 'dead');
    const oldest = dead.sort(([, one], [, other]) => one.heardMs - other.heardMs)[0];
    return oldest !== undefined && this.#peers.delete(oldest[0]);
  }

  /** Somebody's watch or state changed: what is derived from them is worked out again. */
  changed(): void {
    this.#electors = undefined;
    this.#electorsOfLastResort = undefined;
    this.#onChange();
  }

  /** The nodes that may be candidates: rule 1's order is among them, so that nobody waits for a node that will not. */
  get electors(): ReadonlySet<NodeName> {
    this.#electors ??= this.#heardIn(['running']);
    return this.#electors;
  }

  /** Those that stand aside as well: the order among nodes of which none is a candidate. */
  get electorsOfLastResort(): ReadonlySet<NodeName> {
    this.#electorsOfLastResort ??= this.#heardIn(['running', 'aside']);
    return this.#electorsOfLastResort;
  }

  #heardIn(states: readonly Peer['state'][]): ReadonlySet<NodeName> {
    const heard = [...this.#peers.values()].filter(
      ({ watch, state }) => watch.is === 'heard' && states.includes(state),
    );
    return new Set(heard.map(({ node }) => node));
  }

  /** The claim that stays, of all that peers have on this address; the dead have none. */
  holderOf(address: Address): Holder | undefined {
    let holder: Holder | undefined;
    for (const peer of this.#peers.values()) {
      if (peer.watch.is === 'dead' || peer.node === this.#self) continue;
      const claim = peer.table.get(address);
      if (claim === undefined || claim.state === 'released') continue;
      const bid = { node: peer.node, term: claim.term };
      if (holder !== undefined && !prevails(bid, { node: holder.peer.node, term: holder.term }, address)) continue;
      holder = { peer, term: claim.term, state: claim.state };
    }
    return holder;
  }

  /** Some peer said on this link that it holds the address, whether or not it still lives. */
  wasHeld(address: Address): boolean {
    for (const { node, table } of this.#peers.values()) {
      const state = table.get(address)?.state;
      if (node !== this.#self && (state === 'owned' || state === 'offered')) return true;
    }
    return false;
  }

  /** Each peer that was alive has spoken since the last freeze, and its claims are known. */
  get everyPeerSpoke(): boolean {
    for (const { watch, fresh, behindSinceMs } of this.peers) {
      // Silence since the thaw does not count as having spoken: the frames that tell of a successor may be the lost ones.
      if (!fresh || (watch.is === 'heard' && behindSinceMs !== undefined)) return false;
    }
    return true;
  }

  /** What peers hold is known, as far as it was to be had. */
  claimsAreKnown(nowMs: number): boolean {
    for (const { watch, behindSinceMs } of this.peers) {
      if (watch.is === 'heard' && behindSinceMs !== undefined && nowMs - behindSinceMs < UNKNOWN_CLAIMS_MS)
        return false;
    }
    return true;
  }

  /** The share of beats lost on the worst way from a peer that is not dead. */
  get lossRatio(): number {
    let ratio = 0;
    for (const { losses, watch } of this.peers) if (watch.is !== 'dead') ratio = Math.max(ratio, losses.ratio);
    return ratio;
  }

  /** Nonces to send back: those of the newcomers first, who wait for it, then of the peers, in turn if they are many. */
  echoes(nowMs: number): readonly Nonce[] {
    const waiting = [...this.#newcomers.values()].filter(({ heardMs }) => nowMs - heardMs < NEWCOMER_MS);
    const known = [...this.#peers.values()].filter(({ watch }) => watch.is !== 'dead');
    const nonces = waiting.map(({ nonce }) => nonce);
    const room = Math.min(MAX_ECHOES - nonces.length, known.length);
    for (let n = 0; n < room; n++) {
      const peer = known[(this.#echoFrom + n) % known.length];
      if (peer !== undefined) nonces.push(peer.nonce);
    }
    this.#echoFrom = known.length === 0 ? 0 : (this.#echoFrom + room) % known.length;
    return nonces;
  }

  /** What each living peer can verify. */
  keyIds(): readonly (readonly KeyId[])[] {
    return [...this.#peers.values()].filter(({ watch }) => watch.is !== 'dead').map(({ keyIds }) => keyIds);
  }

  at(mac: Mac): Peer | undefined {
    for (const peer of this.#peers.values()) if (peer.mac === mac) return peer;
    return undefined;
  }

  find({ epoch, link }: Subject): Peer | undefined {
    for (const peer of this.#peers.values()) if (peer.epoch === epoch && peer.link === link) return peer;
    return undefined;
  }
}

const idOf = (node: NodeName, link: number): string => `${node}/${link}`;
const newcomerId = ({ epoch, link }: Sender): string => `${epoch}/${link}`;
const isBeat = (message: Message): message is BeatMessage => message.kind === 'beat' || message.kind === 'hello';
