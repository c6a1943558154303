import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { collectAllGarbage, IdleCollector } from '../../src/run/idle-collector.js';
import { FakeClock } from '../support/clock.js';

describe('a controller that gives memory back', () => {
  let clock: FakeClock;
  let collector: IdleCollector;
  let collected: number;
  const work = (pieces: number) => {
    for (let piece = 0; piece < pieces; piece++) collector.worked();
  };

  beforeEach(() => {
    clock = new FakeClock();
    collected = 0;
    collector = new IdleCollector({ clock, collectGarbage: () => collected++ });
  });

  it('does so once, when a burst of work has ended', async () => {
    work(5_000);
    await clock.step(4_000);
    work(100);
    await clock.step(1_000);
    assert.equal(collected, 0);
    await clock.step(5_000);
    assert.equal(collected, 1);
    await clock.step(3_600_000);
    assert.equal(collected, 1);
  });

  it('does so although a Service changes now and then', async () => {
    work(1_000);
    for (let second = 0; second < 5; second++) {
      work(2);
      await clock.step(1_000);
    }
    assert.equal(collected, 1);
  });

  it('does not stop for a few of them', async () => {
    work(999);
    await clock.step(60_000);
    assert.equal(collected, 0);
  });

  it('does not do so when it has ended', async () => {
    work(5_000);
    collector.close();
    await clock.step(60_000);
    assert.equal(collected, 0);
  });

  it('can, on this Node', async () => {
    const real = new IdleCollector({ clock, collectGarbage: collectAllGarbage });
    for (let piece = 0; piece < 1_000; piece++) real.worked();
    const seen = garbage();
    await clock.step(5_000);
    assert.equal(seen.deref(), undefined);
  });
});

const garbage = (): WeakRef<object> => new WeakRef({ some: 'garbage' });
