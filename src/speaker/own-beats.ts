/**
 * The beats that this node sends on one link: what they say, and when one goes out besides the regular ones.
 *
 * Pure: it queues frames in the {@link Outlet}. The regular beat is the same on all links and comes from `engine.ts`.
 *
 * Source: docs/protocol.md ("Words and frames": beat), rules 1 (`aside`) and 10 (hello).
 * @module
 */
import type { IPv4 } from '../values/ipv4.js';
import type { Holdings } from './holdings.js';
import type { Identity } from './identity.js';
import type { Members } from './members.js';
import type { Nonces } from './nonces.js';
import type { Outlet } from './outlet.js';
import type { OwnClaims } from './own-claims.js';
import type { Peer } from './peer.js';
import { ANSWER_JITTER_MS, HELLO_EVERY_BEATS } from './start.js';

/** A peer that we just met wants to hear its nonce at once; a crowd of them is answered with one beat. */
const EXTRA_BEAT_GAP_MS = 20;
/** A beat so soon after claims were told lets their loss be noticed. */
const TOLD_BEAT_MS = 25;
/** Hello answers are spread over more time where more peers answer. */
const JITTER_PER_PEER_MS = 8;

export interface OwnBeatsOptions {
  readonly identity: Identity;
  readonly members: Members;
  readonly holdings: Holdings;
  readonly claims: OwnClaims;
  readonly nonces: Nonces;
  readonly outlet: Outlet;
  readonly intervalMs: number;
  /** From 0 up to 1. */
  readonly chance: () => number;
}

/** What a beat says that is not known here. */
export interface BeatFacts {
  readonly leaving: boolean;
  /** Rule 10: nothing may be claimed on the link yet. */
  readonly listening: boolean;
  readonly nodeAddress: IPv4 | undefined;
}

export class OwnBeats {
  readonly #options: OwnBeatsOptions;
  #sent = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #extraMs = Number.POSITIVE_INFINITY;

  constructor(options: OwnBeatsOptions) {
    this.#options = options;
  }

  /** Somebody waits for a word of ours. */
  soon(nowMs: number): void {
    this.#within(nowMs, 0);
  }

  helloHeard(nowMs: number): void {
    const { members, chance } = this.#options;
    const spreadMs = Math.min(ANSWER_JITTER_MS, JITTER_PER_PEER_MS * members.electors.size);
    this.#within(nowMs, spreadMs * chance());
  }

  /** Whoever lost that frame learns of it from the beat's digest, and need not wait for the next regular one. */
  claimsTold(nowMs: number): void {
    this.#within(nowMs, TOLD_BEAT_MS);
  }

  #within(nowMs: number, delayMs: number): void {
    const atMs = Math.max(nowMs + delayMs, this.#lastMs + EXTRA_BEAT_GAP_MS);
    this.#extraMs = Math.min(this.#extraMs, atMs);
  }

  /** When a beat is due besides the regular ones. */
  get extraMs(): number {
    return this.#extraMs;
  }

  send({ leaving, listening, nodeAddress }: BeatFacts, nowMs: number): void {
    const { identity, members, claims, nonces, outlet, intervalMs } = this.#options;
    const hello = this.#sent === 0 || (listening && this.#sent % HELLO_EVERY_BEATS === 0);
    this.#sent += 1;
    this.#lastMs = nowMs;
    this.#extraMs = Number.POSITIVE_INFINITY;
    outlet.signWith(identity.signingKey(members.keyIds()));
    outlet.say({
      kind: hello ? 'hello' : 'beat',
      state: leaving ? 'leaving' : this.#isReady(listening) ? 'running' : 'aside',
      intervalMs,
      beat: outlet.nextBeat(),
      nodeAddress,
      claimCount: claims.table.size,
      claimsDigest: claims.table.digest,
      nonce: nonces.at(nowMs),
      echoes: members.echoes(nowMs),
      keyIds: identity.keyIds,
    });
  }

  /**
   * Whether we could take an address in our turn. Where others own addresses already, nobody need wait for us while we
   * listen, or while nothing is wanted of us here; where nobody owns any, all are alike and the order among them counts.
   */
  #isReady(listening: boolean): boolean {
    const { members, holdings } = this.#options;
    if (!holdings.isEmpty && !holdings.isCandidate) return false;
    const owns = ({ table }: Peer) => [...table.values()].some(({ state }) => state !== 'probing');
    return !(listening || holdings.isEmpty) || ![...members.peers].some(owns);
  }
}
