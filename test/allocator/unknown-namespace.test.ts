/**
 * A Service that is told of before its Namespace: what it waits for, and what it has in the end.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import { type ServiceParts, service } from '../support/objects.js';
import { allStand, begun, NOW_MS, pools, stands } from './begun.js';
import { World } from './world.js';

const WEB = serviceKey('shop', 'web');
const RED = 'namespace-selectors: [{match-labels: {team: red}}]';
const SELECTING = pools(`name: red, addresses: [192.0.2.1-192.0.2.2], ${RED}`, 'name: open, addresses: [192.0.2.101]');
const PLAIN = pools('name: open, addresses: [192.0.2.1-192.0.2.2]');
const asks = (name: string, text: string): ServiceParts => ({ meta: { annotations: { [`cairn.dev/${name}`]: text } } });
const prefers: ServiceParts = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' };

describe('a Service whose Namespace is not known', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; given?: Config; parts?: ServiceParts; want: string; red: string; blue?: string }[] = [
    { name: 'waits for it where its labels decide',                     want: 'NamespaceUnknown', red: '192.0.2.1', blue: '192.0.2.101' },
    { name: 'waits where no other pool is there',                       given: pools(`name: red, addresses: [192.0.2.1], ${RED}`), want: 'NamespaceUnknown', red: '192.0.2.1', blue: 'NamespaceNotAllowed' },
    { name: 'waits for the family that such a pool has',                given: pools('name: open, addresses: [192.0.2.101]', `name: red, addresses: ["192.0.2.1", "2001:db8::1"], ${RED}`), parts: prefers, want: 'NamespaceUnknown', red: '192.0.2.1,2001:db8::1', blue: '192.0.2.101' },
    { name: 'waits where it names the pool',                            given: pools('name: open, addresses: [192.0.2.101]', `name: red, addresses: [192.0.2.1], auto-assign: false, ${RED}`), parts: asks('address-pool', 'red'), want: 'NamespaceUnknown', red: '192.0.2.1', blue: 'NamespaceNotAllowed' },
    { name: 'waits where it asks for an address of the pool',           parts: { loadBalancerIP: '192.0.2.2' }, want: 'NamespaceUnknown', red: '192.0.2.2', blue: 'NamespaceNotAllowed' },
    { name: 'is served where no pool selects by labels of namespaces',  given: PLAIN, want: '192.0.2.1', red: '192.0.2.1' },
    { name: 'is served where it names another pool',                    parts: asks('address-pool', 'open'), want: '192.0.2.101', red: '192.0.2.101' },
    { name: 'is served where it asks for an address of another pool',   parts: { loadBalancerIP: '192.0.2.101' }, want: '192.0.2.101', red: '192.0.2.101' },
    { name: 'is served where the pool lists its namespace besides',     given: pools(`name: red, addresses: [192.0.2.1], namespaces: [shop], ${RED}`), want: '192.0.2.1', red: '192.0.2.1' },
    { name: 'is served where a selector of the pool takes them all',    given: pools(`name: red, addresses: [192.0.2.1], namespace-selectors: [{match-labels: {team: red}}, {match-labels: {}}]`), want: '192.0.2.1', red: '192.0.2.1' },
    { name: 'is served where the pool does not select the Service',     given: pools(`name: red, addresses: [192.0.2.1], ${RED}, service-selectors: [{match-labels: {tier: edge}}]`, 'name: open, addresses: [192.0.2.101]'), want: '192.0.2.101', red: '192.0.2.101' },
    { name: 'is served where the pool is given on request alone',       given: pools(`name: red, addresses: [192.0.2.1], auto-assign: false, ${RED}`, 'name: open, addresses: [192.0.2.101]'), want: '192.0.2.101', red: '192.0.2.101' },
    { name: 'is served where the pool is retired',                      given: pools(`name: red, addresses: [192.0.2.1], retired: true, ${RED}`, 'name: open, addresses: [192.0.2.101]'), want: '192.0.2.101', red: '192.0.2.101' },
    { name: 'is served where the pool has no address of its family',    given: pools(`name: red, addresses: ["2001:db8::/64"], ${RED}`, 'name: open, addresses: [192.0.2.101]'), want: '192.0.2.101', red: '192.0.2.101' },
    { name: 'has what is reserved for it, where it asks for that',      given: pools(`name: red, addresses: [192.0.2.1], reserved: {192.0.2.1: shop/web}, ${RED}`), parts: { loadBalancerIP: '192.0.2.1' }, want: '192.0.2.1', red: '192.0.2.1' },
    { name: 'keeps what it has',                                        parts: { ips: ['192.0.2.101'] }, want: '192.0.2.101', red: '192.0.2.101' },
    { name: 'keeps what it has, and hears why it does not get what it asks for', parts: { ips: ['192.0.2.101'], loadBalancerIP: '192.0.2.2' }, want: '192.0.2.101 NamespaceUnknown', red: '192.0.2.2', blue: '192.0.2.101 NamespaceNotAllowed' },
    { name: 'hears that the pool has no address of its family, which its labels do not decide', given: pools(`name: red, addresses: ["2001:db8::/64"], ${RED}`), want: 'WrongFamily', red: 'WrongFamily' },
    { name: 'hears that the pool is given on request alone',            given: pools(`name: red, addresses: [192.0.2.1], auto-assign: false, ${RED}`), want: 'OnlyOnRequest', red: 'OnlyOnRequest' },
    { name: 'hears that the pool does not select the Service',          given: pools(`name: red, addresses: [192.0.2.1], ${RED}, service-selectors: [{match-labels: {tier: edge}}]`), want: 'ServiceNotSelected', red: 'ServiceNotSelected' },
    { name: 'waits with the other family where one is reserved for it', given: pools(`name: red, addresses: ["192.0.2.1", "2001:db8::/64"], reserved: {192.0.2.1: shop/web}, ${RED}`), parts: { ...prefers, loadBalancerIP: '192.0.2.1' }, want: '192.0.2.1', red: '192.0.2.1,2001:db8::' },
    { name: 'hears first that the pool which it names is not there',    parts: asks('address-pool', 'nonesuch'), want: 'UnknownPool', red: 'UnknownPool' },
  ];
  for (const { name, given = SELECTING, parts = {}, want, red, blue } of cases) {
    it(name, () => {
      for (const [team, then] of Object.entries({ red, ...(blue === undefined ? {} : { blue }) })) {
        const late = begun(given, []);
        late.observe(WEB, service('web', parts), NOW_MS);
        assert.equal(stands(late, 'web'), want);
        late.setNamespace('shop', { team }, NOW_MS);
        assert.equal(stands(late, 'web'), then);
        const early = begun(given, []);
        early.setNamespace('shop', { team }, NOW_MS);
        early.observe(WEB, service('web', parts), NOW_MS);
        assert.equal(stands(early, 'web'), then, 'as if the Namespace had been told of before it');
      }
    });
  }

  it('is told of when its Namespace is, also where that has no labels, and the old comes before the new', () => {
    const one = pools('name: open, addresses: [192.0.2.101]', `name: red, addresses: [192.0.2.1], ${RED}`);
    const allocator = begun(one, []);
    const aged = (name: string, at: string) => service(name, { meta: { createdAt: `2026-07-01T${at}Z` } });
    for (const each of [aged('young', '09:00:00'), aged('old', '08:00:00')]) allocator.observe(each.key, each, NOW_MS);
    assert.deepEqual(allocator.setNamespace('else', {}, NOW_MS), []);
    assert.deepEqual(allocator.setNamespace('shop', {}, NOW_MS), [
      serviceKey('shop', 'old'),
      serviceKey('shop', 'young'),
    ]);
    assert.deepEqual(allStand(allocator, { old: '', young: '' }), { old: '192.0.2.101', young: 'PoolFull' });
  });

  it('is asked about again when the configuration changes', () => {
    const allocator = begun(SELECTING, [service('web')]);
    assert.equal(stands(allocator, 'web'), 'NamespaceUnknown');
    allocator.configure(PLAIN, '', NOW_MS);
    assert.equal(stands(allocator, 'web'), '192.0.2.1');
  });

  it('has lost nothing when its Namespace is told to be gone', () => {
    const world = new World(SELECTING);
    world.create('web', {});
    world.settle();
    world.label(undefined);
    world.restart();
    world.settle();
    assert.deepEqual([world.statuses().get(WEB), stands(world.allocator, 'web')], [['192.0.2.1'], '192.0.2.1']);
  });

  it('hears which Namespace and which pools', () => {
    const allocator = begun(SELECTING, [service('web')]);
    const message = tellAssigned(allocator.standing(WEB))?.message;
    assert.match(
      message ?? '',
      /^namespace "shop" has not been seen yet, and its labels decide whether pool "red" serves it/,
    );
  });
});
