import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import type { ServiceParts } from '../support/objects.js';
import { address } from '../support/values.js';
import { pools } from './begun.js';
import { World } from './world.js';

const FOUR = pools('name: a, addresses: [192.0.2.1-192.0.2.2]');
const BOTH = pools('name: a, addresses: [192.0.2.1-192.0.2.2, "2001:db8::/64"]');
const APART = pools('name: a, addresses: [192.0.2.1]', 'name: b, addresses: ["2001:db8::/64"]');
const THEN_BOTH = pools('name: a, addresses: [192.0.2.1]', 'name: b, addresses: ["2001:db8::/64", 198.51.100.1]');

const single: ServiceParts = { ipFamilies: ['IPv4'] };
const prefers: ServiceParts = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' };
const requires: ServiceParts = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' };
const sixFirst: ServiceParts = { ...prefers, ipFamilies: ['IPv6', 'IPv4'] };
const asks = (text: string, rest: ServiceParts): ServiceParts => ({
  ...rest,
  meta: { annotations: { 'cairn.dev/loadBalancerIPs': text } },
});

const WEB = serviceKey('shop', 'web');
const to = (parts: ServiceParts) => (before: Service) => ({ ...before, ...parts, meta: before.meta, key: before.key });

function settled(given: Config, parts: ServiceParts): World {
  const world = new World(given);
  world.create('web', parts);
  world.settle();
  return world;
}
/** What it has and what it is told. */
const outcome = (world: World): string => {
  const ips = world.statuses().get(WEB)?.join();
  const reason = tellAssigned(world.allocator.standing(WEB))?.reason;
  return reason === 'Assigned' ? `${ips}` : `${ips} ${reason}`.trim();
};

describe('Services that need both families', () => {
  /** Two addresses of a family each, of which one IPv4 address is left for those who wait for IPv6. */
  function waiting(many: number): World {
    const world = new World(pools('name: a, addresses: ["192.0.2.1-192.0.2.2", "2001:db8::1-2001:db8::2"]'));
    for (const name of ['four', 'six', 'more']) world.create(name, { ipFamilies: [name === 'four' ? 'IPv4' : 'IPv6'] });
    for (let n = 0; n < many; n++) world.create(`s${n}`, requires);
    world.settle();
    return world;
  }
  const told = (world: World) => tellAssigned(world.allocator.standing(serviceKey('shop', 's1')))?.message;

  it('are not looked at when an address of the family comes free that they do not wait for', () => {
    const world = waiting(50);
    assert.match(told(world) ?? '', /2001:db8::1 is held by shop\/(six|more)/);
    assert.deepEqual(world.allocator.observe(serviceKey('shop', 'four'), undefined, world.nowMs), []);
    assert.equal(world.allocator.nextMs(), undefined);
  });

  it('are not looked at when one of these is taken and another is left, and all hear within a second when none is', () => {
    const world = waiting(50);
    world.remove(serviceKey('shop', 'four'));
    world.create('first', {});
    const before = world.allocator.nextMs() ?? 0;
    assert.deepEqual(world.allocator.wake(before), []);
    world.create('last', {});
    assert.match(told(world) ?? '', /2001:db8::1/);
    assert.equal(world.allocator.wake(world.allocator.nextMs() ?? 0).length, 50);
    assert.match(told(world) ?? '', /192\.0\.2\.1 is held by/);
  });

  it('are served, the oldest first, when what was lacking comes, whichever came first', () => {
    for (const order of [
      ['four', 'six'],
      ['six', 'four'],
    ]) {
      const world = waiting(3);
      world.create('five', {});
      for (const name of order) world.remove(serviceKey('shop', name));
      world.settle();
      assert.deepEqual(
        ['s0', 's1'].map((name) => world.statuses().get(serviceKey('shop', name))?.length),
        [2, 0],
      );
    }
  });

  describe('and wait for one family come before younger ones that wait for the other when both come free together', () => {
    const sixThenFour: ServiceParts = { ...requires, ipFamilies: ['IPv6', 'IPv4'] };
    const orders = [requires, sixThenFour].flatMap((held) =>
      [requires, sixThenFour].map((asked) => [held, asked] as const),
    );
    for (const [held, asked] of orders) {
      const name = `${held.ipFamilies?.join()} held, ${asked.ipFamilies?.join()} asked for`;
      it(`${name}, however long after the last one was taken`, () => {
        for (const ms of [0, 1, 250, 500, 750, 999, 1_000, 1_001, 5_000]) {
          const world = new World(pools('name: a, addresses: [192.0.2.1-192.0.2.2, "2001:db8::1"]'));
          world.create('gone', held);
          world.pass(60_000);
          world.create('older', asked);
          world.pass(60_000);
          world.create('taker', single);
          world.create('younger-four', single);
          world.create('younger-six', { ipFamilies: ['IPv6'] });
          world.pass(ms);
          world.remove(serviceKey('shop', 'gone'));
          world.pass(5_000);
          world.settle();
          const counts = ['older', 'younger-four', 'younger-six'].map(
            (each) => world.statuses().get(serviceKey('shop', each))?.length,
          );
          assert.deepEqual(counts, [2, 0, 0], `${ms} ms after`);
        }
      });
    }
  });

  it('are not looked at for who is younger while there is none of the family that they wait for', () => {
    const world = waiting(50);
    world.create('last', {});
    world.create('younger', {});
    const looked = world.allocator.observe(serviceKey('shop', 'four'), undefined, world.nowMs);
    assert.deepEqual(looked, [serviceKey('shop', 'younger')]);
  });

  it('are passed over once where what is free is what they are to leave', () => {
    const world = new World(pools('name: a, addresses: [192.0.2.1, "2001:db8::1"]'));
    world.create('four', single);
    const leaves = { annotations: { 'cairn.dev/give-up': '2001:db8::1' } };
    world.create('older', { ...requires, ipFamilies: ['IPv6', 'IPv4'], meta: leaves });
    world.pass(60_000);
    world.create('younger', single);
    world.remove(serviceKey('shop', 'four'));
    world.settle();
    assert.deepEqual(world.statuses().get(serviceKey('shop', 'younger')), ['192.0.2.1']);
  });

  it('that are to leave the one that is left hear it too', () => {
    const world = waiting(0);
    world.create('web', { ...requires, meta: { annotations: { 'cairn.dev/give-up': '192.0.2.2' } } });
    world.remove(serviceKey('shop', 'four'));
    world.settle();
    world.create('first', { loadBalancerIP: '192.0.2.1' });
    world.pass(1_000);
    assert.match(tellAssigned(world.allocator.standing(WEB))?.message ?? '', /192\.0\.2\.1 is held by shop\/first/);
  });
});

