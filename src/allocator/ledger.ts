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
import { compareText } from '../values/text.js';
import { AddressMap } from './address-map.js';
import { AddressSet } from './address-set.js';
import { isBuggy, type Pools } from './pools.js';
import type { HeldAddress } from './refusal.js';
import { type Freed, keptUntilMs, quarantinedUntilMs, type Rest, Resting } from './resting.js';
import { nextSlot, type Part, type Slot, slotIn } from './slots.js';

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

/** Addresses of one pool and family. */
interface Tally {
  held: number;
  /** Reserved for somebody, and not held. */
  reservedFree: number;
}

const NONE: readonly Address[] = [];

export class Ledger {
  #pools: Pools;
  readonly #holders = new AddressMap<readonly ServiceKey[]>();
  #resting = new Resting(0);
  /** A pool has or had a `reuse-delay`: what is freed in no pool may be of one that has it. */
  #hasDelays = false;
  /** Of the pools' addresses those that are held, resting, reserved or avoided: not to be handed out as never used. */
  #used = noSlots();
  /** Those of pools that keep some back: anywhere else what is used is held, once nothing is free. */
  #held = noSlots();
  readonly #tallies = new Map<PoolName, Readonly<Record<Family, Tally>>>();

  constructor(pools: Pools) {
    this.#pools = pools;
    this.usePools(pools, 0);
  }

  get pools(): Pools {
    return this.#pools;
  }

