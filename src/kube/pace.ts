/**
 * How often something may be done for each key: a burst at once, then one after each refill.
 *
 * Pure. What keeps two writers of one object from answering each other as fast as the API server can. Keys whose
 * allowance is whole again are forgotten, so that memory is that of the busy ones.
 * @module
 */

export interface PaceShape {
  readonly burst: number;
  readonly refillMs: number;
}

export class Pace<K> {
  readonly #shape: PaceShape;
  /** When each key's allowance is whole again. */
  readonly #wholeAtMs = new Map<K, number>();

  constructor(shape: PaceShape) {
    this.#shape = shape;
  }

  /** 0: now, and it counts. Otherwise how long to wait before asking again. */
  take(key: K, nowMs: number): number {
    const { burst, refillMs } = this.#shape;
    const wholeAtMs = Math.max(this.#wholeAtMs.get(key) ?? nowMs, nowMs);
    const waitMs = wholeAtMs - nowMs - (burst - 1) * refillMs;
    if (waitMs > 0) return waitMs;
    // The key that was used last is the last: the first ones are whole again first, or nearly so.
    this.#wholeAtMs.delete(key);
    this.#wholeAtMs.set(key, wholeAtMs + refillMs);
    this.#forgetWhole(nowMs);
    return 0;
  }

  #forgetWhole(nowMs: number): void {
    for (const [key, wholeAtMs] of this.#wholeAtMs) {
      if (wholeAtMs > nowMs) return;
      this.#wholeAtMs.delete(key);
    }
  }
}
