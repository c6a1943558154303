import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { config } from '../support/config.js';
import type { ServiceParts } from '../support/objects.js';
import { address } from '../support/values.js';
import { World } from './world.js';

const pool = (addresses: string): Config =>
  config(`address-pools: [{name: a, protocol: layer2, addresses: [${addresses}]}]`);
const ONE = pool('192.0.2.1');
const TWO = pool('192.0.2.1-192.0.2.2');

const ports = (...numbers: readonly number[]): ServiceParts => ({
  ports: numbers.map((port) => ({ name: `${port}`, protocol: 'TCP', port, nodePort: 0 })),
});
const keyed = (port: number, rest: ServiceParts = {}): ServiceParts => ({
  ...ports(port),
  ...rest,
  meta: { annotations: { 'cairn.dev/allow-shared-ip': 'k' } },
});
const withKey = (key: string | undefined) => (before: Service) => {
  const { 'cairn.dev/allow-shared-ip': _, ...annotations } = before.meta.annotations;
  const added = key === undefined ? {} : { 'cairn.dev/allow-shared-ip': key };
  return { ...before, meta: { ...before.meta, annotations: { ...annotations, ...added } } };
};
const withPort = (port: number) => (before: Service) => ({ ...before, ports: ports(port).ports ?? [] });
const withLocal = (before: Service): Service => ({ ...before, externalTrafficPolicy: 'Local', selector: { app: 'x' } });
const asking = (loadBalancerIP: string) => (before: Service) => ({ ...before, loadBalancerIP });

const key = (name: string) => serviceKey('shop', name);
const ips = (world: World, ...names: readonly string[]) => names.map((name) => world.statuses().get(key(name))?.join());
const reason = (world: World, name: string) => tellAssigned(world.allocator.standing(key(name)))?.reason;

function settled(given: Config, services: Readonly<Record<string, ServiceParts>>): World {
  const world = new World(given);
  for (const [name, parts] of Object.entries(services)) {
    world.create(name, parts);
    world.nowMs += 1_000;
  }
  world.settle();
  return world;
}

