/**
 * What crosses the port between {@link startLinkSide} and the worker thread: plain data.
 *
 * Orders and observations themselves are the speaker's own words, in `speaker/messages.ts`.
 * @module
 */
import type { Observations, Orders } from '../speaker/messages.js';
import type { NodeName } from '../values/names.js';

export interface LinkSideOptions {
  readonly node: NodeName;
  /** Speakers of other clusters on the same segment are told apart by it. */
  readonly clusterId: string;
  /** Keys for the heartbeats' tags, the newest last; none: heartbeats are unsigned. */
  readonly secretKeys: readonly Uint8Array[];
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMisses: number;
}

/** The worker's `workerData`. */
export interface WorkerStart {
  readonly options: LinkSideOptions;
  /** One 64-bit cell: the monotonic clock in nanoseconds at the loop's last turn, readable while either thread is busy. */
  readonly lastTurn: SharedArrayBuffer;
}

export type ToWorker =
  | { readonly kind: 'orders'; readonly orders: Orders }
  | { readonly kind: 'stop'; readonly leave: boolean };

export type FromWorker =
  /** Sockets are open. A byte written to `wakeFd` makes the loop look into its port. */
  | { readonly kind: 'ready'; readonly wakeFd: number }
  | { readonly kind: 'observations'; readonly observations: Observations };
