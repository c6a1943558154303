/**
 * A Service taken over with an address that is in no pool, and what it asks for afterwards.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import type { ServiceParts } from '../support/objects.js';
import { address } from '../support/values.js';
import { pools, stands } from './begun.js';
import { World } from './world.js';

const WEB = serviceKey('shop', 'web');
const OUTSIDE = '203.0.113.9';
const A = pools('name: a, addresses: [192.0.2.1]');
const METALLB = { 'metallb.universe.tf/ip-allocated-from-pool': 'x' };
const wishing = (pool: string) => (before: Service) => ({
  ...before,
  meta: { ...before.meta, annotations: { ...before.meta.annotations, 'cairn.dev/address-pool': pool } },
});
const FROM = 'cairn.dev/allocated-from-pool';

/** What its status shows, the reason where that is another than `Assigned`, and from which pool we say that it is. */
function says(world: World): string {
  const [ips, pool] = [world.statuses().get(WEB)?.join(), world.api.get(WEB)?.meta.annotations[FROM]];
  const reason = tellAssigned(world.allocator.standing(WEB))?.reason;
  return [ips, ...(reason === 'Assigned' ? [] : [reason]), ...(pool === undefined ? [] : [`from ${pool}`])].join(' ');
}

/** Taken over from MetalLB v0.13, perhaps with wishes that it was served by. */
function takenOver(given: Config, parts: ServiceParts = {}): World {
  const world = new World(given);
  world.create('web', { ips: [OUTSIDE], ...parts, meta: { annotations: { ...METALLB, ...parts.meta?.annotations } } });
  return world;
}

describe('a Service with an address that another provider gave, and that is in no pool', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; others?: readonly string[]; wish: string; want: string }[] = [
    { name: 'gets one of the pool that it asks for',                      wish: 'a',        want: '192.0.2.1 from a' },
    { name: 'keeps it, and hears why, where that pool is full',           others: ['db'],   wish: 'a', want: `${OUTSIDE} PoolFull` },
    { name: 'keeps it, and hears why, where there is no such pool',       wish: 'nonesuch', want: `${OUTSIDE} UnknownPool` },
  ];
  for (const { name, others = [], wish, want } of cases) {
    for (const when of ['before we wrote it', 'later', 'while nobody led']) {
      it(`${name}: asked for ${when}`, () => {
        const world = takenOver(A);
        for (const other of others) world.create(other, {});
        if (when !== 'before we wrote it') world.settle();
        if (when === 'while nobody led') world.unled(() => world.edit(WEB, wishing(wish)));
        else world.edit(WEB, wishing(wish));
        world.settle();
        assert.equal(says(world), want);
        world.restart();
        world.settle();
        assert.equal(says(world), want, 'after a restart');
      });
    }
  }

  it('holds the new one before the old one goes', () => {
    const world = takenOver(A);
    world.settle();
    world.edit(WEB, wishing('a'));
    assert.deepEqual(
      [OUTSIDE, '192.0.2.1'].map((ip) => world.allocator.holders(address(ip))),
      [[WEB], [WEB]],
    );
    world.settle();
    assert.deepEqual(world.allocator.holders(address(OUTSIDE)), []);
  });

  it('gets one of the pool as soon as there is one', () => {
    const world = takenOver(A);
    world.create('db', {});
    world.edit(WEB, wishing('a'));
    world.settle();
    world.remove(serviceKey('shop', 'db'));
    world.settle();
    assert.equal(says(world), '192.0.2.1 from a');
  });

  it('asks anew where its mind changes before the new one is written', () => {
    const world = takenOver(A);
    world.edit(WEB, wishing('a'));
    world.edit(WEB, wishing('nonesuch'));
    world.settle();
    assert.equal(says(world), `${OUTSIDE} UnknownPool`);
  });

  it('stays where it asked for that pool when it was given the address', () => {
    const world = takenOver(A, { meta: { annotations: { 'metallb.universe.tf/address-pool': 'a' } } });
    world.settle();
    world.restart();
    world.settle();
    assert.equal(stands(world.allocator, 'web'), `${OUTSIDE} OutsidePool`);
  });

  it('stays with the pool that it came from, though it was granted another before that was written', () => {
    const world = takenOver(A, { meta: { annotations: { 'cairn.dev/address-pool': 'x' } } });
    world.edit(WEB, wishing('a'));
    world.edit(WEB, wishing('x'));
    world.settle();
    assert.equal(stands(world.allocator, 'web'), `${OUTSIDE} OutsidePool`);
  });

  it('stays where the pool that it names has lost it', () => {
    const world = new World(A);
    world.create('web', { meta: { annotations: { 'cairn.dev/address-pool': 'a' } } });
    world.settle();
    world.configure(pools('name: a, addresses: [192.0.2.9]'));
    for (const again of [world.settle, world.restart, world.settle]) again.call(world);
    assert.equal(says(world), '192.0.2.1 OutsidePool from a');
  });

  it('that has one address in the pool it asks for keeps the other one until that pool has another', () => {
    const both = (name: string, ...addresses: readonly string[]) =>
      `name: ${name}, addresses: ["${addresses.join('", "')}"]`;
    const world = new World(pools(both('old', '192.0.2.1', '2001:db8:f::1')));
    world.create('web', { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' });
    world.settle();
    world.configure(pools(both('a', '192.0.2.1', '2001:db8::1')));
    world.create('six', { ipFamilies: ['IPv6'] });
    world.edit(WEB, wishing('a'));
    for (const again of [world.settle, world.restart, world.settle]) {
      again.call(world);
      assert.equal(stands(world.allocator, 'web'), '192.0.2.1,2001:db8:f::1 PoolFull');
    }
    world.remove(serviceKey('shop', 'six'));
    world.settle();
    assert.equal(says(world), '192.0.2.1,2001:db8::1 from a');
  });
});
