/**
 * What this node does about one address on one link: wait, probe, own, offer, or leave it alone.
 *
 * Pure. {@link decide} is the whole decision; sending what follows from it is done in `holdings.ts`. Nobody is taken an
 * address from: a node claims what nobody living holds, after a probe that nobody answered, or what is offered to it.
 *
 * Sources: docs/protocol.md, rules 1 to 4 and 7; RFC 5227 §1.1 (probe timings, which it shortens).
 * @module
 */
import { MAX_TERM } from '../arp/claims.js';
import type { IPv4 } from '../values/ipv4.js';
import type { NodeName } from '../values/names.js';
import { prevails } from './elect.js';
import { roundsToAsk } from './loss.js';
import type { Holder } from './members.js';
import type { Refusal, RefusalReason } from './messages.js';

/** Rule 1: how long each rank leaves to the one before. */
export const TURN_MS = 150;
/** Rule 7: "nobody eligible for 1 s". */
const LAST_RESORT_MS = 1_000;
/** Rule 2: a first claim is probed for as RFC 5227 §1.1 says (PROBE_NUM), in 600 ms instead of its 3 to 7 s. */
const FIRST_PROBES = 3;
const FIRST_PROBE_GAP_MS = 200;

/** What the API and the links let this node do about an address. */
export type Standing =
  | 'eligible'
  /** Refused for reasons that count only as long as somebody else is there. */
  | 'last-resort'
  /** Refused softly: what it holds it offers, and goes on answering. */
  | 'reluctant'
  /** Refused hard: it stops at once. */
  | 'barred';

/** Rule 7; a node outside the address's prefix is as good as one that its labels exclude, where there is no other. */
const LAST_RESORT: ReadonlySet<RefusalReason> = new Set([
  'ExcludeLabel',
  'ProxyUnhealthy',
  'OutOfServiceTaint',
  'NetworkUnavailable',
  'NoOnLinkPrefix',
]);

export function standingOf(refusals: readonly Refusal[]): Standing {
  if (refusals.length === 0) return 'eligible';
  if (refusals.some(({ kind }) => kind === 'hard')) return 'barred';
  return refusals.every(({ reason }) => LAST_RESORT.has(reason)) ? 'last-resort' : 'reluctant';
}

export type Holding =
  /** Somebody else's, or none of our business. */
  | { readonly is: 'idle' }
  /** Nobody's, or offered: our turn comes. */
  | { readonly is: 'waiting'; readonly sinceMs: number; readonly offered: boolean }
  | {
      readonly is: 'probing';
      readonly term: number;
      readonly probes: number;
      readonly sent: number;
      readonly gapMs: number;
      readonly nextProbeMs: number;
      readonly untilMs: number;
    }
  | { readonly is: 'owned'; readonly term: number }
  /** Ours until somebody takes it; it is answered for as before. */
  | { readonly is: 'offered'; readonly term: number }
  /** Somebody answered our probe. */
  | { readonly is: 'avoiding'; readonly untilMs: number };

export const IDLE: Holding = { is: 'idle' };

export interface ClaimFacts {
  readonly self: NodeName;
  readonly address: IPv4;
  readonly standing: Standing;
  /** Whoever holds it, as far as living peers say; a suspected peer is still living. */
  readonly holder: Holder | undefined;
  /** The highest term that was ever heard of for the address on this link; 0: it was never claimed. */
  readonly highestTerm: number;
  /** Among the peers that are alive, a holder that offers the address left out. */
  readonly rank: number;
  /** The link is one that we may claim on: listened to, not fenced, not isolated. */
  readonly mayClaim: boolean;
  /** Besides, no peer's claims are unknown: nothing new is begun before. */
  readonly mayBegin: boolean;
  /** No other node is in the cluster. */
  readonly alone: boolean;
  /** How a take-over is probed for: as often as the link's losses ask for. */
  readonly takeOver: { readonly probes: number; readonly gapMs: number; readonly lastsMs: number };
}

/** Rule 2: once, 100 ms; more often where the link loses frames, since silence must be the address's. */
export function takeOverPlan(lossRatio: number, intervalMs: number): ClaimFacts['takeOver'] {
  const probes = roundsToAsk(lossRatio, 1);
  const gapMs = intervalMs / 3;
  return { probes, gapMs, lastsMs: Math.max(intervalMs, probes * gapMs) };
}

export const holds = (holding: Holding): holding is Extract<Holding, { is: 'owned' | 'offered' }> =>
  holding.is === 'owned' || holding.is === 'offered';

export function decide(holding: Holding, facts: ClaimFacts, nowMs: number): Holding {
  if (facts.standing === 'barred') return IDLE;
  if (holds(holding)) return whileHolding(holding, facts);
  if (facts.standing === 'reluctant' || !facts.mayClaim) return holding.is === 'avoiding' ? holding : IDLE;
  if (holding.is === 'probing') return whileProbing(holding, facts, nowMs);
  return facts.mayBegin ? whileIdle(holding, facts, nowMs) : holding;
}

