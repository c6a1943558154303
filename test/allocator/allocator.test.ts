import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Allocator } from '../../src/allocator/allocator.js';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { config } from '../support/config.js';
import { service } from '../support/objects.js';
import { address } from '../support/values.js';
import { assigned } from '../values/assigned.js';
import { allStand, begun, CLASS, NOW_MS, pools, stands } from './begun.js';
import { World } from './world.js';

const ONE = pools('name: a, addresses: [192.0.2.1]');
const THREE = pools('name: a, addresses: [192.0.2.1-192.0.2.3]');

const born = (at: string) => ({ createdAt: `2026-07-01T${at}Z` });
const all = (allocator: Allocator, ...names: readonly string[]) => names.map((name) => stands(allocator, name));

describe('an allocator that begins', () => {
  const outside = { ips: ['203.0.113.9'] };
  // biome-ignore format: table
  const cases: readonly { name: string; given?: Config; services: readonly Service[]; want: Readonly<Record<string, string>> }[] = [
    { name: 'adopts before it gives',                        services: [service('old', { meta: born('08:00:00') }), service('web', { ips: ['192.0.2.1'], meta: born('09:00:00') })], want: { old: '192.0.2.2', web: '192.0.2.1' } },
    { name: 'gives to the old before the new',               given: ONE, services: [service('a', { meta: born('09:00:00') }), service('b', { meta: born('08:00:00') })], want: { a: 'PoolFull', b: '192.0.2.1' } },
    { name: 'gives by name to Services of one second',       given: ONE, services: [service('b'), service('a')],                          want: { a: '192.0.2.1', b: 'PoolFull' } },
    { name: 'keeps what another provider gave',              services: [service('web', { ips: ['192.0.2.3'] })],                          want: { web: '192.0.2.3' } },
    { name: 'keeps what we gave from a pool that is gone',   services: [service('web', { ...outside, conditions: [assigned('True', '2026-07-01T09:00:00Z')] })], want: { web: '203.0.113.9 OutsidePool' } },
    { name: 'keeps what MetalLB gave from a pool of its',    services: [service('web', { ...outside, meta: { annotations: { 'metallb.universe.tf/ip-allocated-from-pool': 'x' } } })], want: { web: '203.0.113.9 OutsidePool' } },
    { name: 'keeps what a Service of our class has',         services: [service('web', { ...outside, loadBalancerClass: 'cairn.dev/lb' })], want: { web: '203.0.113.9 OutsidePool' } },
    { name: 'leaves a foreign address alone',                services: [service('web', outside)],                                         want: { web: 'left-alone' } },
    { name: 'leaves it alone though the Service waited',     services: [service('web', { ...outside, conditions: [assigned('False', '2026-07-01T09:00:00Z')] })], want: { web: 'left-alone' } },
    { name: 'leaves a foreign host name alone',              services: [{ ...service('web'), ingress: [{ ip: '', hostname: 'lb.example.com', ipMode: '' }] }], want: { web: 'left-alone' } },
    { name: 'gives nothing to what is being deleted',        services: [service('web', { meta: { deleting: true } })],                    want: { web: 'left-alone' } },
    { name: 'lets what is being deleted keep its address',   given: ONE, services: [service('web', { ips: ['192.0.2.1'], meta: { deleting: true } }), service('new')], want: { web: '192.0.2.1', new: 'PoolFull' } },
    { name: 'does not touch a Service of another class',     services: [service('web', { loadBalancerClass: 'example.com/lb' })],         want: { web: 'not-ours' } },
    { name: 'does not touch a ClusterIP Service',            services: [service('web', { type: 'ClusterIP' })],                           want: { web: 'not-ours' } },
    { name: 'leaves the earlier of two holders undisturbed', services: [service('a', { ips: ['192.0.2.1'], conditions: [assigned('True', '2026-07-01T11:00:00Z')] }), service('b', { ips: ['192.0.2.1'], conditions: [assigned('True', '2026-07-01T10:00:00Z')] })], want: { a: '192.0.2.2', b: '192.0.2.1' } },
    { name: 'lets sharers of before go on sharing',          services: ['a', 'b'].map((each) => service(each, { ips: ['192.0.2.1'], meta: { annotations: { 'metallb.universe.tf/allow-shared-ip': 'k' } } })), want: { a: '192.0.2.1', b: '192.0.2.1' } },
    { name: 'lets nobody share whose keys differ',           services: ['a', 'b'].map((each) => service(each, { ips: ['192.0.2.1'], meta: { annotations: { 'metallb.universe.tf/allow-shared-ip': each } } })), want: { a: '192.0.2.1', b: '192.0.2.2' } },
    { name: 'refuses RequireDualStack with a reason',        services: [service('web', { ipFamilyPolicy: 'RequireDualStack' })],          want: { web: 'NotDualStack' } },
    { name: 'takes one family for PreferDualStack',          services: [service('web', { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] })], want: { web: '192.0.2.1' } },
  ];
  for (const { name, given = THREE, services, want } of cases) {
    it(name, () => {
      const allocator = begun(given, services);
      assert.deepEqual(allStand(allocator, want), want);
    });
  }

  it('says why there is no configuration to who waits, and nothing to who holds', () => {
    const held = service('held', { ips: ['192.0.2.1'], conditions: [assigned('True', '2026-07-01T09:00:00Z')] });
    const allocator = begun(undefined, [held, service('web')]);
    assert.deepEqual(all(allocator, 'held', 'web'), ['left-alone', 'NoConfiguration']);
    assert.equal(tellAssigned(allocator.standing(serviceKey('shop', 'web')))?.message, 'there is no ConfigMap');
    allocator.configure(THREE, '', NOW_MS);
    assert.deepEqual(all(allocator, 'held', 'web'), ['192.0.2.1', '192.0.2.2']);
  });

  it('touches no Service without a class where it is not the default', () => {
    const services = [service('web'), service('ours', { loadBalancerClass: 'cairn.dev/lb' })];
    assert.deepEqual(all(begun(THREE, services, { serviceClass: { ...CLASS, isDefault: false } }), 'web', 'ours'), [
      'not-ours',
      '192.0.2.1',
    ]);
  });

  it('gives away nothing that is still in the status of a Service that is no longer ours', () => {
    const left = service('left', {
      ips: ['192.0.2.1'],
      meta: { annotations: { 'cairn.dev/allocated-from-pool': 'a' } },
    });
    const next = service('next', { loadBalancerClass: 'cairn.dev/lb' });
    const allocator = begun(ONE, [left, next], { serviceClass: { ...CLASS, isDefault: false } });
    assert.deepEqual(all(allocator, 'left', 'next'), ['not-ours', 'PoolFull']);
    allocator.observe(left.key, { ...left, ingress: [], meta: { ...left.meta, annotations: {} } }, NOW_MS);
    assert.deepEqual(all(allocator, 'left', 'next'), ['not-ours', '192.0.2.1']);
  });
});

