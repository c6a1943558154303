import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import pino from 'pino';
import { Registry } from 'prom-client';
import { ApiError } from '../../src/kube/api-error.js';
import type { LinkSideOptions } from '../../src/linux/link-messages.js';
import type { LinkSide } from '../../src/linux/link-side.js';
import { LinkSideError } from '../../src/linux/link-side.js';
import type { SpeakerFlags } from '../../src/run/flags.js';
import { Health } from '../../src/run/health.js';
import { runSpeaker } from '../../src/run/speaker.js';
import type { Listener } from '../../src/speaker/host-ports.js';
import type { Observations, Orders } from '../../src/speaker/messages.js';
import type { SpeakerReport } from '../../src/speaker/report.js';
import { decodeReport } from '../../src/speaker/report-decode.js';
import { formatAddress } from '../../src/values/address.js';
import { FakeClock } from '../support/clock.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { FakeKernel } from '../support/fake-kernel.js';
import { GuardedApi } from '../support/guarded-api.js';
import { address, mac, node, prefix } from '../support/values.js';

const CONFIG_MAPS = '/api/v1/namespaces/cairn-system/configmaps';
const SERVICES = '/api/v1/services';
const NODES = '/api/v1/nodes';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const CONFIG = 'address-pools: [{name: default, protocol: layer2, addresses: [192.0.2.0/24]}]';

const FLAGS: SpeakerFlags = {
  kubeconfig: undefined,
  namespace: 'cairn-system',
  configMap: 'cairn-config',
  loadBalancerClass: 'cairn.dev/lb',
  defaultClass: true,
  metricsAddress: { host: '127.0.0.1', port: 0 },
  logLevel: 'info',
  nodeName: node('node-a'),
  heartbeatIntervalMs: 100,
  heartbeatMisses: 3,
  secretFile: undefined,
  ignoreExcludeLabel: false,
};

const OBSERVED: Observations = {
  links: [
    {
      index: 2,
      name: 'eth0',
      mac: mac('00:00:5e:00:53:01'),
      up: true,
      ethernet: true,
      addresses: [{ address: address('192.0.2.2'), onLink: prefix('192.0.2.0/24') }],
    },
    { index: 7, name: 'veth1', mac: mac('00:00:5e:00:53:07'), up: true, ethernet: true, addresses: [] },
  ],
  claims: [{ address: address('192.0.2.240'), link: 2, term: 4, state: 'owned' }],
  refusals: new Map(),
  peers: [
    { node: node('node-b'), link: 2, mac: mac('00:00:5e:00:53:02'), alive: true },
    { node: node('node-c'), link: 2, mac: mac('00:00:5e:00:53:03'), alive: false },
  ],
  conflicts: [],
  warnings: [],
  counters: { beats_received: 12 },
};

/** A link side that does what a test says. */
class FakeLinkSide implements LinkSide {
  readonly given: Orders[] = [];
  readonly ready: Promise<void>;
  open: () => void = () => {};
  refuse: (error: Error) => void = () => {};
  observe: (observations: Observations) => void = () => {};
  fail: (error: LinkSideError) => void = () => {};
  sinceMs = 0;
  stopped: { readonly leave: boolean } | undefined;

  constructor(readonly options: LinkSideOptions) {
    this.ready = new Promise((resolve, reject) => {
      this.open = resolve;
      this.refuse = reject;
    });
  }

  orders(orders: Orders): void {
    this.given.push(orders);
  }
  onObservations(listener: (observations: Observations) => void): void {
    this.observe = listener;
  }
  onFailure(listener: (error: LinkSideError) => void): void {
    this.fail = listener;
  }
  sinceLastTurnMs(): number {
    return this.sinceMs;
  }
  async stop(options: { readonly leave: boolean }): Promise<void> {
    this.stopped = options;
  }
}

/** A speaker in a cluster of two nodes with one Service; `step` lets time pass for it. */
class Scene {
  readonly cluster = new FakeCluster();
  readonly api = new GuardedApi(this.cluster);
  readonly clock = new FakeClock();
  readonly health = new Health();
  readonly registry = new Registry();
  readonly links: FakeLinkSide[] = [];
  readonly kernel = new FakeKernel();
  readonly log: { level: number; msg: string }[] = [];
  proxyStatus: number | undefined;
  listeners: readonly Listener[] = [];
  readonly #stop = new AbortController();
  ended: Promise<void> = Promise.resolve();

