/**
 * How many of a peer's beats get lost, and how many may be missed before that says something about the peer.
 *
 * Pure. Source: docs/protocol.md, rule 4.
 * @module
 */

/** Rule 4: "over its last 128 beats". */
const WINDOW_BEATS = 128;
/** Rule 4: chance alone may look like a death once in a million beats. */
const FALSE_ALARM = 1e-6;
/**
 * Past this many misses waiting longer costs more than it saves: the promise is an answer within 2 s of a real death
 * at 30 % loss, where 12 would do and an estimate from 128 beats may well say 15.
 */
const MOST_MISSES = 16;
/**
 * A longer gap is likely no loss: a switch that was down for a second says little of how the link loses frames, and must
 * not make the next real death take ten seconds to notice.
 */
const LONGEST_LOSS_BEATS = 4;
/**
 * A gap that no loss explains is an outage for certain, and says nothing at all: a cable that was just mended may be cut
 * again, and a window that holds little else would make that take twice as long to notice.
 */
const OUTAGE_BEATS = MOST_MISSES;
/** An ask goes unanswered this rarely where the peer lives: asking alone never decides. */
const ASK_FAILURE = 1e-3;
/** Ten rounds, a third of an interval apart, are a third of a second: as long as a question may take. */
const MOST_ROUNDS = 10;

export class LossWindow {
  /** 1 for a lost beat; a ring. */
  readonly #lost = new Uint8Array(WINDOW_BEATS);
  #seen = 0;
  #losses = 0;

  /** A beat arrived, and `missed` beats between the one before and this one did not. */
  arrived(missed: number): void {
    const lost = missed < OUTAGE_BEATS ? Math.min(missed, LONGEST_LOSS_BEATS) : 0;
    for (let n = 0; n < lost; n++) this.#push(1);
    this.#push(0);
  }

  #push(lost: 0 | 1): void {
    const at = this.#seen % WINDOW_BEATS;
    this.#losses += lost - (this.#lost[at] as number);
    this.#lost[at] = lost;
    this.#seen += 1;
  }

  /** The share of beats that did not arrive. */
  get ratio(): number {
    return this.#seen === 0 ? 0 : this.#losses / Math.min(this.#seen, WINDOW_BEATS);
  }
}

/** The smallest number of misses in a row, `least` or more, that chance gives less than once in a million beats. */
export function missesToSuspect(lossRatio: number, least: number): number {
  if (lossRatio <= 0) return least;
  if (lossRatio >= 1) return Math.max(least, MOST_MISSES);
  const needed = Math.ceil(Math.log(FALSE_ALARM) / Math.log(lossRatio));
  return Math.max(least, Math.min(needed, MOST_MISSES));
}

/** How often to ask, so that silence is the peer's and not the link's: question and answer both have to get through. */
export function roundsToAsk(lossRatio: number, least: number): number {
  const failure = 1 - (1 - lossRatio) ** 2;
  if (failure <= 0) return least;
  if (failure >= 1) return MOST_ROUNDS;
  const needed = Math.ceil(Math.log(ASK_FAILURE) / Math.log(failure));
  return Math.max(least, Math.min(needed, MOST_ROUNDS));
}