/** Holds its first address, and asks for another one. */
function asking(given: Config, others: readonly string[], wish: (before: Service) => Service): World {
  const world = new World(given);
  for (const name of ['web', ...others]) world.create(name, {});
  world.settle();
  world.edit(serviceKey('shop', 'web'), wish);
  return world;
}
const to = (loadBalancerIP: string) => (before: Service) => ({ ...before, loadBalancerIP });
const WEB = serviceKey('shop', 'web');
const OTHER = serviceKey('shop', 'other');
const ips = (world: World, name: string) => world.statuses().get(serviceKey('shop', name))?.join();

describe('a Service that asks for another address', () => {
  it('has the new one before the old one is free', () => {
    const world = asking(THREE, [], to('192.0.2.3'));
    assert.equal(stands(world.allocator, 'web'), '192.0.2.3');
    assert.deepEqual(world.allocator.holders(address('192.0.2.1')), [WEB]);
    world.settle();
    assert.equal(ips(world, 'web'), '192.0.2.3');
    assert.deepEqual(world.allocator.holders(address('192.0.2.1')), []);
  });

  // biome-ignore format: table
  const refused = [
    { name: 'a taken one',              wish: to('192.0.2.2'),   want: '192.0.2.1 AddressTaken' },
    { name: 'one outside every pool',   wish: to('203.0.113.1'), want: '192.0.2.1 OutsideEveryPool' },
    { name: 'one of the wrong family',  wish: to('2001:db8::1'), want: '192.0.2.1 WrongFamily' },
    { name: 'what is no address',       wish: to('nonsense'),    want: '192.0.2.1 InvalidAddress' },
    { name: 'a pool that is not there', wish: (before: Service): Service => ({ ...before, meta: { ...before.meta, annotations: { 'cairn.dev/address-pool': 'x', 'cairn.dev/allocated-from-pool': 'a' } } }), want: '192.0.2.1 UnknownPool' },
  ];
  for (const { name, wish, want } of refused) {
    it(`keeps the old one, and says why, when it asks for ${name}`, () => {
      const world = asking(THREE, ['other'], wish);
      world.settle();
      assert.deepEqual([stands(world.allocator, 'web'), ips(world, 'web')], [want, '192.0.2.1']);
    });
  }

  it('gets a taken one as soon as its holder is gone', () => {
    const world = asking(THREE, ['other'], to('192.0.2.2'));
    world.remove(OTHER);
    world.settle();
    assert.equal(ips(world, 'web'), '192.0.2.2');
  });

  it('stays where it is when it changes its mind before the new one is written', () => {
    const world = asking(THREE, [], to('192.0.2.3'));
    world.send(WEB);
    world.edit(WEB, to(''));
    world.settle();
    assert.equal(ips(world, 'web'), '192.0.2.1');
    assert.deepEqual(world.allocator.holders(address('192.0.2.3')), []);
  });
});

