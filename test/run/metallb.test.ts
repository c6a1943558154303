/**
 * The leader's first look at Services that MetalLB v0.12 served, and at what was edited in the way people do there.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FakeControllerApi } from './fake-controller-api.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

const BOTH =
  'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.3, "2001:db8::1-2001:db8::3"]}]';
const TWO = `address-pools:
- {name: p, protocol: layer2, addresses: [192.0.2.1]}
- {name: q, protocol: layer2, addresses: [198.51.100.1], auto-assign: false}`;

const IPV6 = { type: 'LoadBalancer', ipFamilies: ['IPv6'] };
const shows = (...ingress: readonly object[]) => ({ status: { loadBalancer: { ingress } } });
const POOL = 'metallb.universe.tf/address-pool';

const ingressOf = (api: FakeControllerApi) =>
  api.service('shop/web')?.ingress.map(({ ip, hostname }) => [ip, hostname].filter((text) => text !== '').join(' '));

describe('the leader that finds what MetalLB v0.12 wrote', () => {
  const outside = { ip: '203.0.113.9' };
  // biome-ignore format: table
  const cases: readonly { name: string; service: { spec?: object; status?: object }; want: readonly string[]; reason: string | undefined }[] = [
    { name: 'keeps an address of the Service’s family',              service: shows({ ip: '192.0.2.3' }),                                  want: ['192.0.2.3'],            reason: 'Assigned' },
    { name: 'replaces an IPv6 address where IPv4 is the family',     service: shows({ ip: '2001:db8::2' }),                                want: ['192.0.2.1'],            reason: 'Assigned' },
    { name: 'replaces an IPv4 address where IPv6 is the family',     service: { spec: IPV6, ...shows({ ip: '192.0.2.2' }) },               want: ['2001:db8::1'],          reason: 'Assigned' },
    { name: 'keeps an address, and takes the host name beside it away', service: shows({ ip: '192.0.2.3', hostname: 'lb.example.com' }),   want: ['192.0.2.3'],            reason: 'Assigned' },
    { name: 'keeps an address, and takes a host name after it away', service: shows({ ip: '192.0.2.3' }, { hostname: 'lb.example.com' }),  want: ['192.0.2.3'],            reason: 'Assigned' },
    { name: 'leaves a host name beside an address of no pool',       service: shows({ ...outside, hostname: 'lb.example.com' }),           want: ['203.0.113.9 lb.example.com'], reason: undefined },
    { name: 'leaves a host name after an address of no pool',        service: shows(outside, { hostname: 'lb.example.com' }),              want: ['203.0.113.9', 'lb.example.com'], reason: undefined },
    { name: 'leaves a host name alone',                              service: shows({ hostname: 'lb.example.com' }),                       want: ['lb.example.com'],       reason: undefined },
    { name: 'gives nothing to an IPv6 Service that asks for IPv4',   service: { spec: { ...IPV6, loadBalancerIP: '192.0.2.2' } },          want: [],                       reason: 'WrongFamily' },
    { name: 'leaves an IPv6 Service that asks for IPv4 what it has', service: { spec: { ...IPV6, loadBalancerIP: '192.0.2.2' }, ...shows({ ip: '2001:db8::2' }) }, want: ['2001:db8::2'], reason: 'WrongFamily' },
    { name: 'leaves what is no LoadBalancer any more as it is: nothing says whose address it had', service: { spec: { type: 'NodePort' }, ...shows({ ip: '192.0.2.3' }) }, want: ['192.0.2.3'], reason: undefined },
  ];
  for (const { name, service, want, reason } of cases) {
    it(name, async () => {
      const api = cluster(BOTH);
      api.addService('web', service);
      const version = api.service('shop/web')?.meta.resourceVersion;
      const term = await Term.begin(api);
      await term.settle(60_000);
      assert.deepEqual([ingressOf(api), reasonOf(api, 'web')], [want, reason]);
      if (reason === undefined) assert.equal(api.service('shop/web')?.meta.resourceVersion, version);
      await term.end();
    });
  }

  it('moves a Service whose pool annotation is edited, and only then gives its address to who waits', async () => {
    const api = cluster(TWO);
    api.addService('web', shows({ ip: '192.0.2.1' }));
    api.addService('next', { metadata: { creationTimestamp: '2026-07-01T10:00:01Z' } });
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), ipsOf(api, 'next')], ['192.0.2.1', '']);
    const before = api.writes.length;
    api.editService('web', (web) => ({
      ...web,
      metadata: { ...web.metadata, annotations: { ...(web.metadata['annotations'] as object), [POOL]: 'q' } },
    }));
    await term.settle(1_000);
    assert.deepEqual([ipsOf(api, 'web'), ipsOf(api, 'next')], ['198.51.100.1', '192.0.2.1']);
    const written = api.writes.slice(before).filter((what) => what.startsWith('PATCH shop/'));
    assert.deepEqual([...new Set(written)], ['PATCH shop/web', 'PATCH shop/next']);
    await term.end();
  });
});