describe('a new Service', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; given: Config; parts: ServiceParts; want: string }[] = [
    { name: 'of one family has one address',                     given: BOTH,      parts: single,   want: '192.0.2.1' },
    { name: 'of IPv6 has that',                                  given: BOTH,      parts: { ipFamilies: ['IPv6'] }, want: '2001:db8::' },
    { name: 'that requires both has both from one pool',         given: BOTH,      parts: requires, want: '192.0.2.1,2001:db8::' },
    { name: 'has them in the order of its families',             given: BOTH,      parts: sixFirst, want: '2001:db8::,192.0.2.1' },
    { name: 'that requires both waits where there is one',       given: FOUR,      parts: requires, want: 'NotDualStack' },
    { name: 'that requires both waits where pools have one each', given: APART,    parts: requires, want: 'NotDualStack' },
    { name: 'that prefers both takes the one there is',          given: FOUR,      parts: prefers,  want: '192.0.2.1' },
    { name: 'that prefers both takes its first family first',    given: APART,     parts: sixFirst, want: '2001:db8::' },
    { name: 'that prefers both tries pools with both first',     given: THEN_BOTH, parts: prefers,  want: '198.51.100.1,2001:db8::' },
    { name: 'on a cluster of one family has that one',           given: BOTH,      parts: { ...single, ipFamilyPolicy: 'PreferDualStack' }, want: '192.0.2.1' },
    { name: 'has both addresses that it asks for',               given: BOTH,      parts: asks('2001:db8::9,192.0.2.2', requires), want: '192.0.2.2,2001:db8::9' },
    { name: 'has the other family from the pool of what it asks for', given: THEN_BOTH, parts: asks('198.51.100.1', requires), want: '198.51.100.1,2001:db8::' },
    { name: 'that asks for one and prefers both has that one',   given: APART,     parts: asks('192.0.2.1', prefers), want: '192.0.2.1' },
    { name: 'that asks for addresses of two pools waits',        given: APART,     parts: asks('192.0.2.1,2001:db8::9', prefers), want: 'NotOnePool' },
    { name: 'that asks for one of two that is in no pool waits', given: FOUR,      parts: asks('192.0.2.1,2001:db8::9', prefers), want: 'OutsideEveryPool' },
  ];
  for (const { name, given, parts, want } of cases) {
    it(name, () => assert.equal(outcome(settled(given, parts)), want));
  }
});

