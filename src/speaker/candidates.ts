/**
 * Which addresses this node should answer for, and what the API says against it: Services, EndpointSlices, Nodes, pools
 * and the health of kube-proxy in, orders for the link side out.
 *
 * Pure; it remembers what it was given and works out again only the addresses that a change touches. It judges this node
 * alone (docs/protocol.md rule 1): what others may do is theirs to say. Links are the link side's to judge.
 *
 * Sources: docs/design.md §5, §6.1 and §7; docs/protocol.md rule 7.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Config, Pool } from '../config/config.js';
import { type Address, isIPv4, parseAddress } from '../values/address.js';
import type { IPv4 } from '../values/ipv4.js';
import type { NodeName, ServiceKey } from '../values/names.js';
import type { EndpointSlice, Node, Service } from '../values/objects.js';
import { isOurs, type ServiceClass } from '../values/service-class.js';
import { ClusterNodes } from './cluster-nodes.js';
import type { ServedServices } from './forwarding.js';
import { type ForwardingState, forwardingRefusals, sameForwarding } from './forwarding-state.js';
import { allOf, type Holders, holdersOf, poolOf, unservedPortsOf } from './holders.js';
import { HostBackends, type HostPort, type Listener, takenPorts } from './host-ports.js';
import { LocalEndpoints } from './local-endpoints.js';
import type { LinkChoice, Orders, Refusal, WantedAddress } from './messages.js';
import { nodeRefusals, type ProxyHealth } from './node-refusals.js';

export interface CandidatesOptions {
  readonly node: NodeName;
  readonly serviceClass: ServiceClass;
  /** `--ignore-exclude-label`. */
  readonly ignoreExcludeLabel: boolean;
}

export class Candidates {
  readonly #options: CandidatesOptions;
  readonly #localEndpoints: LocalEndpoints;
  readonly #hostBackends = new HostBackends();
  /** Programs of this node that listen; undefined before anybody looked. */
  #listeners: readonly Listener[] | undefined;
  readonly #nodes: ClusterNodes;
  /** Services of ours that hold an address, and the addresses of each. */
  readonly #addressesOf = new Map<ServiceKey, readonly Address[]>();
  readonly #holders = new Map<Address, Map<ServiceKey, Service>>();
  readonly #wanted = new Map<Address, WantedAddress>();
  readonly #stale = new Set<Address>();
  #config: Config | undefined;
  #proxy: ProxyHealth = 'absent';
  #forwarding: ForwardingState = { by: 'kube-proxy' };
  /** By pool; the same for every address of it. Emptied when the config, a Node or kube-proxy changes. */
  readonly #refusalsOfPool = new Map<Pool | undefined, readonly Refusal[]>();
  #orders: Orders | undefined;

  constructor(options: CandidatesOptions) {
    this.#options = options;
    this.#localEndpoints = new LocalEndpoints(options.node);
    this.#nodes = new ClusterNodes(options);
  }

  setConfig(config: Config): void {
    this.#config = config;
    this.#orders = undefined;
    this.#judgeAllAgain();
  }

