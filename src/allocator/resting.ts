/**
 * Addresses that were held and are free: who held them last, and since when they are free.
 *
 * Pure. A freed address goes back to the same `namespace/name` at once, to others after the pool's `reuse-delay`, and
 * the most recently freed one is picked last. Addresses never held come before all of these, so they are remembered
 * even where the delay is 0; how many is bounded.
 *
 * Source: docs/design.md §4, `reuse-delay`.
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Address, type Family, familyOf } from '../values/address.js';
import type { PoolName, ServiceKey } from '../values/names.js';

export interface Freed {
  readonly address: Address;
  readonly lastHolder: ServiceKey;
  /** Wall time: it outlives a restart. */
  readonly freedAtMs: number;
}

/** Freed addresses remembered for each pool and family beyond those that still rest. */
const MAX_RESTED = 4096;

export class Resting {
  readonly #all = new Map<Address, Freed>();
  /** For each pool and family in the order in which they were freed. */
  readonly #queues = new Map<string, Set<Address>>();
  readonly #byHolder = new Map<ServiceKey, Set<Address>>();

  get(address: Address, nowMs: number): Freed | undefined {
    const freed = this.#all.get(address);
    if (freed === undefined || freed.freedAtMs <= nowMs) return freed;
    const inThePast = notAfter(freed, nowMs);
    this.#all.set(address, inThePast);
    return inThePast;
  }

  values(): IterableIterator<Freed> {
    return this.#all.values();
  }

  /** Addresses that this Service had and nobody took since. */
  lastHeldBy(key: ServiceKey): Iterable<Address> {
    return this.#byHolder.get(key) ?? [];
  }

  /** The one of this pool and family that has been free for longest, but for these few. */
  longest(pool: PoolName, family: Family, nowMs: number, avoids: readonly Address[]): Freed | undefined {
    for (const address of this.#queues.get(queueOf(pool, family)) ?? []) {
      if (!avoids.includes(address)) return this.get(address, nowMs);
    }
    return undefined;
  }

  /** Returns addresses that are forgotten in its place: they count as never held. */
  add(freed: Freed, pool: Pool, nowMs: number): readonly Address[] {
    this.delete(freed.address, pool.name);
    this.#all.set(freed.address, notAfter(freed, nowMs));
    const held = this.#byHolder.get(freed.lastHolder);
    if (held === undefined) this.#byHolder.set(freed.lastHolder, new Set([freed.address]));
    else held.add(freed.address);

    const name = queueOf(pool.name, familyOf(freed.address));
    const queue = this.#queues.get(name) ?? new Set<Address>();
    this.#queues.set(name, queue.add(freed.address));
    const forgotten: Address[] = [];
    for (const address of queue) {
      const oldest = this.get(address, nowMs);
      if (queue.size <= MAX_RESTED || (oldest !== undefined && restsUntilMs(oldest, pool, nowMs) > nowMs)) break;
      this.delete(address, pool.name);
      forgotten.push(address);
    }
    return forgotten;
  }

  delete(address: Address, pool: PoolName): void {
    const freed = this.#all.get(address);
    if (freed === undefined) return;
    this.#all.delete(address);
    this.#queues.get(queueOf(pool, familyOf(address)))?.delete(address);
    const held = this.#byHolder.get(freed.lastHolder);
    held?.delete(address);
    if (held?.size === 0) this.#byHolder.delete(freed.lastHolder);
  }
}

/**
 * A moment in the future is a wall clock that was set back since: whoever looks counts the delay from that look on, and
 * nobody waits longer because of it.
 */
const notAfter = (freed: Freed, nowMs: number): Freed =>
  freed.freedAtMs > nowMs ? { ...freed, freedAtMs: nowMs } : freed;

export const restsUntilMs = (freed: Freed, pool: Pool, nowMs: number): number =>
  Math.min(freed.freedAtMs, nowMs) + pool.reuseDelayMs;

const queueOf = (pool: PoolName, family: Family): string => `${family} ${pool}`;
