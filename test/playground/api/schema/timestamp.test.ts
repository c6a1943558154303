/**
 * Times, and the words for text that is none.
 * @module
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { canonicalTime } from '../../../../src/playground/api/schema/timestamp.js';

const LAYOUT = '"2006-01-02T15:04:05Z07:00"';

describe('canonicalTime refuses', () => {
  const cases = [
    { text: 'zz', want: `parsing time "zz" as ${LAYOUT}: cannot parse "zz" as "2006"` },
    { text: '2026-01-01', want: `parsing time "2026-01-01" as ${LAYOUT}: cannot parse "" as "T"` },
    {
      text: '2026-01-01T00:00:00',
      want: `parsing time "2026-01-01T00:00:00" as ${LAYOUT}: cannot parse "" as "Z07:00"`,
    },
    { text: '2026-01-01T00:00:00Zx', want: 'parsing time "2026-01-01T00:00:00Zx": extra text: "x"' },
    { text: '2026-13-01T00:00:00Z', want: 'parsing time "2026-13-01T00:00:00Z": month out of range' },
    { text: '2026-02-30T00:00:00Z', want: 'parsing time "2026-02-30T00:00:00Z": day out of range' },
    { text: '2026-02-03T25:00:00Z', want: 'parsing time "2026-02-03T25:00:00Z": hour out of range' },
    { text: '2026-02-03T23:60:00Z', want: 'parsing time "2026-02-03T23:60:00Z": minute out of range' },
    { text: '2026-02-03T23:59:60Z', want: 'parsing time "2026-02-03T23:59:60Z": second out of range' },
    {
      text: '2026-02-03T23:59:59+25:00',
      want: 'parsing time "2026-02-03T23:59:59+25:00": time zone offset hour out of range',
    },
    {
      text: '2026-02-03T23:59:59-01:61',
      want: 'parsing time "2026-02-03T23:59:59-01:61": time zone offset minute out of range',
    },
  ];
  for (const { text, want } of cases)
    it(`${text}`, () => assert.deepEqual(canonicalTime(text, 'seconds'), { ok: false, error: want }));
});

describe('canonicalTime', () => {
  const zones = [
    { text: '2026-02-03T23:59:59+01:30', want: '2026-02-03T22:29:59Z' },
    { text: '2026-02-03T23:59:59-24:60', want: '2026-02-05T00:59:59Z' },
  ];
  for (const { text, want } of zones)
    it(`writes ${text} in UTC`, () => assert.deepEqual(canonicalTime(text, 'seconds'), { ok: true, value: want }));

  it('knows the leap day', () => assert.ok(canonicalTime('2028-02-29T00:00:00Z', 'seconds').ok));

  it('writes every time of a Date as the same moment', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
        const written = canonicalTime(date.toISOString(), 'seconds');
        assert.ok(written.ok);
        assert.equal(new Date(written.value).getTime(), Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });
});