describe('a Service that waits', () => {
  it('is served the moment the holder is gone, the oldest first', () => {
    const world = new World(ONE);
    for (const name of ['other', 'web', 'a-young-one']) {
      world.create(name, {});
      world.nowMs += 1_000;
    }
    world.remove(OTHER);
    assert.deepEqual(all(world.allocator, 'web', 'a-young-one'), ['192.0.2.1', 'PoolFull']);
  });

  it('hears a second later that somebody else holds the address now', () => {
    const world = new World(ONE);
    for (const name of ['other', 'web', 'young']) {
      world.create(name, {});
      world.nowMs += 1_000;
    }
    const told = () => tellAssigned(world.allocator.standing(serviceKey('shop', 'young')))?.message;
    world.remove(OTHER);
    assert.equal(world.allocator.nextMs(), world.nowMs + 1_000);
    world.pass(1_000);
    assert.match(told() ?? '', /192\.0\.2\.1 is held by shop\/web/);
    assert.equal(world.allocator.nextMs(), undefined);
  });

  it('gets a resting address when its rest ends, and its last holder at once', () => {
    const slow = pools('name: a, addresses: [192.0.2.1], reuse-delay: 10s');
    const world = new World(slow);
    world.create('other', {});
    world.settle();
    world.remove(OTHER);
    world.create('web', {});
    assert.equal(stands(world.allocator, 'web'), 'AddressResting');
    world.create('other', {});
    assert.equal(stands(world.allocator, 'other'), '192.0.2.1');
    world.remove(OTHER);
    world.pass(9_999);
    assert.equal(stands(world.allocator, 'web'), 'AddressResting');
    world.pass(1);
    assert.equal(stands(world.allocator, 'web'), '192.0.2.1');
  });

  it('is served when its namespace gets the label that a pool asks for', () => {
    const allocator = begun(
      pools('name: a, addresses: [192.0.2.1], namespace-selectors: [{match-labels: {team: red}}]'),
      [service('web')],
    );
    allocator.setNamespace('shop', { team: 'blue' }, NOW_MS);
    assert.equal(stands(allocator, 'web'), 'NamespaceNotAllowed');
    assert.deepEqual(allocator.setNamespace('shop', { team: 'red' }, NOW_MS), [WEB]);
    assert.equal(stands(allocator, 'web'), '192.0.2.1');
  });

  it('is not looked at for each address that comes free in a pool that thousands wait for', () => {
    const many = Array.from({ length: 4_000 }, (_, n) => service(`s${n}`));
    const allocator = begun(pools('name: a, addresses: [192.0.2.0/24]'), many);
    const freed = many.find(({ key }) => stands(allocator, key.slice('shop/'.length)) === '192.0.2.7');
    assert.ok(freed !== undefined);
    assert.equal(allocator.observe(freed.key, undefined, NOW_MS).length, 1);
  });
});

