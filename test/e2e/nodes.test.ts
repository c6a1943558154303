/**
 * What Services say when every speaker is killed, and when a node whose own address is in a pool gets another one.
 * @module
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import type { Host } from '../../src/playground/network/host.js';
import { AddressRecord } from './support/address-record.js';
import { configure, poolOf } from './support/objects.js';
import { watchArp } from './support/programs.js';
import { Services } from './support/services.js';

const PODS = '/api/v1/namespaces/cairn-system/pods';
/** What kubelet writes of a pod that ends is there at once. */
const WITHIN_SECONDS = { timeoutMs: 5_000 };
/** The address that node-2 has first, and the one that it gets. */
const OLD = '192.0.2.12';
const NEW = '192.0.2.22';

/** In a cluster the speakers run in pods, whose ends kubelet writes down; here each has one beside it that lives as long. */
const podBeside = (node: Host): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `cairn-speaker-${node.name}`,
    labels: { 'app.kubernetes.io/name': 'cairn', 'app.kubernetes.io/component': 'speaker' },
  },
  spec: { nodeName: node.name, containers: [{ name: 'speaker', image: 'cairn.dev/lab/whoami' }] },
});

describe('nodes and their speakers', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let cairn: Cairn;
  let services: Services;
  let record: AddressRecord;

  const startPods = async () => {
    await Promise.all(cluster.nodes.map((node) => cluster.api.create(PODS, podBeside(node))));
    await cluster.waitFor('a pod runs beside each speaker', async () =>
      (await cluster.api.get(PODS)).items.every(({ status }: ApiObject) => status.phase === 'Running'),
    );
  };
  const killAll = async () => {
    const pods = cluster.nodes.map((node) => podBeside(node).metadata.name);
    await Promise.all([
      ...cairn.speakers.map((speaker) => speaker.kill()),
      ...pods.map((pod) => cluster.api.delete(`${PODS}/${pod}`, { gracePeriodSeconds: 0 })),
    ]);
  };

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    services = new Services(cluster);
    await configure(cluster, poolOf('192.0.2.200-192.0.2.209', OLD, NEW));
    cairn = await cluster.startCairn();
    await startPods();
    record = await AddressRecord.start(cluster);
  });
  after(() => cluster?.stop());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(cairn?.controller.log().slice(-4_000));
  });

  describe('when every speaker is killed', () => {
    it('says within seconds that nobody announces, leaves the address, and is announced again when they are back', async () => {
      const ip = await services.served('web', { loadBalancerIP: '192.0.2.200' });
      await services.announced('web', 'Announced');
      await killAll();
      const told = await services.announced('web', 'NoSpeakerReady', WITHIN_SECONDS);
      assert.equal(told.status, 'False');
      for (const { name } of cluster.nodes) assert.ok(told.message.includes(name), told.message);
      const service = await services.get('web');
      assert.equal(service.metadata.annotations['cairn.dev/announced-by'], undefined);
      assert.deepEqual(await services.addresses('web'), [ip]);

      await Promise.all(cairn.speakers.map((speaker) => speaker.restart()));
      await startPods();
      await services.announced('web', 'Announced');
      assert.deepEqual(await services.addresses('web'), [ip]);
    });

    it('serves new Services meanwhile, which say the same', async () => {
      await killAll();
      await services.served('meanwhile', { loadBalancerIP: '192.0.2.201' });
      await services.announced('meanwhile', 'NoSpeakerReady', WITHIN_SECONDS);
      await Promise.all(cairn.speakers.map((speaker) => speaker.restart()));
      await startPods();
      await services.announced('meanwhile', 'Announced');
    });
  });

  describe('when a node gets another address', () => {
    let node: Host;

    /** As a person does it: the link first, then kubelet tells the API. What was connected from the old address hangs. */
    const renumber = async () => {
      const gateway = cluster.client.address;
      await node.run(['ip', 'addr', 'del', `${OLD}/24`, 'dev', 'eth0']);
      await node.run(['ip', 'addr', 'add', `${NEW}/24`, 'dev', 'eth0']);
      await node.run(['ip', 'route', 'replace', 'default', 'via', gateway]);
      // Or the daemons there notice after 25 s; kernels that cannot do so leave it at that.
      await node.tryRun(['ss', '--kill', 'src', OLD]);
      const addresses = [
        { type: 'InternalIP', address: NEW },
        { type: 'Hostname', address: node.name },
      ];
      const { status } = await cluster.api.get(`/api/v1/nodes/${node.name}`);
      const changed = { ...status, addresses };
      await cluster.api.patch(`/api/v1/nodes/${node.name}/status`, { status: changed });
    };

    before(async () => {
      node = cluster.nodes[1] as Host;
      assert.equal(node.address, OLD);
      assert.equal(await services.served('own', { loadBalancerIP: OLD }), OLD);
      await services.announced('own', 'NodeAddress');
      assert.equal(await services.served('next', { loadBalancerIP: NEW }), NEW);
      await services.announced('next', 'Announced');
    });

    it('announces the old one as any other, and leaves the new one to the node: both stay their Services’', async () => {
      await renumber();
      await services.announced('own', 'Announced');
      const told = await services.announced('next', 'NodeAddress');
      assert.ok(told.message.includes(node.name), told.message);
      const [own, next] = await Promise.all(['own', 'next'].map(services.get));
      assert.match(own.metadata.annotations['cairn.dev/announced-by'], new RegExp(`^${OLD}=node-[12]$`));
      assert.equal(next.metadata.annotations['cairn.dev/announced-by'], `${NEW}=${node.name}`);
      assert.deepEqual(
        [own, next].map(({ status }) => status.loadBalancer.ingress),
        [[{ ip: OLD, ipMode: 'VIP' }], [{ ip: NEW, ipMode: 'VIP' }]],
      );

      const asked = await watchArp(cluster.client, OLD, NEW);
      await cluster.waitFor('both are answered', () => asked.events('owner').length >= 2);
      const { addresses } = await asked.summary();
      const [old, now] = addresses as [ApiObject, ApiObject];
      assert.equal(old.doubles, 0);
      assert.deepEqual([Object.keys(now.answersByMac), now.doubles], [[node.mac], 0], 'the new address has two MACs');
    });
  });

  describe('all the while', () => {
    it('took no address away from anybody', async () => {
      assert.deepEqual(await record.stop(), { changed: [], lost: [], twice: [] });
    });
  });
});
