/**
 * Replicas that stand for one Lease, each on a clock and a connection of its own.
 * @module
 */
import assert from 'node:assert/strict';
import { ApiError } from '../../src/kube/api-error.js';
import type { ApiClient, Method, RequestOptions } from '../../src/kube/client.js';
import { sleep } from '../../src/kube/clock.js';
import { LeaderElection, type LeaseTiming } from '../../src/kube/lease.js';
import type { Log } from '../../src/kube/log.js';
import { FakeClock } from '../support/clock.js';

/** The flags' defaults, which are client-go's. */
export const TIMING: LeaseTiming = { durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

interface StoredLease {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string; readonly labels?: object };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One Lease, kept as the API server keeps it. */
export class LeaseStore {
  lease: StoredLease | undefined;
  #version = 0;

  serve(
    method: Method,
    body: { metadata: { resourceVersion?: string; labels?: object }; spec: Record<string, unknown> } | undefined,
  ): StoredLease {
    if (method !== 'POST' && this.lease === undefined) throw new ApiError(404, 'NotFound', 'no such lease');
    if (body !== undefined) {
      const isStale =
        method === 'POST'
          ? this.lease !== undefined
          : body.metadata.resourceVersion !== this.lease?.metadata.resourceVersion;
      if (isStale) throw new ApiError(409, 'Conflict', 'somebody was quicker');
      const uid = this.lease?.metadata.uid ?? `uid-${this.#version}`;
      this.lease = { metadata: { ...body.metadata, uid, resourceVersion: `${++this.#version}` }, spec: body.spec };
    }
    return this.lease as StoredLease;
  }

  /** Somebody else writes these into the Lease that is there. */
  edit(spec: Readonly<Record<string, unknown>>): void {
    const { metadata, spec: before } = this.lease as StoredLease;
    this.serve('PUT', { metadata, spec: { ...before, ...spec } });
  }
}

/** What is to be answered, or thrown. */
function answerTo<T>(ask: () => T): () => T {
  try {
    const answer = ask();
    return () => answer;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** A replica with a clock and a connection of its own. */
export class Replica {
  readonly clock = new FakeClock();
  readonly stop = new AbortController();
  readonly election: LeaderElection;
  /** Whether the work of the leader is under way. */
  works = false;
  readonly warnings: string[] = [];
  terms = 0;
  isCutOff = false;
  /** The server does not believe who we are. */
  isDenied = false;
  /** Requests that are never answered, as with a server that hangs. */
  isHanging = false;
  /** The next write is heard, and its answer never comes. */
  losesAnswer = false;
  /** How long each answer takes. */
  answersAfterMs = 0;
  /** How long the work takes to end when it is told to. */
  lingerMs = 0;
  #ended: Promise<void> | undefined;

  constructor(store: LeaseStore, name: string, timing = TIMING) {
    const client: ApiClient = {
      request: async <T>(method: Method, _path: string, { body, signal, timeoutMs = 0 }: RequestOptions = {}) => {
        if (this.isCutOff) throw new ApiError(0, 'Unreachable', 'cut off');
        if (this.isDenied) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
        const isLost = this.losesAnswer && method === 'PUT';
        if (isLost) this.losesAnswer = false;
        // Heard at once, refused or not; the answer takes its time.
        const heard = this.isHanging ? undefined : answerTo(() => store.serve(method, body as never) as T);
        const isAnswered = heard !== undefined && !isLost && this.answersAfterMs < timeoutMs;
        const waitMs = isAnswered ? this.answersAfterMs : timeoutMs;
        if (waitMs > 0) await sleep(this.clock, waitMs, signal ?? new AbortController().signal);
        if (signal?.aborted) throw new ApiError(0, 'Aborted', 'called off');
        if (!isAnswered) throw new ApiError(0, 'Timeout', 'no answer');
        return heard();
      },
      watch: () => assert.fail('no watch is needed'),
      close() {},
    };
    this.election = new LeaderElection({
      client,
      clock: this.clock,
      log: { ...silent, warn: (_, message) => void this.warnings.push(message ?? '') },
      namespace: 'cairn-system',
      name: 'cairn-controller',
      identity: name,
      timing,
      onLeading: (signal) =>
        new Promise((resolve) => {
          this.works = true;
          this.terms++;
          signal.addEventListener('abort', () => {
            this.clock.after(this.lingerMs, () => {
              this.works = false;
              resolve();
            });
          });
        }),
    });
  }

  start(): void {
    this.#ended = this.election.run(this.stop.signal);
  }

  /** Stops it, and passes the time that it takes to end: no more than its work and a process have for it. */
  async end(): Promise<void> {
    let isEnded = this.#ended === undefined;
    void this.#ended?.then(() => {
      isEnded = true;
    });
    this.stop.abort();
    for (let leftMs = this.lingerMs + 1_800; ; leftMs -= 50) {
      await this.clock.settle();
      if (isEnded) break;
      assert.ok(leftMs > 0, 'it does not end in time');
      await this.clock.step(50);
    }
    assert.equal(this.clock.pending, 0, 'no timer is left behind');
  }
}
