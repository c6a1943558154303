/**
 * Services of two families that name a pool, whose addresses are of another one: by their own wish, or as the pool was split.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import { serviceKey } from '../../src/values/names.js';
import type { ServiceParts } from '../support/objects.js';
import { pools } from './begun.js';
import { World } from './world.js';

const WEB = serviceKey('shop', 'web');
const NAMING_A = { 'cairn.dev/address-pool': 'a' };
const both = (ipFamilyPolicy: 'PreferDualStack' | 'RequireDualStack', more: ServiceParts = {}): ServiceParts => ({
  ipFamilies: ['IPv4', 'IPv6'],
  ipFamilyPolicy,
  ...more,
});

describe('a Service of two families that names a pool', () => {
  const TWO = pools(
    'name: a, addresses: [192.0.2.1-192.0.2.2, "2001:db8::1"]',
    'name: b, addresses: [192.0.2.3, "2001:db8::2-2001:db8::3"]',
  );
  for (const policy of ['PreferDualStack', 'RequireDualStack'] as const) {
    it(`and holds the address of another one that it asks for (${policy}): it keeps both and hears why`, () => {
      const world = new World(TWO);
      world.create('web', both(policy, { loadBalancerIP: '192.0.2.3' }));
      world.settle();
      const before = world.statuses().get(WEB);

      world.edit(WEB, (web) => ({
        ...web,
        meta: { ...web.meta, annotations: { ...web.meta.annotations, ...NAMING_A } },
      }));
      world.settle();

      assert.deepEqual(world.statuses().get(WEB), before);
      assert.equal(tellAssigned(world.allocator.standing(WEB))?.reason, 'OutsideNamedPool');
    });
  }

  const WHOLE = pools('name: a, addresses: [192.0.2.1-192.0.2.2]');
  const SPLIT = pools(
    'name: a, addresses: [192.0.2.2, "2001:db8::2"]',
    'name: b, addresses: [192.0.2.1, "2001:db8::1"]',
  );
  it('that was split since: it keeps its address when it gets the other family', () => {
    const world = new World(WHOLE);
    world.create('web', both('PreferDualStack', { meta: { annotations: NAMING_A } }));
    world.settle();

    world.configure(SPLIT);
    world.settle();

    assert.deepEqual(world.statuses().get(WEB), ['192.0.2.1', '2001:db8::1']);
  });

  it('that was split since: it keeps its address when it becomes dual-stack', () => {
    const world = new World(WHOLE);
    world.create('web', { meta: { annotations: NAMING_A } });
    world.settle();

    world.configure(SPLIT);
    world.edit(WEB, (web) => ({ ...web, ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }));
    world.settle();

    assert.deepEqual(world.statuses().get(WEB), ['192.0.2.1', '2001:db8::1']);
  });
});
