import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { answered, HEARD, type Watch, type WatchFacts, watchOn, watchWakeMs } from '../../src/speaker/suspect.js';

const NOW = 10_000;
const FACTS: WatchFacts = {
  quietMs: 50,
  patienceMs: 320,
  holds: true,
  rounds: 3,
  gapMs: 100 / 3,
  thirdHostMs: NOW - 5,
};
const SILENT = { ...FACTS, quietMs: 321 };
const suspected = (over: Partial<Extract<Watch, { is: 'suspected' }>>): Watch => ({
  is: 'suspected',
  sinceMs: NOW - 100,
  asked: 3,
  nextAskMs: NOW + 10,
  witnessMs: undefined,
  isolated: false,
  ...over,
});

describe('watchOn', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; watch: Watch; facts: WatchFacts; is: Watch['is']; ask: boolean; isolated?: boolean }[] = [
    { name: 'leaves a peer alone that was heard just now',              watch: HEARD, facts: FACTS,                                     is: 'heard',     ask: false },
    { name: 'leaves a peer alone up to the end of its patience',        watch: HEARD, facts: { ...FACTS, quietMs: 320 },                is: 'heard',     ask: false },
    { name: 'suspects an owner after that, and asks at once',           watch: HEARD, facts: SILENT,                                    is: 'suspected', ask: true },
    { name: 'asks nothing about a peer that holds nothing',             watch: HEARD, facts: { ...SILENT, holds: false },               is: 'dead',      ask: false },
    { name: 'asks again in the window',                                 watch: suspected({ sinceMs: NOW - 40, asked: 1, nextAskMs: NOW }), facts: SILENT, is: 'suspected', ask: true },
    { name: 'waits between two questions',                              watch: suspected({ sinceMs: NOW - 40, asked: 2 }), facts: SILENT, is: 'suspected', ask: false },
    { name: 'takes an owner for dead when the window closed',           watch: suspected({ witnessMs: NOW - 90 }), facts: SILENT,       is: 'dead',      ask: false },
    { name: 'finds the witness that was heard since',                   watch: suspected({ sinceMs: NOW - 200 }), facts: { ...SILENT, thirdHostMs: NOW - 150 }, is: 'dead', ask: false },
    { name: 'gives an answer time after a witness came late',           watch: suspected({}), facts: SILENT,                            is: 'suspected', ask: true },
    { name: 'takes nobody for dead in the window, witness or not',      watch: suspected({ sinceMs: NOW - 99, witnessMs: NOW - 90 }), facts: SILENT, is: 'suspected', ask: false },
    { name: 'is isolated when no witness came',                         watch: suspected({}), facts: { ...SILENT, thirdHostMs: NOW - 500 }, is: 'suspected', ask: false, isolated: true },
    { name: 'waits a second for a peer that ever was the only host',    watch: suspected({ sinceMs: NOW - 999 }), facts: { ...SILENT, thirdHostMs: undefined }, is: 'suspected', ask: false },
    { name: 'takes it for dead after that second',                      watch: suspected({ sinceMs: NOW - 1_000 }), facts: { ...SILENT, thirdHostMs: undefined }, is: 'dead', ask: false },
    { name: 'stays isolated as long as nobody is heard',                watch: suspected({ sinceMs: NOW - 60_000, isolated: true, nextAskMs: NOW + 1 }), facts: { ...SILENT, thirdHostMs: NOW - 60_001 }, is: 'suspected', ask: false, isolated: true },
    { name: 'keeps asking while it is isolated',                        watch: suspected({ sinceMs: NOW - 60_000, isolated: true, nextAskMs: NOW }), facts: { ...SILENT, thirdHostMs: NOW - 60_001 }, is: 'suspected', ask: true, isolated: true },
    { name: 'begins the whole window anew when the link is back',       watch: suspected({ sinceMs: NOW - 60_000, isolated: true }), facts: { ...SILENT, thirdHostMs: NOW - 1 }, is: 'suspected', ask: true, isolated: false },
    { name: 'leaves an owner alone whose addresses answered just now',  watch: answered(NOW - 100), facts: SILENT,                      is: 'answering', ask: false },
    { name: 'asks such an owner again after a while',                   watch: answered(NOW - 300), facts: SILENT,                      is: 'answering', ask: true },
    { name: 'suspects it when three questions went unanswered',         watch: { is: 'answering', unanswered: 3, nextAskMs: NOW }, facts: SILENT, is: 'suspected', ask: true },
    { name: 'leaves the dead alone',                                    watch: { is: 'dead' }, facts: SILENT,                           is: 'dead',      ask: false },
  ];
  for (const { name, watch, facts, is, ask, isolated } of cases) {
    it(name, () => {
      const step = watchOn(watch, facts, NOW);
      assert.deepEqual([step.watch.is, step.ask], [is, ask]);
      if (step.watch.is === 'suspected' && isolated !== undefined) assert.equal(step.watch.isolated, isolated);
    });
  }
});

describe('watchWakeMs', () => {
  it('wakes when there is something to decide, and never in the past but for good reason', () => {
    let nowMs = NOW;
    let watch: Watch = HEARD;
    const heardMs = NOW;
    const seen: string[] = [];
    // A peer that falls silent while a third host goes on: woken at these moments alone, the watch comes to its end.
    for (let turn = 0; turn < 20 && watch.is !== 'dead'; turn++) {
      const facts = { ...FACTS, quietMs: nowMs - heardMs, thirdHostMs: nowMs - 1 };
      watch = watchOn(watch, facts, nowMs).watch;
      seen.push(watch.is);
      const wakeMs = watchWakeMs(watch, facts, nowMs);
      assert.ok(wakeMs > nowMs, `${wakeMs} at ${nowMs}`);
      nowMs = Math.min(wakeMs, nowMs + 1_000);
    }
    assert.equal(watch.is, 'dead');
    assert.ok(seen.length < 12, seen.join(' '));
  });
});
