/**
 * The time that one term of leading counts by: what the wall clock showed as the term began, and from then on as much more as
 * has passed.
 *
 * A wall clock that is set meanwhile, as NTP does soon after a machine began, neither ends a rest nor lengthens one. Only
 * what others are told, and the next leader, is said as the wall clock has it by then. While a machine sleeps this time
 * stands still; where that lasts, another term begins (`kube/lease.ts`).
 * @module
 */
import type { Clock } from '../kube/clock.js';

/** By less the wall clock was hardly set: it drifts by that within the hour, and no sentence is to be written anew for it. */
const UNTOLD_MS = 1_000;
/** For no longer is untrue what was told before the wall clock was set. */
const LOOK_EACH_MS = 60_000;

export class TermTime {
  readonly #clock: Clock;
  /** Wall time less monotonic time, as the term began. */
  readonly #beginMs: number;
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beginMs = clock.wallMs() - clock.monotonicMs();
  }

  /** In whole milliseconds, as the wall clock's are. Never goes back. */
  nowMs(): number {
    return Math.floor(this.#clock.monotonicMs() + this.#beginMs);
  }

  /** How far the wall clock was set forward since the term began; below 0 where it was set back. */
  aheadMs(): number {
    const aheadMs = this.#clock.wallMs() - this.nowMs();
    if (Math.abs(aheadMs - this.#aheadMs) >= UNTOLD_MS) this.#aheadMs = aheadMs;
    return this.#aheadMs;
  }

  /** A moment of this time, by the wall clock as it is set now. */
  onWall(ms: number): number {
    return ms + this.aheadMs();
  }

  /** Calls `wasSet` soon after the wall clock was. Returns what ends that. */
  follow(wasSet: () => void): () => void {
    let aheadMs = this.aheadMs();
    const look = () => {
      cancel = this.#clock.after(LOOK_EACH_MS, look);
      if (this.aheadMs() === aheadMs) return;
      aheadMs = this.aheadMs();
      wasSet();
    };
    let cancel = this.#clock.after(LOOK_EACH_MS, look);
    return () => cancel();
  }
}
