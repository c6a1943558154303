import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { wordsOf } from '../../src/kube/cause.js';

describe('wordsOf', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; cause: unknown; want: string }[] = [
    { name: 'gives the message',                        cause: new Error('it is empty'),                                         want: 'it is empty' },
    { name: 'gives the code of what has no message',    cause: Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }), want: 'ECONNREFUSED' },
    { name: 'says so where there is neither',           cause: new Error(),                                                      want: 'no reason given' },
    { name: 'gives what was thrown that is no error',   cause: 'enough',                                                         want: 'enough' },
  ];
  for (const { name, cause, want } of cases) it(name, () => assert.equal(wordsOf(cause), want));
});
