/**
 * The life of Services on a living cluster: types and classes that change, edits of the configuration, `cairn move`, nodes'
 * own addresses, and a cluster taken over from another provider and handed back.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import type { Host } from '../../src/playground/network/host.js';
import { tryRun } from '../../src/playground/network/process.js';
import { AddressRecord } from './support/address-record.js';
import {
  addressesOf,
  conditionOf,
  configure,
  eventsAbout,
  loadBalancer,
  poolOf,
  serviceOf,
} from './support/objects.js';

const SERVICES = '/api/v1/namespaces/default/services';
const STRANGER = '192.0.2.66';
/** It is asked for every 5 to 7.5 s, and then probed for; the rest is a busy machine's. */
const SOON_MS = 15_000;
/** What MetalLB assigned: one Service that a stranger answers for, and one that nobody does. */
const ADOPTED = { contested: '192.0.2.200', quiet: '192.0.2.201' };

describe('the life of Services', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let cairn: Cairn;
  let stranger: Host;

  const patch = (name: string, body: object, ...flags: readonly string[]) =>
    cluster.kubectl('patch', 'service', name, '--type=merge', '-p', JSON.stringify(body), ...flags);
  const create = (name: string, spec: ApiObject = {}) => cluster.api.create(SERVICES, loadBalancer(name, spec));
  const addresses = async (name: string) => addressesOf(await serviceOf(cluster, name));
  const announced = (name: string, reason: string) =>
    cluster.waitFor(`${name} says ${reason}`, async () => {
      const service = await serviceOf(cluster, name);
      return conditionOf(service, 'cairn.dev/Announced')?.reason === reason && service;
    });
  const assigned = (name: string, reason: string) =>
    cluster.waitFor(
      `${name} says ${reason}`,
      async () => conditionOf(await serviceOf(cluster, name), 'cairn.dev/AddressAssigned')?.reason === reason,
    );
  const eventOf = (name: string, reason: string) =>
    cluster.waitFor(`an event ${reason} about ${name}`, async () =>
      (await eventsAbout(cluster, 'Service', name)).find((event) => event.reason === reason),
    );
  const run = (...args: readonly string[]) =>
    tryRun([process.execPath, 'dist/cairn.js', ...args, '--kubeconfig', cluster.kubeconfig]);

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    stranger = await cluster.network.addHost({ name: 'stranger', address: STRANGER, gateway: cluster.client.address });
    // As MetalLB leaves a cluster: addresses in status, its annotations, and a speaker that still answers.
    for (const [name, ip] of Object.entries(ADOPTED)) {
      const service = loadBalancer(name);
      service.metadata.annotations = { 'metallb.universe.tf/ip-allocated-from-pool': 'my-ip-space' };
      await cluster.api.create(SERVICES, service);
      const status = { status: { loadBalancer: { ingress: [{ ip }] } } };
      await patch(name, status, '--subresource=status');
    }
    await stranger.run(['ip', 'addr', 'add', `${ADOPTED.contested}/32`, 'dev', 'eth0']);
    await configure(cluster, poolOf('192.0.2.200-192.0.2.209'));
    cairn = await cluster.startCairn();
  });
  after(() => cluster?.stop());

  describe('on a cluster that another provider served', () => {
    it('leaves every address where it is, though a stranger answers for one, and says so', async () => {
      await announced('quiet', 'Announced');
      const service = await announced('contested', 'AddressConflict');
      assert.deepEqual([addressesOf(service), await addresses('quiet')], [[ADOPTED.contested], [ADOPTED.quiet]]);
      const told = conditionOf(service, 'cairn.dev/Announced');
      assert.equal(told?.status, 'False');
      assert.ok(told.message.includes(stranger.mac), told.message);
    });

    it('announces the address soon after the stranger fell silent', async () => {
      await stranger.run(['ip', 'addr', 'del', `${ADOPTED.contested}/32`, 'dev', 'eth0']);
      const service = await cluster.waitFor(
        'the address is announced',
        async () => {
          const now = await serviceOf(cluster, 'contested');
          return conditionOf(now, 'cairn.dev/Announced')?.status === 'True' && now;
        },
        { timeoutMs: SOON_MS },
      );
      assert.deepEqual(addressesOf(service), [ADOPTED.contested]);
    });
  });

  describe('whose type changes', () => {
    it('takes its marks away, frees the address and tells it, also with a class of its own', async () => {
      for (const [name, loadBalancerClass] of [
        ['plain', undefined],
        ['classed', 'cairn.dev/lb'],
      ] as const) {
        await create(name, loadBalancerClass === undefined ? {} : { loadBalancerClass });
        const ip = await cluster.externalIp(name);
        await patch(name, { spec: { type: 'ClusterIP', loadBalancerClass: null } });
        const event = await eventOf(name, 'Released');
        assert.ok(event.message.includes(ip), event.message);
        const service = await serviceOf(cluster, name);
        assert.deepEqual([addressesOf(service), service.metadata.annotations ?? {}], [[], {}]);
      }
    });

    it('does so too when it happened while no controller ran', async () => {
      await create('away');
      await cluster.externalIp('away');
      await cairn.controller.kill();
      await patch('away', { spec: { type: 'ClusterIP' } });
      await cairn.controller.restart();
      await eventOf('away', 'Released');
      assert.deepEqual(await addresses('away'), []);
    });
  });

  it('gives a Service the address again that somebody took from its status', async () => {
    await create('wiped');
    const ip = await cluster.externalIp('wiped');
    await patch('wiped', { status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } } }, '--subresource=status');
    await eventOf('wiped', 'StatusRepaired');
    assert.deepEqual(await addresses('wiped'), [ip]);
    await cairn.controller.kill();
    await patch('wiped', { status: { loadBalancer: null } }, '--subresource=status');
    await create('before');
    await cairn.controller.restart();
    assert.equal(await cluster.externalIp('wiped'), ip);
  });

  describe('that is to move', () => {
    it('moves to another address, and to the one that is named', async () => {
      await create('moving');
      const first = await cluster.externalIp('moving');
      const record = await AddressRecord.start(cluster);
      const away = await run('move', 'moving', '-o', 'json');
      assert.equal(away.code, 0, away.stderr);
      const told = JSON.parse(away.stdout);
      assert.deepEqual([told.result, told.from], ['moved', [first]]);
      assert.deepEqual(await addresses('moving'), told.to);
      assert.notDeepEqual(told.to, [first]);
      const named = await run('move', 'svc/moving', '--address', '192.0.2.209');
      assert.equal(named.code, 0, named.stderr);
      assert.match(named.stdout, /moved from .* to 192\.0\.2\.209 \(pool "default"\)/);
      assert.deepEqual((await record.stop()).lost, []);
    });

    it('stays where it is when it cannot, and the exit code says so', async () => {
      const { code, stderr } = await run('move', 'moving', '--address', ADOPTED.quiet);
      assert.equal(code, 1);
      assert.match(stderr, /stays where it is \(AddressTaken\): .*default\/quiet/);
      assert.deepEqual(await addresses('moving'), ['192.0.2.209']);
      assert.equal((await run('move', 'nobody')).code, 1);
    });
  });

  it('keeps every address through edits of the configuration, and says which are in no pool', async () => {
    const record = await AddressRecord.start(cluster);
    const edits = [
      { config: poolOf('192.0.2.200-192.0.2.230'), reason: 'Assigned' },
      { config: poolOf('192.0.2.202-192.0.2.230'), reason: 'OutsidePool' },
      { config: poolOf('192.0.2.200-192.0.2.230').replace('default', 'renamed'), reason: 'Assigned' },
      { config: 'address-pools: []\n', reason: 'OutsidePool' },
      { config: poolOf('192.0.2.200-192.0.2.209'), reason: 'Assigned' },
    ];
    for (const { config, reason } of edits) {
      await configure(cluster, config);
      await assigned('quiet', reason);
    }
    assert.deepEqual(await record.stop(), { changed: [], lost: [] });
  });

  describe('at nodes’ own addresses', () => {
    it('gets each node its own, and leaves a program of the node its port', async () => {
      const own = cluster.nodes.map(({ address }) => address);
      await configure(cluster, poolOf('192.0.2.200-192.0.2.209', ...own));
      const [first, second] = cluster.nodes as [Host, Host];
      const listener = second.spawn([
        process.execPath,
        '-e',
        'require("net").createServer((s) => s.end("ssh")).listen(2222, "0.0.0.0")',
      ]);
      await create('own-1', { loadBalancerIP: first.address });
      await create('own-2', { loadBalancerIP: second.address, ports: [{ port: 2222, protocol: 'TCP' }] });
      await announced('own-1', 'NodeAddress');
      const taken = await announced('own-2', 'HostPortTaken');
      assert.equal(taken.status.loadBalancer.ingress[0].ipMode, 'Proxy');
      assert.deepEqual(addressesOf(taken), [second.address]);
      await listener.kill();
      const free = await announced('own-2', 'NodeAddress');
      assert.equal(free.status.loadBalancer.ingress[0].ipMode, 'VIP');
    });
  });

  describe('when Cairn is taken away', () => {
    it('leaves every address in status', async () => {
      const before = await Promise.all(['quiet', 'contested', 'moving', 'wiped'].map(addresses));
      await Promise.all([cairn.controller.stop(), ...cairn.speakers.map((speaker) => speaker.stop())]);
      assert.deepEqual(await Promise.all(['quiet', 'contested', 'moving', 'wiped'].map(addresses)), before);
      assert.ok(before.every(({ length }) => length === 1));
    });
  });
});
