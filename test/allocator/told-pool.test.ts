/**
 * Which pool an address is said to be from, and so which wish for a pool counts as granted.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import { serviceKey } from '../../src/values/names.js';
import type { ServiceParts } from '../support/objects.js';
import { pools } from './begun.js';
import { World } from './world.js';

const WEB = serviceKey('shop', 'web');
const TWO = pools('name: a, addresses: [10.7.0.1-10.7.0.3]', 'name: b, addresses: [10.7.1.1-10.7.1.3]');
const BOTH = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' } satisfies ServiceParts;

const annotate = (world: World, annotations: Readonly<Record<string, string>>) =>
  world.edit(WEB, (web) => ({
    ...web,
    meta: { ...web.meta, annotations: { ...web.meta.annotations, ...annotations } },
  }));

/** As it is told, also by a controller that begins afterwards and has nothing to write. */
function assertSays(world: World, message: string): void {
  world.settle();
  assert.equal(tellAssigned(world.allocator.standing(WEB))?.message, message);
  const { writes } = world;
  world.restart();
  world.settle();
  assert.deepEqual([tellAssigned(world.allocator.standing(WEB))?.message, world.writes], [message, writes]);
}

describe('a Service whose address another provider gave in the place of ours', () => {
  function returned(): World {
    const world = new World(TWO);
    world.create('web', {});
    world.settle();
    world.unled(() => world.overwrite(WEB, ['10.7.1.3']));
    world.settle();
    return world;
  }

  it('is told the pool that has it now', () => {
    const world = returned();
    assertSays(world, '10.7.1.3 from pool "b"');
    assert.equal(world.api.get(WEB)?.meta.annotations['cairn.dev/allocated-from-pool'], 'b');
  });

  it('moves to the pool of before when it asks for that', () => {
    const world = returned();
    annotate(world, { 'cairn.dev/address-pool': 'a' });
    assertSays(world, '10.7.0.1 from pool "a"');
  });

  it('stays where it names the pool of now', () => {
    const world = returned();
    annotate(world, { 'cairn.dev/address-pool': 'b' });
    assertSays(world, '10.7.1.3 from pool "b"');
  });
});

describe('a Service that another provider gave two addresses of one family, of two pools', () => {
  function adopted(): World {
    const world = new World(TWO);
    world.create('web', { ips: ['10.7.0.1', '10.7.1.1'] });
    world.settle();
    return world;
  }

  it('is told the pool of each', () => {
    assertSays(adopted(), '10.7.0.1 from pool "a", 10.7.1.1 from pool "b"');
  });

  it('is told the pool of the one that it keeps', () => {
    const world = adopted();
    annotate(world, { 'cairn.dev/give-up': '10.7.0.1' });
    assertSays(world, '10.7.1.1 from pool "b"');
  });

  it('gets another one of the pool that it asks for afterwards', () => {
    const world = adopted();
    annotate(world, { 'cairn.dev/give-up': '10.7.0.1' });
    world.settle();
    annotate(world, { 'cairn.dev/address-pool': 'a' });
    assertSays(world, '10.7.0.2 from pool "a"');
  });

  it('gets another one of the pool that it asks for at once', () => {
    const world = adopted();
    annotate(world, { 'cairn.dev/give-up': '10.7.0.1', 'cairn.dev/address-pool': 'a' });
    assertSays(world, '10.7.0.2 from pool "a"');
  });
});

describe('a Service of two families whose pool was split since', () => {
  const WHOLE = pools('name: a, addresses: [10.7.0.3, "2001:db8:7::4"]');
  // biome-ignore format: table
  const cases: readonly { name: string; later: readonly string[]; want: string }[] = [
    { name: 'is told its former name for both, where that goes to other addresses', later: ['name: v4, addresses: [10.7.0.3]', 'name: v6, addresses: ["2001:db8:7::4"]', 'name: a, addresses: [10.8.0.1]'], want: '10.7.0.3 from pool "a", 2001:db8:7::4 from pool "a"' },
    { name: 'is told its former name for both, where that is gone',                 later: ['name: v4, addresses: [10.7.0.3]', 'name: v6, addresses: ["2001:db8:7::4"]'],                                     want: '10.7.0.3 from pool "a", 2001:db8:7::4 from pool "a"' },
    { name: 'is told the pools of now, where the first address is in one of that name still', later: ['name: a, addresses: [10.7.0.3]', 'name: v6, addresses: ["2001:db8:7::4"]'],                            want: '10.7.0.3 from pool "a", 2001:db8:7::4 from pool "v6"' },
  ];
  for (const { name, later, want } of cases) {
    it(name, () => {
      const world = new World(WHOLE);
      world.create('web', BOTH);
      world.settle();
      world.configure(pools(...later));
      assertSays(world, want);
    });
  }

  it('keeps its address where it named that pool and gives up a family', () => {
    const world = new World(WHOLE);
    world.create('web', { ...BOTH, meta: { annotations: { 'cairn.dev/address-pool': 'a' } } });
    world.settle();
    world.configure(pools('name: a, addresses: [10.7.0.3]', 'name: v6, addresses: ["2001:db8:7::4"]'));
    world.edit(WEB, (web) => ({ ...web, ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }));
    assertSays(world, '2001:db8:7::4 from pool "a"');
  });
});
