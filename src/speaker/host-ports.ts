/**
 * Which ports of a node's own address are taken by programs of the node itself.
 *
 * A Service on a node's own address must not take its SSH or its API server from it. kube-proxy opens no listening socket
 * for what it forwards, but for a healthCheckNodePort and, in old versions, for NodePorts: the latter are the Service's own
 * and do not count. Nor does the Service's own backend, where that is a pod on the host's network.
 *
 * Pure. Source: docs/design.md §4; proc_pid_net(5) for the form of `/proc/net/tcp`.
 * @module
 */
import { type Address, parseAddress } from '../values/address.js';
import { toIPv4 } from '../values/ipv4.js';
import { mappedIPv4, toIPv6 } from '../values/ipv6.js';
import type { ServiceKey } from '../values/names.js';
import type { EndpointSlice, Protocol, Service } from '../values/objects.js';

/** A socket that takes connections or datagrams from anybody. */
export interface Listener {
  readonly protocol: Protocol;
  /** Undefined: every address of the node. */
  readonly address: Address | undefined;
  readonly port: number;
}

export interface HostPort {
  readonly protocol: Protocol;
  readonly port: number;
}

/** TCP_LISTEN of include/net/tcp_states.h; an unconnected UDP socket is in TCP_CLOSE. */
const LISTENING = { TCP: '0A', UDP: '07' } as const;

/** One line of `/proc/net/tcp`, `udp` or their IPv6 forms; undefined for one that is no listener. */
export function parseListener(line: string, protocol: keyof typeof LISTENING): Listener | undefined {
  const [, local = '', remote = '', state] = line.trim().split(/\s+/);
  const [host = '', port = ''] = local.split(':');
  if (state !== LISTENING[protocol] || !/:0000$/.test(remote) || !/^[0-9A-F]{4}$/.test(port)) return undefined;
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(host)) return undefined;
  return { protocol, address: /^0+$/.test(host) ? undefined : addressIn(host), port: Number.parseInt(port, 16) };
}

/** Words of four bytes, each in the order of the machine, which is little-endian wherever Kubernetes runs. */
function addressIn(host: string): Address {
  const words = (host.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).toReversed().join(''));
  if (words.length === 1) return toIPv4(Number.parseInt(words.join(''), 16));
  const ip = toIPv6(BigInt(`0x${words.join('')}`));
  return mappedIPv4(ip) ?? ip;
}

/** The ports of these Services at a node's own address that programs of the node have. In order, each once. */
export function takenPorts(
  address: Address,
  services: readonly Service[],
  listeners: readonly Listener[],
  isBackend: (service: ServiceKey, port: HostPort) => boolean,
): readonly HostPort[] {
  const taken = new Map<string, HostPort>();
  for (const { key, ports } of services) {
    for (const { protocol, port, nodePort } of ports) {
      const isThere = listeners.some(
        (listener) =>
          listener.protocol === protocol &&
          listener.port === port &&
          (listener.address === undefined || listener.address === address),
      );
      if (!isThere || port === nodePort || isBackend(key, { protocol, port })) continue;
      taken.set(`${protocol} ${String(port).padStart(5, '0')}`, { protocol, port });
    }
  }
  return [...taken].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port);
}

/** Endpoints on this node, found by Service and port: those on the host's network have the node's own address. */
export class HostBackends {
  readonly #slices = new Map<string, EndpointSlice>();

  set(key: string, slice: EndpointSlice | undefined): void {
    if (slice === undefined || slice.endpoints.length === 0) this.#slices.delete(key);
    else this.#slices.set(key, slice);
  }

  has(service: ServiceKey, address: Address, { protocol, port }: HostPort): boolean {
    for (const slice of this.#slices.values()) {
      if (slice.service !== service) continue;
      if (!slice.ports.some((each) => each.protocol === protocol && each.port === port)) continue;
      if (slice.endpoints.some(({ addresses }) => addresses.some((text) => parseAddress(text) === address)))
        return true;
    }
    return false;
  }
}
