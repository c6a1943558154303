/**
 * Who holds what, and which address of a pool is free.
 *
 * Pure. Taking, giving back and finding a free address cost O(log n) in the addresses used and nothing in the size of a
 * pool. One address may have several holders, the first of them the earliest: what was shared before we came stays so.
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Address, type Family, familyOf } from '../values/address.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import { familyOfRange, offset, type Range } from '../values/range.js';
import { compareText } from '../values/text.js';
import { AddressMap } from './address-map.js';
import { AddressSet } from './address-set.js';
import { isBuggy, type Pools } from './pools.js';
import type { HeldAddress } from './refusal.js';
import { type Freed, Resting, restsUntilMs } from './resting.js';

/** How many runs of used addresses are looked at when a pool's holders are named. */
const MAX_LOOKED_AT = 64;

const NOBODY: readonly ServiceKey[] = [];

/** By name: who came first is not known for certain after a restart, and a sentence is to be the same then. */
export const inOrder = (holders: readonly ServiceKey[]): readonly ServiceKey[] =>
  holders.length < 2 ? holders : holders.toSorted(compareText);

/** The next free address, or from when on there will be one, or nothing at all. */
export type Free =
  | { readonly kind: 'free'; readonly address: Address }
  | { readonly kind: 'resting'; readonly untilMs: number }
  | { readonly kind: 'none' };

export interface Looking {
  readonly nowMs: number;
  readonly avoids?: readonly Address[];
}

const NONE: readonly Address[] = [];

export class Ledger {
  #pools: Pools;
  readonly #holders = new AddressMap<readonly ServiceKey[]>();
  #resting = new Resting();
  /** Held, resting, reserved or avoided: everything that is not handed out as never used. */
  #used: Record<Family, AddressSet> = { IPv4: new AddressSet(), IPv6: new AddressSet() };
  readonly #counts: Record<Family, Map<PoolName, number>> = { IPv4: new Map(), IPv6: new Map() };

  constructor(pools: Pools) {
    this.#pools = pools;
    this.usePools(pools, 0);
  }

