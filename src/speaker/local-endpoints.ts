/**
 * Which Services have an endpoint on this node that kube-proxy would send traffic to (policy Local).
 *
 * Pure; it remembers only the slices that have an endpoint here, which on one node of many are few.
 *
 * Source: KEP-1669: ready endpoints count; only where the node has none of these, those that still serve while they
 * terminate.
 * @module
 */
import type { NodeName, ServiceKey } from '../values/names.js';
import type { Endpoint, EndpointSlice } from '../values/objects.js';

export class LocalEndpoints {
  readonly #node: NodeName;
  /** By slice: whose it is. A slice may change hands with its label. */
  readonly #serviceOf = new Map<string, ServiceKey>();
  readonly #slicesOf = new Map<ServiceKey, Set<string>>();

  constructor(node: NodeName) {
    this.#node = node;
  }

  /** Returns the Services for which the answer of {@link has} changed. */
  set(slice: string, after: EndpointSlice | undefined): readonly ServiceKey[] {
    const before = this.#serviceOf.get(slice);
    const service = after?.endpoints.some((endpoint) => this.#serves(endpoint)) ? after.service : undefined;
    if (service === before) return [];
    const touched = [before, service].filter((key) => key !== undefined);
    const had = touched.map((key) => this.has(key));
    if (before !== undefined) this.#remove(before, slice);
    if (service !== undefined) {
      this.#serviceOf.set(slice, service);
      this.#slicesOf.set(service, (this.#slicesOf.get(service) ?? new Set()).add(slice));
    }
    return touched.filter((key, at) => this.has(key) !== had[at]);
  }

  has(service: ServiceKey): boolean {
    return this.#slicesOf.has(service);
  }

  #remove(service: ServiceKey, slice: string): void {
    this.#serviceOf.delete(slice);
    const slices = this.#slicesOf.get(service);
    slices?.delete(slice);
    if (slices?.size === 0) this.#slicesOf.delete(service);
  }

  /** Whether it is the ready ones or the terminating ones that serve makes no difference to who may announce. */
  #serves({ nodeName, ready, serving, terminating }: Endpoint): boolean {
    return nodeName === this.#node && (ready || (serving && terminating));
  }
}
