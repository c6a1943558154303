/**
 * What leaves on one link: messages signed and numbered, ARP packets framed, each as an effect for the loop.
 *
 * Pure: it queues, and sends nothing itself.
 * @module
 */
import { type ArpPacket, encodeArp } from '../arp/arp.js';
import { encodeMessage, type Message } from '../arp/beat.js';
import type { Key } from '../arp/envelope.js';
import { ETHERTYPE, encodeEthernet } from '../arp/ethernet.js';
import { BROADCAST, type Mac } from '../values/mac.js';
import type { Effect } from './effects.js';
import type { Identity } from './identity.js';
import type { LinkIndex } from './messages.js';

/** Counters by name since the start. */
export class Counters {
  readonly #counts: Record<string, number> = {};

  count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  snapshot(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }
}

/**
 * How far a link has counted. It outlives the segment: peers that knew a link before it went down take a smaller number
 * in the same epoch for a replay.
 */
export interface Numbering {
  sequence: number;
  beats: number;
}

export class Outlet {
  readonly self: Mac;
  readonly #link: LinkIndex;
  readonly #identity: Identity;
  readonly #counters: Counters;
  readonly #emit: (effect: Effect) => void;
  readonly #numbering: Numbering;
  #key: Key | undefined;

  constructor(
    link: LinkIndex,
    self: Mac,
    numbering: Numbering,
    identity: Identity,
    counters: Counters,
    emit: (effect: Effect) => void,
  ) {
    this.self = self;
    this.#link = link;
    this.#numbering = numbering;
    this.#identity = identity;
    this.#counters = counters;
    this.#emit = emit;
    this.#key = identity.signingKey([]);
  }

  signWith(key: Key | undefined): void {
    this.#key = key;
  }

  /** The number of the beat that is about to be sent. */
  nextBeat(): number {
    this.#numbering.beats += 1;
    return this.#numbering.beats;
  }

  say(message: Message, to: Mac = BROADCAST): void {
    const { node, epoch, cluster } = this.#identity;
    this.#numbering.sequence += 1;
    const sender = { node, link: this.#link, mac: this.self, epoch, sequence: this.#numbering.sequence };
    this.#counters.count(`sent_${message.kind}`);
    this.#emit({
      kind: 'send',
      link: this.#link,
      frame: encodeMessage(sender, message, cluster, this.#key, to),
      notAfterMs: undefined,
    });
  }

  /** A packet that says who has an address, or that asks for it before a claim, must not leave after a freeze. */
  arp(packet: ArpPacket, to: Mac, notAfterMs: number): void {
    const header = { destination: to, source: this.self, etherType: ETHERTYPE.arp };
    this.#emit({ kind: 'send', link: this.#link, frame: encodeEthernet(header, encodeArp(packet)), notAfterMs });
  }
}
