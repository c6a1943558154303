/**
 * What a client sees when a node dies, comes back, goes deaf or freezes: one node at a time answers for an address.
 *
 * A client asks for the address every 5 ms all through each test and would see a second MAC in answer to one request.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { ETHERTYPE } from '../../src/arp/ethernet.js';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import type { Host } from '../../src/playground/network/host.js';
import { conditionOf, configure, loadBalancer, poolOf, servedPod, serviceOf } from './support/objects.js';
import { type Line, watch, watchArp } from './support/programs.js';

/** Gives the daemons a signal that blocks their main thread for two seconds. */
const STALL_HOOK = new URL('../support/stall-main-thread.mjs', import.meta.url).href;
const CUTS = 20;
/** The pods are there, and their node announces nothing: the cuts then take away nothing but the announcing node. */
const BACKEND = 'backend';
const ECHO_PORT = 7;
/** Safety limits, well above the 0.45 s that is aimed at and printed: machines that run this are small and shared. */
const MEDIAN_LIMIT_MS = 1_000;
const GAP_LIMIT_MS = 5_000;
/** What a garbage collection more or less makes up; ten thousand frames that were kept would be more. */
const GROWTH_LIMIT_MEGABYTES = 25;
/** Three intervals: a peer that is silent for longer is suspected. */
const MISSED_AFTER_MS = 300;
/** What a frozen speaker must be stopped for: well over the 300 ms in which it is missed. */
const FREEZE_MS = 5_000;

