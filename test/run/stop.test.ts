import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Stop, stopOnSignals } from '../../src/run/stop.js';
import { FakeClock } from '../support/clock.js';

describe('stopOnSignals', () => {
  let source: EventEmitter;
  let clock: FakeClock;
  let exits: number[];
  let said: string[];
  let stop: Stop;

  beforeEach(() => {
    source = new EventEmitter();
    clock = new FakeClock();
    exits = [];
    said = [];
    const say = (_facts: object, message: string) => said.push(message);
    stop = stopOnSignals({
      source,
      clock,
      log: { debug: say, info: say, warn: say, error: say },
      exit: (code) => exits.push(code),
    });
  });
  afterEach(() => {
    stop.release();
    assert.equal(clock.pending, 0);
    assert.deepEqual(source.eventNames(), []);
  });

  for (const name of ['SIGTERM', 'SIGINT']) {
    it(`asks everything to end on ${name}`, () => {
      assert.equal(stop.signal.aborted, false);
      source.emit(name);
      assert.equal(stop.signal.aborted, true);
      assert.deepEqual([exits, said], [[], ['stopping']]);
    });
  }

  it('ends at once on a second signal', () => {
    source.emit('SIGTERM');
    source.emit('SIGINT');
    assert.deepEqual(exits, [1]);
  });

  it('does not wait for ever for what does not end', async () => {
    source.emit('SIGTERM');
    await clock.step(1_799);
    assert.deepEqual(exits, []);
    await clock.step(1);
    assert.deepEqual(exits, [1]);
  });

  it('calls the limit off once everything has ended', async () => {
    source.emit('SIGTERM');
    stop.release();
    await clock.step(10_000);
    assert.deepEqual(exits, []);
  });
});
