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
import { type Freed, keptUntilMs, type Rest, Resting } from './resting.js';

const NOBODY: readonly ServiceKey[] = [];

/** By name: who came first is not known for certain after a restart, and a sentence is to be the same then. */
export const inOrder = (holders: readonly ServiceKey[]): readonly ServiceKey[] =>
  holders.length < 2 ? holders : holders.toSorted(compareText);

/** The next free address, or from when on there will be one, or nothing at all. */
export type Free =
  | { readonly kind: 'free'; readonly address: Address }
  | { readonly kind: 'resting'; readonly untilMs: number }
  /** Another device answered for it, and nothing else comes free before. */
  | { readonly kind: 'quarantined'; readonly address: Address; readonly untilMs: number }
  | { readonly kind: 'none' };

/** Why an address is given back: it was used, nobody can have used it, or another device answers for it. */
export type Left = 'used' | 'unused' | 'conflict';

export interface Looking {
  readonly nowMs: number;
  readonly avoids?: readonly Address[];
}

const NONE: readonly Address[] = [];

export class Ledger {
  #pools: Pools;
  readonly #holders = new AddressMap<readonly ServiceKey[]>();
  #resting = new Resting(0);
  /** A pool has or had a `reuse-delay`: what is freed in no pool may be of one that has it. */
  #hasDelays = false;
  /** Held, resting, reserved or avoided: everything that is not handed out as never used. */
  #used: Record<Family, AddressSet> = { IPv4: new AddressSet(), IPv6: new AddressSet() };
  readonly #counts: Record<Family, Map<PoolName, number>> = { IPv4: new Map(), IPv6: new Map() };

  constructor(pools: Pools) {
    this.#pools = pools;
    this.usePools(pools, 0);
  }

  /** Who holds what stays; what is free is asked of the new pools. */
  usePools(pools: Pools, nowMs: number): void {
    const freed = this.#resting.all();
    this.#pools = pools;
    this.#hasDelays ||= pools.all.some(({ reuseDelayMs }) => reuseDelayMs > 0);
    this.#resting = new Resting(this.#resting.changes + 1);
    this.#used = { IPv4: new AddressSet(), IPv6: new AddressSet() };
    this.#counts.IPv4.clear();
    this.#counts.IPv6.clear();
    for (const pool of pools.all) for (const address of pool.reserved.keys()) this.#markUsed(address);
    for (const address of this.#holders.keys()) {
      this.#markUsed(address);
      this.#count(address, pools.holding(address), 1);
    }
    for (const record of freed) this.#rest(record, nowMs);
  }

  holders(address: Address): readonly ServiceKey[] {
    return this.#holders.get(address) ?? NOBODY;
  }

  /** Adds a holder after those that are there. */
  take(address: Address, key: ServiceKey): void {
    const before = this.#holders.get(address);
    if (before !== undefined) {
      if (!before.includes(key)) this.#holders.set(address, [...before, key]);
      return;
    }
    this.#holders.set(address, [key]);
    const pool = this.#pools.holding(address);
    this.#resting.take(address, pool);
    this.#markUsed(address);
    this.#count(address, pool, 1);
  }

