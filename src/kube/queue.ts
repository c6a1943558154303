/**
 * Keys waiting to be worked on.
 *
 * Promises: a key is worked on by one worker at a time; one added again while it is worked on is worked on once more
 * afterwards; one added many times while it waits is worked on once. Those that come first by
 * {@link WorkQueueOptions.comesFirst} have their turn before all others, of which one a second is worked on all the same.
 *
 * A worker that rejects has its key retried with growing delays. A key that failed comes first no more, takes turns with the
 * others, and has some of the workers at most: what hangs and fails for ever holds up the others once.
 *
 * Keys, not objects, so that a worker reads the newest state. What is held grows with the number of different keys alone,
 * and a key that was worked on with success leaves nothing behind.
 *
 * Source: the promises of client-go's `util/workqueue`.
 * @module
 */
import { setMaxListeners } from 'node:events';
import { type BackoffShape, backoffMs } from './backoff.js';
import { type Clock, systemClock } from './clock.js';

export interface WorkQueueOptions<K> {
  readonly clock?: Clock;
  readonly backoff?: BackoffShape;
  /** Asked when a key is added that has not failed: whether its turn is before that of all keys of which this is false. */
  readonly comesFirst?: (key: K) => boolean;
  /** Hears of every rejection of a worker. */
  readonly onFailure?: (key: K, error: unknown, retryMs: number) => void;
}

export interface RunOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/** Workers that hang at keys that come first do not keep all others waiting; thousands that are done soon lose nothing by it. */
const ONE_OTHER_EACH_MS = 1_000;
/** Of the workers, at most this part is at keys that failed. */
const FAILED_SHARE = 3 / 4;
/** client-go begins at 5 ms and ends at 1,000 s; a person who waits for an address should not wait that long. */
const BACKOFF: BackoffShape = { firstMs: 10, maxMs: 60_000, jitterRatio: 0.3 };

export class WorkQueue<K> {
  readonly #clock: Clock;
  readonly #backoff: BackoffShape;
  readonly #onFailure: (key: K, error: unknown, retryMs: number) => void;
  readonly #comesFirst: (key: K) => boolean;
  /** A key is in one of the three. */
  readonly #first = new Turns<K>();
  readonly #waiting = new Turns<K>();
  readonly #failed = new Turns<K>();
  readonly #active = new Set<K>();
  /** Those of the active ones that had failed before. */
  readonly #activeFailed = new Set<K>();
  #maxActiveFailed = 0;
  /** Since when none was taken of those that do not come first, or there is any. */
  #othersWaitSinceMs = 0;
  /** Of these, those that failed take turns with those that did not. */
  #wasFailedLast = false;
  /** Added while active. */
  readonly #again = new Set<K>();
  readonly #delayed = new Map<K, { readonly dueMs: number; readonly cancel: () => void }>();
  /** Told when nothing waits and nothing is worked on. */
  readonly #idleWaiters = new Set<() => void>();
  /** Failures in a row. */
  readonly #failures = new Map<K, number>();
  /** By the worker that has the key now. */
  readonly #postponed = new Set<K>();
  /** Wakes a worker each. */
  readonly #asleep: (() => void)[] = [];

  constructor(options: WorkQueueOptions<K> = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#backoff = options.backoff ?? BACKOFF;
    this.#comesFirst = options.comesFirst ?? (() => false);
    this.#onFailure = options.onFailure ?? (() => {});
  }

  /** Keys that wait their turn or are worked on; delayed ones are not counted. */
  get size(): number {
    return this.#first.size + this.#waiting.size + this.#failed.size + this.#active.size;
  }