  /** Who holds what stays; what is free is asked of the new pools. */
  usePools(pools: Pools, nowMs: number): void {
    const freed = [...this.#resting.values()];
    this.#pools = pools;
    this.#resting = new Resting();
    this.#used = { IPv4: new AddressSet(), IPv6: new AddressSet() };
    this.#counts.IPv4.clear();
    this.#counts.IPv6.clear();
    for (const pool of pools.all) for (const address of pool.reserved.keys()) this.#markUsed(address);
    for (const address of this.#holders.keys()) {
      this.#markUsed(address);
      this.#count(address, 1);
    }
    for (const record of freed) this.rest(record, nowMs);
  }

  holders(address: Address): readonly ServiceKey[] {
    return this.#holders.get(address) ?? NOBODY;
  }

  /** Adds a holder after those that are there. */
  take(address: Address, key: ServiceKey): void {
    const before = this.holders(address);
    if (before.includes(key)) return;
    this.#holders.set(address, [...before, key]);
    if (before.length > 0) return;
    const pool = this.#pools.holding(address);
    if (pool !== undefined) this.#resting.delete(address, pool.name);
    this.#markUsed(address);
    this.#count(address, 1);
  }

  /** `freedAtMs` undefined: it was never really held, and nobody waits for it. Returns whether it is free now. */
  giveBack(address: Address, key: ServiceKey, freedAtMs: number | undefined): boolean {
    const before = this.holders(address);
    if (!before.includes(key)) return false;
    const rest = before.filter((holder) => holder !== key);
    if (rest.length > 0) {
      this.#holders.set(address, rest);
      return false;
    }
    this.#holders.delete(address);
    this.#count(address, -1);
    if (freedAtMs === undefined) this.#markUnused(address);
    else this.rest({ address, lastHolder: key, freedAtMs }, freedAtMs);
    return true;
  }

  /** Notes a free address as freed, such as one that another controller freed before a restart. */
  rest(freed: Freed, nowMs: number): void {
    const { address } = freed;
    if (this.#holders.has(address)) return;
    const pool = this.#pools.holding(address);
    // What no Service is ever given by itself needs no turn.
    if (pool === undefined || pool.reserved.has(address) || isBuggy(pool, address)) {
      this.#markUnused(address);
      return;
    }
    this.#markUsed(address);
    for (const forgotten of this.#resting.add(freed, pool, nowMs)) this.#markUnused(forgotten);
  }

  freed(): Iterable<Freed> {
    return this.#resting.values();
  }

  /** Until when a free address is kept for the one that had it; undefined when `key` may have it now. */
  restsFor(address: Address, key: ServiceKey, nowMs: number): (Freed & { readonly untilMs: number }) | undefined {
    const freed = this.#resting.get(address, nowMs);
    const pool = this.#pools.holding(address);
    if (freed === undefined || pool === undefined || freed.lastHolder === key) return undefined;
    const untilMs = restsUntilMs(freed, pool, nowMs);
    return untilMs > nowMs ? { ...freed, untilMs } : undefined;
  }

  /**
   * What `key` had last, if it is of this pool and family and still free; else never used before long free. None of
   * `avoids`, which are few.
   */
  nextFree(pool: Pool, family: Family, key: ServiceKey, { nowMs, avoids = NONE }: Looking): Free {
    for (const address of this.#resting.lastHeldBy(key)) {
      const isOfThese = familyOf(address) === family && this.#pools.holding(address) === pool;
      if (isOfThese && !avoids.includes(address)) return { kind: 'free', address };
    }
    for (const range of pool.ranges) {
      const address = familyOfRange(range) === family ? this.#neverUsed(pool, range, avoids) : undefined;
      if (address !== undefined) return { kind: 'free', address };
    }
    const freed = this.#resting.longest(pool.name, family, nowMs, avoids);
    if (freed === undefined) return { kind: 'none' };
    const untilMs = restsUntilMs(freed, pool, nowMs);
    return untilMs > nowMs ? { kind: 'resting', untilMs } : { kind: 'free', address: freed.address };
  }

  /** The lowest addresses of the pool that are held, and by whom. */
  lowestHolders(pool: Pool, family: Family, most: number): readonly HeldAddress[] {
    const found: HeldAddress[] = [];
    let looksLeft = MAX_LOOKED_AT;
    for (const range of pool.ranges) {
      if (familyOfRange(range) !== family) continue;
      let address = this.#used[family].firstMember(range.first);
      while (address !== undefined && address <= range.last && found.length < most && looksLeft-- > 0) {
        const [holder] = inOrder(this.holders(address));
        if (holder !== undefined) found.push({ address, holder });
        address = address === range.last ? undefined : this.#used[family].firstMember(offset(address, 1n));
      }
    }
    return found;
  }

  /** How many addresses of the pool are held. */
  heldIn(pool: PoolName, family: Family): number {
    return this.#counts[family].get(pool) ?? 0;
  }

  /** Reserved addresses that nobody holds. */
  reservedFreeIn(pool: Pool, family: Family): number {
    let free = 0;
    for (const address of pool.reserved.keys()) {
      if (familyOf(address) === family && !this.#holders.has(address)) free++;
    }
    return free;
  }

  #neverUsed(pool: Pool, range: Range, avoids: readonly Address[]): Address | undefined {
    const used = this.#used[familyOfRange(range)];
    let address = used.firstGap(range.first);
    while (address !== undefined && address <= range.last) {
      const isAvoided = avoids.includes(address);
      // Never to be handed out to anybody: marked, so that nobody walks over it a second time.
      if (isBuggy(pool, address)) used.add(address);
      else if (!isAvoided) return address;
      if (address === range.last) return undefined;
      address = used.firstGap(isAvoided ? offset(address, 1n) : address);
    }
    return undefined;
  }

  #markUsed(address: Address): void {
    this.#used[familyOf(address)].add(address);
  }

  #markUnused(address: Address): void {
    if (this.#pools.holding(address)?.reserved.has(address) !== true) this.#used[familyOf(address)].delete(address);
  }

  #count(address: Address, by: 1 | -1): void {
    const pool = this.#pools.holding(address);
    if (pool === undefined) return;
    const counts = this.#counts[familyOf(address)];
    counts.set(pool.name, (counts.get(pool.name) ?? 0) + by);
  }
}
