/** A sharer that was about to leave and stays after all, beside one that was edited meanwhile as if it were alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { run } from './play.js';
import { create, edit, type Step, settle, to } from './steps.js';

describe('a sharer that stays where it was about to leave', () => {
  const shared: readonly Step[] = [create(0, 10), create(1, 11), settle];
  // biome-ignore format: table
  const cases = [
    { name: 'beside one that dropped its key',               steps: [...shared, edit(1, 2), edit(0, 9), edit(1, 3)] },
    { name: 'beside one that has its port now',              steps: [...shared, edit(1, 2), edit(0, 15), edit(1, 3)] },
    { name: 'after its new address was replaced',            steps: [...shared, { do: 'replace', which: 1 }, edit(0, 9), edit(1, 3)] },
    { name: 'as the pools lost the address it was given',    steps: [...shared, edit(1, 2), edit(0, 9), to(3), { do: 'send', which: 1 }] },
  ] as const;
  for (const { name, steps } of cases) {
    it(`${name}: who fits no more goes at once, and a restart moves nobody`, () => {
      const world = run(steps);
      const before = [...world.api.values()];
      world.restart();
      world.settle();
      for (const { key, ingress } of before) assert.deepEqual(world.api.get(key)?.ingress, ingress, key);
    });
  }
});