describe('fail-over', function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let cairn: Cairn;
  let address: string;

  before(async () => {
    const exclude = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
    cluster = await startCluster({
      nodes: [{ name: 'node-1' }, { name: 'node-2' }, { name: 'node-3' }, { name: BACKEND, labels: exclude }],
    });
    await configure(cluster, poolOf('192.0.2.240/28'));
    cairn = await cluster.startCairn({ env: { NODE_OPTIONS: `--import=${STALL_HOOK}` } });
    const pod = servedPod({
      name: 'echo',
      image: 'cairn.dev/lab/echo',
      port: ECHO_PORT,
      protocol: 'UDP',
      node: BACKEND,
    });
    await cluster.applyText(JSON.stringify(pod));
    await cluster.rolledOut('echo');
    address = await cluster.externalIp('echo');
    await owner();
  });
  after(() => cluster?.stop());

  const nodeOfMac = (mac: string): Host => {
    const host = cluster.nodes.find((node) => node.mac === mac);
    assert.ok(host, `${mac} is no node's`);
    return host;
  };

  /** The node that answers for the address now, as a client sees it. */
  async function owner(): Promise<Host> {
    const watch = await watchArp(cluster.client, address);
    await cluster.waitFor(`somebody answers for ${address}`, () => watch.events('owner').length > 0);
    const mac = watch.events('owner').at(-1)?.mac;
    await watch.summary();
    return nodeOfMac(mac);
  }

  /** The controller has heard from the speakers that `node` announces the address. */
  const announcedBy = (node: Host) =>
    cluster.waitFor(`${node.name} is written down as the owner`, async () => {
      const service = await serviceOf(cluster, 'echo');
      const isAnnounced = conditionOf(service, 'cairn.dev/Announced')?.status === 'True';
      return isAnnounced && service.metadata.annotations['cairn.dev/announced-by'] === `${address}=${node.name}`;
    });

  /** The node's speaker hears its peers again, so that it could take an address. It says so itself, with the API or without. */
  const isBack = (node: Host) =>
    cluster.waitFor(`${node.name} hears its peers`, async () => (await peersOf(node)) >= cluster.nodes.length - 1);

  async function peersOf(node: Host): Promise<number> {
    const alive = /^cairn_speaker_peers\{alive="true"\} (\d+)$/m.exec(await cairn.speaker(node).metrics());
    assert.ok(alive, `${node.name} does not tell its peers`);
    return Number(alive[1]);
  }

  const addressSummary = (summary: Line) => summary.addresses[0];

  it(`answers again after the owner's cable is cut, ${CUTS} times, and no node takes anything back`, async () => {
    const arp = await watchArp(cluster.client, address);
    const gapsMs: number[] = [];
    for (let cut = 0; cut < CUTS; cut++) {
      await cluster.waitFor('somebody answers', () => arp.events('owner').length > 0);
      const before = nodeOfMac(arp.events('owner').at(-1)?.mac);
      const changes = arp.events('owner').length;
      const echo = await watch(cluster.client, 'udp-probe', ['--address', address, '--port', String(ECHO_PORT)]);
      const gaps = echo.events('gap').length;
      await cluster.network.cut(before);
      await cluster.waitFor('another node answers', () => arp.events('owner').length > changes);
      await cluster.waitFor('the echo comes back after the cut', () => echo.events('gap').length > gaps);
      const after = nodeOfMac(arp.events('owner').at(-1)?.mac);
      assert.notEqual(after, before);
      gapsMs.push((await echo.summary()).longestGapMs);

      await cluster.waitFor(`${before.name} has noticed`, async () => (await peersOf(before)) === 0);
      await cluster.network.plug(before);
      await isBack(before);
      assert.equal(arp.events('owner').length, changes + 1, 'the returning node took the address back');
    }
    const summary = addressSummary(await arp.summary());
    assert.equal(summary.doubles, 0);

    const sorted = gapsMs.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN);
    console.log(
      `      gap over ${CUTS} cuts: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, longest ${at(1)} ms (UDP echo every 5 ms)`,
    );
    assert.ok(at(0.5) < MEDIAN_LIMIT_MS && at(1) < GAP_LIMIT_MS);
  });

  it('leaves every address where it is when the switch drops the heartbeats of everybody', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `idle-${n}`);
    for (const name of names) await cluster.api.create('/api/v1/namespaces/default/services', loadBalancer(name));
    const addresses = [address, ...(await Promise.all(names.map((name) => cluster.externalIp(name))))];
    const arp = await watchArp(cluster.client, ...addresses);
    const owned = () => new Set(arp.events('owner').map((line) => line.address)).size;
    await cluster.waitFor('somebody answers for each', () => owned() === addresses.length);
    const ownersBefore = arp.events('owner').length;

    const restore = await cluster.network.apply({ kind: 'drop-ether-type', etherType: ETHERTYPE.cairn });
    const candidates = cluster.nodes.filter(({ name }) => name !== BACKEND);
    await cluster.waitFor('the speakers miss each other', async () => {
      const peers = await Promise.all(candidates.map(peersOf));
      return peers.every((count) => count === 0);
    });
    const silentSinceMs = performance.now();
    await cluster.waitFor('they have had time to take it', () => performance.now() - silentSinceMs > 5_000);
    await restore();
    await Promise.all(candidates.map(isBack));

    assert.equal(arp.events('owner').length, ownersBefore, 'an address was taken');
    for (const summary of (await arp.summary()).addresses) {
      assert.equal(Object.keys(summary.answersByMac).length, 1, `${summary.address} had two MACs`);
      assert.equal(summary.doubles, 0);
      assert.ok(summary.longestGapMs < GAP_LIMIT_MS);
    }
    for (const name of names) await cluster.api.delete(`/api/v1/namespaces/default/services/${name}`);
  });

  it('hears no answer from a speaker that was frozen for 5 s and thawed, once another took over', async () => {
    const before = await owner();
    await announcedBy(before);
    const arp = await watchArp(cluster.client, address);
    await cluster.waitFor('the owner answers', () => arp.events('owner').length === 1);
    const frozenAtMs = performance.now();
    cairn.speaker(before).freeze();
    await cluster.waitFor('another node answers', () => arp.events('owner').length === 2);
    await cluster.waitFor('it was frozen long enough', () => performance.now() - frozenAtMs > FREEZE_MS);
    cairn.speaker(before).thaw();
    await isBack(before);

    assert.equal(arp.events('owner').length, 2, 'the thawed speaker answered');
    const summary = addressSummary(await arp.summary());
    assert.equal(summary.doubles, 0);
    assert.notEqual((await owner()).name, before.name);
  });

  it('loses no heartbeat and no ARP reply while the main thread of the owner is blocked for 2 s', async () => {
    const before = await owner();
    const speaker = cairn.speaker(before).process;
    const beats = await watch(cluster.client, 'beat-watch', []);
    const arp = await watchArp(cluster.client, address);

    speaker.signal('SIGUSR2');
    await cluster.waitFor('the stall is over', () => speaker.log().includes('main thread goes on'));
    const { frames, longestSilenceMs } = (await beats.summary()).speakers[before.mac];
    const summary = addressSummary(await arp.summary());

    assert.deepEqual(Object.keys(summary.answersByMac), [before.mac], 'another node took the address');
    assert.ok(summary.longestGapMs < MISSED_AFTER_MS, `no ARP reply for ${summary.longestGapMs} ms`);
    assert.ok(frames >= 15, `only ${frames} beats in 2 s`);
    assert.ok(longestSilenceMs < MISSED_AFTER_MS, `no beat for ${longestSilenceMs} ms`);
  });

  it('takes over when the API server is away', async () => {
    const before = await owner();
    const arp = await watchArp(cluster.client, address);
    await cluster.waitFor('the owner answers', () => arp.events('owner').length === 1);
    const apiServer = cluster.controlPlane.part('kube-apiserver');
    apiServer.freeze();
    try {
      await cluster.network.cut(before);
      await cluster.waitFor('another node answers', () => arp.events('owner').length === 2);
    } finally {
      apiServer.thaw();
      await cluster.network.plug(before);
    }
    await isBack(before);
    assert.equal(addressSummary(await arp.summary()).doubles, 0);
  });

  it('stands 10,000 hostile frames: no undue answer, nobody moves, and memory stays flat', async () => {
    const before = await owner();
    const attack = async (seed: number) => {
      const hostile = await watch(cluster.client, 'hostile', ['--address', address, '--seed', String(seed)]);
      await cluster.waitFor('every frame is sent', () => hostile.events('summary').length > 0);
      return hostile.summary();
    };
    const residentMegabytes = async (node: Host): Promise<number> => {
      const text = /^process_resident_memory_bytes (\S+)$/m.exec(await cairn.speaker(node).metrics());
      return Number(text?.[1]) / 1e6;
    };
    // The first attack warms compilers and heaps up.
    await attack(1);
    const sizes = await Promise.all(cluster.nodes.map(residentMegabytes));
    const { sent, undue } = await attack(2);

    assert.equal(sent, 10_000);
    assert.equal(undue, 0);
    assert.equal(await owner(), before);
    for (const [at, node] of cluster.nodes.entries()) {
      assert.ok(cairn.speaker(node).process.running, `the speaker on ${node.name} ended`);
      await cairn.speaker(node).ready();
      const grown = (await residentMegabytes(node)) - (sizes[at] ?? Number.NaN);
      assert.ok(grown < GROWTH_LIMIT_MEGABYTES, `the speaker on ${node.name} grew by ${grown} MB`);
    }
  });
});
