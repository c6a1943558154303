import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Pace } from '../../src/kube/pace.js';

const SHAPE = { burst: 3, refillMs: 1_000 };

/** What `take` answers for one key at each of these times. */
function taken(...timesMs: readonly number[]): readonly number[] {
  const pace = new Pace<string>(SHAPE);
  return timesMs.map((nowMs) => pace.take('web', nowMs));
}

describe('Pace', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'lets a burst through at once',                times: [0, 0, 0],                want: [0, 0, 0] },
    { name: 'tells how long the next one has to wait',     times: [0, 0, 0, 0, 400],        want: [0, 0, 0, 1_000, 600] },
    { name: 'does not count what had to wait',             times: [0, 0, 0, 0, 1_000],      want: [0, 0, 0, 1_000, 0] },
    { name: 'lets one through after each refill',          times: [0, 0, 0, 1_000, 1_000],  want: [0, 0, 0, 0, 1_000] },
    { name: 'is whole again after as many refills',        times: [0, 0, 0, 3_000, 3_000, 3_000, 3_000], want: [0, 0, 0, 0, 0, 0, 1_000] },
    { name: 'saves nothing beyond a burst',                times: [99_000, 99_000, 99_000, 99_000], want: [0, 0, 0, 1_000] },
  ];
  for (const { name, times, want } of cases) it(name, () => assert.deepEqual(taken(...times), want));

  it('keeps keys apart', () => {
    const pace = new Pace<string>({ burst: 1, refillMs: 1_000 });
    assert.deepEqual([pace.take('a', 0), pace.take('b', 0), pace.take('a', 0)], [0, 0, 1_000]);
  });
});