describe('a Service that is deleted and created again', () => {
  it('keeps its address though the watch shows one change', () => {
    const allocator = begun(THREE, [service('web', { ips: ['192.0.2.3'] })]);
    allocator.observe(WEB, service('web', { meta: { uid: 'another', resourceVersion: '9' } }), NOW_MS);
    assert.equal(stands(allocator, 'web'), '192.0.2.3');
  });
});

describe('an edit of the configuration', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'shrinks the pool away from it',  to: pools('name: a, addresses: [192.0.2.3]'),                                          want: '192.0.2.1 OutsidePool' },
    { name: 'renames its pool',               to: pools('name: b, addresses: [192.0.2.1-192.0.2.3]'),                                want: '192.0.2.1' },
    { name: 'splits its pool',                to: pools('name: b, addresses: [192.0.2.1]', 'name: a, addresses: [192.0.2.2]'),       want: '192.0.2.1' },
    { name: 'reserves it for somebody else',  to: pools('name: a, addresses: [192.0.2.1-192.0.2.3], reserved: {192.0.2.1: shop/db}'), want: '192.0.2.1' },
    { name: 'closes its pool',                to: pools('name: a, addresses: [192.0.2.1-192.0.2.3], retired: true'),                 want: '192.0.2.1' },
    { name: 'gives its pool to others',       to: pools('name: a, addresses: [192.0.2.1-192.0.2.3], namespaces: [bank]'),            want: '192.0.2.1' },
    { name: 'removes every pool',             to: config('address-pools: []'),                                                        want: '192.0.2.1 OutsidePool' },
  ];
  for (const { name, to: after, want } of cases) {
    it(`leaves an address where it is that it ${name}`, () => {
      const world = new World(THREE);
      world.create('web', {});
      world.settle();
      world.configure(after);
      world.settle();
      assert.deepEqual([stands(world.allocator, 'web'), ips(world, 'web')], [want, '192.0.2.1']);
    });
  }
});

describe('a status that somebody else changes', () => {
  const overwritten = (world: World, ...ips: readonly string[]) => {
    world.overwrite(WEB, ips);
    world.settle();
  };
  // biome-ignore format: table
  const cases: readonly { name: string; ips: readonly string[] }[] = [
    { name: 'an address of no pool',              ips: ['198.51.100.9'] },
    { name: 'a free address of the pool',         ips: ['192.0.2.3'] },
    { name: 'an address of another Service',      ips: ['192.0.2.2'] },
    { name: 'a host name',                        ips: ['lb.example.com'] },
    { name: 'nothing',                            ips: [] },
    { name: 'another address beside its own',     ips: ['192.0.2.1', '192.0.2.3'] },
  ];
  for (const { name, ips: written } of cases) {
    it(`is put right where it has ${name}`, () => {
      const world = new World(THREE);
      for (const each of ['web', 'other']) world.create(each, {});
      world.settle();
      overwritten(world, ...written);
      assert.deepEqual([ips(world, 'web'), ips(world, 'other')], ['192.0.2.1', '192.0.2.2']);
    });
  }

  it('is put right while another address is under way for the Service, and that is given', () => {
    const world = new World(THREE);
    for (const each of ['web', 'other']) world.create(each, {});
    world.settle();
    world.edit(WEB, (before) => ({ ...before, loadBalancerIP: '192.0.2.2' }));
    world.edit(WEB, (before) => ({ ...before, loadBalancerIP: '192.0.2.3' }));
    world.send(WEB);
    overwritten(world, '198.51.100.9');
    assert.equal(ips(world, 'web'), '192.0.2.3');
    assert.deepEqual(world.allocator.holders(address('192.0.2.1')), []);
  });

  it('costs the Service nothing while another address is under way for it that it then does not want', () => {
    const world = new World(THREE);
    world.create('web', {});
    world.settle();
    world.edit(WEB, to('192.0.2.3'));
    world.send(WEB);
    world.overwrite(WEB, ['192.0.2.2']);
    world.edit(WEB, to(''));
    world.settle();
    assert.equal(ips(world, 'web'), '192.0.2.1');
    assert.deepEqual(world.allocator.holders(address('192.0.2.3')), []);
  });
});

