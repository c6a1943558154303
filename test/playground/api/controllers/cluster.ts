/**
 * A cluster in memory whose time stands still: the store, its controllers, and a kubelet that needs no time at all.
 * @module
 */
import assert from 'node:assert/strict';
import { toMicroTime, toTime } from '../../../../src/kube/clock.js';
import { startControllers } from '../../../../src/playground/api/controllers/index.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { createResources } from '../../../../src/playground/api/resources/index.js';
import { Store } from '../../../../src/playground/api/store.js';
import { FakeClock } from '../../../support/clock.js';

/** Rounds of the event loop before a cluster that does not come to rest is given up. */
const PATIENCE = 500;

export class TestCluster {
  readonly clock = new FakeClock();
  readonly store: Store;
  readonly problems: string[] = [];
  /** Whether a container gets ready; asked once of each pod that is bound. */
  isHealthy: (pod: ApiObject) => boolean = () => true;
  #writes = 0;
  #nextAddress = 2;
  #stopControllers: () => void;
  readonly #unwatch: () => void;

  constructor(nodes: readonly string[] = ['n1', 'n2']) {
    this.store = new Store({ resources: createResources(), clock: this.clock, seed: 1 });
    this.#unwatch = this.store.watch(undefined, () => this.#writes++);
    this.#stopControllers = this.#start();
    for (const name of ['default', 'kube-node-lease']) this.create('namespaces', { metadata: { name } });
    for (const name of nodes) this.addNode(name);
  }

  stop(): void {
    this.#stopControllers();
    this.#unwatch();
  }

  /** The controllers end and begin anew; the objects stay. */
  restart(): void {
    this.#stopControllers();
    this.#stopControllers = this.#start();
  }

  #start(): () => void {
    const { stop } = startControllers(this.store, { clock: this.clock, onProblem: (text) => this.problems.push(text) });
    return stop;
  }

  addNode(name: string, taints: readonly JsonObject[] = []): void {
    this.create('nodes', { metadata: { name }, spec: taints.length > 0 ? { taints } : {} });
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      lastTransitionTime: toTime(this.clock.wallMs()),
    };
    this.change('nodes', name, (node) => ({ ...node, status: { ...node['status'], conditions: [ready] } }), 'status');
  }

  /** As a kubelet says that it lives. */
  renewLease(name: string): void {
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: toMicroTime(this.clock.wallMs()) };
    const leases = 'leases.coordination.k8s.io';
    if (this.find(leases, name, 'kube-node-lease')) {
      this.change(leases, name, (lease) => ({ ...lease, spec }), undefined, 'kube-node-lease');
    } else {
      this.create(leases, { metadata: { name, namespace: 'kube-node-lease' }, spec });
    }
  }

  /** In `default` where the kind has namespaces and none is named. */
  create(resource: string, object: JsonObject): ApiObject {
    const of = this.store.resource(resource);
    const namespace = of.namespaced ? { namespace: 'default' } : {};
    const made = this.store.create(of, { ...object, metadata: { ...namespace, ...object['metadata'] } });
    assert.ok(made.ok, made.ok ? '' : made.error.message);
    return made.value;
  }

  change(
    resource: string,
    name: string,
    change: (object: ApiObject) => JsonObject,
    subresource?: 'status',
    namespace = 'default',
  ): ApiObject {
    const of = this.store.resource(resource);
    const changed = this.store.update(
      of,
      change(this.get(resource, name, namespace)),
      subresource ? { subresource } : {},
    );
    assert.ok(changed.ok, changed.ok ? '' : changed.error.message);
    return changed.value;
  }

  delete(resource: string, name: string, options: JsonObject = {}): void {
    const of = this.store.resource(resource);
    const deleted = this.store.delete(of, { name, ...(of.namespaced ? { namespace: 'default' } : {}) }, options);
    assert.ok(deleted.ok, deleted.ok ? '' : deleted.error.message);
  }

  find(resource: string, name: string, namespace = 'default'): ApiObject | undefined {
    const of = this.store.resource(resource);
    return this.store.get(of, { name, ...(of.namespaced ? { namespace } : {}) });
  }

  get(resource: string, name: string, namespace = 'default'): ApiObject {
    const found = this.find(resource, name, namespace);
    assert.ok(found, `no ${resource} ${namespace}/${name}`);
    return found;
  }

  list(resource: string, namespace?: string): readonly ApiObject[] {
    return this.store.list(this.store.resource(resource), namespace);
  }

  /** Lets the controllers and the kubelet work until nobody writes any more. Fails when that never comes. */
  async rest(): Promise<void> {
    for (let round = 0; round < PATIENCE; round++) {
      const before = this.#writes;
      await this.clock.settle();
      this.#kubelet();
      if (this.#writes === before) {
        assert.deepEqual(this.problems, []);
        return;
      }
    }
    assert.fail('the controllers do not come to rest');
  }

  /** How many writes `during` leads to, until all is at rest. */
  async writesOf(during: () => void | Promise<void>): Promise<number> {
    const before = this.#writes;
    await during();
    await this.rest();
    return this.#writes - before;
  }

  #kubelet(): void {
    for (const pod of this.list('pods')) {
      const { name, namespace, deletionTimestamp } = pod.metadata;
      const key = { name, namespace };
      if (deletionTimestamp && pod['spec'].nodeName) {
        this.store.delete(this.store.resource('pods'), key, { gracePeriodSeconds: 0 });
      } else if (pod['spec'].nodeName && !pod['status']?.podIP) {
        this.#run(pod);
      }
    }
  }

  #run(pod: ApiObject): void {
    const ip = `10.244.0.${this.#nextAddress++}`;
    const status = this.isHealthy(pod) ? 'True' : 'False';
    const lastTransitionTime = toTime(this.clock.wallMs());
    const conditions = [
      ...(pod['status']?.conditions ?? []),
      { type: 'ContainersReady', status, lastTransitionTime },
      { type: 'Ready', status, lastTransitionTime },
    ];
    const running = { ...pod['status'], phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions };
    const written = this.store.update(
      this.store.resource('pods'),
      { ...pod, status: running },
      { subresource: 'status' },
    );
    assert.ok(written.ok, written.ok ? '' : written.error.message);
  }
}

/** A Deployment of pods `app: <name>` with that image. */
export const deploymentOf = (name: string, spec: JsonObject = {}, image = 'one'): JsonObject => ({
  metadata: { name },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
    },
    ...spec,
  },
});
