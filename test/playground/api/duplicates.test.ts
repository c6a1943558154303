import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { duplicateFields } from '../../../src/playground/api/duplicates.js';

describe('duplicateFields', () => {
  const cases: readonly [text: string, want: readonly string[]][] = [
    ['{}', []],
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":1,"b":2},"c":{"b":1}}', ['a.b']],
    ['{"a":[{"b":1},{"b":1,"b":2}]}', ['a[1].b']],
    ['{"a":[1,2,[3]],"a":0,"a":1}', ['a', 'a']],
    ['{"a":"a","b":"\\"a\\":1,","a\\u0041":1,"aA":2}', ['aA']],
    ['{"a" : true , "a" : null}', ['a']],
    ['[{"a":1},{"a":1}]', []],
    ['"a"', []],
    ['', []],
    ['{"a":', []],
    ['{"a":1,"a', []],
  ];
  for (const [text, want] of cases) {
    it(`finds ${want.length === 0 ? 'nothing' : want.join(', ')} in ${text}`, () =>
      assert.deepEqual(
        duplicateFields(text),
        want.map((field) => `duplicate field "${field}"`),
      ));
  }
});
