/**
 * Any sequence of what users, configurations, the API and restarts do to the allocator, and what must be true after each.
 *
 * The default run takes seconds; `CAIRN_MODEL_RUNS=10000` plays as many sequences, and `CAIRN_MODEL_SEED` other ones.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { formatAddress } from '../../src/values/address.js';
import type { Service } from '../../src/values/objects.js';
import { FAILED } from './failed-sequences.js';
import { assertTrue } from './invariants.js';
import { run } from './play.js';
import { step } from './steps.js';
import type { World } from './world.js';

const RUNS = {
  seed: Number(process.env['CAIRN_MODEL_SEED'] ?? 20_260_701),
  numRuns: Number(process.env['CAIRN_MODEL_RUNS'] ?? 1_000),
};
const sequences = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' });

function assertAtRest(world: World): void {
  for (const [serviceName, service] of world.api) {
    const standing = world.allocator.standing(serviceName);
    assertTrue(world, service, standing);
    if (standing.state !== 'holds') continue;
    assert.deepEqual(
      world.statuses().get(serviceName),
      standing.held.map(({ address }) => formatAddress(address)),
    );
  }
}

function assertSameAfterRestart(world: World): void {
  const before = [...world.api.values()].filter((service) => !mayChange(world, service));
  world.restart();
  world.settle();
  for (const service of before) assert.deepEqual(world.api.get(service.key), service);
}

/**
 * What is being deleted and was left alone, as its status was another's word, may have its address back from who begins; and
 * of two that came to have one address, one while it was being deleted, one may go.
 */
const mayChange = (world: World, { key, meta, ingress }: Service): boolean =>
  (meta.deleting && world.allocator.standing(key).state === 'left-alone') ||
  ingress.some(({ ip }) => world.isDoubtful(ip));

describe(`the allocator, whatever happens (seed ${RUNS.seed}, ${RUNS.numRuns} sequences)`, function () {
  // Long runs are asked for, and a machine may be busy.
  this.timeout(Math.max(60_000, RUNS.numRuns * 100));
  for (const { name, steps } of FAILED) {
    it(name, () => {
      const world = run(steps);
      assertAtRest(world);
      assertSameAfterRestart(world);
    });
  }

  it('gives no address twice, loses and moves none, and says why somebody waits', () => {
    fc.assert(
      fc.property(sequences, (all) => assertAtRest(run(all))),
      RUNS,
    );
  });

  it('writes nothing when it begins again from what it wrote', () => {
    fc.assert(
      fc.property(sequences, (all) => assertSameAfterRestart(run(all))),
      RUNS,
    );
  });

  it('does the same again for the same input', () => {
    fc.assert(
      fc.property(sequences, (all) => assert.deepEqual(run(all).api, run(all).api)),
      { ...RUNS, numRuns: Math.ceil(RUNS.numRuns / 5) },
    );
  });
});
