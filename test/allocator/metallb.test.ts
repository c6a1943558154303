/**
 * What a Service had from MetalLB v0.12 and keeps, and where the same wish means something else here. Each difference has its
 * sentence in docs/migration.md.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { config } from '../support/config.js';
import type { ServiceParts } from '../support/objects.js';
import { World } from './world.js';

const pools = (...each: readonly string[]): Config => config(`address-pools: [${each.join(', ')}]`);
const layer2 = (name: string, addresses: string, rest = '') =>
  `{name: ${name}, protocol: layer2, addresses: [${addresses}]${rest}}`;
const bgp = (rest = '') => `{name: routed, protocol: bgp, addresses: [198.51.100.0/30]${rest}}`;
const AVOIDING = ', avoid-buggy-ips: true';
const SMALL = pools(layer2('a', '192.0.2.1-192.0.2.3'));
const AND_B = pools(layer2('a', '192.0.2.1-192.0.2.3'), layer2('b', '198.51.100.1'));

/** An annotation as MetalLB v0.12 knew it. */
const asks = (annotations: Readonly<Record<string, string>>): ServiceParts => ({
  meta: {
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([name, text]) => [`metallb.universe.tf/${name}`, text]),
    ),
  },
});
const shares = asks({ 'allow-shared-ip': 'k' });
const ports = (...numbers: readonly number[]): ServiceParts => ({
  ports: numbers.map((port) => ({ name: `${port}`, protocol: 'TCP', port, nodePort: 0 })),
});
const LOCAL: ServiceParts = { externalTrafficPolicy: 'Local' };

const key = (name: string) => serviceKey('shop', name);
/** What its status says, and the condition's reason where that is another than `Assigned`. */
function says(world: World, name: string): string {
  const ips = world.statuses().get(key(name)) ?? [];
  const standing = world.allocator.standing(key(name));
  const reason = tellAssigned(standing)?.reason ?? standing.state;
  return [...ips, ...(reason === 'Assigned' ? [] : [reason])].join();
}
const message = (world: World, name: string) => tellAssigned(world.allocator.standing(key(name)))?.message;

/** Services as v0.12 leaves them: what has an address in its status has no mark of anybody's. */
function takenOver(given: Config, services: Readonly<Record<string, ServiceParts>>): World {
  const world = new World(given);
  for (const [name, parts] of Object.entries(services)) {
    world.create(name, parts);
    world.nowMs += 1_000;
  }
  world.restart();
  world.settle();
  return world;
}

