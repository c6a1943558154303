/**
 * A clock that stands still until a test steps it.
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/kube/clock.js';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** How many turns of the event loop work that was woken may take: promises and loopback I/O need several. */
const TURNS = 20;

export class FakeClock implements Clock {
  /** What `random` gives. */
  chance = 0;
  #nowMs = 1_000_000;
  #wallMs = Date.parse('2026-07-01T12:00:00Z');
  readonly #timers = new Set<Timer>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  random(): number {
    return this.chance;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Timers that wait: what leaks one is found by it. */
  get pending(): number {
    return this.#timers.size;
  }

  /** The wall clock alone is set, as NTP or a person does. */
  jumpWallMs(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** Both clocks have gone on, and nothing that was due has happened yet: what a process sees that was frozen. */
  jumpMs(byMs: number): void {
    this.#moveTo(this.#nowMs + byMs);
  }

  /** Lets `spanMs` pass, timer by timer in their order, and lets what they wake do its work. */
  async step(spanMs: number): Promise<void> {
    const endMs = this.#nowMs + spanMs;
    await this.settle();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#moveTo(Math.max(this.#nowMs, next.dueMs));
      this.#timers.delete(next);
      next.callback();
      await this.settle();
    }
    this.#moveTo(endMs);
  }

  /** Lets everything that can go on without time passing go on. */
  async settle(): Promise<void> {
    for (let n = 0; n < TURNS; n++) await turn();
  }

  #moveTo(ms: number): void {
    this.#wallMs += ms - this.#nowMs;
    this.#nowMs = ms;
  }

  #next(endMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= endMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  }
}
