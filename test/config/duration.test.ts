import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseDurationMs } from '../../src/config/duration.js';

describe('parseDurationMs', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads seconds',                   text: '90s',          want: 90_000 },
    { name: 'reads several units',             text: '1h30m5s',      want: 5_405_000 },
    { name: 'reads fractions',                 text: '1.5m',         want: 90_000 },
    { name: 'reads a fraction without a zero', text: '.5s',          want: 500 },
    { name: 'reads a number with a bare point', text: '2.s',         want: 2_000 },
    { name: 'reads milliseconds',              text: '100ms',        want: 100 },
    { name: 'reads microseconds, both letters', text: '500µs500μs',  want: 1 },
    { name: 'reads nanoseconds',               text: '1000000ns',    want: 1 },
    { name: 'reads a bare zero',               text: '0',            want: 0 },
    { name: 'reads a sign',                    text: '+3s',          want: 3_000 },
    { name: 'refuses a number without a unit', text: '90',           want: undefined },
    { name: 'refuses a unit without a number', text: 's',            want: undefined },
    { name: 'refuses a negative duration',     text: '-3s',          want: undefined },
    { name: 'refuses days',                    text: '1d',           want: undefined },
    { name: 'refuses blanks',                  text: '1h 5m',        want: undefined },
    { name: 'refuses what follows',            text: '5minutes',     want: undefined },
    { name: 'refuses nothing',                 text: '',             want: undefined },
    { name: 'refuses more than 2^63 ns',       text: '2562048h',     want: undefined },
    { name: 'refuses a text without end',      text: '1s'.repeat(1e5), want: undefined },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(parseDurationMs(text), want));
  }
});
