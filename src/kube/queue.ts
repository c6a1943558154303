/**
 * Keys waiting to be worked on.
 *
 * Promises: a key is worked on by one worker at a time; one added again while it is worked on is worked on once more
 * afterwards; one added many times while it waits is worked on once. A worker that rejects has its key retried with
 * growing delays. Keys, not objects, so that a worker reads the newest state.
 *
 * Source: the promises of client-go's `util/workqueue`.
 * @module
 */
import { type Clock, systemClock } from './clock.js';

export interface WorkQueueOptions {
  readonly clock?: Clock;
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
  /** Part of each delay that is left to chance, so that keys which failed together do not come back together. */
  readonly jitterRatio?: number;
  /** Hears of every rejection of a worker. */
  readonly onFailure?: (key: unknown, error: unknown, retryMs: number) => void;
}

export interface RunOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

export declare class WorkQueue<K> {
  constructor(options?: WorkQueueOptions);
  /** Keys that wait their turn, delayed ones not counted. */
  get size(): number;
  add(key: K): void;
  /** Adds the key later; of several times asked for, the earliest counts. */
  addAfter(key: K, delayMs: number): void;
  /** Adds the key after its next backoff delay. A worker's success starts the delays anew. */
  retry(key: K): void;
  /** Works until `signal` aborts and the workers under way have ended. Never rejects. */
  run(worker: (key: K, signal: AbortSignal) => Promise<void>, options: RunOptions): Promise<void>;
}
void systemClock;
