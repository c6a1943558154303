/**
 * A Service that another provider gave two addresses of one family, and that asks for one of them.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import type { ServiceParts } from '../support/objects.js';
import { address } from '../support/values.js';
import { pools } from './begun.js';
import { World } from './world.js';

const WEB = serviceKey('shop', 'web');
const TWO = pools('name: a, addresses: [10.7.0.1]', 'name: b, addresses: ["10.7.1.1", "2001:db8:7::1"]');
const HAD = ['10.7.0.1', '10.7.1.1'];
const BOTH = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' } satisfies ServiceParts;

function asking(
  loadBalancerIPs: string,
  { given = TWO, parts = {} }: { given?: Config; parts?: ServiceParts } = {},
): World {
  const world = new World(given);
  world.create('web', { ips: HAD, ...parts });
  world.settle();
  assert.deepEqual(world.statuses().get(WEB)?.slice(0, 2), HAD);
  world.edit(WEB, (web) => ({
    ...web,
    meta: { ...web.meta, annotations: { ...web.meta.annotations, 'cairn.dev/loadBalancerIPs': loadBalancerIPs } },
  }));
  return world;
}

/** What its status shows, and the reason where that is not `Assigned`. */
const says = (world: World): string =>
  [...(world.statuses().get(WEB) ?? []), tellAssigned(world.allocator.standing(WEB))?.reason]
    .filter((word) => word !== 'Assigned')
    .join();

describe('a Service with two addresses of one family', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; asks: string; given?: Config; parts?: ServiceParts; want: string }[] = [
    { name: 'gives up the other one when it asks for the second',            asks: '10.7.1.1',               want: '10.7.1.1' },
    { name: 'gives up the other one when it asks for the first',             asks: '10.7.0.1',               want: '10.7.0.1' },
    { name: 'gives up both when it asks for a third',                        asks: '10.7.1.2', given: pools('name: a, addresses: [10.7.0.1]', 'name: b, addresses: [10.7.1.1-10.7.1.2]'), want: '10.7.1.2' },
    { name: 'keeps both while the third is not to be had',                   asks: '10.7.9.9',               want: '10.7.0.1,10.7.1.1,OutsideEveryPool' },
    { name: 'gives up the other one where it gets the other family with it', asks: '10.7.1.1,2001:db8:7::1', parts: BOTH, want: '10.7.1.1,2001:db8:7::1' },
    { name: 'keeps both while the address of the other family is not to be had', asks: '10.7.1.1,2001:db8:7::9', parts: BOTH, want: '10.7.0.1,10.7.1.1,OutsideEveryPool' },
  ];
  for (const { name, asks, given = TWO, parts = {}, want } of cases) {
    it(name, () => {
      const world = asking(asks, { given, parts });
      world.settle();
      assert.equal(says(world), want);
      world.restart();
      world.settle();
      assert.equal(says(world), want, 'after a restart');
    });
  }

  it('frees the one that it did not ask for', () => {
    const world = asking('10.7.1.1');
    assert.deepEqual(world.allocator.holders(address('10.7.0.1')), [WEB], 'until its status says so');
    world.settle();
    assert.deepEqual(world.allocator.holders(address('10.7.0.1')), []);
  });
});
