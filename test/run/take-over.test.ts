/**
 * What somebody does to Services while no controller leads, and what the next one makes of it: whose the addresses are, what
 * is written, and what people are told.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RawObject } from '../support/fake-cluster.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { CLASS, cluster, ipsOf, ONE, reasonOf, Term } from './leader-term.js';

const TWO = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.2]}]';
const SLOW = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1], reuse-delay: 5m}]';

const shows = (api: FakeControllerApi, name: string, ...ips: readonly string[]) =>
  api.editService(name, (before) => ({
    ...before,
    status: { ...(before['status'] as object), loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  }));
const typed = (type: string) => (before: RawObject) => ({
  ...before,
  spec: { ...(before['spec'] as object), type },
  status: { ...(before['status'] as object), loadBalancer: {} },
});
const wiped = (before: RawObject) => ({ ...before, status: {} });
/** As `kubectl replace --subresource=status` does it. */
const replaced = (entry: object) => (before: RawObject) => ({
  ...before,
  status: { loadBalancer: { ingress: [entry] } },
});

interface Case {
  readonly name: string;
  readonly config?: string;
  readonly services: readonly string[];
  readonly meanwhile: (api: FakeControllerApi) => void;
  /** What each shows then, or why not. */
  readonly want: Readonly<Record<string, string>>;
  /** Events of the new leader, but for what is announced. */
  readonly told: readonly string[];
}

// biome-ignore format: table
const CASES: readonly Case[] = [
  { name: 'puts back an address that a rival overwrote with one of no pool',     services: ['web'], meanwhile: (api) => { shows(api, 'web', '203.0.113.7'); api.addService('new'); }, want: { web: '192.0.2.1', new: '192.0.2.2' }, told: ['StatusRepaired', 'Assigned'] },
  { name: 'puts back an address that a rival gave to one that waits',            config: ONE, services: ['web', 'waits'], meanwhile: (api) => shows(api, 'waits', '192.0.2.1'), want: { web: '192.0.2.1', waits: 'PoolFull' }, told: ['AddressLost'] },
  { name: 'puts back an address that a rival gave to one that has another',      services: ['web', 'db'], meanwhile: (api) => shows(api, 'web', '192.0.2.2'), want: { web: '192.0.2.1', db: '192.0.2.2' }, told: ['StatusRepaired'] },
  { name: 'puts back an address whose status was wiped, without its conditions', services: ['web'], meanwhile: (api) => { api.editService('web', wiped); api.addService('new', { metadata: { creationTimestamp: '2026-07-01T09:00:00Z' } }); }, want: { web: '192.0.2.1', new: '192.0.2.2' }, told: ['Assigned', 'Assigned'] },
  { name: 'puts back an address whose status was replaced whole',                services: ['web'], meanwhile: (api) => { api.editService('web', replaced({ ip: '203.0.113.7' })); api.addService('new'); }, want: { web: '192.0.2.1', new: '192.0.2.2' }, told: ['Assigned', 'Assigned', 'StatusRepaired'] },
  { name: 'puts it back where a host name was put in its place',                 services: ['web'], meanwhile: (api) => { api.editService('web', replaced({ hostname: 'lb.example.com' })); api.addService('new'); }, want: { web: '192.0.2.1', new: '192.0.2.2' }, told: ['Assigned', 'Assigned', 'StatusRepaired'] },
  { name: 'says so where it cannot, as another Service has it',                  services: ['web'], meanwhile: (api) => { api.editService('web', replaced({ hostname: 'lb.example.com' })); api.addService('old', { metadata: { creationTimestamp: '2026-06-01T09:00:00Z' }, spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.1' } }); }, want: { web: '', old: '192.0.2.1' }, told: ['Assigned', 'ServedByAnother'] },
  { name: 'keeps an address of a pool that a rival gave instead',                services: ['web'], meanwhile: (api) => shows(api, 'web', '192.0.2.2'),  want: { web: '192.0.2.2' }, told: ['Assigned'] },
  { name: 'lets an address rest whose Service became another type',              config: SLOW, services: ['web'], meanwhile: (api) => { api.editService('web', typed('ClusterIP')); api.addService('db'); }, want: { web: '', db: 'AddressResting' }, told: ['AddressResting', 'Released'] },
];

describe('a Leader that begins', () => {
  for (const { name, config = TWO, services, meanwhile, want, told } of CASES) {
    it(name, async () => {
      const api = cluster(config);
      const first = await Term.begin(api);
      for (const each of services) {
        api.addService(each);
        await first.settle(1_000);
      }
      await first.end();
      meanwhile(api);
      api.events.length = 0;
      const second = await Term.begin(api, first.clock);
      await second.settle(1_000);
      const has = (each: string) => ipsOf(api, each) || (reasonOf(api, each) ?? '');
      assert.deepEqual(Object.fromEntries(Object.keys(want).map((each) => [each, has(each)])), want);
      const about = api.events
        .map((event) => event.split(' ')[0] ?? '')
        .filter((reason) => reason !== 'NoSpeakerReady');
      assert.deepEqual(about.sort(), [...told].sort());
      await second.end();
    });
  }

  it('tells who has to leave an address that two Services show who has it', async () => {
    const api = cluster(TWO);
    const found = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
    api.addService('first', { ...found, metadata: { creationTimestamp: '2026-07-01T08:00:00Z' } });
    api.addService('second', { ...found, metadata: { creationTimestamp: '2026-07-01T09:00:00Z' } });
    const term = await Term.begin(api);
    await term.settle(1_000);
    assert.deepEqual([ipsOf(api, 'first'), ipsOf(api, 'second')], ['192.0.2.1', '192.0.2.2']);
    const lost = api.events.filter((event) => event.startsWith('AddressLost'));
    assert.deepEqual(lost, [
      'AddressLost its status showed 192.0.2.1, which shop/first holds and does not share with it; it stays with shop/first',
    ]);
    await term.end();
  });

  it('gives nobody what another provider’s Service shows, and names it', async () => {
    const api = cluster(ONE);
    api.addService('theirs', { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
    api.addService('ours', { spec: { type: 'LoadBalancer', loadBalancerClass: 'cairn.dev/lb' } });
    const term = await Term.begin(api, undefined, { ...CLASS, isDefault: false });
    assert.equal(reasonOf(api, 'ours'), 'PoolFull');
    assert.ok(
      api.events.some((event) => /^PoolFull .*192\.0\.2\.1 is held by shop\/theirs/.test(event)),
      `${api.events}`,
    );
    shows(api, 'theirs');
    await term.settle();
    assert.equal(ipsOf(api, 'ours'), '192.0.2.1');
    await term.end();
  });
});
