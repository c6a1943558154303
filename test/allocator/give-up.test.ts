/**
 * `cairn.dev/give-up`: the Service goes as soon as it has somewhere to go, and not before.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { type ServiceKey, serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import type { ServiceParts } from '../support/objects.js';
import { address } from '../support/values.js';
import { pools } from './begun.js';
import { World } from './world.js';

const annotated =
  (annotations: Readonly<Record<string, string>>) =>
  (before: Service): Service => ({
    ...before,
    meta: { ...before.meta, annotations: { ...before.meta.annotations, ...annotations } },
  });
const giveUp = (text: string) => annotated({ 'cairn.dev/give-up': text });

const WEB = serviceKey('shop', 'web');
const ONE = pools('name: a, addresses: [192.0.2.1]');
const TWO = pools('name: a, addresses: [192.0.2.1-192.0.2.2]');
const BOTH = pools('name: a, addresses: ["192.0.2.1-192.0.2.2", "2001:db8::1-2001:db8::2"]');
const DUAL: ServiceParts = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' };
const PREFERS: ServiceParts = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' };
const SIX = pools('name: a, addresses: [192.0.2.1, "2001:db8::1-2001:db8::2"]');

/** What its status says, and the reason where that is not `Assigned`. */
function says(world: World, key: ServiceKey = WEB): string {
  const reason = tellAssigned(world.allocator.standing(key))?.reason ?? '';
  return [...(world.statuses().get(key) ?? []), ...(reason === 'Assigned' ? [] : [reason])].join();
}

function begun(given: Config, parts: ServiceParts = {}, others: readonly string[] = []): World {
  const world = new World(given);
  world.create('web', parts);
  for (const name of others) world.create(name, {});
  world.settle();
  return world;
}

