/**
 * Where the traffic for each Service's ports may go, from all EndpointSlices of the cluster.
 *
 * Pure. It remembers only what it was given, and works out the answer for a port when it is asked: who asks does so for
 * every port at once. IPv4 alone, like the rest of the forwarding.
 *
 * Source: KEP-1669 (ready endpoints count; only where there is none, those that still serve while they terminate), which
 * is what kube-proxy does.
 * @module
 */
import { type IPv4, parseIPv4 } from '../values/ipv4.js';
import type { NodeName, ServiceKey } from '../values/names.js';
import type { Endpoint, EndpointSlice, ServicePort } from '../values/objects.js';

export interface Backend {
  readonly address: IPv4;
  readonly port: number;
  /** It runs on this node. */
  readonly local: boolean;
}

/** In the order of their addresses, each once. */
export interface Backends {
  /** Who gets new connections. */
  readonly everywhere: readonly Backend[];
  /** The same, asked among this node's endpoints alone. */
  readonly local: readonly Backend[];
  /** Whose connections are not dead: also those that terminate while others are ready. */
  readonly serving: readonly Backend[];
}

const NONE: Backends = { everywhere: [], local: [], serving: [] };

type State = 'ready' | 'draining';
interface Found extends Backend {
  readonly state: State;
}

export class Endpoints {
  readonly #node: NodeName;
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #slicesOf = new Map<ServiceKey, Set<string>>();

  constructor(node: NodeName) {
    this.#node = node;
  }

  /** A slice as it is now; undefined when it is gone. It may change hands with its label. */
  set(key: string, slice: EndpointSlice | undefined): void {
    const before = this.#slices.get(key)?.service;
    if (before !== undefined) {
      const slices = this.#slicesOf.get(before);
      slices?.delete(key);
      if (slices?.size === 0) this.#slicesOf.delete(before);
    }
    if (slice?.service === undefined || slice.addressType !== 'IPv4') {
      this.#slices.delete(key);
      return;
    }
    this.#slices.set(key, slice);
    this.#slicesOf.set(slice.service, (this.#slicesOf.get(slice.service) ?? new Set()).add(key));
  }

  backendsOf(service: ServiceKey, port: Pick<ServicePort, 'name' | 'protocol'>): Backends {
    const slices = this.#slicesOf.get(service);
    if (slices === undefined) return NONE;
    // While endpoints move from one slice to another, both have them: whoever is ready in one of them is ready.
    const found = new Map<string, Found>();
    for (const key of slices) {
      for (const each of this.#foundIn(this.#slices.get(key), port)) {
        const word = `${each.address}:${each.port}`;
        if (found.get(word)?.state !== 'ready') found.set(word, each);
      }
    }
    const serving = [...found.values()].sort((a, b) => a.address - b.address || a.port - b.port);
    return {
      everywhere: bestOf(serving),
      local: bestOf(serving.filter(({ local }) => local)),
      serving: serving.map(backendOf),
    };
  }

  *#foundIn(slice: EndpointSlice | undefined, port: Pick<ServicePort, 'name' | 'protocol'>): Iterable<Found> {
    for (const target of slice?.ports ?? []) {
      if (target.name !== port.name || target.protocol !== port.protocol || target.port === 0) continue;
      for (const endpoint of slice?.endpoints ?? []) {
        const state = stateOf(endpoint);
        // Every address of an endpoint reaches the same pod; the first one does.
        const address = parseIPv4(endpoint.addresses[0] ?? '');
        if (state === undefined || address === undefined) continue;
        yield { address, port: target.port, local: endpoint.nodeName === this.#node, state };
      }
    }
  }
}

function stateOf({ ready, serving, terminating }: Endpoint): State | undefined {
  if (ready) return 'ready';
  return serving && terminating ? 'draining' : undefined;
}

function bestOf(found: readonly Found[]): readonly Backend[] {
  const ready = found.filter(({ state }) => state === 'ready');
  return (ready.length > 0 ? ready : found).map(backendOf);
}

const backendOf = ({ address, port, local }: Found): Backend => ({ address, port, local });
