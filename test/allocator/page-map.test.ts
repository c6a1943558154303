import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { PageMap } from '../../src/allocator/page-map.js';

/** Below 2^31, from there to 2^32, and the last there are. */
const BASES = [0, 2 ** 31 - 40, 2 ** 32 - 100, 2 ** 48 - 100];

describe('PageMap', () => {
  it('agrees with a plain map after any steps', () => {
    const number = fc.tuple(fc.constantFrom(...BASES), fc.nat({ max: 99 })).map(([base, by]) => base + by);
    const step = fc.record({ kind: fc.constantFrom('set', 'set', 'delete'), number });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const map = new PageMap<number>();
        const plain = new Map<number, number>();
        for (const [at, each] of steps.entries()) {
          assert.equal(map.get(each.number), plain.get(each.number));
          if (each.kind === 'set') {
            map.set(each.number, at);
            plain.set(each.number, at);
          } else {
            map.delete(each.number);
            plain.delete(each.number);
          }
        }
        const inOrder = (entries: Iterable<readonly [number, number]>) => [...entries].sort((a, b) => a[0] - b[0]);
        assert.deepEqual(inOrder(map.entries()), inOrder(plain));
        for (const base of BASES) {
          for (let by = 0; by < 100; by++) assert.equal(map.get(base + by), plain.get(base + by));
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });
});