  constructor() {
    this.cluster.put(SERVICES, { metadata: { namespace: 'default', name: 'kubernetes' }, spec: { type: 'ClusterIP' } });
    for (const name of ['node-a', 'node-b']) this.cluster.put(NODES, { metadata: { name } });
    this.cluster.put(SERVICES, loadBalancer('web', '192.0.2.240'));
  }

  start(flags: Partial<SpeakerFlags> = {}): void {
    const log = pino({ level: 'info' }, { write: (line: string) => void this.log.push(JSON.parse(line)) });
    const daemon = { log, registry: this.registry, health: this.health, signal: this.#stop.signal };
    this.ended = runSpeaker({ ...FLAGS, ...flags }, daemon, {
      connect: () => this.api,
      startLinkSide: (options) => {
        const link = new FakeLinkSide(options);
        this.links.push(link);
        return link;
      },
      checkProxy: async () => this.proxyStatus,
      forwarding: this.kernel,
      readListeners: async () => this.listeners,
      clock: this.clock,
    });
    this.ended.catch(() => {});
  }

  /** Starts it, with a config and open sockets. */
  async run(): Promise<FakeLinkSide> {
    this.accept(CONFIG);
    this.start();
    await this.clock.step(300);
    this.link.open();
    await this.clock.step(2_000);
    return this.link;
  }

  accept(text: string): void {
    this.cluster.put(CONFIG_MAPS, {
      metadata: { namespace: 'cairn-system', name: 'cairn-state' },
      data: { 'accepted-config': text },
    });
  }

  get link(): FakeLinkSide {
    const [link] = this.links;
    assert.ok(link, 'the link side was not started');
    return link;
  }

  /** The addresses of the orders given last. */
  get wanted(): readonly string[] | undefined {
    return this.link.given.at(-1)?.wanted.map((wanted) => formatAddress(wanted.address));
  }

  get report(): SpeakerReport {
    const last = this.cluster.applied.at(-1);
    assert.ok(last, 'no report was written');
    const decoded = decodeReport(String((last['data'] as Record<string, unknown>)['report']));
    assert.ok(decoded.ok);
    return decoded.value;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }
}

const loadBalancer = (name: string, ip: string) => ({
  metadata: { namespace: 'shop', name },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: [{ ip }] } },
});

