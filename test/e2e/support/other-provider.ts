/**
 * Another load-balancer provider on the cluster, which serves the Services without a class from a range of its own.
 *
 * It does what such programs have in common: keeps what is in a status that it wrote, gives the next free address of its
 * range to a Service that has none, and looks at nobody else's.
 * @module
 */
import { type ApiObject, ApiStatusError } from '../../../src/playground/cluster/api.js';
import type { Cluster } from '../../../src/playground/cluster/cluster.js';
import { addressesOf } from './objects.js';

const SERVICES = '/api/v1/services';

export class OtherProvider {
  readonly #cluster: Cluster;
  readonly #range: readonly string[];
  readonly #stopped = new AbortController();
  /** What it gave, by namespace and name; it outlives this object in the statuses alone. */
  readonly #given = new Map<string, string>();
  #followed: Promise<void> = Promise.resolve();

  private constructor(cluster: Cluster, range: readonly string[]) {
    this.#cluster = cluster;
    this.#range = range;
  }

  static async start(cluster: Cluster, range: readonly string[]): Promise<OtherProvider> {
    const provider = new OtherProvider(cluster, range);
    const { items, metadata } = await cluster.api.get(SERVICES);
    for (const service of items) provider.#adopt(service);
    for (const service of items) await provider.#serve(service);
    provider.#followed = provider.#follow(metadata.resourceVersion);
    return provider;
  }

  /** Rejects when something went wrong meanwhile. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#followed;
  }

  async #follow(resourceVersion: string): Promise<void> {
    try {
      for await (const { type, object } of this.#cluster.api.watch(
        SERVICES,
        { resourceVersion },
        this.#stopped.signal,
      )) {
        if (type === 'DELETED') this.#given.delete(keyOf(object));
        else await this.#serve(object);
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) throw error;
    }
  }

  #adopt(service: ApiObject): void {
    const [held] = addressesOf(service);
    if (isServed(service) && held !== undefined && this.#range.includes(held)) this.#given.set(keyOf(service), held);
  }

  async #serve(service: ApiObject): Promise<void> {
    const key = keyOf(service);
    if (!isServed(service)) {
      this.#given.delete(key);
      return;
    }
    if (addressesOf(service).length > 0) return;
    const taken = new Set(this.#given.values());
    const ip = this.#given.get(key) ?? this.#range.find((each) => !taken.has(each));
    if (ip === undefined) return;
    this.#given.set(key, ip);
    const { namespace, name } = service.metadata;
    try {
      await this.#cluster.api.patch(`/api/v1/namespaces/${namespace}/services/${name}/status`, {
        status: { loadBalancer: { ingress: [{ ip }] } },
      });
    } catch (error) {
      // Gone meanwhile.
      if (!(error instanceof ApiStatusError) || error.status !== 404) throw error;
    }
  }
}

const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace}/${metadata.name}`;
const isServed = ({ spec }: ApiObject): boolean => spec.type === 'LoadBalancer' && spec.loadBalancerClass === undefined;
