/**
 * Watches the peers of one link and asks about those that fall silent.
 *
 * Pure: when somebody is suspected, and when dead, is decided in `suspect.ts`; this file asks the questions.
 *
 * Source: docs/protocol.md, rule 4.
 * @module
 */
import { probe } from '../arp/arp.js';
import type { AnswerMessage, AskMessage } from '../arp/beat.js';
import { NONCE_BYTES, toNonce } from '../arp/envelope.js';
import { isIPv4 } from '../values/address.js';
import type { IPv4 } from '../values/ipv4.js';
import { BROADCAST } from '../values/mac.js';
import type { Members } from './members.js';
import type { Outlet } from './outlet.js';
import type { Peer } from './peer.js';
import { answered, type WatchFacts, watchOn, watchWakeMs } from './suspect.js';
import type { Witnesses } from './witness.js';

/** An owner may hold thousands: a few of them tell whether it lives, another few each time. */
const ADDRESSES_ASKED = 4;

export interface WatcherOptions {
  readonly members: Members;
  readonly witnesses: Witnesses;
  readonly outlet: Outlet;
  readonly leastMisses: number;
  readonly intervalMs: number;
  readonly randomBytes: (length: number) => Uint8Array;
}

export class Watcher {
  readonly #options: WatcherOptions;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Some silent peer could not be told from a dead link: nothing is taken, and nothing new is begun. */
  get isolated(): boolean {
    for (const { watch } of this.#options.members.peers) if (watch.is === 'suspected' && watch.isolated) return true;
    return false;
  }

  advance(nowMs: number, notAfterMs: number): void {
    const { members } = this.#options;
    for (const peer of members.peers) {
      const { watch, ask } = watchOn(peer.watch, this.#factsOf(peer, nowMs), nowMs);
      if (watch.is !== peer.watch.is) members.changed();
      peer.watch = watch;
      if (ask) this.#ask(peer, notAfterMs);
    }
  }

  /** After a freeze: the silence was ours. */
  forgive(nowMs: number): void {
    for (const peer of this.#options.members.peers) {
      if (peer.watch.is === 'dead') continue;
      peer.fresh = false;
      this.#options.members.proven(peer, nowMs);
    }
  }

  /** An ARP answer for an address that a silent peer holds came from that peer's MAC: it lives. */
  arpAnswered(peer: Peer, address: IPv4, nowMs: number): void {
    const claim = peer.table.get(address);
    if (peer.watch.is === 'heard' || claim === undefined || claim.state === 'probing') return;
    if (peer.watch.is !== 'answering') this.#options.members.changed();
    peer.watch = answered(nowMs);
  }

  /** Somebody misses a peer: us, or one that we may have heard. */
  asked({ about, nonce }: AskMessage, asker: Peer, selfIsMeant: boolean, nowMs: number): void {
    const heard = selfIsMeant || this.#options.members.find(about)?.heardWithinInterval(nowMs) === true;
    // Also a "no" is worth sending: to whoever asks it proves that the link still brings frames.
    this.#options.outlet.say({ kind: 'answer', about, nonce, heard }, asker.mac);
  }

  /** A veto counts for what was asked just now, not for an older question. */
  answerHeard({ about, nonce, heard }: AnswerMessage, nowMs: number): void {
    const subject = this.#options.members.find(about);
    if (heard && subject?.watch.is === 'suspected' && subject.askNonce === nonce) {
      this.#options.members.proven(subject, nowMs);
    }
  }

  #factsOf(peer: Peer, nowMs: number): WatchFacts {
    return {
      quietMs: nowMs - peer.provenMs,
      patienceMs: peer.patienceMs(this.#options.leastMisses),
      holds: peer.table.size > 0,
      rounds: peer.rounds,
      gapMs: this.#options.intervalMs / 3,
      thirdHostMs: this.#options.witnesses.lastExceptMs(peer.mac),
    };
  }

  #ask(peer: Peer, notAfterMs: number): void {
    const { outlet, randomBytes, witnesses } = this.#options;
    peer.askNonce = toNonce(randomBytes(NONCE_BYTES));
    const message: AskMessage = {
      kind: 'ask',
      about: { epoch: peer.epoch, link: peer.link },
      nonce: peer.askNonce,
    };
    outlet.say(message, BROADCAST);
    // And to itself alone: a switch that holds broadcasts back still brings this one.
    outlet.say(message, peer.mac);
    for (const address of someOf(peer)) outlet.arp(probe(outlet.self, address), peer.mac, notAfterMs);
    if (peer.watch.is !== 'suspected' || peer.watch.witnessMs !== undefined) return;
    for (const { mac, ip } of witnesses.hostsExcept(peer.mac)) outlet.arp(probe(outlet.self, ip), mac, notAfterMs);
  }

  nextWakeMs(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#options.members.peers) {
      nextMs = Math.min(nextMs, watchWakeMs(peer.watch, this.#factsOf(peer, nowMs), nowMs));
    }
    return nextMs;
  }
}

/** Addresses that the peer holds: others each time. */
function someOf(peer: Peer): readonly IPv4[] {
  const held: IPv4[] = [];
  for (const { address, state } of peer.table.values()) if (state !== 'probing' && isIPv4(address)) held.push(address);
  const count = Math.min(ADDRESSES_ASKED, held.length);
  const some = Array.from({ length: count }, (_, n) => held[(peer.askedFrom + n) % held.length] as IPv4);
  peer.askedFrom = held.length === 0 ? 0 : (peer.askedFrom + count) % held.length;
  return some;
}
