/**
 * A controller whose rights are taken away while it runs, and given back.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { World } from './support/world.js';

describe('a controller that may no longer list and watch Services', () => {
  it('is not ready until it may again, and then does what was asked of it meanwhile', () =>
    World.with({ seed: 1 }, async (world) => {
      world.create('before');
      const replica = world.start();
      await world.settled();
      const allow = world.fault({
        kind: 'refuse',
        code: 403,
        reason: 'Forbidden',
        message: 'services is forbidden',
        verbs: ['list', 'watch'],
        resource: 'services',
      });
      world.fault({ kind: 'disconnect', resource: 'services' });
      world.create('meanwhile');
      await world.time.pass(60_000);
      assert.deepEqual(replica.health.readyProblems(), [
        'controller: the API server refuses to list or watch services: 403 Forbidden: services is forbidden',
      ]);
      assert.equal(world.ips('meanwhile'), '');
      allow();
      await world.time.pass(20_000);
      assert.deepEqual(replica.health.readyProblems(), []);
      await world.rest();
      assert.notEqual(world.ips('meanwhile'), '');
    }));
});