describe('a Service that gives its address up', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; given: Config; parts?: ServiceParts; others?: readonly string[]; gives: string; first?: Config; later?: Config; want: string }[] = [
    { name: 'goes to another one of its pool',                      given: TWO,  gives: '192.0.2.1',                                   want: '192.0.2.2' },
    { name: 'goes to another pool when its own has none',           given: pools('name: a, addresses: [192.0.2.1]', 'name: b, addresses: [198.51.100.1]'), gives: '192.0.2.1', want: '198.51.100.1' },
    { name: 'stays where no other is free, and says so',            given: TWO,  others: ['db'], gives: '192.0.2.1',                   want: '192.0.2.1,PoolFull' },
    { name: 'stays where it gives up all that there are',           given: TWO,  gives: '192.0.2.1,192.0.2.2',                         want: '192.0.2.1,PoolFull' },
    { name: 'goes when the configuration brings another',           given: ONE,  gives: '192.0.2.1', later: TWO,                        want: '192.0.2.2' },
    { name: 'goes when its pool is replaced by one elsewhere',      given: ONE,  gives: '192.0.2.1', later: pools('name: a, addresses: [198.51.100.1]'), want: '198.51.100.1' },
    { name: 'stays where it went when the pool is retired',             given: TWO,  gives: '192.0.2.1', later: pools('name: a, addresses: [192.0.2.1-192.0.2.2], retired: true'), want: '192.0.2.2' },
    { name: 'does not mind what it does not hold',                  given: TWO,  gives: '192.0.2.2,203.0.113.9',                       want: '192.0.2.1' },
    { name: 'stays when it says nonsense, and hears it',            given: TWO,  gives: 'all of them',                                 want: '192.0.2.1,InvalidAddress' },
    { name: 'goes from what it names beside nonsense, and hears it',  given: TWO,  gives: '192.0.2.1,',                                  want: '192.0.2.2,InvalidAddress' },
    { name: 'hears first that no other is free',                    given: ONE,  gives: '192.0.2.1,x',                                 want: '192.0.2.1,PoolFull' },
    { name: 'stays when it asks for the same address by name',      given: TWO,  parts: { loadBalancerIP: '192.0.2.1' }, gives: '192.0.2.1', want: '192.0.2.1,ContradictoryRequest' },
    { name: 'keeps the family that it does not give up',            given: BOTH, parts: DUAL, gives: '2001:db8::1',                    want: '192.0.2.1,2001:db8::2' },
    { name: 'keeps both where there is another one of one family alone, though it would do with one', given: SIX, parts: PREFERS, gives: '192.0.2.1,2001:db8::1', want: '192.0.2.1,2001:db8::1,PoolFull' },
    { name: 'goes from both where it would do with one, once there are two', given: SIX, parts: PREFERS, gives: '192.0.2.1,2001:db8::1', later: BOTH, want: '192.0.2.2,2001:db8::2' },
    { name: 'keeps its one address where there is one of the other family alone', given: pools('name: a, addresses: [192.0.2.1]', 'name: b, addresses: ["2001:db8::1"]'), parts: PREFERS, gives: '192.0.2.1', want: '192.0.2.1,PoolFull' },
    { name: 'keeps both where the pools of now have one family alone', given: BOTH, parts: PREFERS, gives: '192.0.2.1,2001:db8::1', first: TWO, want: '192.0.2.1,2001:db8::1,NotDualStack' },
    { name: 'goes with its one address where there is no other family', given: TWO, parts: PREFERS, gives: '192.0.2.1', want: '192.0.2.2' },
    { name: 'leaves a reservation of its own',                      given: pools('name: a, addresses: [192.0.2.1-192.0.2.2], reserved: {192.0.2.1: shop/web}'), gives: '192.0.2.1', want: '192.0.2.2' },
  ];
  for (const { name, given, parts = {}, others = [], gives, first = given, later, want } of cases) {
    it(name, () => {
      const world = begun(given, parts, others);
      world.configure(first);
      world.edit(WEB, giveUp(gives));
      world.settle();
      if (later !== undefined) world.configure(later);
      world.settle();
      assert.equal(says(world), want);
      world.restart();
      world.settle();
      assert.equal(says(world), want, 'after a restart');
    });
  }

  it('holds the new one before the old one is free', () => {
    const world = begun(TWO);
    world.edit(WEB, giveUp('192.0.2.1'));
    assert.deepEqual(
      ['192.0.2.1', '192.0.2.2'].map((ip) => world.allocator.holders(address(ip))),
      [[WEB], [WEB]],
    );
    world.settle();
    assert.deepEqual(world.allocator.holders(address('192.0.2.1')), []);
  });

  it('goes the moment another Service leaves an address, and that address alone changes hands', () => {
    const world = begun(TWO, {}, ['db']);
    world.edit(WEB, giveUp('192.0.2.1'));
    world.settle();
    world.remove(serviceKey('shop', 'db'));
    world.settle();
    assert.equal(says(world), '192.0.2.2');
  });

  it('is not given back what it left when it is created anew with the annotation', () => {
    const world = begun(TWO);
    world.edit(WEB, giveUp('192.0.2.1'));
    world.settle();
    world.remove(WEB);
    world.create('web', { meta: { annotations: { 'cairn.dev/give-up': '192.0.2.1' } } });
    world.settle();
    assert.equal(says(world), '192.0.2.2');
  });

  it('is given what it moved to when it is created anew without the annotation', () => {
    const world = begun(TWO);
    world.edit(WEB, giveUp('192.0.2.1'));
    world.settle();
    world.remove(WEB);
    world.create('web', {});
    world.settle();
    assert.equal(says(world), '192.0.2.2');
  });

  it('is given its first address though the annotation says nonsense, and hears that', () => {
    const world = begun(TWO, { meta: { annotations: { 'cairn.dev/give-up': '192.0.2' } } });
    assert.equal(says(world), '192.0.2.1,InvalidAddress');
    world.edit(WEB, giveUp(''));
    world.settle();
    assert.equal(says(world), '192.0.2.1');
  });

  it('leaves those it shared with where they are', () => {
    const shares = (port: number): ServiceParts => ({
      ports: [{ name: '', protocol: 'TCP', port, nodePort: 0 }],
      meta: { annotations: { 'cairn.dev/allow-shared-ip': 'k' } },
    });
    const world = new World(TWO);
    world.create('web', shares(80));
    world.create('db', shares(443));
    world.settle();
    world.edit(WEB, giveUp('192.0.2.1'));
    world.settle();
    assert.deepEqual([says(world), says(world, serviceKey('shop', 'db'))], ['192.0.2.2', '192.0.2.1']);
  });
});
