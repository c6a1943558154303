/**
 * A cluster that MetalLB serves, taken over while its speakers still answer, and handed back: docs/migration.md.
 *
 * MetalLB's speakers are stood in for by programs that answer ARP as they do, on a node of the cluster and elsewhere.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import type { Host } from '../../src/playground/network/host.js';
import type { Watcher } from '../../src/playground/network/watcher.js';
import { AddressRecord } from './support/address-record.js';
import { configure, poolOf } from './support/objects.js';
import { type Line, watch, watchArp } from './support/programs.js';
import { marksOn, Services } from './support/services.js';

/** What MetalLB assigned: who answers for it when Cairn comes. */
const ADOPTED = {
  'on-stranger': '192.0.2.200',
  quiet: '192.0.2.201',
  'on-node-1': '192.0.2.202',
  'on-node-2': '192.0.2.203',
  'on-node-3': '192.0.2.204',
  'on-node-4': '192.0.2.205',
  outside: '192.0.2.210',
} as const;
const NAMES = Object.keys(ADOPTED) as readonly (keyof typeof ADOPTED)[];
/** Several, so that each node is the first to try for some of them. */
const ON_NODE = NAMES.filter((name) => name.startsWith('on-node'));
const METALLB = { 'metallb.universe.tf/ip-allocated-from-pool': 'my-ip-space' };
/** It is asked for every 5 to 7.5 s, and then probed for; the rest is a busy machine's. */
const SOON_MS = 15_000;
/** docs/migration.md: the speakers stop answering within two seconds. */
const SILENT_WITHIN_MS = 2_000;

describe('a cluster that MetalLB serves', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let cairn: Cairn;
  let onNode: Cairn;
  let services: Services;
  let record: AddressRecord;
  let stranger: Host;
  /** Where a speaker of MetalLB runs, and Cairn's comes last. */
  let node: Host;
  let others: readonly Host[];
  const speakers = new Map<Host, Watcher>();
  /** A client that asks for the addresses on the node all the time. */
  let client: Watcher;

  const metallbSpeaks = async (host: Host, ...addresses: readonly string[]) =>
    speakers.set(
      host,
      await watch(
        host,
        'responder',
        addresses.flatMap((address) => ['--address', address]),
      ),
    );
  const metallbEnds = (host: Host) => speakers.get(host)?.summary();
  const announcedBy = (name: keyof typeof ADOPTED, timeoutMs?: number) =>
    services.until(
      name,
      'is announced',
      ({ metadata }) => metadata.annotations['cairn.dev/announced-by']?.replace(`${ADOPTED[name]}=`, ''),
      timeoutMs === undefined ? {} : { timeoutMs },
    );
  const all = async () =>
    Object.fromEntries(await Promise.all(NAMES.map(async (name) => [name, await services.addresses(name)])));
  const ADDRESSES = Object.fromEntries(NAMES.map((name) => [name, [ADOPTED[name]]]));

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    services = new Services(cluster);
    [node, ...others] = cluster.nodes as [Host, Host];
    stranger = await cluster.network.addHost({
      name: 'stranger',
      address: '192.0.2.66',
      gateway: cluster.client.address,
    });
    for (const name of NAMES) {
      await services.create(name, {}, METALLB);
      await services.writeStatus(name, ADOPTED[name]);
    }
    await metallbSpeaks(stranger, ADOPTED['on-stranger']);
    await metallbSpeaks(node, ...ON_NODE.map((name) => ADOPTED[name]));
    record = await AddressRecord.start(cluster);
    client = await watchArp(cluster.client, ...ON_NODE.map((name) => ADOPTED[name]));
    await configure(cluster, poolOf('192.0.2.200-192.0.2.209'));
    cairn = await cluster.startCairn({ nodes: others });
  });
  after(() => cluster?.stop());

  it('keeps every address when Cairn comes, and says what is in its way', async () => {
    for (const [name, { mac }] of [
      ['on-stranger', stranger] as const,
      ...ON_NODE.map((each) => [each, node] as const),
    ]) {
      const told = await services.announced(name, 'AddressConflict');
      assert.equal(told.status, 'False');
      assert.ok(told.message.includes(mac), told.message);
    }
    await services.announced('quiet', 'Announced');
    await services.assigned('outside', 'OutsidePool');
    await services.announced('outside', 'Announced');
    assert.deepEqual(await all(), ADDRESSES);
  });

  it('has the node claim the addresses for which MetalLB’s speaker on it still answers: both answer with one MAC', async () => {
    onNode = await cluster.startCairn({ controllerHosts: [], nodes: [node] });
    for (const name of ON_NODE) {
      assert.equal(await announcedBy(name), node.name);
      await services.announced(name, 'Announced');
    }
    const { answers } = (await metallbEnds(node)) as Line;
    assert.ok(answers > 0, 'MetalLB’s speaker was never asked');
  });

  it('goes on answering clients with that MAC, and no other, when MetalLB’s speaker is gone', async () => {
    const asked = await watchArp(cluster.client, ...ON_NODE.map((name) => ADOPTED[name]));
    await cluster.waitFor('the node answers', () => asked.events('owner').length >= ON_NODE.length);
    await asked.summary();
    for (const seen of ((await client.summary()) as Line).addresses) {
      assert.deepEqual([Object.keys(seen.answersByMac), seen.doubles], [[node.mac], 0], seen.address);
    }
  });

  it('hears whose an address is that a newcomer asks for, and reads MetalLB’s annotations', async () => {
    await services.create('late', {}, { 'metallb.universe.tf/loadBalancerIPs': ADOPTED['on-stranger'] });
    const { message } = await services.assigned('late', 'AddressTaken');
    assert.ok(message.includes('default/on-stranger'), message);
    await services.patch('late', {
      metadata: { annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.209' } },
    });
    assert.equal(await cluster.externalIp('late'), '192.0.2.209');
  });

  it('has the contested address announced soon after the stranger fell silent', async () => {
    assert.deepEqual(await services.addresses('on-stranger'), [ADOPTED['on-stranger']]);
    await metallbEnds(stranger);
    await announcedBy('on-stranger', SOON_MS);
    await services.announced('on-stranger', 'Announced', { timeoutMs: SOON_MS });
  });

  it('gets every address back as it was when Cairn is taken away, and MetalLB answers for them', async () => {
    const { length } = await services.addresses('late');
    assert.equal(length, 1);
    await cairn.controller.stop();
    await Promise.all([...cairn.speakers, ...onNode.speakers].map((speaker) => speaker.stop(SILENT_WITHIN_MS)));
    assert.deepEqual(await all(), ADDRESSES);
    for (const name of NAMES) {
      const { metadata } = await services.get(name);
      assert.equal(metadata.annotations['metallb.universe.tf/ip-allocated-from-pool'], 'my-ip-space');
    }
    await metallbSpeaks(stranger, ADOPTED.quiet);
    const asked = await watchArp(cluster.client, ADOPTED.quiet);
    await cluster.waitFor('MetalLB answers', () => asked.events('owner').length > 0);
    const [seen] = ((await asked.summary()) as Line).addresses;
    assert.deepEqual(Object.keys(seen.answersByMac), [stranger.mac]);
    assert.deepEqual(await record.stop(), { changed: [], lost: [], twice: [] });
    assert.notDeepEqual(marksOn(await services.get('quiet')), [], 'docs/migration.md says that they stay');
  });
});
