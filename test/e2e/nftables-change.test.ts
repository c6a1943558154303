/**
 * A change of `forwarding.mode` beside a kube-proxy: the one hands over to the other, and no client notices.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import { probeHttp, watchArp } from '../../src/playground/stage/measure.js';
import { deployment, PORTS } from './support/forwarded.js';
import { configure, loadBalancer, poolOf, serviceOf } from './support/objects.js';

const POOL = poolOf('192.0.2.240/28');
const CONFIG = `${POOL}forwarding: {mode: nftables}\n`;
/** RFC 6298 §2: whoever waits that long for an answer has lost a packet. */
const SYN_AGAIN_MS = 1_000;

describe('a change of forwarding.mode beside a kube-proxy', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    await configure(cluster, POOL);
    const items = [
      ...['node-1', 'node-2'].map((node) => deployment(`on-${node}`, { app: 'web' }, node)),
      loadBalancer('web', { selector: { app: 'web' }, ports: PORTS }),
    ];
    await cluster.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await Promise.all(['on-node-1', 'on-node-2'].map((name) => cluster.rolledOut(name)));
    await cluster.startCairn();
  });
  after(() => cluster?.stop());

  it('loses no request, in either direction, and moves no address to another node', async () => {
    const address = await cluster.externalIp('web');
    const arp = await watchArp(cluster.client, address);
    await cluster.waitFor('somebody answers', () => arp.events('owner').length > 0);
    const probe = await probeHttp(cluster.client, `http://${address}/`);
    await cluster.waitFor('the address answers', () => probe.events('answering').length > 0);
    const modeIs = (mode: string) =>
      cluster.waitFor(`the Service says ${mode}`, async () => {
        const [entry] = (await serviceOf(cluster, 'web')).status.loadBalancer.ingress;
        return entry.ipMode === mode;
      });
    const tables = async () =>
      (await Promise.all(cluster.nodes.map((node) => node.run(['nft', 'list', 'tables'])))).filter((text) =>
        text.includes('table ip cairn\n'),
      ).length;

    await configure(cluster, CONFIG);
    await modeIs('Proxy');
    await cluster.waitFor('every node has the table', async () => (await tables()) === cluster.nodes.length);
    await configure(cluster, POOL);
    await modeIs('VIP');
    await cluster.waitFor('no node has the table', async () => (await tables()) === 0);

    const { asked, answered, longestGapMs } = await probe.summary();
    // The last one may be under way.
    assert.ok(asked - answered <= 1, `${asked - answered} of ${asked} requests were lost`);
    assert.ok(longestGapMs < SYN_AGAIN_MS, `no answer for ${longestGapMs} ms`);
    assert.equal(arp.events('owner').length, 1, 'another node took the address');
    await arp.summary();
  });
});
