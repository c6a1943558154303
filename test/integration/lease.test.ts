/**
 * Replicas that follow one another: how soon, and that each begins from the API whoever led before it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { World } from './support/world.js';

const ELECTED = { seed: 1, leaderElect: true, transport: 'direct' } as const;

describe('replicas of a controller', () => {
  it('follow a leader that is stopped within two seconds', () =>
    World.with(ELECTED, async (world) => {
      const first = world.start();
      world.create('a');
      await world.settled();
      const second = world.start();
      await world.time.pass(5_000);
      const beganMs = world.time.nowMs;
      await world.stop(first);
      world.create('b');
      await world.time.until('an address', () => world.ips('b') !== '');
      assert.equal(world.leader(), second);
      assert.ok(world.time.nowMs - beganMs < 2_000, `${world.time.nowMs - beganMs} ms`);
    }));

  for (const [what, leave] of [
    ['gave the lease up', (world: World) => world.editLease({ holderIdentity: '', leaseTransitions: 1 })],
    ['deleted the lease', (world: World) => world.removeLease()],
  ] as const) {
    it(`begin from the API again when somebody else ${what}`, () =>
      World.with(ELECTED, async (world) => {
        const replica = world.start();
        world.create('a');
        await world.settled();
        assert.equal(replica.count('GET services'), 1);
        leave(world);
        await world.time.pass(5_000);
        assert.equal(world.leader(), replica);
        assert.equal(replica.count('GET services'), 2);
      }));
  }
});
