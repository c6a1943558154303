import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { insertAt, removeAt } from '../../src/allocator/short-list.js';

describe('a short list', () => {
  it('is after any insertion and removal as splice leaves it', () => {
    const step = fc.record({ kind: fc.constantFrom('insert', 'insert', 'remove'), where: fc.nat({ max: 1_000 }) });
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), fc.array(step, { maxLength: 200 }), (first, steps) => {
        const list = [...first];
        const plain = [...first];
        for (const [value, { kind, where }] of steps.entries()) {
          if (kind === 'insert') {
            const at = where % (plain.length + 1);
            insertAt(list, at, value);
            plain.splice(at, 0, value);
          } else if (plain.length > 0) {
            const at = where % plain.length;
            removeAt(list, at);
            plain.splice(at, 1);
          }
          assert.deepEqual(list, plain);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