describe('Services with a sharing key', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; given?: Config; services: Readonly<Record<string, ServiceParts>>; want: readonly (string | undefined)[] }[] = [
    { name: 'share one address where none is asked for',        services: { a: keyed(53), b: keyed(80) },                                        want: ['192.0.2.1', '192.0.2.1'] },
    { name: 'share the address that both ask for',              services: { a: keyed(53, { loadBalancerIP: '192.0.2.2' }), b: keyed(80, { loadBalancerIP: '192.0.2.2' }) }, want: ['192.0.2.2', '192.0.2.2'] },
    { name: 'have one each where a port is the same',           services: { a: keyed(53), b: keyed(53) },                                        want: ['192.0.2.1', '192.0.2.2'] },
    { name: 'have one each where one is Local',                 services: { a: keyed(53), b: keyed(80, { externalTrafficPolicy: 'Local', selector: { app: 'x' } }) }, want: ['192.0.2.1', '192.0.2.2'] },
    { name: 'share with none that has no key',                  services: { a: ports(53), b: keyed(80) },                                        want: ['192.0.2.1', '192.0.2.2'] },
    { name: 'join an address with room for their ports',        services: { a: keyed(53), b: keyed(53), c: keyed(80), d: keyed(80) },            want: ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.2'] },
    { name: 'share both addresses of a dual stack',             given: pool('192.0.2.1-192.0.2.2, "2001:db8::1-2001:db8::2"'), services: { a: keyed(53, { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }), b: keyed(80, { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' }) }, want: ['192.0.2.1,2001:db8::1', '2001:db8::1,192.0.2.1'] },
  ];
  for (const { name, given = TWO, services, want } of cases) {
    it(name, () => assert.deepEqual(ips(settled(given, services), ...Object.keys(services)), want));
  }

  it('find the one address with room above hundreds that have none', () => {
    const many = Array.from({ length: 299 }, (_, n) => [`s${n}`, keyed(80)] as const);
    const last = keyed(443, { loadBalancerIP: '192.0.3.43' });
    const world = settled(pool('192.0.2.0-192.0.3.43'), { ...Object.fromEntries(many), last, web: keyed(80) });
    assert.deepEqual(ips(world, 'last', 's298', 'web'), ['192.0.3.43', '192.0.3.42', '192.0.3.43']);
  });

  it('keep an address until the last of them is gone', () => {
    const world = settled(ONE, { a: keyed(53), b: keyed(80), c: ports(1) });
    world.remove(key('a'));
    assert.equal(reason(world, 'c'), 'PoolFull');
    world.remove(key('b'));
    world.settle();
    assert.deepEqual(ips(world, 'c'), ['192.0.2.1']);
  });

  it('are not moved by a key that comes later', () => {
    const world = settled(TWO, { a: keyed(53), b: ports(80) });
    world.edit(key('b'), withKey('k'));
    world.settle();
    assert.deepEqual(ips(world, 'a', 'b'), ['192.0.2.1', '192.0.2.2']);
  });

  it('are let in as soon as the one that has their port gives it up', () => {
    const world = settled(ONE, { a: keyed(53), b: keyed(53) });
    assert.equal(reason(world, 'b'), 'PoolFull');
    world.edit(key('a'), withPort(54));
    world.settle();
    assert.deepEqual(ips(world, 'a', 'b'), ['192.0.2.1', '192.0.2.1']);
  });

  // biome-ignore format: table
  const refused: readonly { name: string; web: ServiceParts; want: string }[] = [
    { name: 'no key',               web: ports(80),                                                                  want: 'AddressTaken' },
    { name: 'another key',          web: { ...ports(80), meta: { annotations: { 'cairn.dev/allow-shared-ip': 'x' } } }, want: 'SharingKeyDiffers' },
    { name: 'the same port',        web: keyed(53),                                                                  want: 'SharedPortTaken' },
    { name: 'another policy',       web: keyed(80, { externalTrafficPolicy: 'Local', selector: { app: 'x' } }),     want: 'SharedBackendsDiffer' },
  ];
  for (const { name, web, want } of refused) {
    it(`hear ${want} when they ask for a taken address with ${name}`, () => {
      const world = settled(TWO, { a: keyed(53), web: { ...web, loadBalancerIP: '192.0.2.1' } });
      assert.deepEqual([reason(world, 'web'), ...ips(world, 'a', 'web')], [want, '192.0.2.1', '']);
    });
  }
});

describe('a sharer that is edited so that it no longer fits', () => {
  it('goes when the one that it no longer fits was on its way to the address', () => {
    const world = settled(TWO, { web: keyed(80), x: keyed(80), y: keyed(82, { loadBalancerIP: '192.0.2.2' }) });
    world.edit(key('y'), asking(''));
    world.settle();
    assert.deepEqual(ips(world, 'web', 'x', 'y'), ['192.0.2.1', '192.0.2.2', '192.0.2.2']);
    world.edit(key('web'), withPort(81));
    world.settle();
    world.configure(pool('192.0.2.1-192.0.2.3'));
    world.edit(key('y'), withPort(80));
    world.send(key('y'));
    world.edit(key('web'), withPort(80));
    world.send(key('web'));
    world.arrive(key('web'));
    world.arrive(key('y'));
    world.settle();
    assert.deepEqual(ips(world, 'web', 'x', 'y'), ['192.0.2.3', '192.0.2.2', '192.0.2.1']);
  });

  // biome-ignore format: table
  const edits: readonly { name: string; edit: (before: Service) => Service; reason: string }[] = [
    { name: 'its key is gone',         edit: withKey(undefined), reason: 'SharingKeyDiffers' },
    { name: 'its key is another',      edit: withKey('other'),   reason: 'SharingKeyDiffers' },
    { name: 'it has the other’s port', edit: withPort(80),       reason: 'SharedPortTaken' },
    { name: 'its policy is another',   edit: withLocal,          reason: 'SharedBackendsDiffer' },
  ];
  for (const { name, edit, reason: want } of edits) {
    // The older one is edited, so that age speaks for it and against the one that did nothing.
    const fresh = (given: Config) => settled(given, { old: keyed(53), young: keyed(80) });

    it(`goes when there is another address: ${name}`, () => {
      const world = fresh(TWO);
      world.edit(key('old'), edit);
      assert.deepEqual(world.allocator.holders(address('192.0.2.1')), [key('old'), key('young')], 'granted first');
      world.settle();
      assert.deepEqual(ips(world, 'old', 'young'), ['192.0.2.2', '192.0.2.1']);
      assert.deepEqual(world.allocator.holders(address('192.0.2.1')), [key('young')]);
    });

    it(`stays while there is none, and says why: ${name}`, () => {
      const world = fresh(ONE);
      world.edit(key('old'), edit);
      world.settle();
      assert.deepEqual([reason(world, 'old'), ...ips(world, 'old', 'young')], [want, '192.0.2.1', '192.0.2.1']);
      world.restart();
      world.settle();
      assert.deepEqual([reason(world, 'old'), ...ips(world, 'old', 'young')], [want, '192.0.2.1', '192.0.2.1']);
      world.configure(TWO);
      world.settle();
      assert.deepEqual(ips(world, 'old', 'young'), ['192.0.2.2', '192.0.2.1']);
    });

    it(`goes, and not the other, when nobody led meanwhile: ${name}`, () => {
      const world = fresh(TWO);
      const before = world.api.get(key('old')) ?? assert.fail();
      world.api.set(before.key, edit({ ...before, meta: { ...before.meta, resourceVersion: '99' } }));
      world.restart();
      world.settle();
      assert.deepEqual(ips(world, 'old', 'young'), ['192.0.2.2', '192.0.2.1']);
    });
  }

  it('is content again when the edit is taken back, and when the other one goes', () => {
    const world = settled(ONE, { old: keyed(53), young: keyed(80) });
    world.edit(key('old'), withPort(80));
    assert.equal(reason(world, 'old'), 'SharedPortTaken');
    world.edit(key('old'), withPort(53));
    assert.equal(reason(world, 'old'), 'Assigned');
    world.edit(key('old'), withPort(80));
    world.remove(key('young'));
    assert.equal(reason(world, 'old'), 'Assigned');
    world.settle();
    assert.match(world.api.get(key('old'))?.meta.annotations['cairn.dev/shared-as'] ?? '', /TCP\/80/);
  });

  it('keeps out whoever has a port that it has now, while it stays', () => {
    const world = settled(ONE, { old: keyed(53), young: keyed(80) });
    world.edit(key('old'), (before) => ({ ...before, ports: ports(80, 443).ports ?? [] }));
    world.create('new', keyed(443, { loadBalancerIP: '192.0.2.1' }));
    world.settle();
    assert.deepEqual([reason(world, 'old'), reason(world, 'new')], ['SharedPortTaken', 'SharedPortTaken']);
  });

  it('keeps the family for which there is no other address', () => {
    const both: ServiceParts = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' };
    const given = pool('192.0.2.1-192.0.2.2, "2001:db8::1"');
    const world = settled(given, { old: keyed(53, both), young: keyed(80, both) });
    world.edit(key('old'), withKey(undefined));
    world.settle();
    assert.deepEqual(ips(world, 'old', 'young'), ['192.0.2.2,2001:db8::1', '192.0.2.1,2001:db8::1']);
    assert.equal(reason(world, 'old'), 'SharingKeyDiffers');
  });

  it('stays with what it asks for, and says who is in the way', () => {
    const world = settled(TWO, { old: keyed(53, { loadBalancerIP: '192.0.2.1' }), young: keyed(80) });
    world.edit(key('old'), withPort(80));
    world.settle();
    assert.deepEqual([reason(world, 'old'), ...ips(world, 'old')], ['SharedPortTaken', '192.0.2.1']);
    world.edit(key('old'), asking(''));
    world.settle();
    assert.deepEqual(ips(world, 'old', 'young'), ['192.0.2.2', '192.0.2.1']);
  });
});

describe('Services that another provider let share', () => {
  it('keep their address, though Cairn would not have let them', () => {
    const world = new World(TWO);
    const local: ServiceParts = { externalTrafficPolicy: 'Local', selector: { app: 'x' }, ips: ['192.0.2.1'] };
    world.create('a', { ...keyed(53), ips: ['192.0.2.1'] });
    world.create('b', { ...keyed(80), ...local });
    for (const _ of [1, 2]) {
      world.restart();
      world.settle();
      assert.deepEqual(ips(world, 'a', 'b'), ['192.0.2.1', '192.0.2.1']);
    }
  });
});

describe('an address in quarantine that somebody asked for by name', () => {
  function asked(): World {
    const world = new World(TWO);
    world.create('a', keyed(53));
    world.replace(key('a'));
    world.settle();
    world.edit(key('a'), asking('192.0.2.1'));
    world.settle();
    assert.deepEqual(ips(world, 'a'), ['192.0.2.1']);
    return world;
  }

  it('is shared with nobody who does not ask for it', () => {
    const world = asked();
    world.create('b', keyed(80));
    world.create('c', keyed(443, { loadBalancerIP: '192.0.2.1' }));
    world.settle();
    assert.deepEqual(ips(world, 'b', 'c'), ['192.0.2.2', '192.0.2.1']);
  });

  it('is shared with whoever waited until that was over', () => {
    const world = asked();
    world.configure(ONE);
    world.create('b', keyed(80));
    world.settle();
    assert.equal(reason(world, 'b'), 'AddressQuarantined');
    world.pass(599_000);
    assert.equal(reason(world, 'b'), 'AddressQuarantined');
    world.pass(1_000);
    world.settle();
    assert.deepEqual(ips(world, 'a', 'b'), ['192.0.2.1', '192.0.2.1']);
  });
});