describe('a running Service', () => {
  // biome-ignore format: table
  const edits: readonly { name: string; given: Config; from: ServiceParts; to: ServiceParts; want: string }[] = [
    { name: 'gets the second family beside the first',           given: BOTH,  from: single,   to: prefers,  want: '192.0.2.1,2001:db8::' },
    { name: 'gets it when it requires both',                     given: BOTH,  from: single,   to: requires, want: '192.0.2.1,2001:db8::' },
    { name: 'keeps the first where the second is not to be had', given: FOUR,  from: single,   to: requires, want: '192.0.2.1 NotDualStack' },
    { name: 'does not move to a pool with both by itself',       given: THEN_BOTH, from: single, to: requires, want: '192.0.2.1 NotDualStack' },
    { name: 'is content with the first where it prefers both',   given: FOUR,  from: single,   to: prefers,  want: '192.0.2.1' },
    { name: 'keeps the family that stays',                       given: BOTH,  from: requires, to: single,   want: '192.0.2.1' },
    { name: 'keeps the second where that stays',                 given: BOTH,  from: requires, to: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }, want: '2001:db8::' },
    { name: 'changes family when there is one of the other',     given: BOTH,  from: single,   to: { ipFamilies: ['IPv6'] }, want: '2001:db8::' },
    { name: 'keeps what it has when there is none of the other', given: FOUR,  from: single,   to: { ipFamilies: ['IPv6'] }, want: '192.0.2.1 WrongFamily' },
  ];
  for (const { name, given, from, to: after, want } of edits) {
    it(name, () => {
      const world = settled(given, from);
      world.edit(WEB, to({ ipFamilyPolicy: 'SingleStack', ...after }));
      world.settle();
      assert.equal(outcome(world), want);
      world.restart();
      world.settle();
      assert.equal(outcome(world), want);
    });
  }

  it('gives the family that it left back, once the status says so', () => {
    const world = settled(BOTH, requires);
    world.edit(WEB, to({ ...single, ipFamilyPolicy: 'SingleStack' }));
    assert.deepEqual(world.allocator.holders(address('2001:db8::')), [WEB]);
    world.settle();
    assert.deepEqual(world.allocator.holders(address('2001:db8::')), []);
  });

  it('gets the family that it would rather have too when its pool has it', () => {
    const world = settled(FOUR, prefers);
    world.configure(BOTH);
    world.settle();
    assert.equal(outcome(world), '192.0.2.1,2001:db8::');
  });

  it('gets it when somebody else gives it back', () => {
    const world = new World(pools('name: a, addresses: [192.0.2.1-192.0.2.2, "2001:db8::1"]'));
    world.create('other', { ipFamilies: ['IPv6'] });
    world.create('web', sixFirst);
    world.settle();
    assert.equal(outcome(world), '192.0.2.1');
    world.remove(serviceKey('shop', 'other'));
    world.settle();
    assert.equal(outcome(world), '2001:db8::1,192.0.2.1');
  });

  it('keeps both where an edit takes one of them from its pool', () => {
    const world = settled(BOTH, requires);
    world.configure(FOUR);
    world.settle();
    assert.equal(outcome(world), '192.0.2.1,2001:db8:: OutsidePool');
  });

  it('says why it has no second family, and that nothing is wrong', () => {
    const told = tellAssigned(settled(FOUR, prefers).allocator.standing(WEB));
    assert.deepEqual(told, {
      status: 'True',
      reason: 'Assigned',
      message: '192.0.2.1 from pool "a"; of the other family none: pool "a" has no IPv6 addresses',
    });
  });
});
