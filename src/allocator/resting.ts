/**
 * Addresses that were held and are free: who held them last, since when they are free, and why they rest.
 *
 * Pure. A freed address goes back to the same `namespace/name` at once, to others after the pool's `reuse-delay`, and
 * the most recently freed one is picked last. One that a Service was moved off, because another device answers for it, is
 * left alone for {@link QUARANTINE_MS}, whoever held it; where somebody asked for it by name meanwhile and used it, the pool's
 * `reuse-delay` counts from then on as well. Addresses never held come before all of these, so they are
 * remembered even where the delay is 0; how many is bounded.
 *
 * What is in no pool, or is given only on request, has no turn. It is kept aside all the same: a pool that an edit of the
 * configuration took away by mistake may be back a minute later.
 *
 * Source: docs/design.md §4, `reuse-delay`; §6, rules 1 and 4.
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Address, compareAddresses, type Family, familyOf } from '../values/address.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import { AddressMap } from './address-map.js';
import { Line, Place } from './line.js';
import { lookUp } from './look-up.js';

export interface Freed {
  readonly address: Address;
  readonly lastHolder: ServiceKey;
  /** In the time that the allocator is told, which begins as the wall clock's and goes on evenly: it outlives a restart. */
  readonly freedAtMs: number;
  /** Another device answered for it: nobody is given it unasked. Absent for one that was given back as any other. */
  readonly because?: 'conflict';
  /** In spite of that it was used by name, by its last holder, until then. The quarantine goes on from `freedAtMs`. */
  readonly usedUntilMs?: number;
}

/** A free address, and when the first who may have it unasked may have it. */
export interface Rest {
  readonly freed: Freed;
  readonly untilMs: number;
}

/**
 * As long as the span in which no more than three addresses of a pool are replaced (`run/fresh-conflicts.ts`), so that one
 * address never counts twice; and long enough for a person to read the event and find the device.
 */
export const QUARANTINE_MS = 600_000;
/** The longest `reuse-delay` there is: how long an address may have to rest whose pool is not known. */
const LONGEST_DELAY_MS = 168 * 3_600_000;
/** Freed addresses remembered for each pool and family. docs/configuration.md says it, at `reuse-delay`. */
const MAX_RESTING = 4_096;

const NONE: readonly Address[] = [];

/** What else is known of an address. */
export interface Books {
  readonly poolOf: (address: Address) => Pool | undefined;
  readonly isHeld: (address: Address) => boolean;
}

/** Those of one pool and family, each in the order in which they were freed. */
interface Lines {
  readonly ordinary: Line<Freed>;
  readonly quarantined: Line<Freed>;
}

export class Resting {
  readonly #turns = new AddressMap<Place<Freed>>();
  readonly #lines = new Map<PoolName, Record<Family, Lines>>();
  /** Of those that were given back as any other. */
  readonly #byHolder = new Map<ServiceKey, Address[]>();
  readonly #aside = new AddressMap<Place<Rest>>();
  readonly #asideLine = new Line<Rest>();
  /** Another number whenever something else is to be known to whoever allocates after us. */
  changes: number;

  constructor(changes: number) {
    this.changes = changes;
  }

  get(address: Address, nowMs: number): Freed | undefined {
    const turn = this.#turns.get(address);
    if (turn !== undefined) turn.value = notAfter(turn.value, nowMs);
    return turn?.value;
  }

