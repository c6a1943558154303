/**
 * Since when a controller could see all there is and say what is true: somebody leads, nothing goes wrong, nobody does anything.
 * @module
 */
import type { Fault, Faults, Release } from '../../../src/playground/api/faults.js';

export interface CalmOptions {
  readonly nowMs: () => number;
  readonly faults: Faults;
  /** Whoever leads and is not frozen. */
  readonly leader: () => object | undefined;
}

/** From the act of a user to the last word about it: a new leader has looked for speakers by then. */
const AFTER_ACTS_MS = 6_000;
/** The longest pause of a retry, and a look. */
const AFTER_FAULTS_MS = 66_000;

export class Calm {
  readonly #options: CalmOptions;
  #stirredMs: number;
  #faultEndedMs = Number.NEGATIVE_INFINITY;
  #active = 0;
  #leader: object | undefined;
  #leadsSinceMs = 0;

  constructor(options: CalmOptions) {
    this.#options = options;
    this.#stirredMs = options.nowMs();
  }

  stir(): void {
    this.#stirredMs = this.#options.nowMs();
  }

  /** Adds a fault. Returns what takes it back, and may be called twice. */
  fault(fault: Fault): Release {
    const { faults, nowMs } = this.#options;
    const release = faults.add(fault);
    this.#active++;
    let isOver = false;
    return () => {
      release();
      if (isOver) return;
      isOver = true;
      this.#active--;
      this.#faultEndedMs = nowMs();
    };
  }

  /** Since when nothing has hindered the controller, whatever others did; undefined while something does. */
  sinceMs(): number | undefined {
    const leader = this.#options.leader();
    if (leader !== this.#leader) {
      this.#leader = leader;
      this.#leadsSinceMs = this.#options.nowMs();
    }
    if (leader === undefined || this.#active > 0) return undefined;
    return Math.max(this.#leadsSinceMs, this.#faultEndedMs + AFTER_FAULTS_MS);
  }

  isLongEnough(): boolean {
    const sinceMs = this.sinceMs();
    return sinceMs !== undefined && this.#options.nowMs() >= Math.max(sinceMs, this.#stirredMs) + AFTER_ACTS_MS;
  }
}
