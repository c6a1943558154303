/**
 * A controller in this process, wired as `cairn controller` is, over real HTTP and on a time of the test's.
 * @module
 */
import assert from 'node:assert/strict';
import pino from 'pino';
import { Registry } from 'prom-client';
import type { Method } from '../../../src/kube/client.js';
import { runController } from '../../../src/run/controller.js';
import { Health } from '../../../src/run/health.js';
import type { ApiServer } from './api-server.js';
import type { Time, TimeView } from './time.js';
import { Wire } from './wire.js';

export interface ReplicaOptions {
  readonly server: ApiServer;
  readonly time: Time;
  readonly leaderElect: boolean;
  readonly defaultClass?: boolean;
  /** A write that a controller makes without the lease. */
  readonly onFinding: (finding: string) => void;
}

const LEASE_S = 15;

export class Replica {
  /** Requests that were begun: `PATCH services/status`. */
  readonly requests = new Map<string, number>();
  readonly health = new Health();
  /** How often it gave memory back. */
  collections = 0;
  readonly #options: ReplicaOptions;
  readonly #wires: Wire[] = [];
  readonly #views: TimeView[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** By which it is known in the Lease. */
  #identity: string | undefined;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    const { time, leaderElect, defaultClass = true } = options;
    const clock = this.#view();
    this.#running = runController(
      {
        kubeconfig: undefined,
        namespace: 'cairn-system',
        configMap: 'cairn-config',
        loadBalancerClass: 'cairn.dev/lb',
        defaultClass,
        metricsAddress: { host: '127.0.0.1', port: 0 },
        logLevel: 'info',
        leaderElect,
        leaseDurationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryPeriodMs: 2_000,
      },
      {
        log: pino({ level: process.env['CAIRN_TEST_LOG'] ?? 'silent' }),
        registry: new Registry(),
        health: this.health,
        signal: this.#stop.signal,
      },
      { clock, connect: () => this.#connect(), collectGarbage: () => this.collections++ },
    ).finally(() => time.tick());
  }

  get isLeader(): boolean {
    return this.#identity !== undefined && this.#holder()?.['holderIdentity'] === this.#identity;
  }

  /** How often so far. */
  count(what: string): number {
    return this.requests.get(what) ?? 0;
  }

  /** As with SIGTERM. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended();
  }

  /** As with SIGKILL: nothing is said any more, and the lease is not given up. */
  async kill(): Promise<void> {
    for (const wire of this.#wires) wire.cut();
    for (const view of this.#views) view.thaw();
    this.#stop.abort();
    await this.#ended();
  }

  /** As with SIGSTOP. */
  freeze(): void {
    for (const wire of this.#wires) wire.freeze();
    for (const view of this.#views) view.freeze();
  }

  /** As with SIGCONT. */
  thaw(): void {
    for (const wire of this.#wires) wire.thaw();
    for (const view of this.#views) view.thaw();
  }

  /** What it waits for may need time: the last write of a slow API server, or its refusal. */
  async #ended(): Promise<void> {
    let isEnded = false;
    const ended = this.#running.finally(() => {
      isEnded = true;
    });
    await this.#options.time.until('the end of a controller', () => isEnded, 60_000);
    await ended;
    assert.equal(
      this.#views.reduce((sum, view) => sum + view.pending, 0),
      0,
      'a controller that ended left a timer',
    );
  }

  #view(): TimeView {
    const view = this.#options.time.view();
    this.#views.push(view);
    return view;
  }

  #connect(): Wire {
    const { server, time } = this.#options;
    const view = this.#view();
    const onRequest = (method: Method, to: string, body: unknown) => this.#note(method, to, body);
    const wire = new Wire({ time, client: server.connect(view), view, onRequest });
    this.#wires.push(wire);
    return wire;
  }

  #note(method: Method, to: string, body: unknown): void {
    const what = `${method} ${shorten(to)}`;
    this.requests.set(what, this.count(what) + 1);
    if (method === 'GET' || !this.#options.leaderElect) return;
    if (to.includes('/leases')) {
      const holder = (body as { spec: { holderIdentity: string } }).spec.holderIdentity;
      if (holder !== '') this.#identity = holder;
      return;
    }
    if (to.endsWith('/events')) return;
    const lease = this.#holder();
    const ageS = (this.#options.time.wallMs - Date.parse(lease?.['renewTime'])) / 1_000;
    if (!this.isLeader || ageS > LEASE_S) this.#options.onFinding(`${what} by a controller that does not lead`);
  }

  #holder() {
    const { store } = this.#options.server;
    const lease = store.get(store.resource('leases.coordination.k8s.io'), {
      namespace: 'cairn-system',
      name: 'cairn-controller',
    });
    return lease?.['spec'];
  }
}

/** `/api/v1/namespaces/shop/services/web/status` as `services/status`. */
function shorten(to: string): string {
  const [plural = '', , subresource] = to
    .replace(/^\/(api\/v1|apis\/[^/]+\/[^/]+)\//, '')
    .replace(/^namespaces\/[^/]+\//, '')
    .split('/');
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}