  /** Resolves when no key waits its turn or is worked on; delayed ones are not waited for. */
  idle(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.add(resolve));
  }

  add(key: K): void {
    if (this.#active.has(key)) this.#again.add(key);
    else {
      this.#wait(key);
      this.#asleep.pop()?.();
    }
  }

  #wait(key: K): void {
    if (this.#waiting.size + this.#failed.size === 0) this.#othersWaitSinceMs = this.#clock.monotonicMs();
    if (this.#failures.has(key)) {
      this.#first.delete(key);
      this.#waiting.delete(key);
      this.#failed.add(key);
    } else if (this.#comesFirst(key)) {
      this.#waiting.delete(key);
      this.#first.add(key);
    } else if (!this.#first.has(key)) this.#waiting.add(key);
  }

  /** Adds the key later; of several times asked for, the earliest counts. */
  addAfter(key: K, delayMs: number): void {
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.dueMs <= dueMs) return;
    earlier?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueMs, cancel });
  }

  /** As {@link addAfter}, for a worker that could do nothing but wait: its key keeps its count of failures. */
  postpone(key: K, delayMs: number): void {
    this.#postponed.add(key);
    this.addAfter(key, delayMs);
  }

  /** Adds the key after its next backoff delay, which is returned. A worker's success starts the delays anew. */
  retry(key: K): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delayMs = backoffMs(this.#backoff, failures, this.#clock.random());
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /**
   * Works until `signal` aborts and the workers under way have ended; what waits then is forgotten. Never rejects.
   * A worker that called `retry` or `postpone` itself and then resolves keeps its key's count of failures.
   */
  async run(
    worker: (key: K, signal: AbortSignal) => Promise<void>,
    { concurrency, signal }: RunOptions,
  ): Promise<void> {
    const stop = () => this.#wakeAll();
    this.#maxActiveFailed = Math.max(1, Math.floor(concurrency * FAILED_SHARE));
    // Each of the workers listens to it, in each of its requests; Node warns of more than ten listeners as of a leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', stop);
    await Promise.all(Array.from({ length: concurrency }, () => this.#workOn(worker, signal)));
    signal.removeEventListener('abort', stop);
    this.#forgetAll();
  }

  /** One key after the other; asleep while none waits. */
  async #workOn(worker: (key: K, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const key = this.#next();
      if (key === undefined) await new Promise<void>((resolve) => this.#asleep.push(resolve));
      else await this.#work(key, worker, signal);
    }
  }

  #wakeAll(): void {
    for (const wake of this.#asleep.splice(0)) wake();
  }

  #next(): K | undefined {
    const isTurnOfFirst =
      this.#first.size > 0 && this.#clock.monotonicMs() - this.#othersWaitSinceMs < ONE_OTHER_EACH_MS;
    return (isTurnOfFirst ? undefined : this.#nextOther()) ?? this.#first.take();
  }

  #nextOther(): K | undefined {
    const key = this.#isTurnOfFailed() ? this.#takeFailed() : this.#waiting.take();
    if (key !== undefined) this.#othersWaitSinceMs = this.#clock.monotonicMs();
    return key;
  }

  /** Whoever works on a failed key looks for the next one when it has done so: none is left waiting by others that sleep. */
  #isTurnOfFailed(): boolean {
    if (this.#failed.size === 0 || this.#activeFailed.size >= this.#maxActiveFailed) return false;
    this.#wasFailedLast = this.#waiting.size === 0 || !this.#wasFailedLast;
    return this.#wasFailedLast;
  }

  #takeFailed(): K | undefined {
    const key = this.#failed.take();
    if (key !== undefined) this.#activeFailed.add(key);
    return key;
  }

  async #work(key: K, worker: (key: K, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#active.add(key);
    const failuresBefore = this.#failures.get(key);
    try {
      await worker(key, signal);
      if (this.#failures.get(key) === failuresBefore && !this.#postponed.has(key)) this.#failures.delete(key);
    } catch (error) {
      if (!signal.aborted) this.#onFailure(key, error, this.retry(key));
    } finally {
      this.#active.delete(key);
      this.#activeFailed.delete(key);
      this.#postponed.delete(key);
      if (this.#again.delete(key)) this.#wait(key);
      if (this.size === 0) this.#tellIdle();
    }
  }

  #tellIdle(): void {
    for (const tell of this.#idleWaiters) tell();
    this.#idleWaiters.clear();
  }

  #forgetAll(): void {
    for (const { cancel } of this.#delayed.values()) cancel();
    const all = [this.#delayed, this.#first, this.#waiting, this.#failed, this.#again, this.#failures];
    for (const held of all) held.clear();
    this.#tellIdle();
  }
}

/** Keys in the order in which they came. */
class Turns<K> {
  readonly #keys = new Set<K>();
  /** Of those not taken yet. Kept, as a new one walks over the places of all that were taken since the set grew. */
  readonly #ahead = this.#keys.values();

  get size(): number {
    return this.#keys.size;
  }
  has(key: K): boolean {
    return this.#keys.has(key);
  }
  add(key: K): void {
    this.#keys.add(key);
  }
  delete(key: K): void {
    this.#keys.delete(key);
  }
  clear(): void {
    this.#keys.clear();
  }

  /** Takes out the one that came first. */
  take(): K | undefined {
    // Asked only where there is one ahead: it never comes to its end, after which it would see no other.
    const next = this.#keys.size === 0 ? undefined : this.#ahead.next();
    if (next === undefined || next.done) return undefined;
    this.#keys.delete(next.value);
    return next.value;
  }
}
