/**
 * What an edit of the configuration does to Services that have their addresses: nothing that a client would notice.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import { config } from '../support/config.js';
import { pools } from './begun.js';
import { World } from './world.js';

/** What a user of MetalLB had, and pastes over the ConfigMap. */
const METALLB = config(`
address-pools:
- name: my-ip-space
  protocol: layer2
  avoid-buggy-ips: true
  addresses:
  - 192.0.2.2/31
  - 198.51.100.0/28
`);

/** Two Services, of pool "a" with four addresses and of pool "b" with one. */
const BEFORE = pools(
  'name: a, addresses: [192.0.2.1-192.0.2.4]',
  'name: b, addresses: [198.51.100.1], auto-assign: false',
);
const NAMES = ['first', 'second', 'named'];
const HELD = ['192.0.2.1', '192.0.2.2', '198.51.100.1'];

function begun(): World {
  const world = new World(BEFORE);
  for (const name of NAMES) {
    world.create(name, name === 'named' ? { meta: { annotations: { 'cairn.dev/address-pool': 'b' } } } : {});
    world.nowMs += 1_000;
  }
  world.settle();
  return world;
}

const statuses = (world: World) => NAMES.map((name) => world.statuses().get(serviceKey('shop', name))?.join());
const reasons = (world: World) =>
  NAMES.map((name) => tellAssigned(world.allocator.standing(serviceKey('shop', name)))?.reason);

