/**
 * The link side as the main thread sees it: a worker thread that owns every socket, and the few messages to and fro.
 *
 * The main thread may stall for as long as it likes: orders wait in the port, and heartbeats and replies go on. Nothing
 * here restarts a worker that died: a speaker without its link side announces nothing, so its process has to end and be
 * started again by whoever supervises it.
 *
 * Source: docs/design.md §7 ("Two sides"), Node's worker_threads.
 * @module
 */
import { closeSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Observations, Orders } from '../speaker/messages.js';
import type { FromWorker, LinkSideOptions, ToWorker, WorkerStart } from './link-messages.js';

export type { LinkSideOptions };

/** The link side ended without being asked to. `cause` is what it threw; a missing capability keeps its code there. */
export class LinkSideError extends Error {
  override readonly name = 'LinkSideError';
  readonly code = 'LINK_SIDE_DIED';
}

export interface LinkSide {
  /** Resolves when the links are read and their sockets open. Rejects with a LinkSideError if that cannot be. */
  readonly ready: Promise<void>;
  /** Replaces the orders given before. Never blocks. */
  orders(orders: Orders): void;
  /** Calls `listener` with the whole of what the link side knows, each time something changed. */
  onObservations(listener: (observations: Observations) => void): void;
  /** Calls `listener` once if the worker ends unasked, at once if it has. The process should then end. */
  onFailure(listener: (error: LinkSideError) => void): void;
  /** Milliseconds since the loop last turned, which it does several times a second. For `/healthz`. */
  sinceLastTurnMs(): number;
  /** With `leave`, tells the peers first, so that they take over at once. Resolves when the thread has ended. */
  stop(options: { readonly leave: boolean }): Promise<void>;
}

/** A worker that was told to stop and has not ended by itself after this is terminated: the whole process has 2 s. */
const STOP_PATIENCE_MS = 1_200;

/**
 * V8's limits for the worker's heap. It holds peers, claims and addresses, some megabytes for 5,000 of them; a small young
 * generation keeps a collection far below a heartbeat's interval.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/** Beside the bundle; or beside this file, when it is what runs. */
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? './link-worker.source.mjs' : './link-worker.js',
  import.meta.url,
);

const WAKE = Uint8Array.of(1);

/** Starts the worker thread. */
export const startLinkSide = (options: LinkSideOptions): LinkSide => new WorkerLinkSide(options);

class WorkerLinkSide implements LinkSide {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #lastTurn = new BigInt64Array(new SharedArrayBuffer(8));
  #observationListeners: ((observations: Observations) => void)[] = [];
  #failureListeners: ((error: LinkSideError) => void)[] = [];
  #observations: Observations | undefined;
  #failure: LinkSideError | undefined;
  #wakeFd: number | undefined;
  #stopping = false;

  constructor(options: LinkSideOptions) {
    Atomics.store(this.#lastTurn, 0, process.hrtime.bigint());
    const start: WorkerStart = { options, lastTurn: this.#lastTurn.buffer as SharedArrayBuffer };
    this.#worker = new Worker(PROGRAM, { workerData: start, resourceLimits: RESOURCE_LIMITS, execArgv: [] });

    let opened: () => void;
    let refused: (error: LinkSideError) => void;
    this.ready = new Promise((resolve, reject) => {
      opened = resolve;
      refused = reject;
    });
    // Whoever does not wait for `ready` hears of the failure through onFailure.
    this.ready.catch(() => {});
    this.#failureListeners.push((error) => refused(error));
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'observations') return this.#observed(message.observations);
      this.#wakeFd = message.wakeFd;
      opened();
      // Orders that were given meanwhile are in the port already.
      this.#wake();
    });
    let thrown: unknown;
    this.#worker.on('error', (error) => {
      thrown = error;
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (exitCode) => {
        if (this.#wakeFd !== undefined) closeSync(this.#wakeFd);
        this.#wakeFd = undefined;
        if (!this.#stopping) this.#failed(thrown, exitCode);
        resolve();
      });
    });
  }

  orders(orders: Orders): void {
    this.#post({ kind: 'orders', orders });
  }

  onObservations(listener: (observations: Observations) => void): void {
    this.#observationListeners.push(listener);
    if (this.#observations !== undefined) listener(this.#observations);
  }

  onFailure(listener: (error: LinkSideError) => void): void {
    if (this.#failure === undefined) this.#failureListeners.push(listener);
    else listener(this.#failure);
  }

  sinceLastTurnMs(): number {
    return Number(process.hrtime.bigint() - Atomics.load(this.#lastTurn, 0)) / 1_000_000;
  }

  async stop({ leave }: { readonly leave: boolean }): Promise<void> {
    this.#stopping = true;
    this.#post({ kind: 'stop', leave });
    const patience = setTimeout(() => void this.#worker.terminate(), STOP_PATIENCE_MS);
    await this.#exited;
    clearTimeout(patience);
  }

  #observed(observations: Observations): void {
    this.#observations = observations;
    for (const listener of this.#observationListeners) listener(observations);
  }

  #failed(cause: unknown, exitCode: number): void {
    const why = cause instanceof Error ? cause.message : `its thread ended with code ${exitCode}`;
    this.#failure = new LinkSideError(`the link side died, nothing is announced any more: ${why}`, { cause });
    for (const listener of this.#failureListeners) listener(this.#failure);
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
    this.#wake();
  }

  /**
   * Makes poll return. A full pipe does as well: the worker has not come to reading it yet. A broken one has no reader
   * any more, because the worker is ending; the pipe's write end is ours to close, so its number names nothing else.
   */
  #wake(): void {
    if (this.#wakeFd === undefined) return;
    try {
      writeSync(this.#wakeFd, WAKE);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN' && code !== 'EPIPE') throw error;
    }
  }
}
