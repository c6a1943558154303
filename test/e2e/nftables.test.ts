/**
 * `forwarding.mode: nftables` in a cluster that has no kube-proxy: whatever is answered here, Cairn's own rules sent on.
 *
 * Pods run on a node that announces nothing, but for the Service with policy Local: whoever owns an address then needs
 * another node for each answer, and a cut cable takes nothing away but the announcing node.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import type { Host } from '../../src/playground/network/host.js';
import { type Output, tryRun } from '../../src/playground/network/process.js';
import { deployment, ECHO_PORT, PORTS } from './support/forwarded.js';
import { addressesOf, conditionOf, configure, loadBalancer, poolOf, serviceOf } from './support/objects.js';
import { watch, watchArp } from './support/programs.js';

const POOL = poolOf('192.0.2.240/28');
const CONFIG = `${POOL}forwarding: {mode: nftables}\n`;
const CUTS = 5;
/** As in failover.test.ts: limits of safety, far above what is aimed at and printed. */
const GAP_LIMIT_MS = 5_000;
/** From the end of a pod until its clients have another: the endpoint-slice controller, and a transaction. */
const UDP_GAP_LIMIT_MS = 3_000;
/** A refusal comes back in a round trip, an address where nothing answers costs curl's whole patience. */
const REFUSED_WITHIN_MS = 1_000;
/** curl's exit code. */
const CONNECTION_REFUSED = 7;

