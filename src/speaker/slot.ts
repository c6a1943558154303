/**
 * One wanted address on one link: what the orders say, what we do about it, and what was seen of others.
 * @module
 */
import type { Claim } from '../arp/claims.js';
import type { IPv4 } from '../values/ipv4.js';
import type { Mac } from '../values/mac.js';
import type { Cadence } from './cadence.js';
import { type Holding, holds, IDLE, type Standing } from './claim.js';

/** What the orders, and the choice of links, make of an address on a link. */
export interface Duty {
  readonly address: IPv4;
  readonly services: string;
  readonly standing: Standing;
  /** The link has no prefix that holds the address. */
  readonly offLink: boolean;
}

/** A host that uses the address and is no speaker of ours. */
export interface Stranger {
  readonly mac: Mac;
  /** When it was first seen, and last. */
  readonly sinceMs: number;
  readonly seenMs: number;
  /** See `strangers.ts`. */
  readonly named: boolean;
}

export class Slot {
  duty: Duty;
  holding: Holding = IDLE;
  /** While the address is held. */
  cadence: Cadence | undefined;
  /** The highest term heard of, our own included. */
  highestTerm = 0;
  /** The last term that a peer was heard to probe for. */
  probedTerm = 0;
  /** Probes in a row that somebody answered. */
  conflicts = 0;
  stranger: Stranger | undefined;
  /** When a rival was last told that the address is ours. */
  assertedMs = Number.NEGATIVE_INFINITY;
  /** When to decide anew, if nothing happens before. */
  wakeMs = Number.NEGATIVE_INFINITY;

  constructor(duty: Duty) {
    this.duty = duty;
  }

  get held(): boolean {
    return holds(this.holding);
  }

  noteTerm(term: number): void {
    this.highestTerm = Math.max(this.highestTerm, term);
  }

  /** As it stands in our table; undefined where there is nothing to say. */
  claim(): Claim | undefined {
    const { holding, duty } = this;
    if (holding.is !== 'probing' && !holds(holding)) return undefined;
    return { address: duty.address, term: holding.term, state: holding.is, services: duty.services };
  }
}
