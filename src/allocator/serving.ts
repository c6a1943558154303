/**
 * Those who wait, and what is done for them when an address changes hands.
 *
 * Pure. An address that comes free goes to the oldest that can take it, at once; one that others share is offered to those
 * with the same sharing key. What has happened meanwhile is told to everybody else a little later, once.
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Address, type Family, familyOf } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import type { Ledger } from './ledger.js';
import type { Pools } from './pools.js';
import { byAge } from './queues.js';
import type { Refusal } from './refusal.js';
import type { Sharers } from './sharers.js';
import { Waiting } from './waiting.js';
import { type Want, wantOf, wantToShare } from './want.js';

/**
 * How late the sentence may be that tells a waiting Service who holds what. A pool that thousands wait for is not gone
 * through for each of its addresses that changes hands.
 */
const REFRESH_MS = 1_000;

const NOBODY: readonly ServiceKey[] = [];

/** No Service's. */
const NO_KEY = '' as ServiceKey;

export interface ServingOptions {
  readonly ledger: Ledger;
  readonly sharers: Sharers;
  /** The pools now. */
  readonly pools: () => Pools;
  /** Looks at a Service again: it has what it can have afterwards. */
  readonly settle: (key: ServiceKey, nowMs: number) => void;
}

export class Serving {
  readonly #options: ServingOptions;
  #waiting = new Waiting();
  /** Changed hands, or may be shared otherwise, and nobody was served yet. */
  readonly #changed = new Set<Address>();
  /** Not looked at, and yet their standing may be another one. */
  readonly #affected = new Set<ServiceKey>();
  /** What has changed hands since those who wait for it were told. */
  readonly #untold = new Set<Want>();
  /** Of what somebody is to hear when there is none left: what was taken of it since, one address of each. */
  readonly #scarcer = new Map<Want, Address>();
  #tellAtMs: number | undefined;

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  /** Everybody of a namespace, oldest first. */
  inNamespace(namespace: string): readonly Service[] {
    return this.#waiting.inNamespace(namespace);
  }

  add(service: Service, refusal: Refusal, others: readonly Want[], concerns: readonly Want[]): void {
    this.#waiting.add(service, refusal, others, concerns);
  }

  delete(key: ServiceKey): void {
    this.#waiting.delete(key);
  }

  /** Before all who wait are looked at again: one by one they would each have to be found in the queue. */
  deleteAll(): void {
    this.#waiting = new Waiting();
  }

