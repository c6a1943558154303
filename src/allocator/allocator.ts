/**
 * Pools and Services to assignments: who holds which address, who waits, and why.
 *
 * Pure: the caller brings Services, configuration and the time, and writes down what {@link Allocator.standing} says.
 * Promises: an address that is held is never taken away by a configuration, another Service or a restart; a wish for
 * another address is granted first, and the old one given back only when the API is known to hold the new one; a Service
 * seen as it was some time ago frees nothing; old Services come before new ones; the same input gives the same output.
 *
 * `roster.ts` knows the Services and follows what becomes of them, `assigner.ts` gives each what it asks for, `tenancy.ts`
 * lets it share, and `serving.ts` looks after those who wait.
 *
 * Source: docs/design.md §6.
 * @module
 */
import type { Config } from '../config/config.js';
import type { Address, Family } from '../values/address.js';
import { areSameLabels, type Labels } from '../values/labels.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import type { ServiceClass } from '../values/service-class.js';
import { addressesIn, formerly, isForeign } from './adopt.js';
import { Assigner } from './assigner.js';
import type { Entry } from './entry.js';
import { KeyMap } from './key-map.js';
import { inOrder, Ledger } from './ledger.js';
import { Pools } from './pools.js';
import { byAge } from './queues.js';
import type { Refusal } from './refusal.js';
import { type Request, readRequest } from './request.js';
import type { Freed } from './resting.js';
import { Roster } from './roster.js';
import { Serving } from './serving.js';
import { Sharers } from './sharers.js';
import { type Standing, standingOf } from './standing.js';
import { Tenancy } from './tenancy.js';

export interface AllocatorOptions {
  readonly serviceClass: ServiceClass;
  /** Addresses that were freed before this allocator began. */
  readonly freed: readonly Freed[];
}

const NO_REFUSAL: Refusal = { kind: 'no-address', tried: [] };
const NOBODY: readonly ServiceKey[] = [];
const NO_ADDRESSES: readonly Address[] = [];

export class Allocator {
  readonly #installation: string;
  readonly #entries = new KeyMap<Entry>();
  readonly #namespaces = new Map<string, Labels>();
  readonly #ledger: Ledger;
  readonly #sharers: Sharers;
  readonly #serving: Serving;
  readonly #tenancy: Tenancy;
  readonly #assigner: Assigner;
  readonly #roster: Roster;
  /** Until {@link Allocator.begin} knows who holds what. */
  #freedBefore: readonly Freed[];
  #pools = new Pools([]);
  /** Why there is no configuration; undefined where there is one. */
  #unconfigured: string | undefined = 'no configuration has been accepted yet';