  /** What has its turn and what is kept aside, in the order in which it was freed. */
  all(): readonly Freed[] {
    const all = [...this.#turns.values()].map(({ value }) => value);
    for (const { value } of this.#aside.values()) all.push(value.freed);
    return all.sort((a, b) => a.freedAtMs - b.freedAtMs || compareAddresses(a.address, b.address));
  }

  /** Whatever may rest now, or would under other pools, and what was in quarantine when somebody asked for it. */
  *resting({ poolOf, isHeld }: Books, nowMs: number): Iterable<Freed> {
    for (const { value } of this.#turns.values()) {
      if (restsUntilMs(value, poolOf(value.address), nowMs) > nowMs) yield value;
    }
    for (const { value } of this.#aside.values()) {
      const { freed, untilMs } = value;
      if (untilMs > nowMs && (freed.because !== undefined || !isHeld(freed.address))) yield freed;
    }
  }

  /** Why nobody is to be given the address unasked, also where it was handed out by name in spite of it. */
  quarantineOf(address: Address, nowMs: number): Freed | undefined {
    const freed = this.get(address, nowMs) ?? this.beforeTaken(address);
    return freed !== undefined && (quarantinedUntilMs(freed, nowMs) ?? 0) > nowMs ? freed : undefined;
  }

  /** Addresses that this Service had and nobody took since, what it had last first. */
  lastHeldBy(key: ServiceKey): readonly Address[] {
    const held = lookUp(this.#byHolder, key);
    return held === undefined ? NONE : held.toReversed();
  }

  /** The one of this pool and family that may be given first, but for these few. */
  next(pool: Pool, family: Family, nowMs: number, avoids: readonly Address[]): Rest | undefined {
    const lines = this.#lines.get(pool.name)?.[family];
    if (lines === undefined) return undefined;
    const first = this.#firstOf(lines.ordinary, nowMs, avoids);
    const ordinary = first === undefined ? undefined : restOf(first, pool, nowMs);
    const quarantined = this.#soonestOf(lines.quarantined, pool, nowMs, avoids);
    if (ordinary === undefined || quarantined === undefined) return ordinary ?? quarantined;
    return ordinary.untilMs > nowMs && quarantined.untilMs < ordinary.untilMs ? quarantined : ordinary;
  }

  /** Returns addresses that are forgotten in its place: they count as never held. */
  add(freed: Freed, pool: Pool, nowMs: number): readonly Address[] {
    this.delete(freed.address, pool);
    const turn = new Place(notAfter(freed, nowMs));
    this.#turns.set(freed.address, turn);
    const line = this.#lineOf(freed, pool);
    // One that was given and taken back unwritten comes again with the time of before.
    line.joinAfter(turn, (other) => Math.min(other.freedAtMs, nowMs) <= turn.value.freedAtMs);
    if (freed.because === undefined) {
      const held = this.#byHolder.get(freed.lastHolder);
      if (held === undefined) this.#byHolder.set(freed.lastHolder, [freed.address]);
      else held.push(freed.address);
    }
    this.#changed(freed, pool);
    const forgotten = line.size > MAX_RESTING ? line.first?.value.address : undefined;
    if (forgotten === undefined) return NONE;
    this.delete(forgotten, pool);
    return [forgotten];
  }

  /** Has no turn in these pools; `pool` is what has the address now. */
  setAside(freed: Freed, pool: Pool | undefined, nowMs: number): void {
    this.delete(freed.address, pool);
    const untilMs = restsWithDelayMs(freed, pool?.reuseDelayMs ?? LONGEST_DELAY_MS, nowMs);
    const place = new Place({ freed: notAfter(freed, nowMs), untilMs });
    this.#aside.set(freed.address, place);
    this.#asideLine.join(place);
    if (untilMs > nowMs) this.changes++;
    const first = this.#asideLine.first;
    if (this.#asideLine.size > MAX_RESTING && first !== undefined) this.#forgetAside(first);
  }

  /**
   * It is held now. Why it rested may count again afterwards: whoever has it may give it back before it is used. What is kept
   * aside stays so, and counts for as long as its time has not passed.
   */
  take(address: Address, pool: Pool | undefined): void {
    const freed = this.#turns.get(address)?.value;
    if (freed === undefined) {
      if (this.#aside.has(address)) this.changes++;
      return;
    }
    const leftMs = freed.usedUntilMs ?? freed.freedAtMs;
    if (restsUntilMs(freed, pool, leftMs) <= leftMs) this.delete(address, pool);
    else this.setAside(freed, pool, leftMs);
  }

  /** As it was when it was taken. */
  beforeTaken(address: Address): Freed | undefined {
    return this.#aside.get(address)?.value.freed;
  }

  /** `pool` is what has the address. */
  delete(address: Address, pool: Pool | undefined): void {
    const turn = this.#turns.get(address);
    if (turn !== undefined && pool !== undefined) {
      const freed = turn.value;
      this.#turns.delete(address);
      this.#lineOf(freed, pool).leave(turn);
      this.#changed(freed, pool);
      const held = freed.because === undefined ? this.#byHolder.get(freed.lastHolder) : undefined;
      if (held?.length === 1) this.#byHolder.delete(freed.lastHolder);
      else held?.splice(held.indexOf(address), 1);
      return;
    }
    const place = this.#aside.get(address);
    if (place !== undefined) this.#forgetAside(place);
  }

  #forgetAside(place: Place<Rest>): void {
    this.#aside.delete(place.value.freed.address);
    this.#asideLine.leave(place);
    this.changes++;
  }

  #changed(freed: Freed, pool: Pool): void {
    if (pool.reuseDelayMs > 0 || freed.because !== undefined) this.changes++;
  }

  #firstOf(line: Line<Freed>, nowMs: number, avoids: readonly Address[]): Freed | undefined {
    let turn = line.first;
    while (turn !== undefined && avoids.includes(turn.value.address)) turn = turn.behind;
    return turn === undefined ? undefined : this.get(turn.value.address, nowMs);
  }

  /** Those whose time has not passed are few, and who was given one by name may have it left later than its turn says. */
  #soonestOf(line: Line<Freed>, pool: Pool, nowMs: number, avoids: readonly Address[]) {
    let soonest: Rest | undefined;
    for (let turn = line.first; turn !== undefined; turn = turn.behind) {
      const freed = avoids.includes(turn.value.address) ? undefined : this.get(turn.value.address, nowMs);
      const each = freed === undefined ? undefined : restOf(freed, pool, nowMs);
      if (each === undefined || (soonest !== undefined && bySooner(soonest, each) <= 0)) continue;
      soonest = each;
      if (soonest.untilMs <= nowMs) break;
    }
    return soonest;
  }

  #lineOf({ address, because }: Freed, { name }: Pool): Line<Freed> {
    let lines = this.#lines.get(name);
    if (lines === undefined) {
      lines = { IPv4: newLines(), IPv6: newLines() };
      this.#lines.set(name, lines);
    }
    return lines[familyOf(address)][because === undefined ? 'ordinary' : 'quarantined'];
  }
}