  /** An address was taken or given back, or its holders share it otherwise: {@link serve} serves whom that helps. */
  changed(address: Address, nowMs: number): void {
    if (this.#waiting.isEmpty) return;
    this.#changed.add(address);
    const wants = this.#wantsOf(address);
    const wanted = wants.filter((want) => this.#waiting.isWanted(want));
    const isHeld = this.#options.ledger.holders(address).length > 0;
    const scarcer = isHeld ? wants.filter((want) => this.#waiting.isOfConcern(want)) : [];
    if (wanted.length + scarcer.length === 0) return;
    for (const want of wanted) this.#untold.add(want);
    for (const want of scarcer) this.#scarcer.set(want, address);
    this.#tellAtMs ??= nowMs + REFRESH_MS;
  }

  /** The standing of a Service may be another one because of what happened to another. */
  affects(key: ServiceKey): void {
    this.#affected.add(key);
  }

  /** Returns whose standing may be another one. */
  serve(nowMs: number): readonly ServiceKey[] {
    if (this.#changed.size + this.#affected.size === 0) return NOBODY;
    const looked = new Set<ServiceKey>();
    // Whoever is served may change another address, which joins the set while it is gone through.
    for (const address of this.#changed) {
      this.#changed.delete(address);
      for (const key of this.#whomToServe(address, nowMs)) {
        this.#options.settle(key, nowMs);
        looked.add(key);
      }
    }
    for (const key of this.#affected) looked.add(key);
    this.#affected.clear();
    return [...looked];
  }

  /** When to call {@link wake}; undefined while time alone changes nothing. */
  nextMs(): number | undefined {
    const dueMs = this.#waiting.nextMs();
    return dueMs === undefined || this.#tellAtMs === undefined
      ? (dueMs ?? this.#tellAtMs)
      : Math.min(dueMs, this.#tellAtMs);
  }

  /** Serves those whose wait for a freed address has ended, and tells the others. Returns whom it looked at. */
  wake(nowMs: number): readonly ServiceKey[] {
    const { settle } = this.#options;
    const due = this.#waiting.due(nowMs).map(({ key }) => key);
    for (const key of due) settle(key, nowMs);
    const told: ServiceKey[] = [];
    if (this.#tellAtMs !== undefined && nowMs >= this.#tellAtMs) {
      const gone = [...this.#scarcer].filter(([, address]) => !this.#isAnyLeft(address, nowMs)).map(([want]) => want);
      told.push(...this.#waiting.waitingFor(this.#untold, gone).map(({ key }) => key));
      for (const key of told) settle(key, nowMs);
      this.#untold.clear();
      this.#scarcer.clear();
      this.#tellAtMs = undefined;
    }
    return [...new Set([...due, ...told, ...this.serve(nowMs)])];
  }

  /** One after another, each looked at before the next is sought: a free address is gone with the first that takes it. */
  *#whomToServe(address: Address, nowMs: number): Iterable<ServiceKey> {
    const { ledger, sharers } = this.#options;
    const isHeld = ledger.holders(address).length > 0;
    const wants = isHeld ? [address, ...sharers.keysAt(address).map(wantToShare)] : this.#wantsOfFree(address, nowMs);
    // Who may not have it yet is told once with all the others, and woken when its rest has ended.
    const keptFor = isHeld ? undefined : ledger.keptFor(address, nowMs);
    if (keptFor !== undefined) {
      if (this.#waiting.awaits(keptFor, wants)) yield keptFor;
      return;
    }
    let after: Service | undefined;
    let service = this.#waiting.next(wants);
    while (service !== undefined && (isHeld || ledger.holders(address).length === 0)) {
      const older = isHeld ? undefined : this.#olderBeside(address, service, after, nowMs);
      after = older ?? service;
      yield after.key;
      service = this.#waiting.next(wants, after);
    }
  }

  /**
   * Who needs both families stands in the queue of the one that it was refused for. It comes before younger ones in that of the
   * other family too, once there is an address of each.
   */
  #olderBeside(address: Address, than: Service, after: Service | undefined, nowMs: number): Service | undefined {
    const pool = this.#options.pools().holding(address);
    if (pool === undefined) return undefined;
    const family = otherThan(familyOf(address));
    const service = this.#waiting.next([wantOf(pool.name, family)], after);
    if (service === undefined || byAge(service, than) >= 0) return undefined;
    return this.#isAnyFree(pool, family, nowMs) ? service : undefined;
  }

  /** For whoever asks. */
  #isAnyFree(pool: Pool, family: Family, nowMs: number): boolean {
    return this.#options.ledger.nextFree(pool, family, NO_KEY, { nowMs }).kind === 'free';
  }

  /** Of the same pool and family. */
  #isAnyLeft(address: Address, nowMs: number): boolean {
    const pool = this.#options.pools().holding(address);
    return pool !== undefined && this.#isAnyFree(pool, familyOf(address), nowMs);
  }

  /** In quarantine it is given to who asks for it, and to nobody else. */
  #wantsOfFree(address: Address, nowMs: number): readonly Want[] {
    return this.#options.ledger.isQuarantined(address, nowMs) ? [address] : this.#wantsOf(address);
  }

  /** What it means to wait for an address: for itself, or for any of its pool and family. */
  #wantsOf(address: Address): readonly Want[] {
    const pool = this.#options.pools().holding(address);
    return pool === undefined ? [address] : [address, wantOf(pool.name, familyOf(address))];
  }
}

const otherThan = (family: Family): Family => (family === 'IPv4' ? 'IPv6' : 'IPv4');