  constructor({ serviceClass, freed }: AllocatorOptions) {
    this.#installation = serviceClass.installation;
    this.#ledger = new Ledger(this.#pools);
    this.#sharers = new Sharers(this.#ledger);
    this.#serving = new Serving({
      ledger: this.#ledger,
      sharers: this.#sharers,
      pools: () => this.#pools,
      settle: (key, nowMs) => this.#settle(key, nowMs),
    });
    const books = { ledger: this.#ledger, sharers: this.#sharers, serving: this.#serving };
    this.#tenancy = new Tenancy({ ...books, entries: this.#entries });
    this.#assigner = new Assigner({
      ...books,
      tenancy: this.#tenancy,
      pools: () => this.#pools,
      namespaceLabels: (namespace) => this.#namespaces.get(namespace),
      whyUnconfigured: () => this.#unconfigured,
    });
    this.#roster = new Roster({
      ...books,
      serviceClass,
      tenancy: this.#tenancy,
      entries: this.#entries,
      pools: () => this.#pools,
    });
    this.#freedBefore = freed;
  }

  /**
   * Adopts what the statuses say, whoever has the better right first, and only then gives addresses to who has none, old
   * Services first. Called once, with all Services, after the configuration and the namespaces. Returns all keys, in that
   * order.
   */
  begin(services: readonly Service[], nowMs: number): readonly ServiceKey[] {
    const lost = this.#roster.begin(services, nowMs);
    this.#ledger.rest([...this.#freedBefore, ...lost], nowMs);
    this.#freedBefore = [];
    return this.#settleAll(services, nowMs);
  }

  /** Replaces the pools, or says why there are none. Every standing may be another one afterwards. */
  configure(config: Config | undefined, whyNot: string, nowMs: number): void {
    const isFirst = this.#unconfigured !== undefined && config !== undefined;
    this.#unconfigured = config === undefined ? whyNot : undefined;
    this.#pools = new Pools(config?.pools ?? []);
    this.#ledger.usePools(this.#pools, nowMs);
    if (isFirst) {
      this.#ledger.rest(this.#roster.beginAnew(nowMs), nowMs);
      this.#serving.deleteAll();
      this.#settleAll(
        [...this.#entries.values()].map(({ service }) => service),
        nowMs,
      );
      return;
    }
    const entries = [...this.#entries.values()];
    const unheld = entries.filter(({ holds }) => holds.length === 0).map(({ service }) => service);
    const unmet = entries.filter(({ holds, refusal, lacks }) => holds.length > 0 && (refusal ?? lacks) !== undefined);
    // What was another provider's may be in a pool now: adopted before anything is given.
    this.#roster.adopt(
      unheld.filter(({ ingress }) => ingress.length > 0),
      nowMs,
    );
    this.#serving.deleteAll();
    const unserved = [...unheld, ...unmet.map(({ service }) => service)];
    for (const { key } of unserved.sort(byAge)) this.#settle(key, nowMs);
    this.#serving.serve(nowMs);
  }

  /**
   * Labels decide which pools serve a namespace; undefined: it is not there, or nobody has told of it yet. Returns the Services
   * whose standing may be another one.
   */
  setNamespace(namespace: string, labels: Labels | undefined, nowMs: number): readonly ServiceKey[] {
    const before = this.#namespaces.get(namespace);
    if (labels === undefined) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, labels);
    const isSame = before === undefined || labels === undefined ? before === labels : areSameLabels(before, labels);
    if (isSame) return NOBODY;
    const there = this.#serving.inNamespace(namespace);
    for (const { key } of there) this.#settle(key, nowMs);
    return [...new Set([...there.map(({ key }) => key), ...this.#serving.serve(nowMs)])];
  }

  /**
   * A Service as the API has it now; undefined when it is gone. Returns the other Services whose standing may be another
   * one because of it.
   */
  observe(key: ServiceKey, service: Service | undefined, nowMs: number): readonly ServiceKey[] {
    // Nearly no Service shares its address, and a look-up among a million is what costs.
    const known = this.#sharers.has(key) ? this.#entries.get(key) : undefined;
    const shown = known === undefined ? NO_ADDRESSES : addressesIn(known.service);
    const leaving = known?.leaving ?? NO_ADDRESSES;
    const entry = this.#roster.observe(key, service, nowMs);
    if (entry !== undefined) {
      this.#settleEntry(entry, nowMs);
      this.#meetNeighbours(entry, (address) => !shown.includes(address) || leaving.includes(address), nowMs);
    }
    return this.#serving.serve(nowMs);
  }

  /**
   * To be asked while no write of the Service is on its way: what it was given, and what the pools have lost before it could
   * be written, it is not given after all. Returns the other Services whose standing may be another one.
   */
  withdraw(key: ServiceKey, nowMs: number): readonly ServiceKey[] {
    const leaving = this.#entries.get(key)?.leaving ?? NO_ADDRESSES;
    const entry = this.#roster.withdraw(key, nowMs);
    if (entry === undefined) return NOBODY;
    this.#settleEntry(entry, nowMs);
    this.#meetNeighbours(entry, (address) => leaving.includes(address), nowMs);
    return this.#serving.serve(nowMs);
  }

  /**
   * Another device answers for an address that nobody has used yet: the Service gets another one, if there is one and it
   * does not ask for this one by name. Returns whose standing may be another one.
   */
  replace(key: ServiceKey, address: Address, nowMs: number): readonly ServiceKey[] {
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.holds.includes(address)) return [];
    entry.shunned = [...entry.shunned, address];
    this.#settleEntry(entry, nowMs);
    return [key, ...this.#serving.serve(nowMs)];
  }

  standing(key: ServiceKey): Standing {
    const entry = this.#entries.get(key);
    if (entry === undefined) return { state: 'not-ours' };
    return standingOf(entry, { pools: this.#pools, isConfigured: this.#unconfigured === undefined });
  }

  /** When to call {@link wake}; undefined while time alone changes nothing. */
  nextMs(): number | undefined {
    return this.#serving.nextMs();
  }

  /** Serves those whose wait for a freed address has ended. Returns the Services whose standing may be another one. */
  wake(nowMs: number): readonly ServiceKey[] {
    return this.#serving.wake(nowMs);
  }

  /** Addresses that are kept from somebody for a time, for whoever allocates after us. */
  resting(nowMs: number): Iterable<Freed> {
    return this.#ledger.resting(nowMs);
  }

  /** Another number whenever {@link resting} tells something else for another reason than that time has passed. */
  get restingChanges(): number {
    return this.#ledger.restingChanges;
  }

  /** Who holds the address, the earliest first. */
  holders(address: Address): readonly ServiceKey[] {
    return this.#ledger.holders(address);
  }

  /** Addresses of the pool that are held. */
  heldIn(pool: PoolName, family: Family): number {
    return this.#ledger.heldIn(pool, family);
  }

  /** Services that have no address, or not the one that they ask for. */
  get waitingCount(): number {
    let count = 0;
    for (const { refusal } of this.#entries.values()) if (refusal !== undefined) count++;
    return count;
  }

  /** Old Services first. Returns all keys in that order. */
  #settleAll(services: readonly Service[], nowMs: number): readonly ServiceKey[] {
    const keys = services.toSorted(byAge).map(({ key }) => key);
    for (const key of keys) {
      this.#settleBeside(key, nowMs);
      this.#settle(key, nowMs);
    }
    this.#serving.serve(nowMs);
    return keys;
  }

  /**
   * Whoever comes to an address that others share, or stays at one that it was about to leave, may not fit one that was edited
   * meanwhile, which goes then.
   */
  #meetNeighbours({ service, holds }: Entry, isNew: (address: Address) => boolean, nowMs: number): void {
    if (!this.#sharers.has(service.key)) return;
    const shown = addressesIn(service);
    for (const address of holds) {
      if (!shown.includes(address) || !isNew(address)) continue;
      for (const neighbour of this.#ledger.holders(address)) {
        if (neighbour === service.key) continue;
        this.#settle(neighbour, nowMs);
        this.#serving.affects(neighbour);
      }
    }
  }

  /** Of those that a Service no longer fits beside, one may wish itself away: then the Service has not to go. */
  #settleBeside(key: ServiceKey, nowMs: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    for (const { address } of this.#tenancy.misfits(entry)) {
      for (const neighbour of inOrder(this.#ledger.holders(address))) {
        if (neighbour !== key) this.#settle(neighbour, nowMs);
      }
    }
  }

  /** Finds the Service an address if it needs one, or another one if it asks for that. */
  #settle(key: ServiceKey, nowMs: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#settleEntry(entry, nowMs);
  }

  #settleEntry(known: Entry, nowMs: number): void {
    const { service } = known;
    const { key } = service;
    // What somebody else wrote may be in a pool by now.
    const isToAdopt = known.holds.length === 0 && service.ingress.length > 0;
    const entry = isToAdopt ? this.#roster.takeIn(service, nowMs) : known;
    this.#serving.delete(key);
    entry.refusal = undefined;
    entry.lacks = undefined;
    if (entry.holds.length === 0 && isForeign(service, this.#pools, this.#installation)) {
      const { addresses } = formerly(service, this.#installation);
      if (service.meta.deleting || !this.#assigner.restore(entry, addresses, nowMs)) return;
    }
    // What is being deleted keeps what it has until it is gone, and gets nothing.
    if (!service.meta.deleting) {
      const request = readRequest(service);
      if (request.ok) {
        this.#assigner.satisfy(entry, withShunned(request.value, entry), nowMs);
        entry.refusal ??= request.value.unread;
      } else this.#assigner.refuse(entry, request.error);
    } else if (entry.holds.length === 0 && service.ingress.length > 0) {
      // It shows what another one holds, and has it when that one leaves it.
      this.#serving.add(service, NO_REFUSAL, addressesIn(service), []);
    }
    this.#tenancy.reckoned(entry, nowMs);
    if (entry.holds.every((address) => !entry.shunned.includes(address))) return;
    // There is no other one: it is as if nothing had been asked.
    entry.shunned = entry.shunned.filter((address) => !entry.holds.includes(address));
    this.#settleEntry(entry, nowMs);
  }
}

/** What it asks for by name it is not to leave. */
function withShunned(request: Request, { shunned }: Entry): Request {
  const others = shunned.filter((address) => !request.addresses.includes(address));
  return others.length === 0 ? request : { ...request, avoids: [...request.avoids, ...others] };
}