describe('a Service taken over from MetalLB v0.12', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; given?: Config; services: Readonly<Record<string, ServiceParts>>; want: readonly string[] }[] = [
    { name: 'keeps what it has',                                          services: { web: { ips: ['192.0.2.3'] } },                                        want: ['192.0.2.3'] },
    { name: 'keeps what is of a bgp pool',                                given: pools(bgp()), services: { web: { ips: ['198.51.100.2'] } },                want: ['198.51.100.2'] },
    { name: 'keeps what is of a pool that gives nothing unasked',         given: pools(layer2('a', '192.0.2.1-192.0.2.3', ', auto-assign: false')), services: { web: { ips: ['192.0.2.3'] } }, want: ['192.0.2.3'] },
    { name: 'keeps an address that its pool avoids',                      given: pools(layer2('a', '192.0.2.0/30', AVOIDING)), services: { web: { ips: ['192.0.2.0'] } }, want: ['192.0.2.0'] },
    { name: 'is left alone where its pool was forgotten, as v0.12 leaves no mark', services: { web: { ips: ['203.0.113.9'] }, next: {} },                   want: ['203.0.113.9,left-alone', '192.0.2.1'] },
    { name: 'is not served if it has a class, which v0.12 did not look at', services: { web: { ips: ['192.0.2.3'], loadBalancerClass: 'example.com/lb' } }, want: ['192.0.2.3,not-ours'] },
    { name: 'has its address left to it if it has a class, as v0.12 may answer for it yet', services: { web: { ips: ['192.0.2.1'], loadBalancerClass: 'example.com/lb' }, next: {} }, want: ['192.0.2.1,not-ours', '192.0.2.2'] },
    { name: 'keeps the address that it asks for beside an unknown pool',  services: { web: { ...asks({ 'address-pool': 'x' }), ips: ['192.0.2.3'], loadBalancerIP: '192.0.2.3' } }, want: ['192.0.2.3'] },
    { name: 'keeps the address that it asks for beside another pool',     given: AND_B, services: { web: { ...asks({ 'address-pool': 'b' }), ips: ['192.0.2.3'], loadBalancerIP: '192.0.2.3' } }, want: ['192.0.2.3'] },
    { name: 'shares on, as Local without a selector beside Cluster',      services: { one: { ...shares, ...ports(1), ips: ['192.0.2.3'] }, two: { ...shares, ...ports(2), ...LOCAL, ips: ['192.0.2.3'] } }, want: ['192.0.2.3', '192.0.2.3'] },
  ];
  for (const { name, given = SMALL, services, want } of cases) {
    it(name, () => {
      const world = takenOver(given, services);
      const said = () => Object.keys(services).map((each) => says(world, each));
      assert.deepEqual(said(), want);
      world.restart();
      world.settle();
      assert.deepEqual(said(), want, 'after a restart');
    });
  }

  it('is served, with what it has, as soon as somebody adds the forgotten pool', () => {
    const world = takenOver(SMALL, { web: { ips: ['203.0.113.9'] } });
    world.configure(pools(layer2('a', '192.0.2.1-192.0.2.3'), layer2('forgotten', '203.0.113.0/28')));
    world.create('next', asks({ 'address-pool': 'forgotten' }));
    world.settle();
    assert.deepEqual([says(world, 'web'), says(world, 'next')], ['203.0.113.9', '203.0.113.0']);
  });

  it('is told the pool that its address is of, not the one that it names beside', () => {
    const named = { ...asks({ 'address-pool': 'b' }), ips: ['192.0.2.3'], loadBalancerIP: '192.0.2.3' };
    const world = takenOver(AND_B, { web: named });
    assert.equal(message(world, 'web'), '192.0.2.3 from pool "a"');
    world.edit(key('web'), (before) => ({ ...before, loadBalancerIP: '' }));
    world.settle();
    assert.equal(says(world, 'web'), '198.51.100.1');
  });
});

describe('a wish that MetalLB v0.12 understands otherwise', () => {
  const both: ServiceParts = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' };
  const dual = pools(layer2('a', '192.0.2.1-192.0.2.3, "2001:db8::1"'));
  // biome-ignore format: table
  const cases: readonly { name: string; given?: Config; services: Readonly<Record<string, ServiceParts>>; want: readonly string[] }[] = [
    { name: 'nothing, and a bgp pool with auto-assign: true',     given: pools(bgp(', auto-assign: true')), services: { web: {} },                 want: ['OnlyOnRequest'] },
    { name: 'the name of a bgp pool, as there',                   given: pools(bgp()), services: { web: asks({ 'address-pool': 'routed' }) },       want: ['198.51.100.0'] },
    { name: 'an address of a bgp pool, which is a request too',   given: pools(bgp()), services: { web: { loadBalancerIP: '198.51.100.2' } },       want: ['198.51.100.2'] },
    { name: 'an address and a pool that is not there',            services: { web: { ...asks({ 'address-pool': 'x' }), loadBalancerIP: '192.0.2.2' } }, want: ['UnknownPool'] },
    { name: 'an address and a pool that has it not',              given: AND_B, services: { web: { ...asks({ 'address-pool': 'b' }), loadBalancerIP: '192.0.2.2' } }, want: ['OutsideNamedPool'] },
    { name: 'the field, for a Service of both families',          given: dual, services: { web: { ...both, loadBalancerIP: '192.0.2.2' } },         want: ['192.0.2.2,2001:db8::1'] },
    { name: 'the field, where the other family is required',      given: dual, services: { web: { ...both, ipFamilyPolicy: 'RequireDualStack', loadBalancerIP: '192.0.2.2' } }, want: ['192.0.2.2,2001:db8::1'] },
    { name: 'both families from a pool of one',                   services: { web: both },                                                          want: ['192.0.2.1'] },
    { name: 'no families',                                        services: { web: { ipFamilies: [] } },                                            want: ['192.0.2.1'] },
    { name: 'to share, as Local without a selector beside Cluster', services: { one: { ...shares, ...ports(1) }, two: { ...shares, ...ports(2), ...LOCAL } }, want: ['192.0.2.1', '192.0.2.2'] },
    { name: 'to share, as Local without a selector twice',        services: { one: { ...shares, ...ports(1), ...LOCAL }, two: { ...shares, ...ports(2), ...LOCAL } }, want: ['192.0.2.1', '192.0.2.2'] },
  ];
  for (const { name, given = SMALL, services, want } of cases) {
    it(name, () => {
      const world = takenOver(given, services);
      assert.deepEqual(
        Object.keys(services).map((each) => says(world, each)),
        want,
      );
    });
  }
});

