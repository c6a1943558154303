/**
 * How long what a leader writes may take once its term is to end.
 *
 * A write that frees an address has to be answered, or nobody would know that the address rests; and what rests is written
 * last of all. So at a clean stop, when the lease is ours still, writes that are under way have some time to end, and the last
 * one has what is left. Whoever lost the lease writes nothing from that moment on.
 * @module
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../kube/clock.js';

/** An API server under load answers by then. */
const UNDER_WAY_MS = 400;
/** Giving the lease up may take a second more (`kube/lease.ts`), and the process ends 1.8 s after the signal (`stop.ts`). */
const ALL_MS = 750;

export interface TermEndOptions {
  readonly clock: Clock;
  /** No write is begun after it aborts, but the last one. */
  readonly signal: AbortSignal;
  readonly isLeader: () => boolean;
}

export class TermEnd {
  readonly #options: TermEndOptions;
  readonly #underWay = new AbortController();
  readonly #last = new AbortController();
  #cancel: readonly (() => void)[] = [];

  constructor(options: TermEndOptions) {
    this.#options = options;
    const { signal } = options;
    // Each of the writes listens to it; Node warns of more than ten listeners as of a leak.
    setMaxListeners(0, this.#underWay.signal);
    if (signal.aborted) this.#begin();
    else signal.addEventListener('abort', this.#begin);
  }

  /** Aborts when the writes that were under way are to have ended. */
  get underWay(): AbortSignal {
    return this.#underWay.signal;
  }

  /** Aborts when nothing is written any more. */
  get last(): AbortSignal {
    return this.#last.signal;
  }

  /** All have ended. */
  close(): void {
    this.#options.signal.removeEventListener('abort', this.#begin);
    for (const cancel of this.#cancel) cancel();
  }

  readonly #begin = (): void => {
    const { clock, signal, isLeader } = this.#options;
    if (!isLeader()) {
      this.#underWay.abort(signal.reason);
      this.#last.abort(signal.reason);
      return;
    }
    this.#cancel = [
      clock.after(UNDER_WAY_MS, () => this.#underWay.abort(signal.reason)),
      clock.after(ALL_MS, () => this.#last.abort(signal.reason)),
    ];
  };
}