describe('an edit of the configuration that finds addresses in use moves none of them', () => {
  const IN = 'Assigned';
  const OUT = 'OutsidePool';
  // biome-ignore format: table
  const cases: readonly { name: string; after: Config; want: readonly string[]; next: string }[] = [
    { name: 'a pool grown at its end',              after: pools('name: a, addresses: [192.0.2.1-192.0.2.9]', 'name: b, addresses: [198.51.100.1]'),  want: [IN, IN, IN],    next: '192.0.2.3' },
    { name: 'a pool grown before its first',        after: pools('name: a, addresses: [192.0.2.0-192.0.2.4]', 'name: b, addresses: [198.51.100.1]'),  want: [IN, IN, IN],    next: '192.0.2.0' },
    { name: 'a pool shrunk beside what is in use',  after: pools('name: a, addresses: [192.0.2.1-192.0.2.2]', 'name: b, addresses: [198.51.100.1]'),  want: [IN, IN, IN],    next: '198.51.100.1 is held' },
    { name: 'a pool shrunk over what is in use',    after: pools('name: a, addresses: [192.0.2.2-192.0.2.4]', 'name: b, addresses: [198.51.100.1]'),  want: [OUT, IN, IN],   next: '192.0.2.3' },
    { name: 'a pool split between two Services',    after: pools('name: a, addresses: [192.0.2.1]', 'name: c, addresses: [192.0.2.2-192.0.2.4]', 'name: b, addresses: [198.51.100.1]'), want: [IN, IN, IN], next: '192.0.2.3' },
    { name: 'a pool split that another name has now', after: pools('name: c, addresses: [192.0.2.1]', 'name: a, addresses: [192.0.2.2-192.0.2.4]', 'name: b, addresses: [198.51.100.1]'), want: [IN, IN, IN], next: '192.0.2.3' },
    { name: 'two pools made one',                   after: pools('name: a, addresses: [192.0.2.1-192.0.2.4, 198.51.100.1]'),                         want: [IN, IN, IN],    next: '192.0.2.3' },
    { name: 'a pool renamed',                       after: pools('name: x, addresses: [192.0.2.1-192.0.2.4]', 'name: b, addresses: [198.51.100.1]'),  want: [IN, IN, IN],    next: '192.0.2.3' },
    { name: 'two pools whose names are swapped',    after: pools('name: b, addresses: [192.0.2.1-192.0.2.4]', 'name: a, addresses: [198.51.100.1]'),  want: [IN, IN, IN],    next: '192.0.2.3' },
    { name: 'a pool removed',                       after: pools('name: b, addresses: [198.51.100.1-198.51.100.2]'),                                 want: [OUT, OUT, IN],  next: '198.51.100.2' },
    { name: 'the pool that a Service asked for removed', after: pools('name: a, addresses: [192.0.2.1-192.0.2.4]'),                                   want: [IN, IN, OUT],   next: '192.0.2.3' },
    { name: 'every pool removed',                   after: config('address-pools: []'),                                                              want: [OUT, OUT, OUT], next: 'NoPools' },
    { name: 'pools in another order',               after: pools('name: b, addresses: [198.51.100.1]', 'name: a, addresses: [192.0.2.1-192.0.2.4]'),  want: [IN, IN, IN],    next: '192.0.2.3' },
    { name: 'other priorities',                     after: pools('name: a, addresses: [192.0.2.1-192.0.2.4], priority: 9', 'name: b, addresses: [198.51.100.1-198.51.100.2], priority: 1'), want: [IN, IN, IN], next: '198.51.100.2' },
    { name: 'a pool that is for another namespace now', after: pools('name: a, addresses: [192.0.2.1-192.0.2.4], namespaces: [other]', 'name: b, addresses: [198.51.100.1]'), want: [IN, IN, IN], next: 'PoolFull' },
    { name: 'a pool that is retired',               after: pools('name: a, addresses: [192.0.2.1-192.0.2.4], retired: true', 'name: b, addresses: [198.51.100.1-198.51.100.2]'), want: [IN, IN, IN], next: '198.51.100.2' },
    { name: 'a pool that is only for who asks',     after: pools('name: a, addresses: [192.0.2.1-192.0.2.4], auto-assign: false', 'name: b, addresses: [198.51.100.1]'), want: [IN, IN, IN], next: 'PoolFull' },
    { name: 'an address in use reserved for another', after: pools('name: a, addresses: [192.0.2.1-192.0.2.4], reserved: {192.0.2.1: shop/other}', 'name: b, addresses: [198.51.100.1]'), want: [IN, IN, IN], next: '192.0.2.3' },
    { name: 'a pool that another protocol announces', after: config('address-pools: [{name: a, protocol: bgp, addresses: [192.0.2.1-192.0.2.4]}, {name: b, protocol: layer2, addresses: [198.51.100.1]}]'), want: [IN, IN, IN], next: 'PoolFull' },
    { name: 'a pasted ConfigMap of MetalLB',        after: METALLB,                                                                                  want: [OUT, IN, IN],   next: '192.0.2.3' },
  ];
  for (const { name, after, want, next } of cases) {
    it(name, () => {
      const world = begun();
      assert.deepEqual(statuses(world), HELD);
      const check = (when: string) => {
        world.settle();
        assert.deepEqual(statuses(world), HELD, when);
        assert.deepEqual(reasons(world), want, when);
      };
      world.configure(after);
      check('at once');
      world.restart();
      check('after a restart');
      world.create('next', {});
      check('when another Service comes');
      const key = serviceKey('shop', 'next');
      const told = tellAssigned(world.allocator.standing(key));
      const said = [world.statuses().get(key)?.join(), told?.reason, told?.message];
      assert.ok(
        said.some((text) => text === next || text?.includes(next)),
        `${next} is not in ${said.join(' / ')}`,
      );
      world.remove(key);
      world.configure(BEFORE);
      world.settle();
      assert.deepEqual(statuses(world), HELD, 'when the edit is taken back');
      assert.deepEqual(reasons(world), [IN, IN, IN], 'when the edit is taken back');
    });
  }
});

describe('a pool that is renamed', () => {
  it('keeps its former name for both addresses of a Service, also after a restart', () => {
    const both = (name: string) => pools(`name: ${name}, addresses: [192.0.2.1-192.0.2.4, "2001:db8::/64"]`);
    const world = new World(both('a'));
    world.create('web', { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' });
    world.settle();
    const told = () => tellAssigned(world.allocator.standing(serviceKey('shop', 'web')))?.message;
    const before = told();
    assert.match(before ?? '', /pool "a"/);
    world.configure(both('b'));
    assert.equal(told(), before);
    world.restart();
    assert.equal(told(), before);
  });
});
