/**
 * Every address that any LoadBalancer Service ever had while a test ran, from a watch of the API server's own: what
 * proves that none was taken away in between.
 * @module
 */
import type { ApiObject } from '../../../src/playground/cluster/api.js';
import type { Cluster } from '../../../src/playground/cluster/cluster.js';
import { addressesOf } from './objects.js';

export interface Disturbances {
  /** Services whose address became another one. */
  readonly changed: readonly string[];
  /** Services that had an address and then none. */
  readonly lost: readonly string[];
  /** Addresses that two Services had at a time. */
  readonly twice: readonly string[];
}

export class AddressRecord {
  readonly #addresses = new Map<string, string>();
  readonly #changed: string[] = [];
  readonly #lost: string[] = [];
  readonly #twice: string[] = [];
  readonly #stopped = new AbortController();
  readonly #followed: Promise<void>;

  private constructor(cluster: Cluster, services: readonly ApiObject[], resourceVersion: string) {
    for (const service of services) this.#note(service);
    this.#followed = this.#follow(cluster, resourceVersion);
  }

  static async start(cluster: Cluster): Promise<AddressRecord> {
    const { items, metadata } = await cluster.api.get('/api/v1/services');
    return new AddressRecord(cluster, items, metadata.resourceVersion);
  }

  /** How many Services have an address now. */
  get served(): number {
    return [...this.#addresses.values()].filter((address) => address !== '').length;
  }

  async stop(): Promise<Disturbances> {
    this.#stopped.abort();
    await this.#followed;
    return { changed: this.#changed, lost: this.#lost, twice: this.#twice };
  }

  async #follow(cluster: Cluster, resourceVersion: string): Promise<void> {
    try {
      for await (const event of cluster.api.watch('/api/v1/services', { resourceVersion }, this.#stopped.signal)) {
        if (event.type === 'DELETED') this.#addresses.delete(event.object.metadata.name);
        else if (event.type === 'ADDED' || event.type === 'MODIFIED') this.#note(event.object);
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) throw error;
    }
  }

  #note(service: ApiObject): void {
    const { name } = service.metadata;
    const before = this.#addresses.get(name) ?? '';
    const now = addressesOf(service).join(',');
    if (before !== '' && now === '') this.#lost.push(name);
    if (before !== '' && now !== '' && now !== before) this.#changed.push(`${name}: ${before} became ${now}`);
    for (const address of addressesOf(service)) {
      const other = [...this.#addresses].find(([each, held]) => each !== name && held.split(',').includes(address));
      if (other !== undefined && now !== before) this.#twice.push(`${address}: ${other[0]} and ${name}`);
    }
    this.#addresses.set(name, now);
  }
}
