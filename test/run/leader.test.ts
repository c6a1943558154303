/**
 * What a leader gives, and what it says and writes of it. What may hinder or follow is in `leader-*.test.ts`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { FakeClock } from '../support/clock.js';
import { type FakeControllerApi, SERVICES } from './fake-controller-api.js';
import { setReport } from './leader-report.js';
import { CONFIG, cluster, ipsOf, ONE, reasonOf, setConfig, Term } from './leader-term.js';

describe('Leader', () => {
  it('gives an address in one write, with its conditions, and tells it once', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    assert.equal(api.service('shop/web')?.meta.annotations['cairn.dev/allocated-from-pool'], 'p');
    assert.equal(api.service('shop/web')?.conditions.length, 1);
    assert.deepEqual(api.writes.filter((what) => what === 'PATCH shop/web').length, 1);
    assert.deepEqual(
      api.events.filter((event) => event.startsWith('Assigned')),
      ['Assigned 192.0.2.1 from pool "p"'],
    );
    await term.end();
  });

  it('hands addresses over from kube-proxy to the speakers once these had time for their rules, and back at once', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    const mode = () => api.service('shop/web')?.ingress[0]?.ipMode;
    assert.equal(mode(), 'VIP');
    setConfig(api, `${CONFIG}\nforwarding: {mode: nftables}`);
    await term.settle(4_000);
    assert.equal(mode(), 'VIP');
    api.addService('db');
    await term.settle();
    assert.equal(api.service('shop/db')?.ingress[0]?.ipMode, 'Proxy');
    await term.settle(2_000);
    assert.equal(mode(), 'Proxy');
    setConfig(api, CONFIG);
    await term.settle(1_000);
    assert.equal(mode(), 'VIP');
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    assert.ok(!api.events.some((event) => event.startsWith('StatusRepaired')));
    await term.end();
  });

  it('writes nothing at rest, nor when another begins to lead', async () => {
    const api = cluster(ONE);
    for (const name of ['web', 'db']) api.addService(name);
    const first = await Term.begin(api);
    await first.settle(60_000);
    await first.end();
    const writes = [...api.writes];
    const second = await Term.begin(api);
    await second.settle(60_000);
    assert.deepEqual(api.writes, writes);
    await second.end();
  });

  it('says who holds a full pool, and serves who waits the moment it is free', async () => {
    const api = cluster(ONE);
    api.addService('web');
    const term = await Term.begin(api);
    api.addService('db', { metadata: { creationTimestamp: '2026-07-01T10:00:01Z' } });
    await term.settle();
    assert.equal(reasonOf(api, 'db'), 'PoolFull');
    assert.ok(api.events.some((event) => /^PoolFull .*192\.0\.2\.1 is held by shop\/web/.test(event)));
    api.remove(SERVICES, 'web', 'shop');
    await term.settle();
    assert.equal(ipsOf(api, 'db'), '192.0.2.1');
    await term.end();
  });

  it('gives addresses before it says anything else of Services that have theirs', async () => {
    const api = cluster('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.0/24]}]');
    for (let at = 0; at < 100; at++) api.addService(`old-${at}`);
    const term = await Term.begin(api);
    await term.settle(10_000);
    api.writes.length = 0;
    setReport(api);
    for (let at = 0; at < 10; at++) api.addService(`new-${at}`);
    await term.settle(10_000);
    assert.equal(api.writes.filter((what) => what.includes('old-')).length, 100);
    const last = api.writes.findIndex((what) => what.endsWith('new-9'));
    assert.ok(last >= 9 && last < 90, `the last new one is written after ${last} others`);
    await term.end();
  });

  it('gives back the address that somebody wiped from a status while nobody led', async () => {
    const api = cluster();
    for (const name of ['gone', 'web']) api.addService(name);
    const first = await Term.begin(api);
    assert.equal(ipsOf(api, 'web'), '192.0.2.2');
    await first.end();
    api.remove(SERVICES, 'gone', 'shop');
    api.editService('web', (before) => ({ ...before, status: { ...(before['status'] as object), loadBalancer: {} } }));
    const second = await Term.begin(api);
    await second.settle();
    assert.equal(ipsOf(api, 'web'), '192.0.2.2');
    await second.end();
  });

  it('logs each assignment and each release once', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    setConfig(api, 'address-pools: [{name: q, protocol: layer2, addresses: [192.0.2.9]}]');
    await term.settle(1_000);
    api.editService('web', (before) => ({
      ...before,
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } },
    }));
    await term.settle(1_000);
    api.editService('web', (before) => ({ ...before, spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.9' } }));
    await term.settle(1_000);
    api.remove(SERVICES, 'web', 'shop');
    await term.settle(1_000);
    assert.deepEqual(term.assignments(), [
      'assigned shop/web 192.0.2.1 p',
      'assigned shop/web 192.0.2.9 q',
      'released shop/web 192.0.2.1 p',
      'released shop/web 192.0.2.9 q',
    ]);
    await term.end();
  });

  // biome-ignore format: table
  const released: readonly { name: string; config?: string; act: (api: FakeControllerApi, term: Term) => Promise<void> | void; want: readonly string[] }[] = [
    { name: 'of one that brings the mark of another Service',    act: (api) => api.addService('copy', { metadata: { annotations: { 'cairn.dev/served-by': 'cairn-system 192.0.2.1', 'cairn.dev/allocated-from-pool': 'p' } } }), want: ['assigned shop/copy 192.0.2.2 p'] },
    { name: 'of one that brings it and waits',                   config: ONE, act: (api) => api.addService('copy', { metadata: { annotations: { 'cairn.dev/served-by': 'cairn-system 192.0.2.1' } } }), want: [] },
    { name: 'of one that is deleted before it was written',      act: async (api, term) => { term.leads = false; api.addService('new'); await term.settle(100); api.remove(SERVICES, 'new', 'shop'); await term.settle(100); term.leads = true; }, want: [] },
    { name: 'of one that has a mark and is deleted before that', act: async (api, term) => { term.leads = false; api.addService('copy', { metadata: { annotations: { 'cairn.dev/served-by': 'cairn-system 192.0.2.3' } } }); await term.settle(100); api.remove(SERVICES, 'copy', 'shop'); await term.settle(100); term.leads = true; }, want: [] },
    { name: 'but of what it had until it was written over, conditions and all', act: async (api, term) => { api.editService('web', (before) => ({ ...before, status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } } })); await term.settle(1_000); api.remove(SERVICES, 'web', 'shop'); }, want: ['released shop/web 192.0.2.1 p'] },
    { name: 'but of what it showed when it was to have another', act: async (api, term) => { term.leads = false; api.editService('web', (before) => ({ ...before, spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.3' } })); await term.settle(100); api.remove(SERVICES, 'web', 'shop'); await term.settle(100); term.leads = true; }, want: ['released shop/web 192.0.2.1 p'] },
  ];
  for (const { name, config, act, want } of released) {
    it(`logs no release of what a Service never had, ${name}`, async () => {
      const api = cluster(config);
      api.addService('web');
      const term = await Term.begin(api);
      await act(api, term);
      await term.settle(10_000);
      assert.deepEqual(term.assignments(), ['assigned shop/web 192.0.2.1 p', ...want]);
      await term.end();
    });
  }

  it('remembers what rests for the leader after it', async () => {
    const slow = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1], reuse-delay: 1m}]';
    const api = cluster(slow);
    api.addService('web');
    const clock = new FakeClock();
    const first = await Term.begin(api, clock);
    api.remove(SERVICES, 'web', 'shop');
    await first.settle();
    await first.end();
    api.addService('db');
    const second = await Term.begin(api, clock);
    assert.equal(reasonOf(api, 'db'), 'AddressResting');
    await second.settle(60_000);
    assert.equal(ipsOf(api, 'db'), '192.0.2.1');
    await second.end();
  });
});
