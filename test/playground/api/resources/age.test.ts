import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ageOf, humanDuration } from '../../../../src/playground/api/resources/age.js';

const S = 1;
const M = 60;
const H = 60 * M;
const D = 24 * H;
const Y = 365 * D;

describe('humanDuration', () => {
  // biome-ignore format: table
  const cases = [
    { seconds: -2, want: '<invalid>' },  { seconds: -1, want: '0s' },             { seconds: 0, want: '0s' },
    { seconds: 2 * M - 1, want: '119s' }, { seconds: 2 * M, want: '2m' },         { seconds: 3 * M + 5 * S, want: '3m5s' },
    { seconds: 10 * M + 5, want: '10m' }, { seconds: 3 * H - 1, want: '179m' },   { seconds: 3 * H, want: '3h' },
    { seconds: 3 * H + M, want: '3h1m' }, { seconds: 8 * H + M, want: '8h' },     { seconds: 2 * D - 1, want: '47h' },
    { seconds: 2 * D, want: '2d' },       { seconds: 2 * D + 4 * H, want: '2d4h' }, { seconds: 8 * D + 4 * H, want: '8d' },
    { seconds: 2 * Y - D, want: '729d' }, { seconds: 2 * Y, want: '2y' },         { seconds: 2 * Y + D, want: '2y1d' },
    { seconds: 8 * Y + D, want: '8y' },
  ];
  for (const { seconds, want } of cases) {
    it(`writes ${seconds} s as ${want}`, () =>
      assert.equal(humanDuration(seconds * 1000 + 400 * Math.sign(seconds)), want));
  }
});

describe('ageOf', () => {
  it('counts from a timestamp', () => assert.equal(ageOf('2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1, 0, 5)), '5m'));
  for (const absent of [undefined, null, '']) {
    it(`knows nothing of ${JSON.stringify(absent)}`, () => assert.equal(ageOf(absent, 0), '<unknown>'));
  }
});
