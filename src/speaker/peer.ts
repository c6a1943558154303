/**
 * Another node's speaker as heard on one link: since when, how well, and what it says it holds.
 *
 * Pure. Only a peer that sent back our nonce gets such a record; see `members.ts`.
 * @module
 */
import type { BeatMessage } from '../arp/beat.js';
import type { ClaimsMessage, TablePart } from '../arp/claims.js';
import type { Epoch, KeyId, Nonce, Sender } from '../arp/envelope.js';
import type { Address } from '../values/address.js';
import type { IPv4 } from '../values/ipv4.js';
import type { Mac } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import { ClaimTable } from './claim-table.js';
import { LossWindow, missesToSuspect, roundsToAsk } from './loss.js';
import { HEARD, type Watch } from './suspect.js';

/** A node announces some thousands of addresses; more than this is nothing that a speaker of ours would say. */
const MOST_CLAIMS = 8_192;
/** A beat that is late by less than this is not missed: timers and queues are. */
const GRACE_MS = 20;
/** Rule 4: the ask takes 100 ms, in three rounds, where beats come every 100 ms. */
const LEAST_ROUNDS = 3;

interface Incoming {
  readonly id: number;
  readonly parts: Set<number>;
  readonly addresses: Set<Address>;
}

export class Peer {
  readonly node: NodeName;
  /** The peer's own ifindex. */
  readonly link: number;
  readonly epoch: Epoch;
  readonly table = new ClaimTable();
  readonly losses = new LossWindow();
  mac: Mac;
  /** Of the newest frame: an older one is a replay. */
  sequence: number;
  nonce: Nonce;
  state: BeatMessage['state'];
  nodeAddress: IPv4 | undefined;
  keyIds: readonly KeyId[];
  watch: Watch = HEARD;
  /** When it last proved to live, by a frame of its own or by a peer's word. */
  provenMs: number;
  /** When a frame of its own last arrived. */
  heardMs: number;
  /** Of the last question about it. */
  askNonce: Nonce | undefined;
  /** Which of its addresses comes next when some are asked for. */
  askedFrom = 0;
  /** It sent back a nonce that was drawn since our last freeze. */
  fresh = true;
  #intervalMs: number;
  #beat: number;
  #told: { readonly count: number; readonly digest: string };
  #incoming: Incoming | undefined;
  /** Since when our copy of its table differs from what its beats say. */
  #behindSinceMs: number | undefined;

  constructor(sender: Sender, beat: BeatMessage, nowMs: number) {
    this.node = sender.node;
    this.link = sender.link;
    this.epoch = sender.epoch;
    this.mac = sender.mac;
    this.sequence = sender.sequence;
    this.nonce = beat.nonce;
    this.state = beat.state;
    this.nodeAddress = beat.nodeAddress;
    this.keyIds = beat.keyIds;
    this.heardMs = nowMs;
    this.provenMs = nowMs;
    this.#intervalMs = beat.intervalMs;
    this.#beat = beat.beat;
    this.#told = { count: beat.claimCount, digest: beat.claimsDigest };
    this.#noteBehind(nowMs);
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Silence up to this is what its interval, and the link's losses, explain. */
  patienceMs(leastMisses: number): number {
    return missesToSuspect(this.losses.ratio, leastMisses) * this.#intervalMs + GRACE_MS;
  }

  /** How often it is asked before silence counts. */
  get rounds(): number {
    return roundsToAsk(this.losses.ratio, LEAST_ROUNDS);
  }

  /** Rule 4's veto: whether we heard it within its interval. */
  heardWithinInterval(nowMs: number): boolean {
    return nowMs - this.heardMs <= this.#intervalMs + GRACE_MS;
  }

  beatReceived(beat: BeatMessage, nowMs: number): void {
    if (beat.beat > this.#beat) this.losses.arrived(beat.beat - this.#beat - 1);
    this.#beat = beat.beat;
    this.#intervalMs = beat.intervalMs;
    this.nonce = beat.nonce;
    this.state = beat.state;
    this.nodeAddress = beat.nodeAddress;
    this.keyIds = beat.keyIds;
    this.#told = { count: beat.claimCount, digest: beat.claimsDigest };
    this.#noteBehind(nowMs);
  }

  /** Takes over what it says of its claims. */
  claimsReceived({ table, claims }: ClaimsMessage): void {
    for (const claim of claims) {
      if (this.table.size < MOST_CLAIMS || this.table.get(claim.address) !== undefined) this.table.set(claim);
    }
    if (table !== undefined && this.#incoming?.id !== table.id) {
      this.#incoming = { id: table.id, parts: new Set(), addresses: new Set() };
    }
    // What changes while a table's parts are under way is newer than the part that leaves it out.
    for (const claim of claims) this.#incoming?.addresses.add(claim.address);
    if (table !== undefined) this.#partReceived(table);
    if (this.#isKnown()) this.#behindSinceMs = undefined;
  }

  #partReceived({ part, parts }: TablePart): void {
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    incoming.parts.add(part);
    const complete = incoming.parts.size >= parts;
    if (complete) this.table.retain((address) => incoming.addresses.has(address));
    if (complete || incoming.addresses.size > MOST_CLAIMS) this.#incoming = undefined;
  }

  /** Since when a claims frame of it is missing here; undefined: its table is known. */
  get behindSinceMs(): number | undefined {
    return this.#behindSinceMs;
  }

  /** Only with a beat: a change alone is ahead of the beat before it. */
  #noteBehind(nowMs: number): void {
    this.#behindSinceMs = this.#isKnown() ? undefined : (this.#behindSinceMs ?? nowMs);
  }

  #isKnown(): boolean {
    return this.table.size === this.#told.count && this.table.digest === this.#told.digest;
  }
}