describe('runSpeaker', () => {
  it('announces nothing and says why until there is an accepted config', async () => {
    const scene = new Scene();
    scene.start();
    await scene.clock.step(2_000);
    assert.deepEqual(scene.link.given, []);
    assert.match(scene.health.readyProblems().join(), /cairn-system\/cairn-state holds no accepted config yet/);
    assert.equal(scene.report.state, 'starting');
    assert.match(scene.report.waitingFor, /no accepted config/);

    scene.accept(CONFIG);
    await scene.clock.step(200);
    assert.deepEqual(scene.wanted, ['192.0.2.240']);
    assert.match(scene.health.readyProblems().join(), /sockets/);
    scene.link.open();
    await scene.clock.step(2_000);
    assert.deepEqual(scene.health.readyProblems(), []);
    assert.equal(scene.report.state, 'running');
    await scene.stop();
  });

  it('waits while the API server has listed nothing', async () => {
    const scene = new Scene();
    scene.cluster.away = true;
    scene.start();
    await scene.clock.step(1_000);
    assert.match(scene.health.readyProblems().join(), /not listed services, endpointslices, nodes, configmaps yet/);
    scene.cluster.away = false;
    scene.accept(CONFIG);
    await scene.clock.step(20_000);
    assert.deepEqual(scene.wanted, ['192.0.2.240']);
    await scene.stop();
  });

  it('says what it is denied while it waits for it', async () => {
    const scene = new Scene();
    scene.accept(CONFIG);
    scene.api.deny(new ApiError(403, 'Forbidden', 'services is forbidden'), SERVICES);
    scene.start();
    await scene.clock.step(60_000);
    assert.deepEqual(scene.health.readyProblems(), [
      'speaker: the API server refuses to list or watch services: 403 Forbidden: services is forbidden',
    ]);
    scene.api.allow();
    await scene.clock.step(15_000);
    assert.deepEqual(scene.wanted, ['192.0.2.240']);
    await scene.stop();
  });

  // A rolling update ends the pods that are not ready first, and all of them together.
  it('stays ready, and announces what it did, whatever it is denied once it has begun', async () => {
    const scene = new Scene();
    const link = await scene.run();
    const given = link.given.length;
    scene.api.deny(new ApiError(401, 'Unauthorized', 'Unauthorized'), SERVICES, SLICES, NODES, CONFIG_MAPS);
    scene.api.endWatches();
    await scene.clock.step(600_000);
    assert.deepEqual(scene.health.readyProblems(), []);
    assert.equal(link.given.length, given);
    assert.equal(scene.report.state, 'running');
    await scene.stop();
  });

  it('names the cluster by what never changes in it, and this installation in it', async () => {
    const scene = new Scene();
    const link = await scene.run();
    assert.equal(link.options.clusterId, 'uid-of-kubernetes/cairn-system');
    await scene.stop();
  });

  it('keeps the config that it has when the next one is broken or gone', async () => {
    const scene = new Scene();
    const link = await scene.run();
    const given = link.given.length;
    scene.accept('address-pools: [{name: default}]');
    await scene.clock.step(500);
    scene.cluster.remove(CONFIG_MAPS, 'cairn-state', 'cairn-system');
    await scene.clock.step(500);
    assert.equal(link.given.length, given);
    assert.deepEqual(scene.health.readyProblems(), []);
    const errors = scene.log.filter(({ level }) => level >= 50).map(({ msg }) => msg);
    assert.deepEqual(errors, ['the accepted config cannot be read; the one before stays']);
    await scene.stop();
  });

  it('gives orders for a new Service at once, and for a burst of them together', async () => {
    const scene = new Scene();
    const link = await scene.run();
    const before = link.given.length;
    scene.cluster.put(SERVICES, loadBalancer('first', '192.0.2.1'));
    await scene.clock.step(1);
    assert.equal(link.given.length, before + 1);
    for (let last = 2; last < 50; last++) {
      scene.cluster.put(SERVICES, loadBalancer(`web-${last}`, `192.0.2.${last}`));
      await scene.clock.step(1);
    }
    await scene.clock.step(200);
    assert.equal(link.given.length, before + 2);
    assert.equal(scene.wanted?.length, 50);
    await scene.stop();
  });

  it('gives no orders when only an annotation changed', async () => {
    const scene = new Scene();
    const link = await scene.run();
    const before = link.given.length;
    const web = loadBalancer('web', '192.0.2.240');
    scene.cluster.put(SERVICES, {
      ...web,
      metadata: { ...web.metadata, annotations: { 'cairn.dev/announced-by': 'x' } },
    });
    await scene.clock.step(500);
    assert.equal(link.given.length, before);
    await scene.stop();
  });

  it('reports what the link side holds, once, and writes nothing at rest', async () => {
    const scene = new Scene();
    const link = await scene.run();
    link.observe(OBSERVED);
    await scene.clock.step(5_000);
    assert.deepEqual(scene.report.claims, [{ address: address('192.0.2.240'), link: 'eth0', term: 4, state: 'owned' }]);
    assert.deepEqual(scene.report.links, [{ name: 'eth0', mac: mac('00:00:5e:00:53:01'), up: true }]);
    assert.deepEqual(scene.report.peers, [{ node: node('node-b'), link: 'eth0' }]);
    assert.deepEqual(scene.cluster.applied.at(-1)?.metadata['ownerReferences'], [
      { apiVersion: 'v1', kind: 'Node', name: 'node-a', uid: 'uid-of-node-a' },
    ]);
    const writes = scene.cluster.applied.length;
    link.observe({ ...OBSERVED, counters: { beats_received: 99 } });
    await scene.clock.step(60_000);
    assert.equal(scene.cluster.applied.length, writes);
    await scene.stop();
  });

  it('puts its report right when somebody deletes or changes it', async () => {
    const scene = new Scene();
    await scene.run();
    for (const harm of [
      () => scene.cluster.remove(CONFIG_MAPS, 'cairn-speaker-node-a', 'cairn-system'),
      () =>
        scene.cluster.put(CONFIG_MAPS, {
          metadata: { namespace: 'cairn-system', name: 'cairn-speaker-node-a' },
          data: { report: 'x' },
        }),
    ]) {
      const writes = scene.cluster.applied.length;
      harm();
      await scene.clock.step(5_000);
      assert.equal(scene.cluster.applied.length, writes + 1);
      assert.equal(scene.report.state, 'running');
    }
    await scene.stop();
  });

  it('writes no more than once a second however much happens', async () => {
    const scene = new Scene();
    const link = await scene.run();
    const writes = scene.cluster.applied.length;
    for (let at = 0; at < 100; at++) {
      link.observe({ ...OBSERVED, claims: OBSERVED.claims.map((claim) => ({ ...claim, term: at })) });
      await scene.clock.step(50);
    }
    assert.ok(scene.cluster.applied.length - writes <= 6, `${scene.cluster.applied.length - writes} writes in 5 s`);
    await scene.clock.step(2_000);
    assert.equal(scene.report.claims[0]?.term, 99);
    await scene.stop();
  });

  it('leaves what is announced as it is while the API server is away, and reports afterwards', async () => {
    const scene = new Scene();
    const link = await scene.run();
    const given = link.given.length;
    scene.cluster.away = true;
    link.observe(OBSERVED);
    await scene.clock.step(10_000);
    assert.equal(link.given.length, given);
    assert.deepEqual(scene.health.liveProblems(), []);
    scene.cluster.away = false;
    await scene.clock.step(60_000);
    assert.equal(scene.report.claims.length, 1);
    await scene.stop();
  });

  it('offers its addresses once kube-proxy has failed for 5 s, and not before', async () => {
    const scene = new Scene();
    scene.proxyStatus = 200;
    await scene.run();
    const refusals = () => scene.link.given.at(-1)?.wanted[0]?.refusals.map(({ reason }) => reason);
    scene.proxyStatus = 503;
    await scene.clock.step(4_500);
    assert.deepEqual(refusals(), []);
    await scene.clock.step(3_000);
    assert.deepEqual(refusals(), ['ProxyUnhealthy']);
    scene.proxyStatus = 200;
    await scene.clock.step(1_500);
    assert.deepEqual(refusals(), []);
    await scene.stop();
  });

  it('announces nothing before its own forwarding rules are in place, and then whatever kube-proxy says', async () => {
    const scene = new Scene();
    scene.kernel.refusal = 'no nft';
    scene.proxyStatus = 200;
    scene.accept(`${CONFIG}\nforwarding: {mode: nftables}`);
    scene.start();
    await scene.clock.step(300);
    scene.link.open();
    await scene.clock.step(2_000);
    const refusals = () => scene.link.given.at(-1)?.wanted[0]?.refusals.map(({ reason }) => reason);
    assert.deepEqual(refusals(), ['ForwardingFailed']);
    assert.match(scene.health.readyProblems().join(), /forwarding: .*no nft/);
    assert.match(scene.report.refusals[0]?.detail ?? '', /no nft/);

    scene.kernel.refusal = undefined;
    scene.proxyStatus = 503;
    await scene.clock.step(20_000);
    assert.deepEqual(refusals(), []);
    assert.deepEqual(scene.health.readyProblems(), []);
    assert.match(scene.kernel.applied.at(-1) ?? '', /192\.0\.2\.240/);
    const metrics = await scene.registry.metrics();
    assert.match(metrics, /cairn_speaker_forwarding_writes_total\{result="done"\} 1/);
    await scene.stop();
  });

  it('forwards to endpoints of every node, as they come and go', async () => {
    const scene = new Scene();
    const slice = (address: string) => ({
      metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: '', protocol: 'TCP', port: 8080 }],
      endpoints: [{ addresses: [address], nodeName: 'node-b' }],
    });
    scene.cluster.put(SERVICES, {
      ...loadBalancer('web', '192.0.2.240'),
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
    });
    scene.cluster.put(SLICES, slice('10.244.1.2'));
    scene.accept(`${CONFIG}\nforwarding: {mode: nftables}`);
    scene.start();
    await scene.clock.step(2_000);
    assert.match(scene.kernel.applied.at(-1) ?? '', /192\.0\.2\.240 \. tcp \. 80 \. 0 : 10\.244\.1\.2 \. 8080/);
    scene.cluster.put(SLICES, slice('10.244.1.3'));
    await scene.clock.step(2_000);
    assert.match(scene.kernel.applied.at(-1) ?? '', /: 10\.244\.1\.3 \. 8080/);
    assert.doesNotMatch(scene.kernel.applied.at(-1) ?? '', /10\.244\.1\.2/);

    // Also while it is told of nothing else.
    scene.api.deny(new ApiError(403, 'Forbidden', 'no'), SERVICES, NODES, CONFIG_MAPS);
    scene.api.endWatches();
    await scene.clock.step(60_000);
    scene.cluster.put(SLICES, slice('10.244.1.4'));
    await scene.clock.step(2_000);
    assert.match(scene.kernel.applied.at(-1) ?? '', /: 10\.244\.1\.4 \. 8080/);
    await scene.stop();
  });

  it('leaves the links first when it is asked to stop, and its report says so', async () => {
    const scene = new Scene();
    const link = await scene.run();
    link.observe(OBSERVED);
    await scene.clock.step(2_000);
    await scene.stop();
    assert.deepEqual(link.stopped, { leave: true });
    assert.equal(scene.report.state, 'stopped');
    assert.deepEqual(scene.report.claims, []);
    assert.equal(scene.cluster.closed, true);
  });

  it('stops while the API server is away', async () => {
    const scene = new Scene();
    const link = await scene.run();
    scene.cluster.away = true;
    await scene.stop();
    assert.deepEqual(link.stopped, { leave: true });
  });

  it('stops before it began', async () => {
    const scene = new Scene();
    scene.start();
    await scene.stop();
    assert.equal(scene.links.length, 0);
  });

  it('ends with what is missing when the sockets cannot be opened, also before there is a config', async () => {
    const scene = new Scene();
    scene.start();
    await scene.clock.step(300);
    scene.link.refuse(new LinkSideError('CAP_NET_RAW is missing'));
    await assert.rejects(scene.ended, /CAP_NET_RAW is missing/);
  });

  it('ends when the link side dies, so that it is started again', async () => {
    const scene = new Scene();
    const link = await scene.run();
    link.fail(new LinkSideError('gone'));
    await assert.rejects(scene.ended, /gone/);
    assert.equal(scene.report.state, 'stopped');
  });

  it('is not live while the link side’s loop hangs', async () => {
    const scene = new Scene();
    const link = await scene.run();
    link.sinceMs = 11_000;
    assert.match(scene.health.liveProblems().join(), /has not turned for 11 s/);
    await scene.stop();
  });

  it('shows what the link side counted', async () => {
    const scene = new Scene();
    const link = await scene.run();
    link.observe(OBSERVED);
    const text = await scene.registry.metrics();
    for (const line of [
      'cairn_speaker_link_events_total{event="beats_received"} 12',
      'cairn_speaker_addresses{state="owned"} 1',
      'cairn_speaker_peers{alive="true"} 1',
      'cairn_speaker_wanted_addresses 1',
      'cairn_speaker_proxy_health{health="absent"} 1',
    ]) {
      assert.ok(text.includes(line), `${line} is not in\n${text}`);
    }
    await scene.stop();
  });

  it('signs with the keys of the secret file, and warns where there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-test-'));
    try {
      const file = join(folder, 'secret');
      writeFileSync(file, `${'o'.repeat(32)}\n${'n'.repeat(40)}\n`);
      const scene = new Scene();
      scene.accept(CONFIG);
      scene.start({ secretFile: file });
      while (scene.links.length === 0) await scene.clock.step(300);
      assert.deepEqual(
        scene.link.options.secretKeys.map((key) => key.length),
        [32, 40],
      );
      assert.ok(!scene.log.some(({ msg }) => msg.includes('not signed')));
      await scene.stop();

      writeFileSync(file, 'short\n');
      const refused = new Scene();
      refused.start({ secretFile: file });
      await assert.rejects(refused.ended, /line 1 has 5 bytes, fewer than 32/);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const unsigned = new Scene();
    unsigned.start();
    assert.ok(unsigned.log.some(({ level, msg }) => level === 40 && msg.includes('not signed')));
    await unsigned.stop();
  });
});