  setProxy(proxy: ProxyHealth): void {
    if (proxy === this.#proxy) return;
    this.#proxy = proxy;
    this.#judgeAllAgain();
  }

  /** Returns whether that changes anything. */
  setForwarding(forwarding: ForwardingState): boolean {
    if (sameForwarding(forwarding, this.#forwarding)) return false;
    this.#forwarding = forwarding;
    this.#judgeAllAgain();
    return true;
  }

  /** What programs of this node listen on; needed while {@link holdsNodeAddress}. */
  setListeners(listeners: readonly Listener[] | undefined): void {
    this.#listeners = listeners;
    for (const address of this.#ownHeld()) this.#stale.add(address);
  }

  /** A Service of ours holds an address of this node. */
  holdsNodeAddress(): boolean {
    return this.#ownHeld().length > 0;
  }

  setService(key: ServiceKey, service: Service | undefined): void {
    for (const address of this.#addressesOf.get(key) ?? []) {
      const holders = this.#holders.get(address);
      holders?.delete(key);
      if (holders?.size === 0) this.#holders.delete(address);
      this.#stale.add(address);
    }
    const addresses = service !== undefined && isOurs(service, this.#options.serviceClass) ? addressesIn(service) : [];
    if (service === undefined || addresses.length === 0) {
      this.#addressesOf.delete(key);
      return;
    }
    this.#addressesOf.set(key, addresses);
    for (const address of addresses) {
      this.#holders.set(address, (this.#holders.get(address) ?? new Map<ServiceKey, Service>()).set(key, service));
      this.#stale.add(address);
    }
  }

  setSlice(key: string, slice: EndpointSlice | undefined): void {
    this.#hostBackends.set(key, slice);
    for (const address of this.#ownHeld()) this.#stale.add(address);
    for (const service of this.#localEndpoints.set(key, slice)) {
      for (const address of this.#addressesOf.get(service) ?? []) this.#stale.add(address);
    }
  }

  setNode(name: string, node: Node | undefined): void {
    const { addresses, touchesAll } = this.#nodes.set(name, node);
    for (const address of addresses) this.#stale.add(address);
    if (touchesAll) this.#judgeAllAgain();
  }

  /**
   * The orders for the link side; undefined before there is a config. The same object as before if nothing changed.
   */
  orders(): Orders | undefined {
    const config = this.#config;
    if (config === undefined) return undefined;
    let changed = this.#orders === undefined;
    for (const address of this.#stale) {
      const before = this.#wanted.get(address);
      const after = this.#judge(address, config);
      if (JSON.stringify(wordOf(before)) === JSON.stringify(wordOf(after))) continue;
      changed = true;
      if (after === undefined) this.#wanted.delete(address);
      else this.#wanted.set(address, after);
    }
    this.#stale.clear();
    const alone = this.#nodes.isAlone();
    if (!changed && this.#orders?.alone === alone) return this.#orders;
    this.#orders = {
      wanted: [...this.#wanted.values()],
      excludeInterfaces: config.announcements.excludeInterfaces,
      announceIntervalMs: config.announcements.intervalMs,
      alone,
    };
    return this.#orders;
  }

  /** Every address of a Service of ours, and who holds it; nothing before there is a config. */
  *served(): Iterable<ServedServices> {
    if (this.#config === undefined) return;
    for (const address of this.#holders.keys()) {
      if (!isIPv4(address)) continue;
      const services = allOf(this.#holdersOf(address, this.#config));
      const taken = this.#takenAt(address, services);
      const left = taken.length === 0 ? services : services.map((service) => withoutPorts(service, taken));
      if (left.length > 0) yield { address, services: left, isNodeAddress: this.#nodes.at(address) !== undefined };
    }
  }

  /** Addresses of this node that Services hold: one or two at most. */
  #ownHeld(): readonly Address[] {
    return this.#nodes.ownAddresses().filter((address) => this.#holders.has(address));
  }

  #takenAt(address: Address, holders: readonly Service[]): readonly HostPort[] {
    if (this.#listeners === undefined || this.#nodes.at(address)?.has(this.#options.node) !== true) return [];
    return takenPorts(address, holders, this.#listeners, (key, port) => this.#hostBackends.has(key, address, port));
  }

  #judgeAllAgain(): void {
    this.#refusalsOfPool.clear();
    for (const address of this.#holders.keys()) this.#stale.add(address);
  }

  /** What kube-proxy says is nothing to a node that forwards by itself. */
  #proxyThatCounts(): ProxyHealth {
    return this.#forwarding.by === 'kube-proxy' ? this.#proxy : 'absent';
  }

  #judge(address: Address, config: Config): WantedAddress | undefined {
    const holders = this.#holdersOf(address, config);
    const all = allOf(holders);
    const [first] = all;
    if (first === undefined) return undefined;
    const pool = poolOf(config, address, first);
    if (pool?.protocol === 'bgp') return undefined;
    const nodesThere = this.#nodes.at(address);
    const unservedPorts = unservedPortsOf(holders, (key) => this.#localEndpoints.has(key));
    return {
      address,
      servicesHash: hashServices(all),
      links: linksOf(pool),
      refusals: this.#refusals(address, pool, holders, nodesThere),
      ownedByKernel: nodesThere !== undefined,
      takenPorts: this.#takenAt(address, all),
      ...(unservedPorts.length === 0 ? {} : { unservedPorts }),
    };
  }

  #holdersOf(address: Address, config: Config): Holders {
    return holdersOf(address, [...(this.#holders.get(address)?.values() ?? [])], config);
  }

  #refusals(
    address: Address,
    pool: Pool | undefined,
    holders: Holders,
    nodesThere: ReadonlySet<NodeName> | undefined,
  ): readonly Refusal[] {
    const { node } = this.#options;
    if (nodesThere !== undefined) {
      if (nodesThere.has(node)) return this.#ownRefusals(holders);
      const detail = `it is the address of node ${[...nodesThere].sort().join(' and ')}, whose kernel answers for it`;
      return [{ kind: 'hard', reason: 'NodeAddressElsewhere', detail }];
    }
    let refusals = this.#refusalsOfPool.get(pool);
    if (refusals === undefined) {
      refusals = nodeRefusals(
        {
          name: node,
          node: this.#nodes.own,
          proxy: this.#proxyThatCounts(),
          excludeLabelCounts: this.#nodes.excludeLabelCounts(),
        },
        pool,
      );
      this.#refusalsOfPool.set(pool, refusals);
    }
    refusals = [...refusals, ...forwardingRefusals(this.#forwarding, address)];
    return [...refusals, ...this.#withoutEndpoint(holders)];
  }

  /** Against the node whose own address it is: its kernel answers whatever is said here. */
  #ownRefusals(holders: Holders): readonly Refusal[] {
    if (this.#listeners !== undefined) return this.#withoutEndpoint(holders);
    const detail = `node ${this.#options.node} looks which ports its own programs have`;
    return [{ kind: 'hard', reason: 'HostPortsUnchecked', detail }];
  }

  /** A node that answers for the address gets the traffic of all who share it, and is judged by those that stay. */
  #withoutEndpoint({ staying, going }: Holders): readonly Refusal[] {
    const { node } = this.#options;
    const without = staying.find(
      ({ externalTrafficPolicy, key }) => externalTrafficPolicy === 'Local' && !this.#localEndpoints.has(key),
    );
    if (without === undefined) return [];
    const whose = staying.length + going.length > 1 ? ` of ${without.key}` : '';
    const detail = `externalTrafficPolicy${whose} is Local and node ${node} has no ready endpoint`;
    return [{ kind: 'soft', reason: 'NoLocalEndpoint', detail }];
  }
}

/** 64 bits that differ when other Services hold the address, or the same ones were created again. */
function hashServices(services: readonly Service[]): string {
  const uids = services.map(({ meta }) => meta.uid).sort();
  return createHash('sha256').update(uids.join('\n')).digest('hex').slice(0, 16);
}

/** This version's link side answers for IPv4 alone; `announced.ts` says so of the others. */
const addressesIn = (service: Service): readonly IPv4[] => [
  ...new Set(
    service.ingress.map(({ ip }) => parseAddress(ip)).filter((address) => address !== undefined && isIPv4(address)),
  ),
];

const linksOf = (pool: Pool | undefined): LinkChoice =>
  pool === undefined || pool.interfaces.length === 0
    ? { kind: 'on-link' }
    : { kind: 'named', patterns: pool.interfaces };

const wordOf = (wanted: WantedAddress | undefined) =>
  wanted && [
    wanted.servicesHash,
    wanted.links,
    wanted.refusals,
    wanted.ownedByKernel,
    wanted.takenPorts,
    wanted.unservedPorts,
  ];

const withoutPorts = (service: Service, taken: readonly HostPort[]): Service => ({
  ...service,
  ports: service.ports.filter(({ protocol, port }) =>
    taken.every((each) => each.protocol !== protocol || each.port !== port),
  ),
});