  /** Returns whether it is free now. */
  giveBack(address: Address, key: ServiceKey, nowMs: number, left: Left = 'used'): boolean {
    const before = this.holders(address);
    if (!before.includes(key)) return false;
    if (before.length > 1) {
      this.#holders.set(
        address,
        before.filter((holder) => holder !== key),
      );
      return false;
    }
    this.#holders.delete(address);
    this.#count(address, this.#pools.holding(address), -1);
    const quarantined = this.#resting.quarantineOf(address, nowMs);
    if (left === 'conflict') this.#rest({ address, lastHolder: key, freedAtMs: nowMs, because: left }, nowMs);
    else if (quarantined !== undefined && left === 'used')
      this.#rest({ ...quarantined, lastHolder: key, usedUntilMs: nowMs }, nowMs);
    else if (left === 'used' && (this.#hasDelays || this.#pools.holding(address) !== undefined))
      this.#rest({ address, lastHolder: key, freedAtMs: nowMs }, nowMs);
    else this.#restore(address, nowMs);
    return true;
  }

  /** Notes free addresses as freed, such as those that another controller freed; of two records of one the newer counts. */
  rest(records: readonly Freed[], nowMs: number): void {
    for (const freed of records.toSorted((a, b) => a.freedAtMs - b.freedAtMs)) this.#rest(freed, nowMs);
  }

  /** Those that rest now, or would if their pool came back: what whoever allocates after us has to know. */
  resting(nowMs: number): Iterable<Freed> {
    const poolOf = (address: Address) => this.#pools.holding(address);
    return this.#resting.resting({ poolOf, isHeld: (address) => this.#holders.has(address) }, nowMs);
  }

  /** Another number whenever {@link resting} tells something else for another reason than that time has passed. */
  get restingChanges(): number {
    return this.#resting.changes;
  }

  /** Until when a free address is kept for the one that had it; undefined when `key` may have it, if it asks for it. */
  restsFor(address: Address, key: ServiceKey, nowMs: number): (Freed & { readonly untilMs: number }) | undefined {
    const kept = this.#kept(address, nowMs);
    return kept === undefined || kept.freed.lastHolder === key ? undefined : { ...kept.freed, untilMs: kept.untilMs };
  }

  /** Who alone may have a free address now; undefined where anybody may. */
  keptFor(address: Address, nowMs: number): ServiceKey | undefined {
    return this.#kept(address, nowMs)?.freed.lastHolder;
  }

  /** Another device answered for it, so that nobody is given it unasked. */
  isQuarantined(address: Address, nowMs: number): boolean {
    return this.#resting.quarantineOf(address, nowMs) !== undefined;
  }

  /** Free addresses that this Service had, what it had last first. */
  lastHeldBy(key: ServiceKey): readonly Address[] {
    return this.#resting.lastHeldBy(key);
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
    const next = this.#resting.next(pool, family, nowMs, avoids);
    if (next === undefined) return { kind: 'none' };
    const { freed, untilMs } = next;
    if (untilMs <= nowMs) return { kind: 'free', address: freed.address };
    return this.isQuarantined(freed.address, nowMs)
      ? { kind: 'quarantined', address: freed.address, untilMs }
      : { kind: 'resting', untilMs };
  }

  /**
   * The lowest addresses of a pool that has nothing free, and by whom they are held. Passed over is only what is reserved
   * or avoided, as much as a configuration can name.
   */
  lowestHolders(pool: Pool, family: Family, most: number): readonly HeldAddress[] {
    const found: HeldAddress[] = [];
    const wanted = Math.min(most, this.heldIn(pool.name, family));
    for (const range of pool.ranges) {
      if (familyOfRange(range) !== family) continue;
      let address = found.length < wanted ? this.#used[family].firstMember(range.first) : undefined;
      while (address !== undefined && address <= range.last && found.length < wanted) {
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

  /** As if it had not been taken. */
  #restore(address: Address, nowMs: number): void {
    const before = this.#resting.beforeTaken(address);
    if (before === undefined) this.#markUnused(address);
    else this.#rest(before, nowMs);
  }

  #kept(address: Address, nowMs: number): Rest | undefined {
    const freed = this.#resting.get(address, nowMs);
    if (freed === undefined) return undefined;
    const untilMs = keptUntilMs(freed, this.#pools.holding(address)?.reuseDelayMs ?? 0, nowMs);
    return untilMs !== undefined && untilMs > nowMs ? { freed, untilMs } : undefined;
  }

  #rest(freed: Freed, nowMs: number): void {
    const { address } = freed;
    const pool = this.#pools.holding(address);
    if (this.#holders.has(address)) {
      if (freed.because !== undefined) this.#resting.setAside(freed, pool, nowMs);
      return;
    }
    // What no Service is given unasked needs no turn; what is in no pool may be in one soon.
    if (pool === undefined || pool.reserved.has(address) || isBuggy(pool, address)) {
      this.#markUnused(address);
      this.#resting.setAside(freed, pool, nowMs);
      return;
    }
    this.#markUsed(address);
    for (const forgotten of this.#resting.add(freed, pool, nowMs)) this.#markUnused(forgotten);
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

  #count(address: Address, pool: Pool | undefined, by: 1 | -1): void {
    if (pool === undefined) return;
    const counts = this.#counts[familyOf(address)];
    counts.set(pool.name, (counts.get(pool.name) ?? 0) + by);
  }
}
