/**
 * Lines on their way out, many in one write where many come at once.
 *
 * Thousands of Services that get addresses are a line each, and a write for each costs more than the line. A line after
 * some silence is written at once, so that whatever happens next, it is there; those that follow within a moment wait for
 * its end together. Whoever ends the process flushes; one that is killed or runs out of memory takes that moment with it.
 * @module
 */
import type { Clock } from '../kube/clock.js';

export interface LineSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const MOMENT_MS = 50;

export class LogLines implements LineSink {
  readonly #sink: LineSink;
  readonly #clock: Clock;
  #held = '';
  #cancel: (() => void) | undefined;

  constructor(sink: LineSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  get isTTY(): boolean {
    return this.#sink.isTTY === true;
  }

  write(line: string): void {
    if (this.#cancel !== undefined) {
      this.#held += line;
      return;
    }
    this.#sink.write(line);
    this.#wait();
  }

  /** Writes what is held. The next line is written at once. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#held !== '') this.#sink.write(this.#held);
    this.#held = '';
  }

  #wait(): void {
    this.#cancel = this.#clock.after(MOMENT_MS, () => {
      const isBusy = this.#held !== '';
      this.flush();
      if (isBusy) this.#wait();
    });
  }
}
