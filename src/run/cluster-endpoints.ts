/**
 * All endpoints of the cluster, watched only while this node forwards by itself: everywhere else they would be most of a
 * speaker's memory.
 * @module
 */
import type { ApiClient } from '../kube/client.js';
import type { Clock } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import { ENDPOINT_SLICES } from '../kube/objects.js';
import { Informer } from '../kube/watch.js';
import { Endpoints } from '../speaker/endpoints.js';
import type { NodeName } from '../values/names.js';

export interface ClusterEndpointsOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly node: NodeName;
  readonly onChange: () => void;
}

export class ClusterEndpoints {
  readonly endpoints: Endpoints;
  readonly #informer;
  readonly #stopped = new AbortController();

  constructor({ client, clock, log, node, onChange }: ClusterEndpointsOptions) {
    this.endpoints = new Endpoints(node);
    this.#informer = new Informer({ client, clock, log, resource: ENDPOINT_SLICES });
    this.#informer.onChange((key, after) => {
      this.endpoints.set(key, after);
      onChange();
    });
    this.#informer.synced.then(onChange);
  }

  get isSynced(): boolean {
    return this.#informer.isSynced;
  }

  /** Lists and watches until `signal` aborts or {@link stop} is called. Never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#informer.run(AbortSignal.any([signal, this.#stopped.signal]));
  }

  stop(): void {
    this.#stopped.abort();
  }
}
