/**
 * The link side as the main thread sees it: a worker thread that owns every socket, and the few messages to and fro.
 *
 * The main thread may stall for as long as it likes: orders wait in the port, and heartbeats and replies go on. Nothing
 * here restarts a worker that died: a speaker without its link side announces nothing, so its process has to end and be
 * started again by whoever supervises it.
 *
 * Source: design.md §7 ("Two sides"), Node's worker_threads.
 * @module
 */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Observations, Orders } from '../speaker/messages.js';
import type { NodeName } from '../values/names.js';
import type { FromWorker, ToWorker, WorkerStart } from './link-messages.js';

export interface LinkSideOptions {
  readonly node: NodeName;
  /** Speakers of other clusters on the same segment are told apart by it. */
  readonly clusterId: string;
  /** Keys for the heartbeats' tags, the newest last; none: heartbeats are unsigned. */
  readonly secretKeys: readonly Uint8Array[];
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMisses: number;
}

/** The link side ended without being asked to. `cause` holds what it threw, such as a CapabilityError. */
export class LinkSideError extends Error {
  override readonly name = 'LinkSideError';
  readonly code = 'LINK_SIDE_DIED';
}

export interface LinkSide {
  /** Resolves when the sockets are open and the links are read. Rejects with what kept it from that. */
  readonly ready: Promise<void>;
  /** Replaces the orders given before. Never blocks. */
  orders(orders: Orders): void;
  /** Calls `listener` with the whole of what the link side knows, each time something changed. */
  onObservations(listener: (observations: Observations) => void): void;
  /** Calls `listener` once if the worker ends unasked, at once if it has. The process should then end. */
  onFailure(listener: (error: LinkSideError) => void): void;
  /** Milliseconds since the loop last turned; it turns at least once in {@link LONGEST_SLEEP_MS}. For `/healthz`. */
  sinceLastTurnMs(): number;
  /** With `leave`, tells the peers first, so that they take over at once. Resolves when the thread has ended. */
  stop(options: { readonly leave: boolean }): Promise<void>;
}

/** A stopped worker that has not ended by itself after this is terminated: design.md wants the process gone in 2 s. */
const STOP_PATIENCE_MS = 1_500;

/** Starts the worker thread. */
export function startLinkSide(options: LinkSideOptions): LinkSide {
  return new WorkerLinkSide(options);
}
