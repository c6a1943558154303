import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Deadlines } from '../../src/allocator/deadlines.js';

describe('Deadlines', () => {
  it('agree with a plain map after any steps', () => {
    const key = fc.integer({ min: 0, max: 20 });
    const atMs = fc.integer({ min: 0, max: 50 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), key, atMs }),
      fc.record({ kind: fc.constant('delete' as const), key }),
      fc.record({ kind: fc.constant('due' as const), atMs }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const deadlines = new Deadlines<number>();
        const plain = new Map<number, number>();
        for (const each of steps) {
          if (each.kind === 'set') {
            deadlines.set(each.key, each.atMs);
            plain.set(each.key, each.atMs);
          } else if (each.kind === 'delete') {
            deadlines.delete(each.key);
            plain.delete(each.key);
          } else {
            const due = [...plain].filter(([, at]) => at <= each.atMs).map(([due]) => due);
            for (const gone of due) plain.delete(gone);
            assert.deepEqual([...deadlines.takeDue(each.atMs)].sort(), due.sort());
          }
          const soonest = plain.size === 0 ? undefined : Math.min(...plain.values());
          assert.equal(deadlines.nextMs(), soonest);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('hold no more than 64 and twice of what is to come, however often one is set anew', () => {
    for (const count of [1, 100]) {
      const deadlines = new Deadlines<number>();
      for (let n = 0; n < 20_000; n++) {
        deadlines.set(n % count, n);
        const toCome = Math.min(n + 1, count);
        assert.ok(deadlines.heldCount <= 64 + 2 * toCome, `${deadlines.heldCount} for ${toCome} to come`);
      }
      assert.equal(deadlines.nextMs(), 20_000 - count);
    }
  });
});
