import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isOlderVersion } from '../../src/values/resource-version.js';

describe('isOlderVersion', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'is true of a lower number',                         one: '9',                     other: '10',                     want: true },
    { name: 'is false of a higher one',                          one: '10',                    other: '9',                      want: false },
    { name: 'is false of the same',                              one: '10',                    other: '10',                     want: false },
    { name: 'tells numbers apart that are too long for a float', one: '9007199254740993000001', other: '9007199254740993000002', want: true },
    { name: 'is false of what is no number',                     one: 'v1',                    other: '10',                     want: false },
    { name: 'is false beside what is no number',                 one: '1',                     other: '0x10',                   want: false },
    { name: 'is false beside none',                              one: '1',                     other: '',                       want: false },
    { name: 'is false of none',                                  one: '',                      other: '1',                      want: false },
  ];
  for (const { name, one, other, want } of cases) it(name, () => assert.equal(isOlderVersion(one, other), want));
});
