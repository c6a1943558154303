/**
 * Any sequence of what users, configurations, faults of the API and ends of controllers do to two whole replicas of a controller.
 * The auditor judges every write, and after every step what each Service says; at the end all must be true and at rest.
 *
 * The default run takes seconds; `CAIRN_MODEL_RUNS=10000` plays as many sequences, and `CAIRN_MODEL_SEED` other ones.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { FAILED } from './failed-sequences.js';
import { Game, type Step, step } from './support/game.js';
import { CONFIGS } from './support/lists.js';
import { World } from './support/world.js';

interface Play {
  readonly steps: readonly Step[];
  /** What of all lists it uses. */
  readonly focus: number;
  /** Services without a class are another provider's. */
  readonly isClassNeeded: boolean;
  /** A second time, with the same end. */
  readonly isRepeated: boolean;
}

const SEED = Number(process.env['CAIRN_MODEL_SEED'] ?? 20_260_701);
const RUNS = Number(process.env['CAIRN_MODEL_RUNS'] ?? 300);
/** Of each hundred sequences, those that go over HTTP. */
const HTTP_RUNS = Math.ceil(RUNS / 50);
const seldom = fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const plays: fc.Arbitrary<Play> = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
  focus: fc.nat({ max: 999_999 }),
  isClassNeeded: seldom,
  isRepeated: seldom,
});

/** Returns what the Services say in the end. */
async function playOnce({ steps, focus, isClassNeeded }: Play, transport: 'http' | 'direct'): Promise<string> {
  let end = '';
  const options = { seed: 1, pools: CONFIGS[0] ?? [], leaderElect: true, transport, isClassNeeded };
  await World.with(options, async (world) => {
    const game = new Game(world, focus);
    for (const each of steps) {
      await game.play(each);
      world.assertFine();
    }
    await game.end();
    end = world.told();
  });
  return end;
}

async function play(each: Play): Promise<void> {
  const end = await playOnce(each, 'direct');
  if (each.isRepeated) assert.equal(await playOnce(each, 'direct'), end, 'the same steps had another end');
}

describe(`a whole controller, whatever happens (CAIRN_MODEL_SEED=${SEED}, ${RUNS} sequences)`, () => {
  for (const { name, steps, focus = 0 } of FAILED)
    it(name, () => play({ steps, focus, isClassNeeded: false, isRepeated: true }));

  it('gives no address twice, loses and moves none, says why somebody waits, and comes to rest', async function () {
    this.timeout(60_000 + RUNS * 1_000);
    await fc.assert(fc.asyncProperty(plays, play), { seed: SEED, numRuns: RUNS });
  });

  it(`does so over HTTP (${HTTP_RUNS} sequences)`, async function () {
    this.timeout(60_000 + HTTP_RUNS * 5_000);
    const property = fc.asyncProperty(plays, async (each) => {
      await playOnce(each, 'http');
    });
    await fc.assert(property, { seed: SEED, numRuns: HTTP_RUNS, endOnFailure: true });
  });
});
