import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Line, Place } from '../../src/allocator/line.js';

/** From the first to the last, and back again. */
function walked<T>(line: Line<T>): { readonly there: readonly T[]; readonly back: readonly T[] } {
  const there: T[] = [];
  const back: T[] = [];
  let last: Place<T> | undefined;
  for (let place = line.first; place !== undefined; place = place.behind) {
    there.push(place.value);
    last = place;
  }
  for (let place = last; place !== undefined; place = place.ahead) back.unshift(place.value);
  return { there, back };
}

describe('Line', () => {
  it('agrees with an array, whoever joins and leaves, also those who left before', () => {
    const step = fc.record({ kind: fc.constantFrom('join', 'join', 'leave'), who: fc.nat({ max: 1_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const line = new Line<number>();
        const inLine: Place<number>[] = [];
        const outside = Array.from({ length: 10 }, (_, n) => new Place(n));
        for (const { kind, who } of steps) {
          const from = kind === 'join' ? outside : inLine;
          const [place] = from.splice(who % Math.max(1, from.length), 1);
          if (place === undefined) continue;
          if (kind === 'join') {
            line.join(place);
            inLine.push(place);
          } else {
            line.leave(place);
            outside.push(place);
          }
          const values = inLine.map(({ value }) => value);
          assert.deepEqual(walked(line), { there: values, back: values });
          assert.equal(line.size, values.length);
        }
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