  /** Who holds what stays; what is free is asked of the new pools. */
  usePools(pools: Pools, nowMs: number): void {
    const freed = this.#resting.all();
    this.#pools = pools;
    this.#hasDelays ||= pools.all.some(({ reuseDelayMs }) => reuseDelayMs > 0);
    this.#resting = new Resting(this.#resting.changes + 1);
    this.#used = noSlots();
    this.#held = noSlots();
    this.#tallies.clear();
    for (const pool of pools.all) {
      const tallies = { IPv4: { held: 0, reservedFree: 0 }, IPv6: { held: 0, reservedFree: 0 } };
      this.#tallies.set(pool.name, tallies);
      for (const address of pool.reserved.keys()) {
        this.#markUsed(address, pools.slots.partOf(address));
        tallies[familyOf(address)].reservedFree++;
      }
    }
    for (const address of this.#holders.keys()) {
      const part = pools.slots.partOf(address);
      this.#markUsed(address, part);
      this.#count(address, part, 1);
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
    const part = this.#pools.slots.partOf(address);
    this.#resting.take(address, part?.pool);
    this.#markUsed(address, part);
    this.#count(address, part, 1);
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
    const part = this.#pools.slots.partOf(address);
    this.#count(address, part, -1);
    const quarantined = this.#resting.quarantineOf(address, nowMs);
    if (left === 'conflict') this.#rest({ address, lastHolder: key, freedAtMs: nowMs, because: left }, nowMs);
    else if (quarantined !== undefined && left === 'used')
      this.#rest({ ...quarantined, lastHolder: key, usedUntilMs: nowMs }, nowMs);
    else if (left === 'used' && (this.#hasDelays || part !== undefined))
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
    return this.quarantineEndsMs(address, nowMs) !== undefined;
  }

  /** When anybody may be given it again; undefined where it is not in quarantine. */
  quarantineEndsMs(address: Address, nowMs: number): number | undefined {
    const freed = this.#resting.quarantineOf(address, nowMs);
    return freed && quarantinedUntilMs(freed, nowMs);
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
    const address = this.#neverUsed(pool, family, avoids);
    if (address !== undefined) return { kind: 'free', address };
    const next = this.#resting.next(pool, family, nowMs, avoids);
    if (next === undefined) return { kind: 'none' };
    const { freed, untilMs } = next;
    if (untilMs <= nowMs) return { kind: 'free', address: freed.address };
    return this.isQuarantined(freed.address, nowMs)
      ? { kind: 'quarantined', address: freed.address, untilMs }
      : { kind: 'resting', untilMs };
  }

  /** The first addresses of a pool that has nothing free, in the order in which they are handed out, and who holds them. */
  firstHolders(pool: Pool, family: Family, most: number): readonly HeldAddress[] {
    const { slots } = this.#pools;
    const stretch = slots.stretch(pool, family);
    const found: HeldAddress[] = [];
    const members = (keepsBack(pool) ? this.#held : this.#used)[family];
    let slot = stretch === undefined ? undefined : members.firstMember(stretch.first);
    while (stretch !== undefined && slot !== undefined && slot <= stretch.last && found.length < most) {
      const address = slots.addressAt(slot);
      const [holder] = inOrder(this.holders(address));
      if (holder !== undefined) found.push({ address, holder });
      slot = slot === stretch.last ? undefined : members.firstMember(nextSlot(slot));
    }
    return found;
  }

  /** How many addresses of the pool are held. */
  heldIn(pool: PoolName, family: Family): number {
    return this.#tallies.get(pool)?.[family].held ?? 0;
  }

  /** Reserved addresses that nobody holds. */
  reservedFreeIn(pool: PoolName, family: Family): number {
    return this.#tallies.get(pool)?.[family].reservedFree ?? 0;
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
    const part = this.#pools.slots.partOf(address);
    const pool = part?.pool;
    if (this.#holders.has(address)) {
      this.#resting.setAside(freed, pool, nowMs);
      return;
    }
    // What no Service is given unasked needs no turn; what is in no pool may be in one soon.
    if (pool === undefined || pool.reserved.has(address) || isBuggy(pool, address)) {
      this.#markUnused(address);
      this.#resting.setAside(freed, pool, nowMs);
      return;
    }
    this.#markUsed(address, part);
    for (const forgotten of this.#resting.add(freed, pool, nowMs)) this.#markUnused(forgotten);
  }

  #neverUsed(pool: Pool, family: Family, avoids: readonly Address[]): Address | undefined {
    const { slots } = this.#pools;
    const stretch = slots.stretch(pool, family);
    if (stretch === undefined) return undefined;
    const used = this.#used[family];
    let slot = used.firstGap(stretch.first);
    while (slot !== undefined && slot <= stretch.last) {
      const address = slots.addressAt(slot);
      const isAvoided = avoids.includes(address);
      // Never to be handed out to anybody: marked, so that nobody walks over it a second time.
      if (isBuggy(pool, address)) used.add(slot);
      else if (!isAvoided) return address;
      if (slot === stretch.last) return undefined;
      slot = used.firstGap(isAvoided ? nextSlot(slot) : slot);
    }
    return undefined;
  }

  #markUsed(address: Address, part: Part | undefined): void {
    if (part !== undefined) this.#used[familyOf(address)].add(slotIn(part, address));
  }

  #markUnused(address: Address): void {
    const part = this.#pools.slots.partOf(address);
    if (part === undefined || part.pool.reserved.has(address)) return;
    this.#used[familyOf(address)].delete(slotIn(part, address));
  }

  #count(address: Address, part: Part | undefined, by: 1 | -1): void {
    if (part === undefined) return;
    const { pool } = part;
    const family = familyOf(address);
    const tally = this.#tallies.get(pool.name)?.[family];
    if (tally !== undefined) tally.held += by;
    if (!keepsBack(pool)) return;
    if (tally !== undefined && pool.reserved.has(address)) tally.reservedFree -= by;
    if (by > 0) this.#held[family].add(slotIn(part, address));
    else this.#held[family].delete(slotIn(part, address));
  }
}

/** It has addresses that are neither free nor held. */
const keepsBack = ({ reserved, avoidBuggyIps }: Pool): boolean => reserved.size > 0 || avoidBuggyIps;

const noSlots = (): Readonly<Record<Family, AddressSet<Slot>>> => ({ IPv4: new AddressSet(), IPv6: new AddressSet() });
