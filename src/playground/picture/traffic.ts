/**
 * What came of the requests to one Service: how many a second, by whom the last one was answered, the longest time without an answer.
 *
 * Pure: every moment is an argument, in milliseconds of one clock.
 * @module
 */

/** Requests a second are counted over this long. */
const RATE_WINDOW_MS = 2_000;

export interface Traffic {
  readonly answersPerSecond: number;
  readonly lastAnswerer: string | undefined;
  /** The longest time between two answers so far, the one that goes on now included. */
  readonly longestGapMs: number;
  /** How long the silence lasts that goes on now. */
  readonly silentForMs: number;
}

export class TrafficRecord {
  #answersMs: number[] = [];
  #lastMs: number | undefined;
  #longestGapMs = 0;
  #lastAnswerer: string | undefined;

  answered(atMs: number, by: string): void {
    if (this.#lastMs !== undefined) this.#longestGapMs = Math.max(this.#longestGapMs, atMs - this.#lastMs);
    this.#lastMs = atMs;
    this.#lastAnswerer = by;
    this.#answersMs = [...this.#answersMs.filter((each) => each > atMs - RATE_WINDOW_MS), atMs];
  }

  /** Undefined until the first answer. */
  at(nowMs: number): Traffic | undefined {
    if (this.#lastMs === undefined) return undefined;
    const silentForMs = Math.max(0, nowMs - this.#lastMs);
    const recent = this.#answersMs.filter((each) => each > nowMs - RATE_WINDOW_MS).length;
    return {
      answersPerSecond: (recent * 1_000) / RATE_WINDOW_MS,
      lastAnswerer: this.#lastAnswerer,
      longestGapMs: Math.max(this.#longestGapMs, silentForMs),
      silentForMs,
    };
  }
}
