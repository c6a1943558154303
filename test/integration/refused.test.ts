/**
 * What `kubectl describe service` shows of a Service that the API server lets nobody write: an event, and no address.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SEED } from './support/fault-table.js';
import { World } from './support/world.js';

/** As the API server has them. */
const eventsOf = (world: World, name: string) =>
  world.store
    .list(world.store.resource('events'))
    .filter((event) => event['involvedObject'].name === name && event['reason'] === 'StatusRefused')
    .map((event) => `${event['type']} ${event['message']}`);

describe('a controller beside a Service that cannot be written', () => {
  it('tells that its annotations leave no room, gives it its address when they do, and tells so again', () =>
    World.with({ seed: SEED }, async (world) => {
      const full = { 'example.com/notes': 'x'.repeat(256 * 1_024 - 'example.com/notes'.length) };
      world.start();
      world.create('web', { metadata: { annotations: full } });
      await world.time.pass(600_000);
      assert.equal(world.ips('web'), '');
      const refusal =
        'Warning the API server refuses what Cairn writes into this Service, and Cairn goes on trying: ' +
        'Service "web" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes';
      assert.deepEqual(eventsOf(world, 'web'), [refusal]);

      world.edit('web', ({ metadata }) => {
        metadata.annotations = {};
      });
      await world.rest();
      assert.equal(world.ips('web'), '192.0.2.1');
      assert.deepEqual(eventsOf(world, 'web'), [refusal]);

      world.edit('web', ({ metadata }) => {
        metadata.annotations = full;
      });
      await world.time.pass(60_000);
      assert.deepEqual(eventsOf(world, 'web'), [refusal, refusal]);
      world.edit('web', ({ metadata }) => {
        metadata.annotations = {};
      });
      await world.rest();
    }));
});