describe('a leader that was frozen in mid-write', () => {
  it('disturbs nobody whose address was written before, and leaves no address with two holders', () => {
    const names = ['a', 'b', 'c', 'd'];
    const which = fc.nat({ max: names.length - 1 });
    const name = (at: number) => names[at] as string;
    fc.assert(
      fc.property(
        fc.array(which, { maxLength: 6 }),
        fc.array(which, { maxLength: 3 }),
        which,
        (made, sent, removed) => {
          const world = new World(THREE);
          for (const at of made) world.create(name(at), {});
          for (const at of sent) world.send(serviceKey('shop', name(at)));
          world.takeOver();
          world.remove(serviceKey('shop', name(removed)));
          for (const key of [...world.api.keys()].slice(1)) world.send(key);
          for (const at of sent) world.arrive(serviceKey('shop', name(at)));
          world.settle();
          const held = [...world.statuses().values()].flat();
          assert.equal(new Set(held).size, held.length);
          assert.equal(held.length, Math.min(3, world.api.size));
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe('an allocator whose pools change after it began', () => {
  const unmarked = service('old', { ips: ['192.0.2.1'], meta: born('08:00:00') });
  const asks = (what: Service, pool: string): Service => ({
    ...what,
    meta: { ...what.meta, annotations: { ...what.meta.annotations, 'cairn.dev/address-pool': pool } },
  });
  const from = (pool: string, ip: string) =>
    service('web', { ips: [ip], meta: { annotations: { 'cairn.dev/allocated-from-pool': pool } } });

  for (const { name, before } of [
    { name: 'there was none', before: undefined },
    { name: 'its pool was missing', before: pools('name: b, addresses: [198.51.100.1]') },
  ]) {
    it(`adopts what another provider gave before it gives anything, where ${name}`, () => {
      const named = asks(service('new', { meta: born('07:00:00') }), 'a');
      const allocator = begun(before, [unmarked, named]);
      allocator.configure(THREE, '', NOW_MS);
      assert.deepEqual(all(allocator, 'old', 'new'), ['192.0.2.1', '192.0.2.2']);
    });
  }

  it('moves nobody whose annotation follows the new name of its pool', () => {
    const web = from('a', '192.0.2.1');
    const allocator = begun(THREE, [web]);
    allocator.configure(pools('name: b, addresses: [192.0.2.1-192.0.2.3]'), '', NOW_MS);
    allocator.observe(web.key, asks(web, 'b'), NOW_MS);
    assert.equal(stands(allocator, 'web'), '192.0.2.1');
  });

  it('moves an adopted Service that asks for another pool, at once and not only after a restart', () => {
    const web = service('web', { ips: ['192.0.2.1'] });
    const allocator = begun(pools('name: a, addresses: [192.0.2.1]', 'name: b, addresses: [198.51.100.1]'), [web]);
    allocator.observe(web.key, asks(web, 'b'), NOW_MS);
    assert.equal(stands(allocator, 'web'), '198.51.100.1');
  });

  it('serves a reservation when its address comes free', () => {
    const reserving = pools('name: a, addresses: [192.0.2.1], auto-assign: false, reserved: {192.0.2.1: shop/mine}');
    const other = service('other', { ips: ['192.0.2.1'] });
    const allocator = begun(reserving, [other, service('mine')]);
    assert.equal(stands(allocator, 'mine'), 'OnlyOnRequest');
    allocator.observe(other.key, undefined, NOW_MS);
    assert.equal(stands(allocator, 'mine'), '192.0.2.1');
  });
});