const newLines = (): Lines => ({ ordinary: new Line(), quarantined: new Line() });

/**
 * A moment in the future is of a leader before, whose wall clock was set back since: the delay counts from now on, and nobody
 * waits longer than that.
 */
function notAfter(freed: Freed, nowMs: number): Freed {
  const { freedAtMs, usedUntilMs = 0 } = freed;
  if (freedAtMs <= nowMs && usedUntilMs <= nowMs) return freed;
  const atMost = { ...freed, freedAtMs: Math.min(freedAtMs, nowMs) };
  return usedUntilMs <= nowMs ? atMost : { ...atMost, usedUntilMs: nowMs };
}

/** Of one moment by address, as a controller that begins does not know in which order they were freed. */
const bySooner = (a: Rest, b: Rest): number =>
  a.untilMs - b.untilMs || compareAddresses(a.freed.address, b.freed.address);

const restOf = (freed: Freed, pool: Pool, nowMs: number): Rest => ({
  freed,
  untilMs: restsUntilMs(freed, pool, nowMs),
});

/** Nobody has used an address that another device answers for, so no delay counts for it but the quarantine, unless somebody did. */
export const restsUntilMs = (freed: Freed, pool: Pool | undefined, nowMs: number): number =>
  restsWithDelayMs(freed, pool?.reuseDelayMs ?? 0, nowMs);

/** Until when it is kept for its last holder; undefined where nobody used it. */
export const keptUntilMs = ({ freedAtMs, usedUntilMs, because }: Freed, delayMs: number, nowMs: number) => {
  const usedMs = because === undefined ? freedAtMs : usedUntilMs;
  return usedMs === undefined ? undefined : Math.min(usedMs, nowMs) + delayMs;
};

/** Until when nobody is given it unasked because another device answered for it; undefined where none did. */
export const quarantinedUntilMs = ({ freedAtMs, because }: Freed, nowMs: number): number | undefined =>
  because === undefined ? undefined : Math.min(freedAtMs, nowMs) + QUARANTINE_MS;

const restsWithDelayMs = (freed: Freed, delayMs: number, nowMs: number): number =>
  Math.max(quarantinedUntilMs(freed, nowMs) ?? 0, keptUntilMs(freed, delayMs, nowMs) ?? 0);
