/**
 * Rule 4: from a silent owner to a dead one, or not.
 *
 * Pure. Only time and what was heard go in. A suspicion is asked about in rounds: of everybody whether they heard the
 * owner, of the owner itself, and by ARP of the owner's MAC for what it holds. Any frame of the owner, a peer's veto, or
 * an ARP answer ends it; the caller then puts the new {@link Watch} in place. Silence alone decides nothing: the link
 * must have shown meanwhile that it still brings frames.
 *
 * Source: docs/protocol.md, rule 4.
 * @module
 */

/** Rule 4: "ask up to 8 known hosts". */
export const MOST_HOSTS_ASKED = 8;
/** Rule 4: where no third host was ever heard on the link. */
const LONE_PEER_MS = 1_000;
/** A witness proves the link at one moment: an answer to a question asked then has this long to arrive. */
const AFTER_WITNESS_MS = 50;
/** While nothing at all is heard, asking is only worth while to be answered once the link is back. */
const ISOLATED_ASK_MS = 300;
/** An owner whose beats are filtered, but whose addresses answer, is asked again this often... */
const RECHECK_MS = 300;
/** ...and after a question without answer this often, so that its real death is noticed in about a second. */
const RECHECK_AGAIN_MS = 100;
const RECHECKS_UNANSWERED = 3;

export type Watch =
  /** Its frames arrive. */
  | { readonly is: 'heard' }
  | {
      readonly is: 'suspected';
      readonly sinceMs: number;
      readonly asked: number;
      readonly nextAskMs: number;
      /** When a third host was first heard since the suspicion began. */
      readonly witnessMs: number | undefined;
      /** The window closed without a witness: for all we know it is us who are cut off. */
      readonly isolated: boolean;
    }
  /** Silent, but its addresses answer ARP: it lives, and keeps what it has. */
  | { readonly is: 'answering'; readonly unanswered: number; readonly nextAskMs: number }
  | { readonly is: 'dead' };

export interface WatchFacts {
  /** Since the last frame that proved the peer to live. */
  readonly quietMs: number;
  /** Longer than this is suspicious. */
  readonly patienceMs: number;
  /** It holds addresses: only then does anybody need to know whether it lives. */
  readonly holds: boolean;
  /** How often to ask, and how far apart. */
  readonly rounds: number;
  readonly gapMs: number;
  /** When a host that is neither we nor the peer was last heard on the link; undefined: never. */
  readonly thirdHostMs: number | undefined;
}

export interface WatchStep {
  readonly watch: Watch;
  /** Ask now. */
  readonly ask: boolean;
}

export const HEARD: Watch = { is: 'heard' };

/** What an ARP answer from the peer's MAC, for an address that it holds, makes of its watch. */
export const answered = (nowMs: number): Watch => ({
  is: 'answering',
  unanswered: 0,
  nextAskMs: nowMs + RECHECK_MS,
});

export function watchOn(watch: Watch, facts: WatchFacts, nowMs: number): WatchStep {
  switch (watch.is) {
    case 'heard':
      if (facts.quietMs <= facts.patienceMs) return { watch, ask: false };
      return facts.holds ? suspect(facts, nowMs) : { watch: { is: 'dead' }, ask: false };
    case 'suspected':
      return watch.isolated ? whileIsolated(watch, facts, nowMs) : whileSuspected(watch, facts, nowMs);
    case 'answering':
      if (nowMs < watch.nextAskMs) return { watch, ask: false };
      if (watch.unanswered >= RECHECKS_UNANSWERED) return suspect(facts, nowMs);
      return {
        watch: { ...watch, unanswered: watch.unanswered + 1, nextAskMs: nowMs + RECHECK_AGAIN_MS },
        ask: true,
      };
    case 'dead':
      return { watch, ask: false };
  }
}

function suspect(facts: WatchFacts, nowMs: number): WatchStep {
  return {
    watch: {
      is: 'suspected',
      sinceMs: nowMs,
      asked: 1,
      nextAskMs: nowMs + facts.gapMs,
      witnessMs: undefined,
      isolated: false,
    },
    ask: true,
  };
}

type Suspected = Extract<Watch, { is: 'suspected' }>;

function whileSuspected(before: Suspected, facts: WatchFacts, nowMs: number): WatchStep {
  const witnessMs = before.witnessMs ?? since(before.sinceMs, facts.thirdHostMs);
  const openMs = facts.rounds * facts.gapMs;
  const closed = nowMs >= before.sinceMs + openMs;
  // A link that woke up late may have swallowed every question so far: one more, now that it brings frames again.
  const newWitness = before.witnessMs === undefined && witnessMs !== undefined && before.asked >= facts.rounds;
  const due = nowMs >= before.nextAskMs && (before.asked < facts.rounds || (closed && witnessMs === undefined));
  const ask = due || newWitness;
  const watch: Suspected = {
    ...before,
    witnessMs,
    asked: before.asked + (ask ? 1 : 0),
    nextAskMs: ask ? nowMs + facts.gapMs : before.nextAskMs,
  };
  if (!closed) return { watch, ask };
  if (witnessMs !== undefined) {
    return nowMs >= witnessMs + AFTER_WITNESS_MS ? { watch: { is: 'dead' }, ask: false } : { watch, ask };
  }
  if (facts.thirdHostMs !== undefined) {
    return {
      watch: { ...watch, sinceMs: nowMs, isolated: true, nextAskMs: nowMs + ISOLATED_ASK_MS },
      ask,
    };
  }
  return nowMs >= before.sinceMs + LONE_PEER_MS ? { watch: { is: 'dead' }, ask: false } : { watch, ask };
}

/** What was asked while cut off proves nothing: the whole window starts again with the first frame of a third host. */
function whileIsolated(before: Suspected, facts: WatchFacts, nowMs: number): WatchStep {
  if (since(before.sinceMs, facts.thirdHostMs) !== undefined) return suspect(facts, nowMs);
  const ask = nowMs >= before.nextAskMs;
  return { watch: ask ? { ...before, nextAskMs: nowMs + ISOLATED_ASK_MS } : before, ask };
}

const since = (startMs: number, atMs: number | undefined): number | undefined =>
  atMs !== undefined && atMs > startMs ? atMs : undefined;

/** When {@link watchOn} wants to be asked again, if nothing is heard until then. */
export function watchWakeMs(watch: Watch, facts: WatchFacts, nowMs: number): number {
  switch (watch.is) {
    case 'heard':
      // Just past the moment: `quietMs` has to exceed the patience.
      return nowMs + Math.max(0, facts.patienceMs - facts.quietMs) + 1;
    case 'suspected': {
      if (watch.isolated) return watch.nextAskMs;
      const closesMs = watch.sinceMs + facts.rounds * facts.gapMs;
      const provenMs =
        watch.witnessMs === undefined ? closesMs : Math.max(closesMs, watch.witnessMs + AFTER_WITNESS_MS);
      return watch.asked < facts.rounds || provenMs <= nowMs
        ? Math.min(watch.nextAskMs, Math.max(provenMs, nowMs + 1))
        : provenMs;
    }
    case 'answering':
      return watch.nextAskMs;
    case 'dead':
      return Number.POSITIVE_INFINITY;
  }
}
