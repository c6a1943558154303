/**
 * A leader over a fake API and a fake clock, and the cluster that it leads.
 * @module
 */
import assert from 'node:assert/strict';
import pino from 'pino';
import { Registry } from 'prom-client';
import { EventRecorder } from '../../src/kube/events.js';
import { openControllerMetrics } from '../../src/run/controller-metrics.js';
import { ControllerViews } from '../../src/run/controller-views.js';
import { Leader } from '../../src/run/leader.js';
import { StateStore } from '../../src/run/state-store.js';
import type { ServiceClass } from '../../src/values/service-class.js';
import { FakeClock } from '../support/clock.js';
import { CONFIG_MAPS, FakeControllerApi, NAMESPACES, NODES } from './fake-controller-api.js';

export const CONFIG = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}]';
export const ONE = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1]}]';

export const CLASS: ServiceClass = { installation: 'cairn-system', name: 'cairn.dev/lb', isDefault: true };

/** One term of leading, over an API that outlives it. */
export class Term {
  leads = true;
  readonly registry = new Registry();
  readonly logged: Record<string, unknown>[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  private constructor(
    readonly api: FakeControllerApi,
    readonly clock: FakeClock,
    serviceClass: ServiceClass,
  ) {
    const log = pino({ level: 'info' }, { write: (line) => this.logged.push(JSON.parse(line)) });
    const common = { client: api, clock, log, namespace: 'cairn-system' };
    const views = new ControllerViews({ ...common, configMap: 'cairn-config' });
    const events = new EventRecorder({ ...common, component: 'cairn-controller', instance: 'test' });
    const isLeader = () => this.leads;
    const { signal } = this.#stop;
    const ended = new AbortController();
    const lead = async () => {
      await views.synced(signal);
      const leader = new Leader({
        ...common,
        views,
        events,
        state: new StateStore({ ...common, seen: () => views.state(), isLeader }),
        serviceClass,
        configName: 'cairn-system/cairn-config',
        metrics: openControllerMetrics(this.registry),
        isLeader,
      });
      await leader.run(signal);
    };
    this.#running = Promise.all([views.run(signal), events.run(ended.signal), lead().finally(() => ended.abort())]);
  }

  static async begin(api: FakeControllerApi, clock = new FakeClock(), serviceClass = CLASS): Promise<Term> {
    const term = new Term(api, clock, serviceClass);
    await clock.settle();
    return term;
  }

  /** Lets everything happen that needs no time, or this much of it. */
  async settle(ms = 0): Promise<void> {
    await this.clock.step(ms);
  }

  /** Lines about addresses: `assigned shop/web 192.0.2.1 p`. */
  assignments(): readonly string[] {
    return this.logged
      .filter(({ msg }) => msg === 'assigned' || msg === 'released')
      .map(({ msg, service, addresses, pool }) => `${msg} ${service} ${addresses} ${pool}`);
  }

  /** As with SIGTERM; what is under way may need this much time. */
  async end(ms = 0): Promise<void> {
    this.#stop.abort();
    await this.settle(ms);
    await this.#running;
    assert.equal(this.clock.pending, 0, 'a timer is left over');
  }
}

export function cluster(config: string | null = CONFIG): FakeControllerApi {
  const api = new FakeControllerApi();
  if (config !== null) setConfig(api, config);
  api.put(NAMESPACES, { metadata: { name: 'shop' } });
  api.put(NODES, { metadata: { name: 'node-a' } });
  return api;
}
export const setConfig = (api: FakeControllerApi, config: string) =>
  api.put(CONFIG_MAPS, { metadata: { name: 'cairn-config', namespace: 'cairn-system' }, data: { config } });
export const ipsOf = (api: FakeControllerApi, name: string) =>
  api
    .service(`shop/${name}`)
    ?.ingress.map(({ ip }) => ip)
    .join();
export const reasonOf = (api: FakeControllerApi, name: string, type = 'cairn.dev/AddressAssigned') =>
  api.service(`shop/${name}`)?.conditions.find((condition) => condition.type === type)?.reason;
