import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { WorkQueue } from '../../src/kube/queue.js';
import { FakeClock } from '../support/clock.js';
import { noiseFrom } from '../support/values.js';

const BACKOFF = { firstMs: 10, maxMs: 80, jitterRatio: 0.5 };

describe('WorkQueue', () => {
  let clock: FakeClock;
  let queue: WorkQueue<string>;
  let failures: string[];
  let stop: AbortController;
  let ended: Promise<void>;
  /** Keys in the order in which work on them began. */
  let begun: string[];
  /** Lets the work on a key end. */
  let finish: Map<string, { resolve: () => void; reject: (error: Error) => void }>;

  beforeEach(() => {
    clock = new FakeClock();
    failures = [];
    queue = new WorkQueue<string>({
      clock,
      backoff: BACKOFF,
      onFailure: (key, error, retryMs) => failures.push(`${key}: ${(error as Error).message}, again in ${retryMs} ms`),
    });
    stop = new AbortController();
    begun = [];
    finish = new Map();
    ended = Promise.resolve();
  });
  afterEach(async () => {
    stop.abort();
    for (const { resolve } of finish.values()) resolve();
    await ended;
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  /** Workers that wait until the test lets them end. */
  const runByHand = (concurrency: number) => {
    ended = queue.run(
      (key) => {
        begun.push(key);
        return new Promise((resolve, reject) => finish.set(key, { resolve, reject }));
      },
      { concurrency, signal: stop.signal },
    );
  };
  const done = async (key: string) => {
    finish.get(key)?.resolve();
    await clock.settle();
  };
  const fail = async (key: string) => {
    finish.get(key)?.reject(new Error('no'));
    await clock.settle();
  };

  it('works first on keys that come first, also on one that waited among the others', async () => {
    const urgent = new Set(['c', 'd']);
    queue = new WorkQueue<string>({ clock, comesFirst: (key) => urgent.has(key) });
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
    urgent.add('e');
    queue.add('e');
    urgent.delete('c');
    queue.add('c');
    assert.equal(queue.size, 5);
    runByHand(1);
    for (const key of ['c', 'd', 'e', 'a']) await done(key);
    await clock.settle();
    assert.deepEqual(begun, ['c', 'd', 'e', 'a', 'b']);
  });

  it('works on one of the others each second while keys that come first take long', async () => {
    queue = new WorkQueue<string>({ clock, comesFirst: (key) => key.startsWith('urgent') });
    for (const key of ['urgent a', 'urgent b', 'urgent c', 'd', 'e', 'urgent f']) queue.add(key);
    runByHand(1);
    for (const key of ['urgent a', 'urgent b', 'd', 'urgent c', 'e', 'urgent f']) {
      await clock.step(500);
      await done(key);
    }
    assert.deepEqual(begun, ['urgent a', 'urgent b', 'd', 'urgent c', 'e', 'urgent f']);
  });

  it('leaves no key waiting for which there is a worker, whatever fails', async () => {
    const noise = noiseFrom(128);
    const failedOnce = new Set<string>();
    runByHand(4);
    for (let n = 0; n < 1_000; n++) {
      const [choice = 0, at = 0] = noise(2);
      const active = [...finish.keys()];
      const key = active[at % active.length];
      if (choice < 100 || key === undefined) queue.add(`key ${at % 20}`);
      else if (choice < 140) await clock.step(at);
      else {
        const { resolve, reject } = finish.get(key) ?? {};
        finish.delete(key);
        if (choice < 200) resolve?.();
        else reject?.(new Error('no'));
        failedOnce[choice < 200 ? 'delete' : 'add'](key);
      }
      await clock.settle();
      const failing = [...finish.keys()].filter((each) => failedOnce.has(each)).length;
      assert.ok(failing <= 3, `${failing} workers at keys that failed`);
      assert.ok(queue.size === finish.size || finish.size === 4 || failing === 3, `${queue.size - finish.size} wait`);
    }
  });

  describe('with keys that failed', () => {
    /** All of them fail once, and are due again. */
    const failed = async (concurrency: number, ...keys: readonly string[]) => {
      for (const key of keys) queue.add(key);
      runByHand(concurrency);
      for (const key of keys) {
        await clock.settle();
        await fail(key);
      }
      begun.length = 0;
      finish.clear();
    };

    it('has them come first no more, until work on them succeeds', async () => {
      queue = new WorkQueue<string>({ clock, backoff: BACKOFF, comesFirst: (key) => key.startsWith('urgent') });
      await failed(1, 'urgent a');
      queue.add('b');
      await clock.step(10);
      for (const key of ['urgent c', 'd', 'e']) queue.add(key);
      await done('b');
      for (const key of ['urgent c', 'urgent a', 'd']) await done(key);
      assert.deepEqual(begun, ['b', 'urgent c', 'urgent a', 'd', 'e']);
      for (const key of ['f', 'urgent a']) queue.add(key);
      for (const key of ['e', 'urgent a']) await done(key);
      assert.deepEqual(begun.slice(5), ['urgent a', 'f']);
    });

    it('takes one of them and one of the others in turn', async () => {
      await failed(1, 'a', 'b', 'c');
      queue.add('under way');
      await clock.step(80);
      for (const key of ['d', 'e', 'f']) queue.add(key);
      for (const key of ['under way', 'a', 'd', 'b', 'e', 'c']) await done(key);
      assert.deepEqual(begun, ['under way', 'a', 'd', 'b', 'e', 'c', 'f']);
    });

    it('keeps a quarter of the workers for the others, however many of them there are', async () => {
      const keys = Array.from({ length: 20 }, (_, n) => `stuck ${n}`);
      await failed(4, ...keys);
      await clock.step(10);
      assert.deepEqual(begun, keys.slice(0, 3));
      queue.add('a');
      await clock.settle();
      assert.deepEqual(begun.slice(3), ['a']);
      await done('a');
      for (const key of keys) await done(key);
      assert.deepEqual(begun, [...keys.slice(0, 3), 'a', ...keys.slice(3)]);
      assert.equal(queue.size, 0);
    });

    it('works on them also where there is one worker', async () => {
      await failed(1, 'a', 'b');
      await clock.step(10);
      await done('a');
      assert.deepEqual(begun, ['a', 'b']);
    });
  });

  it('works on keys in the order they were added, as many at once as it was told', async () => {
    for (const key of ['a', 'b', 'c']) queue.add(key);
    runByHand(2);
    await clock.settle();
    assert.deepEqual(begun, ['a', 'b']);
    await done('b');
    assert.deepEqual(begun, ['a', 'b', 'c']);
  });

  it('works once on a key that was added many times while it waited', async () => {
    for (let n = 0; n < 5; n++) queue.add('a');
    runByHand(4);
    await clock.settle();
    await done('a');
    assert.deepEqual(begun, ['a']);
    assert.equal(queue.size, 0);
  });

  it('never works twice at once on a key, and once more for one that was added meanwhile', async () => {
    queue.add('a');
    runByHand(4);
    await clock.settle();
    queue.add('a');
    queue.add('a');
    await clock.settle();
    assert.deepEqual(begun, ['a']);
    await done('a');
    assert.deepEqual(begun, ['a', 'a']);
    await done('a');
    assert.deepEqual(begun, ['a', 'a']);
  });

  it('waits twice as long after each failure, up to the limit, and anew after a success', async () => {
    queue.add('a');
    runByHand(1);
    await clock.settle();
    for (const waitMs of [10, 20, 40, 80, 80]) {
      await fail('a');
      const before = begun.length;
      await clock.step(waitMs - 1);
      assert.equal(begun.length, before);
      await clock.step(1);
      assert.equal(begun.length, before + 1);
    }
    await done('a');
    queue.add('a');
    await clock.settle();
    await fail('a');
    assert.equal(failures.at(-1), 'a: no, again in 10 ms');
  });

  it('takes up to the jitter off a delay', async () => {
    clock.chance = 0.5;
    queue.add('a');
    runByHand(1);
    await clock.settle();
    await fail('a');
    assert.deepEqual(failures, ['a: no, again in 7.5 ms']);
  });

  it('keeps counting failures of a key whose worker asked for the retry itself', async () => {
    const delays: number[] = [];
    queue.add('a');
    ended = queue.run(
      async (key) => {
        delays.push(queue.retry(key));
      },
      { concurrency: 1, signal: stop.signal },
    );
    await clock.step(75);
    assert.deepEqual(delays, [10, 20, 40, 80]);
  });

  it('keeps counting failures of a key whose worker did nothing but wait', async () => {
    queue.add('a');
    let isWaiting = false;
    ended = queue.run(
      async (key) => {
        isWaiting = !isWaiting;
        if (isWaiting) queue.postpone(key, 5);
        else throw new Error('no');
      },
      { concurrency: 1, signal: stop.signal },
    );
    await clock.step(100);
    assert.deepEqual(
      failures,
      [10, 20, 40, 80].map((waitMs) => `a: no, again in ${waitMs} ms`),
    );
  });

  it('adds a delayed key at the earliest of the times asked for', async () => {
    runByHand(1);
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 300);
    await clock.step(99);
    assert.deepEqual(begun, []);
    await clock.step(1);
    assert.deepEqual(begun, ['a']);
    await done('a');
    await clock.step(1_000);
    assert.deepEqual(begun, ['a']);
  });

  it('adds a key at once that was to be delayed by nothing', async () => {
    runByHand(1);
    queue.addAfter('a', 0);
    await clock.settle();
    assert.deepEqual(begun, ['a']);
  });

  it('goes on with other keys after a worker that throws before it awaits', async () => {
    ended = queue.run(
      (key) => {
        begun.push(key);
        throw new Error('at once');
      },
      { concurrency: 1, signal: stop.signal },
    );
    queue.add('a');
    queue.add('b');
    await clock.settle();
    assert.deepEqual(begun, ['a', 'b']);
  });

  it('ends when told to, after the work under way and without what waits', async () => {
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 50);
    runByHand(1);
    await clock.settle();
    let hasEnded = false;
    ended.then(() => {
      hasEnded = true;
    });
    stop.abort();
    await clock.settle();
    assert.equal(hasEnded, false);
    await done('a');
    assert.equal(hasEnded, true);
    assert.deepEqual(begun, ['a']);
    assert.equal(queue.size, 0);
  });

  it('says when it is idle: nothing waits, and nothing is worked on', async () => {
    let isIdle = false;
    queue.add('a');
    queue.add('b');
    runByHand(1);
    void queue.idle().then(() => {
      isIdle = true;
    });
    await done('a');
    assert.equal(isIdle, false);
    await done('b');
    assert.equal(isIdle, true);
  });

  it('says that it is idle when it has ended, whatever waited', async () => {
    queue.add('a');
    queue.add('b');
    runByHand(1);
    await clock.settle();
    const idle = queue.idle();
    stop.abort();
    await done('a');
    await idle;
  });
});