function whileHolding(holding: Extract<Holding, { is: 'owned' | 'offered' }>, facts: ClaimFacts): Holding {
  const { holder, self, address } = facts;
  // Rule 3. A prober holds nothing yet: whoever does goes on answering, and the probe is answered too.
  if (holder !== undefined && holder.state !== 'probing') {
    if (prevails({ node: holder.peer.node, term: holder.term }, { node: self, term: holding.term }, address))
      return IDLE;
  }
  const is = stateFor(facts.standing);
  return holding.is === is ? holding : { is, term: holding.term };
}

/** A node that holds an address only for want of a better one offers it from the start. */
const stateFor = (standing: Standing): 'owned' | 'offered' => (standing === 'eligible' ? 'owned' : 'offered');

function whileProbing(holding: Extract<Holding, { is: 'probing' }>, facts: ClaimFacts, nowMs: number): Holding {
  const { holder, self, address } = facts;
  if (holder !== undefined && holder.peer.watch.is === 'suspected') {
    // The suspicion's own end decides. Until then the probe's answer, if one comes, is the owner's.
    return facts.rank === 0 && facts.standing === 'eligible' ? holding : IDLE;
  }
  if (holder !== undefined) {
    const bid = { node: holder.peer.node, term: holder.term };
    if (holder.state !== 'probing' || prevails(bid, { node: self, term: holding.term }, address)) return IDLE;
  }
  if (nowMs < holding.untilMs) return holding;
  return { is: stateFor(facts.standing), term: Math.max(holding.term, nextTerm(facts)) };
}

function whileIdle(holding: Holding, facts: ClaimFacts, nowMs: number): Holding {
  const { holder, rank } = facts;
  // A holder that we hear says itself what it does; only what nobody says anything about is left alone for a while.
  const heard = holder?.peer.watch.is === 'heard';
  if (holding.is === 'avoiding' && nowMs < holding.untilMs && !heard) return holding;
  if (holder === undefined) {
    const sinceMs = waitingSince(holding, false, nowMs);
    if (nowMs < sinceMs + turnMs(facts)) return { is: 'waiting', sinceMs, offered: false };
    return facts.highestTerm === 0 ? firstProbe(facts, nowMs) : takeOverProbe(facts, nowMs);
  }
  if (holder.peer.watch.is === 'suspected') {
    // The probe of the first in rank runs while the suspect is asked. It takes nothing before its time: a probe only
    // asks, a living owner answers it like any other question, and the claim comes after both have gone unanswered.
    return rank === 0 && facts.standing === 'eligible' ? takeOverProbe(facts, nowMs) : IDLE;
  }
  // An owner whose beats we cannot hear would not hear our claim either, and go on answering beside us.
  if (holder.state !== 'offered' || !heard || facts.standing !== 'eligible') return IDLE;
  const sinceMs = waitingSince(holding, true, nowMs);
  if (nowMs < sinceMs + rank * TURN_MS) return { is: 'waiting', sinceMs, offered: true };
  // No probe: the owner itself would answer it.
  return { is: 'owned', term: nextTerm(facts) };
}

const waitingSince = (holding: Holding, offered: boolean, nowMs: number): number =>
  holding.is === 'waiting' && holding.offered === offered ? holding.sinceMs : nowMs;

/** How long after an address became nobody's our turn comes. */
function turnMs({ rank, standing, alone }: ClaimFacts): number {
  return rank * TURN_MS + (standing === 'last-resort' && !alone ? LAST_RESORT_MS : 0);
}

const nextTerm = ({ highestTerm }: ClaimFacts): number => Math.min(highestTerm + 1, MAX_TERM);

const firstProbe = (facts: ClaimFacts, nowMs: number): Holding =>
  probing(facts, nowMs, {
    probes: FIRST_PROBES,
    gapMs: FIRST_PROBE_GAP_MS,
    lastsMs: FIRST_PROBES * FIRST_PROBE_GAP_MS,
  });

const takeOverProbe = (facts: ClaimFacts, nowMs: number): Holding => probing(facts, nowMs, facts.takeOver);

const probing = (facts: ClaimFacts, nowMs: number, plan: ClaimFacts['takeOver']): Holding => ({
  is: 'probing',
  term: nextTerm(facts),
  probes: plan.probes,
  sent: 0,
  gapMs: plan.gapMs,
  nextProbeMs: nowMs,
  untilMs: nowMs + plan.lastsMs,
});

/** When {@link decide} wants to be asked again, if the facts stay as they are. */
export function holdingWakeMs(holding: Holding, facts: ClaimFacts, nowMs: number): number {
  switch (holding.is) {
    case 'waiting':
      return holding.sinceMs + (holding.offered ? facts.rank * TURN_MS : turnMs(facts));
    case 'avoiding':
      return holding.untilMs > nowMs ? holding.untilMs : Number.POSITIVE_INFINITY;
    case 'probing':
      if (holding.sent < holding.probes) return Math.min(holding.nextProbeMs, holding.untilMs);
      // Past its end it waits for the suspect's watch to end, which wakes by itself.
      return holding.untilMs > nowMs ? holding.untilMs : Number.POSITIVE_INFINITY;
    case 'idle':
    case 'owned':
    case 'offered':
      return Number.POSITIVE_INFINITY;
  }
}
