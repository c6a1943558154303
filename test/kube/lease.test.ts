import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import type { ApiClient, Method, RequestOptions } from '../../src/kube/client.js';
import { LeaderElection, type LeaseTiming } from '../../src/kube/lease.js';
import type { Log } from '../../src/kube/log.js';
import { FakeClock } from '../support/clock.js';

/** The flags' defaults, which are client-go's. */
const TIMING: LeaseTiming = { durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

interface StoredLease {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One Lease, kept as the API server keeps it. */
class LeaseStore {
  lease: StoredLease | undefined;
  #version = 0;

  serve(
    method: Method,
    body: { metadata: { resourceVersion?: string }; spec: Record<string, unknown> } | undefined,
  ): StoredLease {
    if (method === 'GET' && this.lease === undefined) throw new ApiError(404, 'NotFound', 'no such lease');
    if (body !== undefined) {
      const isStale =
        method === 'POST'
          ? this.lease !== undefined
          : body.metadata.resourceVersion !== this.lease?.metadata.resourceVersion;
      if (isStale) throw new ApiError(409, 'Conflict', 'somebody was quicker');
      this.lease = { metadata: { resourceVersion: `${++this.#version}` }, spec: body.spec };
    }
    return this.lease as StoredLease;
  }
}

/** A replica with a clock and a connection of its own. */
class Replica {
  readonly clock = new FakeClock();
  readonly stop = new AbortController();
  readonly election: LeaderElection;
  /** Whether the work of the leader is under way. */
  works = false;
  terms = 0;
  isCutOff = false;
  /** Requests that are never answered, as with a server that hangs. */
  isHanging = false;
  /** The next write is heard, and its answer never comes. */
  losesAnswer = false;
  /** How long the work takes to end when it is told to. */
  lingerMs = 0;
  #ended: Promise<void> | undefined;

  constructor(store: LeaseStore, name: string, timing = TIMING) {
    const client: ApiClient = {
      request: async <T>(method: Method, _path: string, { body, signal, timeoutMs = 0 }: RequestOptions = {}) => {
        if (this.isCutOff) throw new ApiError(0, 'Unreachable', 'cut off');
        const isLost = this.losesAnswer && method === 'PUT';
        if (isLost) {
          this.losesAnswer = false;
          store.serve(method, body as never);
        }
        if (this.isHanging || isLost) {
          await new Promise<void>((resolve) => {
            const cancel = this.clock.after(timeoutMs, resolve);
            signal?.addEventListener('abort', () => resolve(cancel()));
          });
          throw new ApiError(0, 'Timeout', 'no answer');
        }
        return store.serve(method, body as never) as T;
      },
      watch: () => assert.fail('no watch is needed'),
      close() {},
    };
    this.election = new LeaderElection({
      client,
      clock: this.clock,
      log: silent,
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

  async end(): Promise<void> {
    this.stop.abort();
    await this.clock.step(this.lingerMs);
    await this.#ended;
    assert.equal(this.clock.pending, 0, 'no timer is left behind');
  }
}

describe('LeaderElection', () => {
  let store: LeaseStore;
  let a: Replica;
  let b: Replica;

  beforeEach(() => {
    store = new LeaseStore();
    a = new Replica(store, 'a');
    b = new Replica(store, 'b');
  });
  afterEach(async () => {
    await a.end();
    await b.end();
  });
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      await Promise.all([a.clock.step(Math.min(100, left)), b.clock.step(Math.min(100, left))]);
      assert.ok(!(a.election.isLeader() && b.election.isLeader()), 'two lead at once');
      assert.ok(!(a.works && b.works), 'two work at once');
    }
  };
  const startBoth = async () => {
    a.start();
    await pass(100);
    b.start();
    await pass(100);
    assert.deepEqual([a.works, b.works], [true, false]);
  };

  it('leads at once where there is no lease', async () => {
    await startBoth();
    assert.equal(a.election.isLeader(), true);
    assert.equal(b.election.isLeader(), false);
    assert.equal(b.election.holder, 'a');
    assert.deepEqual(store.lease?.spec, {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-07-01T12:00:00.000000Z',
      renewTime: '2026-07-01T12:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  it('gives the lease up when it is stopped in the middle of a renewal that the server has heard', async () => {
    await startBoth();
    a.losesAnswer = true;
    await pass(2_100);
    assert.equal(a.losesAnswer, false, 'a renewal is under way');
    await a.end();
    assert.equal(store.lease?.spec['holderIdentity'], '');
    await pass(1_100);
    assert.equal(b.works, true);
  });

  it('stays the leader while it renews', async () => {
    await startBoth();
    await pass(60_000);
    assert.deepEqual([a.works, a.terms, b.terms], [true, 1, 0]);
    assert.equal(store.lease?.spec['acquireTime'], '2026-07-01T12:00:00.000000Z');
    assert.equal(store.lease?.spec['renewTime'], '2026-07-01T12:01:00.000000Z');
  });

  it('hands over within two seconds of a clean stop', async () => {
    await startBoth();
    await a.end();
    assert.equal(store.lease?.spec['holderIdentity'], '');
    await pass(1_100);
    assert.equal(b.works, true);
    assert.equal(b.election.isLeader(), true);
    assert.equal(store.lease?.spec['leaseTransitions'], 1);
  });

  for (const fault of ['isCutOff', 'isHanging'] as const) {
    it(`stops the work of a leader that cannot renew (${fault}) before another takes over`, async () => {
      await startBoth();
      a[fault] = true;
      await pass(9_000);
      assert.equal(b.works, false);
      await pass(2_500);
      assert.deepEqual([a.works, a.election.isLeader(), b.works], [false, false, false]);
      await pass(6_000);
      assert.equal(b.works, true);
    });
  }

  it('keeps to other times when told: a short lease is followed soon, and its holder stops before', async () => {
    const short = { durationMs: 2_000, renewDeadlineMs: 1_500, retryPeriodMs: 300 };
    a = new Replica(store, 'a', short);
    b = new Replica(store, 'b', short);
    await startBoth();
    assert.equal(store.lease?.spec['leaseDurationSeconds'], 2);
    await pass(10_000);
    assert.deepEqual([a.works, a.terms, b.terms], [true, 1, 0]);
    a.isCutOff = true;
    await pass(1_200);
    assert.deepEqual([a.works, b.works], [true, false]);
    await pass(400);
    assert.deepEqual([a.works, a.election.isLeader(), b.works], [false, false, false]);
    await pass(1_000);
    assert.deepEqual([b.works, b.election.isLeader()], [true, true]);
    a.isCutOff = false;
  });

  it('follows a leader that keeps to longer times than its own after those', async () => {
    b = new Replica(store, 'b', { durationMs: 2_000, renewDeadlineMs: 1_500, retryPeriodMs: 300 });
    await startBoth();
    a.isCutOff = true;
    await pass(11_000);
    assert.equal(b.works, false);
    await pass(5_500);
    assert.equal(b.works, true);
  });

  it('does not count itself a leader on waking after its lease, nor takes the lease from who has it by then', async () => {
    await startBoth();
    // Frozen: its clock is read again only when it wakes, and the renewal that was due comes first.
    for (let ms = 0; ms < 17_000; ms += 100) await b.clock.step(100);
    assert.equal(b.works, true);
    a.clock.jumpMs(17_000);
    assert.equal(a.election.isLeader(), false);
    await pass(5_000);
    assert.deepEqual([a.works, a.election.isLeader(), b.election.isLeader()], [false, false, true]);
    assert.equal(store.lease?.spec['holderIdentity'], 'b');
  });

  it('leads again after an outage that nobody else could use', async () => {
    await startBoth();
    a.isCutOff = true;
    b.isCutOff = true;
    await pass(30_000);
    assert.deepEqual([a.works, b.works], [false, false]);
    a.isCutOff = false;
    await pass(1_100);
    assert.deepEqual([a.works, a.terms], [true, 2]);
  });

  it('lasts through an outage that is shorter than the deadline', async () => {
    await startBoth();
    a.isCutOff = true;
    await pass(8_500);
    a.isCutOff = false;
    await pass(20_000);
    assert.deepEqual([a.works, a.terms, b.terms], [true, 1, 0]);
  });

  for (const fault of ['isCutOff', 'isHanging'] as const) {
    it(`says after 30 s that it could not follow anybody (${fault}), and no more when it could`, async () => {
      assert.equal(b.election.complaint(), 'Lease cairn-system/cairn-controller could not be read or taken yet');
      await startBoth();
      await pass(20_000);
      assert.deepEqual([a.election.complaint(), b.election.complaint()], [undefined, undefined]);
      b[fault] = true;
      await pass(28_000);
      assert.equal(b.election.complaint(), undefined);
      await pass(3_500);
      assert.match(b.election.complaint() ?? '', /^Lease cairn-system\/cairn-controller .* for 3[01] s$/);
      assert.equal(a.election.complaint(), undefined);
      b[fault] = false;
      await pass(4_100);
      assert.equal(b.election.complaint(), undefined);
    });
  }

  for (const hours of [-24, 24]) {
    it(`is not deceived by a replica whose wall clock is ${hours} hours off`, async () => {
      b.clock.jumpWallMs(hours * 3_600_000);
      await startBoth();
      await pass(60_000);
      assert.deepEqual([a.works, b.terms], [true, 0]);
    });
  }

  it('takes a lease that an unknown process left behind only after it stood still for its duration', async () => {
    store.serve('POST', {
      metadata: {},
      spec: {
        holderIdentity: 'dead',
        leaseDurationSeconds: 15,
        renewTime: '2020-01-01T00:00:00.000000Z',
        leaseTransitions: 4,
      },
    });
    a.start();
    await pass(14_000);
    assert.equal(a.works, false);
    await pass(2_000);
    assert.equal(a.works, true);
    assert.equal(store.lease?.spec['leaseTransitions'], 5);
  });

  it('does not count itself a leader on waking from a sleep that its monotonic clock did not see', async () => {
    await startBoth();
    a.clock.jumpWallMs(3_600_000);
    assert.equal(a.election.isLeader(), false);
    await pass(2_100);
    assert.equal(a.election.isLeader(), true);
    assert.equal(a.terms, 1);
  });

  it('is not troubled by a wall clock that goes back', async () => {
    await startBoth();
    a.clock.jumpWallMs(-3_600_000);
    await pass(10_000);
    assert.deepEqual([a.election.isLeader(), a.terms], [true, 1]);
  });

  it('keeps the lease until its work has ended', async () => {
    await startBoth();
    a.lingerMs = 1_500;
    a.stop.abort();
    await pass(1_400);
    assert.deepEqual([a.works, store.lease?.spec['holderIdentity']], [true, 'a']);
    await pass(1_300);
    assert.deepEqual([a.works, b.works], [false, true]);
  });

  it('does not count itself a leader past its deadline, though its work lingers and its wall clock went back', async () => {
    await startBoth();
    a.lingerMs = 4_000;
    a.isCutOff = true;
    a.clock.jumpWallMs(-3_600_000);
    await pass(11_000);
    assert.deepEqual([a.works, a.election.isLeader()], [true, false]);
  });

  it('stops at once when somebody took the lease over', async () => {
    await startBoth();
    store.serve('PUT', {
      metadata: { resourceVersion: store.lease?.metadata.resourceVersion ?? '' },
      spec: { holderIdentity: 'kubectl', leaseDurationSeconds: 3_600 },
    });
    await pass(2_100);
    assert.deepEqual([a.works, a.election.isLeader(), a.election.holder], [false, false, 'kubectl']);
  });

  it('gives the lease up when its work fails, and may lead again', async () => {
    await a.end();
    const store2 = new LeaseStore();
    let terms = 0;
    const election = new LeaderElection({
      client: {
        request: async <T>(method: Method, _path: string, options?: RequestOptions) =>
          store2.serve(method, options?.body as never) as T,
        watch: () => assert.fail(),
        close() {},
      },
      clock: b.clock,
      log: silent,
      namespace: 'cairn-system',
      name: 'cairn-controller',
      identity: 'c',
      timing: TIMING,
      onLeading: async () => {
        terms++;
        throw new Error('a bug');
      },
    });
    const stop = new AbortController();
    const ended = election.run(stop.signal);
    await b.clock.step(100);
    assert.equal(terms, 1);
    assert.equal(store2.lease?.spec['holderIdentity'], '');
    await b.clock.step(1_000);
    assert.equal(terms, 2);
    stop.abort();
    await ended;
  });
});
