/**
 * A controller that starts: what it finds, what it writes, and what it leaves alone.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { World } from './support/world.js';

const LARGE = ['{name: p, protocol: layer2, addresses: [192.0.2.0/24, 198.51.100.0/24]}'];
const numbered = (count: number) => Array.from({ length: count }, (_, at) => `s${String(at).padStart(3, '0')}`);

describe('a controller that starts', () => {
  it('gives 200 waiting Services an address each in one write, and says in another that nobody announces it', () =>
    World.with({ seed: 1, pools: LARGE }, async (world) => {
      for (const name of numbered(200)) world.create(name);
      const replica = world.start();
      await world.rest();
      assert.ok(world.services().every(({ ingress }) => ingress.length === 1));
      assert.equal(replica.count('PATCH services/status'), 400);
      assert.equal(replica.count('POST events'), 401);
    }));

  it('gives memory back, once, when there is nothing left to do', () =>
    World.with({ seed: 1, pools: LARGE }, async (world) => {
      for (const name of numbered(400)) world.create(name);
      const replica = world.start();
      await world.rest();
      await world.time.pass(60_000);
      assert.equal(replica.collections, 1);
    }));
});
