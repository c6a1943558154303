import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Method, RequestOptions } from '../../src/kube/client.js';
import { LeaderElection } from '../../src/kube/lease.js';
import { LeaseStore, Replica, silent, TIMING } from './lease-replica.js';

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

  it('gives the lease up in time when each answer takes 700 ms and a renewal is under way', async () => {
    await startBoth();
    a.answersAfterMs = 700;
    await pass(2_800);
    assert.equal(store.lease?.spec['renewTime'], '2026-07-01T12:00:02.700000Z', 'a renewal was heard just now');
    await a.end();
    assert.equal(store.lease?.spec['holderIdentity'], '');
    assert.deepEqual(a.warnings, []);
  });

  describe('that is stopped while it takes the lease', () => {
    /** The lease is free, and `b` has written that it takes it. */
    const isTakenByB = async () => {
      await startBoth();
      await a.end();
      for (let ms = 0; store.lease?.spec['holderIdentity'] !== 'b' && ms < 2_000; ms += 100) await pass(100);
      assert.deepEqual([store.lease?.spec['holderIdentity'], b.works], ['b', false]);
    };

    it('gives it up once that is answered, and does no work', async () => {
      b.answersAfterMs = 400;
      await isTakenByB();
      await b.end();
      assert.deepEqual([store.lease?.spec['holderIdentity'], b.terms], ['', 0]);
    });

    it('gives it up though that is never answered', async () => {
      b.losesAnswer = true;
      await isTakenByB();
      await b.end();
      assert.deepEqual([store.lease?.spec['holderIdentity'], b.terms], ['', 0]);
    });

    it('gives it up though it waits to try again after that was never answered', async () => {
      b.losesAnswer = true;
      await isTakenByB();
      await pass(3_100);
      assert.deepEqual([b.losesAnswer, b.warnings, b.works], [false, ['cannot take or renew the lease'], false]);
      await b.end();
      assert.deepEqual([store.lease?.spec['holderIdentity'], b.terms], ['', 0]);
    });

    it('leaves it to whoever took it from there', async () => {
      b.losesAnswer = true;
      await isTakenByB();
      store.edit({ holderIdentity: 'c' });
      await b.end();
      assert.deepEqual([store.lease?.spec['holderIdentity'], b.warnings], ['c', []]);
    });
  });

  it('stays the leader while it renews', async () => {
    await startBoth();
    await pass(60_000);
    assert.deepEqual([a.works, a.terms, b.terms], [true, 1, 0]);
    assert.equal(store.lease?.spec['acquireTime'], '2026-07-01T12:00:00.000000Z');
    assert.equal(store.lease?.spec['renewTime'], '2026-07-01T12:01:00.000000Z');
  });

  it('leaves what others keep in the metadata of the Lease where it is, also when it is given up', async () => {
    await startBoth();
    const { metadata, spec } = store.lease ?? assert.fail();
    const labels = { 'kept-by': 'somebody' };
    store.serve('PUT', { metadata: { ...metadata, labels }, spec });
    await pass(10_000);
    assert.deepEqual([a.works, a.terms, store.lease?.metadata.labels], [true, 1, labels]);
    await a.end();
    assert.deepEqual([store.lease?.spec['holderIdentity'], store.lease?.metadata.labels], ['', labels]);
    await pass(1_100);
    assert.deepEqual([b.works, store.lease?.metadata.labels], [true, labels]);
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

  it('says why it could not follow anybody where it is denied, and not of a server that is away since', async () => {
    await startBoth();
    b.isDenied = true;
    await pass(32_000);
    assert.match(b.election.complaint() ?? '', /^Lease .* could not be read or taken for 3[12] s: 401 Unauthorized$/);
    b.isCutOff = true;
    await pass(2_000);
    assert.match(b.election.complaint() ?? '', / for 3[34] s$/);
  });

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
