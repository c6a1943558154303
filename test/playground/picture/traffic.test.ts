import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TrafficRecord } from '../../../src/playground/picture/traffic.js';

/** Answers at these moments, the record asked at `nowMs`. */
function recordOf(answersMs: readonly number[], nowMs: number) {
  const record = new TrafficRecord();
  for (const atMs of answersMs) record.answered(atMs, `pod-${atMs}`);
  return record.at(nowMs);
}

describe('TrafficRecord', () => {
  it('knows nothing before the first answer', () => assert.equal(recordOf([], 1_000), undefined));

  // biome-ignore format: table
  const cases = [
    { name: 'counts answers a second over the last two', answersMs: [100, 600, 1_100, 1_600], nowMs: 2_000, field: 'answersPerSecond', want: 2 },
    { name: 'forgets what is older',                     answersMs: [100, 600],               nowMs: 9_000, field: 'answersPerSecond', want: 0 },
    { name: 'remembers the longest gap',                 answersMs: [100, 600, 2_600, 2_700], nowMs: 2_800, field: 'longestGapMs',     want: 2_000 },
    { name: 'counts the gap that goes on',               answersMs: [100, 600],               nowMs: 9_000, field: 'longestGapMs',     want: 8_400 },
    { name: 'tells how long it is silent',               answersMs: [100, 600],               nowMs: 9_000, field: 'silentForMs',      want: 8_400 },
    { name: 'names who answered last',                   answersMs: [100, 600],               nowMs: 700,   field: 'lastAnswerer',     want: 'pod-600' },
  ] as const;
  for (const { name, answersMs, nowMs, field, want } of cases) {
    it(name, () => assert.equal(recordOf(answersMs, nowMs)?.[field], want));
  }
});
