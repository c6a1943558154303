/**
 * A day in the life of a cluster, under every fault of the API server: addresses are given, freed, asked for and moved, the
 * configuration grows, the controller restarts, and all of it while one kind of request goes wrong.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Fault } from '../../src/playground/api/faults.js';
import { FAULTS, isAboutLeases, SEED, withProbability } from './support/fault-table.js';
import { World } from './support/world.js';

const GROWN = [
  '{name: p, protocol: layer2, addresses: [192.0.2.2-192.0.2.4], reuse-delay: 5s}',
  '{name: q, protocol: layer2, addresses: [198.51.100.1], auto-assign: false}',
];

/** Four Services for three addresses; `still` is one that nobody touches. */
async function morning(world: World): Promise<void> {
  world.start();
  if (world.isElected) world.start();
  for (const name of ['still', 'moves', 'goes', 'waits']) world.create(name);
  await world.settled();
  assert.equal(world.reason('waits'), 'PoolFull');
}

async function day(world: World): Promise<void> {
  world.remove('goes');
  world.create('new');
  await world.time.pass(500);
  world.configure(GROWN);
  world.edit('moves', ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, 'cairn.dev/address-pool': 'q' };
  });
  await world.time.pass(4_000);
  world.edit('new', ({ spec }) => {
    spec.type = 'ClusterIP';
  });
  world.create('goes');
  await world.time.pass(4_000);
}

async function night(world: World): Promise<void> {
  const [first] = world.replicas;
  const replica = world.leader() ?? first;
  assert.ok(replica);
  await world.stop(replica);
  world.remove('waits');
  world.edit('moves', ({ spec }) => {
    spec.type = 'NodePort';
  });
  world.create('another');
  world.start();
  await world.time.pass(8_000);
}

async function nextDay(world: World): Promise<void> {
  world.configure(['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.6]}']);
  world.create('last');
  world.edit('moves', ({ spec }) => {
    spec.type = 'LoadBalancer';
  });
  await world.time.pass(10_000);
}

/** `disconnect` strikes once, when it is added. */
async function under(world: World, fault: Fault, what: (world: World) => Promise<void>): Promise<void> {
  const release = world.fault(fault);
  await what(world);
  release();
}

describe(`a controller under faults of the API server (seed ${SEED})`, () => {
  for (const [at, { name, is }] of FAULTS.entries()) {
    it(`recovers from ${name}`, () =>
      World.with({ seed: SEED + at, leaderElect: isAboutLeases(is) }, async (world) => {
        await morning(world);
        const still = world.ips('still');
        await under(world, is, day);
        await under(world, is, night);
        await world.settled();
        await under(world, withProbability(is, 0.4), nextDay);
        await world.rest();
        assert.equal(world.ips('still'), still);
      }));
  }
});
