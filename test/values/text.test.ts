import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { compareText } from '../../src/values/text.js';

describe('compareText', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'puts the shorter first',                    a: 'node',   b: 'node-a', want: -1 },
    { name: 'puts capitals first, whatever the locale',  a: 'a',      b: 'B',      want: 1 },
    { name: 'puts no number in its own order',           a: 'node-9', b: 'node-10', want: 1 },
    { name: 'tells equal ones',                          a: 'node',   b: 'node',   want: 0 },
  ];
  for (const { name, a, b, want } of cases) it(name, () => assert.equal(compareText(a, b), want));
});