describe('forwarding.mode nftables, without kube-proxy', function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let cairn: Cairn;
  /** Of the Service `web`: policy Cluster, two pods. */
  let web: string;
  /** Of the Service `local`: policy Local, its one pod on node-1. */
  let local: string;

  before(async () => {
    const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
    cluster = await startCluster({
      proxyMode: 'none',
      nodes: [{ name: 'node-1' }, { name: 'node-2' }, { name: 'node-3' }, { name: 'backend', labels }],
    });
    await configure(cluster, CONFIG);
    const items = [
      deployment('web-1', { app: 'web' }, 'backend'),
      deployment('web-2', { app: 'web' }, 'backend'),
      deployment('local', { app: 'local' }, 'node-1'),
      loadBalancer('web', { selector: { app: 'web' }, ports: PORTS }),
      loadBalancer('local', { selector: { app: 'local' }, ports: PORTS, externalTrafficPolicy: 'Local' }),
    ];
    await cluster.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await Promise.all(['web-1', 'web-2', 'local'].map((name) => cluster.rolledOut(name)));
    cairn = await cluster.startCairn();
    [web, local] = await Promise.all([cluster.externalIp('web'), cluster.externalIp('local')]);
    await Promise.all([announced('web'), announced('local')]);
  });
  after(() => cluster?.stop());

  const announced = (name: string) =>
    cluster.waitFor(`${name} is announced`, async () => {
      const service = await serviceOf(cluster, name);
      return conditionOf(service, 'cairn.dev/Announced')?.status === 'True' && service;
    });
  const ownerOf = async (name: string): Promise<Host> =>
    cluster.node((await announced(name)).metadata.annotations['cairn.dev/announced-by'].split('=')[1]).host;
  const nodeOfMac = (mac: string): Host => {
    const host = cluster.nodes.find((node) => node.mac === mac);
    assert.ok(host, `${mac} is no node's`);
    return host;
  };
  const hasTable = async (node: Host): Promise<boolean> =>
    (await node.run(['nft', 'list', 'tables'])).includes('table ip cairn\n');

  interface Seen {
    readonly pod: string;
    readonly client: string;
  }
  const seenIn = ({ code, stdout, stderr }: Output): Seen => {
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const get = async (from: Host, address: string): Promise<Seen> => seenIn(await from.curl(`http://${address}/`));
  const pods = async (app: string): Promise<readonly ApiObject[]> =>
    (await cluster.api.get('/api/v1/namespaces/default/pods', { labelSelector: `app=${app}` })).items;
  const getFromPod = async ({ spec, status }: ApiObject, address: string): Promise<Seen> => {
    const namespace = cluster.run.namespace(`${spec.nodeName}-pod-${status.podIP}`);
    return seenIn(await tryRun(['curl', '--silent', '--max-time', '3', `http://${address}/`], { namespace }));
  };
  /** How often each pod answers `count` requests. */
  const spread = async (count: number, ask: () => Promise<Seen>): Promise<ReadonlyMap<string, number>> => {
    const answers = new Map<string, number>();
    for (let n = 0; n < count; n++) {
      const { pod } = await ask();
      answers.set(pod, (answers.get(pod) ?? 0) + 1);
    }
    return answers;
  };
  const scale = (deployment: string, replicas: number) =>
    cluster.kubectl('scale', `deployment/${deployment}`, `--replicas=${replicas}`);

  it('says that the address is for Cairn alone to take', async () => {
    assert.deepEqual((await serviceOf(cluster, 'web')).status.loadBalancer.ingress, [{ ip: web, ipMode: 'Proxy' }]);
  });

  it('answers a client outside over TCP, as a node that asks for it', async () => {
    const { client } = await get(cluster.client, web);
    assert.equal(client, (await ownerOf('web')).address);
  });

  it('answers a client outside over UDP', async () => {
    const probe = await watch(cluster.client, 'udp-probe', ['--address', web, '--port', String(ECHO_PORT)]);
    await cluster.waitFor('the echo comes back', () => probe.events('answering').length > 0);
    await probe.summary();
  });

  it('spreads requests evenly over the pods', async () => {
    const answers = await spread(60, () => get(cluster.client, web));
    assert.equal(answers.size, 2);
    for (const count of answers.values()) assert.ok(count >= 15, `one pod had ${count} of 60`);
  });

  it('answers on every node, and in every pod, the one that answers itself included', async () => {
    for (const node of cluster.nodes) await get(node, web);
    for (const pod of await pods('web')) {
      const answers = await spread(12, () => getFromPod(pod, web));
      assert.equal(answers.size, 2, 'a pod reached one of them alone');
    }
    for (const pod of await pods('local')) await getFromPod(pod, web);
  });

  it('leaves the client’s address as it is with policy Local', async () => {
    assert.equal((await ownerOf('local')).name, 'node-1');
    assert.equal((await get(cluster.client, local)).client, cluster.client.address);
  });

  it('answers from inside the cluster with policy Local, on nodes without an endpoint too', async () => {
    for (const node of cluster.nodes) await get(node, local);
    for (const pod of [...(await pods('web')), ...(await pods('local'))]) await getFromPod(pod, local);
    const [elsewhere] = await pods('web');
    assert.equal((await getFromPod(elsewhere, local)).client, elsewhere.status.podIP);
  });

  it('refuses a port that no Service has, at once', async () => {
    const startMs = performance.now();
    for (const host of [cluster.client, ...cluster.nodes]) {
      assert.equal((await host.curl(`http://${web}:81/`)).code, CONNECTION_REFUSED, host.name);
    }
    assert.ok(performance.now() - startMs < REFUSED_WITHIN_MS * (cluster.nodes.length + 1));
  });

  it('sends a UDP client whose endpoint is gone to another', async () => {
    // It sends from one port, and so to one endpoint: one of the two rounds takes that one away.
    const probe = await watch(cluster.client, 'udp-probe', ['--address', web, '--port', String(ECHO_PORT)]);
    await cluster.waitFor('the echo comes back', () => probe.events('answering').length > 0);
    for (const name of ['web-1', 'web-2']) {
      await scale(name, 0);
      await cluster.waitFor('its pod is gone', async () => (await pods('web')).length === 1);
      const goneSinceMs = performance.now();
      await cluster.waitFor('it stays away', () => performance.now() - goneSinceMs > 2 * UDP_GAP_LIMIT_MS);
      await scale(name, 1);
      await cluster.rolledOut(name);
      await cluster.waitFor('its pod is back', async () => (await pods('web')).length === 2);
    }
    const { longestGapMs, sinceLastAnswerMs } = await probe.summary();
    assert.ok(longestGapMs < UDP_GAP_LIMIT_MS, `no echo for ${longestGapMs} ms`);
    assert.ok(sinceLastAnswerMs < UDP_GAP_LIMIT_MS, 'the echo has ended');
  });

  it('refuses at once when no pod is left, and answers again when one is back', async () => {
    await Promise.all([scale('web-1', 0), scale('web-2', 0)]);
    for (const host of [cluster.client, ...cluster.nodes]) {
      await cluster.waitFor(`connections of ${host.name} are refused at once`, async () => {
        const startMs = performance.now();
        const { code } = await host.curl(`http://${web}/`);
        return code === CONNECTION_REFUSED && performance.now() - startMs < REFUSED_WITHIN_MS;
      });
    }
    await Promise.all([scale('web-1', 1), scale('web-2', 1)]);
    await cluster.waitFor('both pods answer', async () => {
      const answers = await spread(10, () => get(cluster.client, web));
      return answers.size === 2;
    });
  });

  it(`answers again after the owner's cable is cut, ${CUTS} times`, async () => {
    const arp = await watchArp(cluster.client, web);
    const gapsMs: number[] = [];
    for (let cut = 0; cut < CUTS; cut++) {
      await cluster.waitFor('somebody answers', () => arp.events('owner').length > 0);
      const before = nodeOfMac(arp.events('owner').at(-1)?.mac);
      const changes = arp.events('owner').length;
      const echo = await watch(cluster.client, 'udp-probe', ['--address', web, '--port', String(ECHO_PORT)]);
      await cluster.waitFor('the echo comes back', () => echo.events('answering').length > 0);
      await cluster.network.cut(before);
      await cluster.waitFor('another node answers', () => arp.events('owner').length > changes);
      await cluster.waitFor('the echo comes back after the cut', () => echo.events('gap').length > 0);
      gapsMs.push((await echo.summary()).longestGapMs);
      const peers = async () => Number(/peers\{alive="true"\} (\d+)/.exec(await cairn.speaker(before).metrics())?.[1]);
      await cluster.waitFor(`${before.name} has noticed`, async () => (await peers()) === 0);
      await cluster.network.plug(before);
      await cluster.waitFor(`${before.name} is back`, async () => (await peers()) === cluster.nodes.length - 1);
    }
    const { addresses } = await arp.summary();
    assert.equal(addresses[0].doubles, 0);
    const sorted = gapsMs.toSorted((a, b) => a - b).map(Math.round);
    console.log(`      gaps over ${CUTS} cuts: ${sorted.join(', ')} ms (UDP echo every 5 ms)`);
    assert.ok((sorted.at(-1) ?? Number.NaN) < GAP_LIMIT_MS);
  });

  it('tells a Service that asks for more than this mode does', async () => {
    const spec = { ports: PORTS, loadBalancerSourceRanges: ['198.51.100.0/24'], sessionAffinity: 'ClientIP' };
    await cluster.api.create('/api/v1/namespaces/default/services', loadBalancer('demanding', spec));
    const service = await announced('demanding');
    const { reason, message } = conditionOf(service, 'cairn.dev/Announced') ?? {};
    assert.equal(reason, 'ForwardingIncomplete');
    assert.match(message ?? '', /loadBalancerSourceRanges.*sessionAffinity/);
    await cluster.api.delete('/api/v1/namespaces/default/services/demanding');
  });

  it('goes on forwarding while no speaker runs', async () => {
    for (const speaker of cairn.speakers) assert.equal((await speaker.stop()).code, 0);
    for (const pod of await pods('local')) await getFromPod(pod, web);
    for (const node of cluster.nodes) await get(node, web);
    await Promise.all(cairn.speakers.map((speaker) => speaker.restart()));
    await cairn.ready();
    await announced('web');
    await cluster.waitFor(
      'the client is answered again',
      async () => (await cluster.client.curl(`http://${web}/`)).code === 0,
    );
  });

  it('leaves addresses to kube-proxy after a change of the mode, removes its table, and comes back', async () => {
    const late = cairn.speaker('node-2');
    await late.stop();
    const modes = async () =>
      (await Promise.all(['web', 'local'].map((name) => serviceOf(cluster, name)))).map(
        ({ status }) => status.loadBalancer.ingress[0].ipMode,
      );
    await configure(cluster, POOL);
    await cluster.waitFor('the Services say VIP', async () => (await modes()).every((mode) => mode === 'VIP'));
    assert.deepEqual(addressesOf(await serviceOf(cluster, 'web')), [web]);
    assert.deepEqual(addressesOf(await serviceOf(cluster, 'local')), [local]);
    const others = cluster.nodes.filter(({ name }) => name !== 'node-2');
    const gone = async (nodes: readonly Host[]) => !(await Promise.all(nodes.map(hasTable))).includes(true);
    await cluster.waitFor('the tables are gone', () => gone(others));
    assert.ok(await hasTable(cluster.node('node-2').host), 'nobody ran there who could have removed it');
    await late.restart();
    await late.ready();
    await cluster.waitFor('the late one is gone', () => gone(cluster.nodes));

    await configure(cluster, CONFIG);
    await cluster.waitFor('the Services say Proxy', async () => (await modes()).every((mode) => mode === 'Proxy'));
    await cluster.waitFor(
      'the client is answered again',
      async () => (await cluster.client.curl(`http://${web}/`)).code === 0,
    );
    assert.deepEqual(addressesOf(await serviceOf(cluster, 'web')), [web]);
  });
});
