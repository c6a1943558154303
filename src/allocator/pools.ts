/**
 * The pools of the accepted configuration, found by name, by address and in the order in which a Service tries them.
 *
 * Pure. Built anew for each configuration; nothing here knows who holds what.
 *
 * Source: docs/design.md §4 (keys), §6 rule 5 (order).
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Address, isIPv4 } from '../values/address.js';
import { type LabelSelector, type Labels, matchesAnySelector } from '../values/labels.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { Slots } from './slots.js';

export interface Reservation {
  readonly address: Address;
  readonly pool: Pool;
}

const NO_LABELS: Labels = {};

export class Pools {
  /** As written. */
  readonly all: readonly Pool[];
  /** Those with selectors before the open ones, each by priority, ties as written. */
  readonly inOrder: readonly Pool[];
  /** Whether any of them goes by the labels of namespaces. */
  readonly selectByNamespaceLabels: boolean;
  readonly slots: Slots;
  readonly #byName: ReadonlyMap<PoolName, Pool>;
  readonly #reservations = new Map<ServiceKey, Reservation[]>();

  constructor(pools: readonly Pool[]) {
    this.all = pools;
    this.inOrder = [...pools.filter(hasSelectors).sort(byPriority), ...pools.filter(isOpen).sort(byPriority)];
    this.selectByNamespaceLabels = pools.some(({ namespaceSelectors }) => namespaceSelectors.length > 0);
    this.#byName = new Map(pools.map((pool) => [pool.name, pool]));
    this.slots = new Slots(pools);
    for (const pool of pools) {
      for (const [address, key] of pool.reserved) {
        const known = this.#reservations.get(key);
        if (known === undefined) this.#reservations.set(key, [{ address, pool }]);
        else known.push({ address, pool });
      }
    }
  }

  named(name: PoolName): Pool | undefined {
    return this.#byName.get(name);
  }

  /** The pool whose range holds the address; ranges never overlap, so there is at most one. */
  holding(address: Address): Pool | undefined {
    return this.slots.partOf(address)?.pool;
  }

  /** In the order written. */
  reservedFor(key: ServiceKey): readonly Reservation[] {
    return this.#reservations.get(key) ?? [];
  }
}

const hasSelectors = (pool: Pool): boolean =>
  pool.namespaces.length + pool.namespaceSelectors.length + pool.serviceSelectors.length > 0;
const isOpen = (pool: Pool): boolean => !hasSelectors(pool);

/** `sort` is stable, so ties keep the order written. */
const byPriority = (a: Pool, b: Pool): number => rank(a) - rank(b) || 0;
const rank = (pool: Pool): number => pool.priority ?? Number.MAX_VALUE;

/**
 * A namespace listed or selected (any, where neither list names one) and a Service that is selected. `undecided` is a Service
 * that is selected where the labels of its namespace, which nobody has told of, decide.
 */
export function selects(
  pool: Pool,
  service: Service,
  namespaceLabels: Labels | undefined,
): 'yes' | 'undecided' | 'not-namespace' | 'not-service' {
  const { namespace } = service.meta;
  const isUndecided = namespaceLabels === undefined && isByLabels(pool, namespace);
  const anyNamespace = pool.namespaces.length + pool.namespaceSelectors.length === 0;
  if (
    !isUndecided &&
    !anyNamespace &&
    !pool.namespaces.includes(namespace) &&
    !matchesAnySelector(pool.namespaceSelectors, namespaceLabels ?? NO_LABELS)
  ) {
    return 'not-namespace';
  }
  const anyService = pool.serviceSelectors.length === 0;
  if (!anyService && !matchesAnySelector(pool.serviceSelectors, service.meta.labels)) return 'not-service';
  return isUndecided ? 'undecided' : 'yes';
}

/** Whether it takes the labels of a namespace to know if a pool serves that. */
const isByLabels = ({ namespaces, namespaceSelectors }: Pool, namespace: string): boolean =>
  namespaceSelectors.length > 0 && !namespaces.includes(namespace) && !namespaceSelectors.some(selectsAll);

const selectsAll = ({ matchLabels, matchExpressions }: LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0;

/** MetalLB's word: some home routers take an IPv4 address that ends in .0 or .255 for a network's or a broadcast one. */
export function isBuggy(pool: Pool, address: Address): boolean {
  if (!pool.avoidBuggyIps || !isIPv4(address)) return false;
  const lastOctet = address & 0xff;
  return lastOctet === 0 || lastOctet === 255;
}