describe('avoid-buggy-ips of MetalLB', () => {
  const whole = (name: string, third: number) => layer2(name, `10.0.${third}.254-10.0.${third + 1}.1`, AVOIDING);
  const TWO_POOLS = pools(whole('a', 0), whole('b', 4));

  it('leaves .0 and .255 out of every pool, until all of them are full', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const world = takenOver(TWO_POOLS, Object.fromEntries(names.map((name) => [name, {}])));
    assert.deepEqual(
      names.map((name) => says(world, name)),
      ['10.0.0.254', '10.0.1.1', '10.0.4.254', '10.0.5.1', 'PoolFull'],
    );
  });

  for (const loadBalancerIP of ['10.0.0.255', '10.0.1.0']) {
    it(`refuses ${loadBalancerIP} to who asks for it`, () => {
      assert.equal(says(takenOver(TWO_POOLS, { web: { loadBalancerIP } }), 'web'), 'BuggyAddressAvoided');
    });
  }

  it('switched on moves nobody, and nobody else gets the address again', () => {
    const before = layer2('a', '192.0.2.0-192.0.2.1');
    const world = takenOver(pools(before), { web: {} });
    world.configure(pools(layer2('a', '192.0.2.0-192.0.2.1', AVOIDING)));
    world.settle();
    world.restart();
    world.settle();
    assert.equal(says(world, 'web'), '192.0.2.0');
    world.remove(key('web'));
    for (const name of ['next', 'last']) world.create(name, {});
    world.settle();
    assert.deepEqual([says(world, 'next'), says(world, 'last')], ['192.0.2.1', 'PoolFull']);
  });
});

describe('sharing under MetalLB’s annotation', () => {
  const withKey = (text: string) => (before: Service) => ({
    ...before,
    meta: { ...before.meta, annotations: { ...before.meta.annotations, 'metallb.universe.tf/allow-shared-ip': text } },
  });
  const withSelector = (app: string) => (before: Service) => ({ ...before, selector: { app } });
  const alone: readonly { name: string; edit: (before: Service) => Service }[] = [
    { name: 'its key', edit: withKey('other') },
    { name: 'its ports', edit: (before) => ({ ...before, ports: ports(99).ports ?? [] }) },
    { name: 'its policy', edit: (before) => ({ ...before, externalTrafficPolicy: 'Local', selector: { app: 'x' } }) },
  ];
  for (const { name, edit } of alone) {
    it(`lets who is alone at an address change ${name}`, () => {
      const world = takenOver(SMALL, { web: { ...shares, ...ports(1), ips: ['192.0.2.2'] } });
      world.edit(key('web'), edit);
      world.settle();
      assert.equal(says(world, 'web'), '192.0.2.2');
    });
  }

  it('joins its like in the pool that it names, though that is full', () => {
    const named = asks({ 'allow-shared-ip': 'k', 'address-pool': 'b' });
    const world = takenOver(AND_B, { one: { ...named, ...ports(1) }, two: { ...named, ...ports(2) }, next: ports(3) });
    assert.deepEqual([says(world, 'one'), says(world, 'two')], ['198.51.100.1', '198.51.100.1']);
  });

  it('ends for one of two that are Local when its selector alone is edited', () => {
    const local: ServiceParts = { ...shares, ...LOCAL, selector: { app: 'x' } };
    const world = takenOver(SMALL, { one: { ...local, ...ports(1) }, two: { ...local, ...ports(2) } });
    assert.deepEqual([says(world, 'one'), says(world, 'two')], ['192.0.2.1', '192.0.2.1']);
    world.edit(key('one'), withSelector('y'));
    world.settle();
    assert.deepEqual([says(world, 'one'), says(world, 'two')], ['192.0.2.2', '192.0.2.1']);
  });
});
