/**
 * Pools and Services to assignments: who holds which address, who waits, and why.
 *
 * Pure: the caller brings Services, configuration and the time, and writes down what {@link Allocator.standing} says.
 * Promises: an address that is held is never taken away by a configuration, another Service or a restart; a wish for
 * another address is granted first, and the old one given back only when the API is known to hold the new one; a Service
 * seen as it was some time ago frees nothing; old Services come before new ones; the same input gives the same output.
 *
 * Place for what is to come: a Service holds a list of addresses (dual stack), an address has a list of holders (sharing).
 *
 * Source: docs/design.md §6, rules 1 to 5 and 8.
 * @module
 */
import type { Config } from '../config/config.js';
import { type Address, type Family, familyOf } from '../values/address.js';
import type { Labels } from '../values/labels.js';
import { type PoolName, type ServiceKey, splitServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { err, type Result } from '../values/result.js';
import { compareHolders, isOurs, type ServiceClass } from '../values/service-class.js';
import { addressesIn, grantedPool, isForeign, isOlder, isParting, mayShare } from './adopt.js';
import { choose, type Grant } from './choose.js';
import { Ledger } from './ledger.js';
import { Pools } from './pools.js';
import type { Refusal } from './refusal.js';
import { type Request, readRequest } from './request.js';
import type { Freed } from './resting.js';
import type { Held, Standing } from './standing.js';
import { byAge, Waiting, type Want, wantOf } from './waiting.js';

/** What is known of one Service of ours. */
interface Entry {
  service: Service;
  /** What its status is to say, in that order. */
  holds: readonly Address[];
  /** Replaced, but perhaps still in the status: given back when the API is known to hold what replaced it. */
  leaving: readonly Address[];
  /** Which pool's request has been granted; a pool that changed since moves nothing. */
  pool: PoolName | undefined;
  refusal: Refusal | undefined;
}

export interface AllocatorOptions {
  readonly serviceClass: ServiceClass;
  /** Addresses that were freed before this allocator began. */
  readonly freed: readonly Freed[];
}

const NO_LABELS: Labels = {};
/**
 * How late the sentence may be that tells a waiting Service who holds what. The address itself goes to the oldest at
 * once; a pool that thousands wait for is not gone through for each of its addresses that changes hands.
 */
const REFRESH_MS = 1_000;

export class Allocator {
  readonly #serviceClass: ServiceClass;
  readonly #entries = new Map<ServiceKey, Entry>();
  readonly #waiting = new Waiting();
  readonly #namespaces = new Map<string, Labels>();
  readonly #ledger: Ledger;
  /** Until {@link Allocator.begin} knows who holds what. */
  #freedBefore: readonly Freed[];
  #pools = new Pools([]);
  /** What has changed hands since those who wait for it were told. */
  readonly #untold = new Set<Want>();
  #tellAtMs: number | undefined;
  /** Why there is no configuration; undefined where there is one. */
  #unconfigured: string | undefined = 'no configuration has been accepted yet';

  constructor({ serviceClass, freed }: AllocatorOptions) {
    this.#serviceClass = serviceClass;
    this.#ledger = new Ledger(this.#pools);
    this.#freedBefore = freed;
  }

  /**
   * Adopts what the statuses say, earlier holders first, and only then gives addresses to who has none, old Services
   * first. Called once, with all Services, after the configuration and the namespaces. Returns all keys, in that order.
   */
  begin(services: readonly Service[], nowMs: number): readonly ServiceKey[] {
    const kept = services.filter((service) => this.#keeps(service));
    for (const service of kept.toSorted(compareHolders)) this.#adopt(service);
    for (const freed of this.#freedBefore) this.#ledger.rest(freed, nowMs);
    this.#freedBefore = [];
    const keys = services.toSorted(byAge).map(({ key }) => key);
    for (const key of keys) this.#settle(key, nowMs);
    return keys;
  }

  /** Replaces the pools, or says why there are none. Every standing may be another one afterwards. */
  configure(config: Config | undefined, whyNot: string, nowMs: number): void {
    this.#unconfigured = config === undefined ? whyNot : undefined;
    this.#pools = new Pools(config?.pools ?? []);
    this.#ledger.usePools(this.#pools, nowMs);
    const entries = [...this.#entries.values()];
    const unheld = entries.filter(({ holds }) => holds.length === 0).map(({ service }) => service);
    const unmet = entries.filter(({ holds, refusal }) => holds.length > 0 && refusal !== undefined);
    // What was another provider's may be in a pool now: adopted before anything is given.
    for (const service of unheld.toSorted(compareHolders)) this.#adopt(service);
    const unserved = [...unheld, ...unmet.map(({ service }) => service)];
    for (const { key } of unserved.sort(byAge)) this.#settle(key, nowMs);
  }

  /** Labels decide which pools serve a namespace. Returns the Services whose standing may be another one. */
  setNamespace(namespace: string, labels: Labels | undefined, nowMs: number): readonly ServiceKey[] {
    if (labels === undefined) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, labels);
    const there = this.#waiting.all().filter(({ meta }) => meta.namespace === namespace);
    for (const { key } of there) this.#settle(key, nowMs);
    return there.map(({ key }) => key);
  }

  /**
   * A Service as the API has it now; undefined when it is gone. Returns the other Services whose standing may be another
   * one because of it.
   */
  observe(key: ServiceKey, service: Service | undefined, nowMs: number): readonly ServiceKey[] {
    const known = this.#entries.get(key);
    const isAnother = known !== undefined && service?.meta.uid !== known.service.meta.uid;
    if (!isAnother && known !== undefined && service !== undefined && isOlder(service, known.service)) return [];
    const isGone = service === undefined || !this.#keeps(service);
    const freed = known !== undefined && (isGone || isAnother) ? this.#forget(key, known, nowMs) : [];
    if (isGone) return this.#serve(freed, nowMs);

    const entry = this.#entries.get(key);
    if (entry === undefined) this.#adopt(service);
    else {
      const isEdited = entry.service.meta.resourceVersion !== service.meta.resourceVersion;
      entry.service = service;
      freed.push(...this.#confirm(entry, nowMs));
      if (isEdited) freed.push(...this.#takeBack(entry, nowMs));
    }
    this.#settle(key, nowMs);
    return this.#serve(freed, nowMs);
  }

  standing(key: ServiceKey): Standing {
    const entry = this.#entries.get(key);
    if (entry === undefined || !isOurs(entry.service, this.#serviceClass)) return { state: 'not-ours' };
    if (entry.holds.length > 0) {
      if (this.#unconfigured !== undefined) return { state: 'left-alone', because: 'no-configuration' };
      return { state: 'holds', held: entry.holds.map((each) => this.#heldFrom(entry, each)), unmet: entry.refusal };
    }
    if (entry.refusal !== undefined) return { state: 'waits', because: entry.refusal };
    return { state: 'left-alone', because: entry.service.meta.deleting ? 'being-deleted' : 'served-by-another' };
  }

  /** When to call {@link wake}; undefined while time alone changes nothing. */
  nextMs(): number | undefined {
    const dueMs = this.#waiting.nextMs();
    return dueMs === undefined || this.#tellAtMs === undefined
      ? (dueMs ?? this.#tellAtMs)
      : Math.min(dueMs, this.#tellAtMs);
  }

  /** Serves those whose wait for a freed address has ended. Returns the Services whose standing may be another one. */
  wake(nowMs: number): readonly ServiceKey[] {
    const due = this.#waiting.due(nowMs).map(({ key }) => key);
    for (const key of due) this.#settle(key, nowMs);
    if (this.#tellAtMs === undefined || nowMs < this.#tellAtMs) return due;
    const told = [...this.#waiting.oldest([...this.#untold])].map(({ key }) => key);
    for (const key of told) this.#settle(key, nowMs);
    this.#untold.clear();
    this.#tellAtMs = undefined;
    return [...new Set([...due, ...told])];
  }

  /** Free addresses that somebody held, for whoever allocates after us. */
  freed(): Iterable<Freed> {
    return this.#ledger.freed();
  }

  /** Who holds the address, the earliest first. */
  holders(address: Address): readonly ServiceKey[] {
    return this.#ledger.holders(address);
  }

  /** Addresses of the pool that are held. */
  heldIn(pool: PoolName, family: Family): number {
    return this.#ledger.heldIn(pool, family);
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a Service in with the addresses that its status has. One that an earlier Service holds is not taken over,
   * unless the two were already sharing it when we came.
   */
  #adopt(service: Service): void {
    const holds = isForeign(service, this.#pools)
      ? []
      : addressesIn(service).filter((address) =>
          this.#ledger.holders(address).every((holder) => mayShare(service, this.#entries.get(holder)?.service)),
        );
    for (const address of holds) this.#ledger.take(address, service.key);
    this.#entries.set(service.key, { service, holds, leaving: [], pool: grantedPool(service), refusal: undefined });
  }

  /** Gives back what was replaced, once the status says so. */
  #confirm(entry: Entry, nowMs: number): Address[] {
    if (entry.leaving.length === 0) return [];
    const written = new Set(addressesIn(entry.service));
    if (!entry.holds.every((address) => written.has(address))) return [];
    const gone = entry.leaving.filter((address) => !written.has(address));
    entry.leaving = entry.leaving.filter((address) => written.has(address));
    return gone.filter((address) => this.#ledger.giveBack(address, entry.service.key, nowMs));
  }

  /**
   * A Service that was edited before another address could be written: what is under way for it will be refused as too
   * old, so it has what it had, and asks anew.
   */
  #takeBack(entry: Entry, nowMs: number): Address[] {
    const shown = addressesIn(entry.service).filter((address) => entry.leaving.includes(address));
    if (shown.length === 0) return [];
    const granted = entry.holds.filter((address) => !addressesIn(entry.service).includes(address));
    entry.holds = [...entry.holds.filter((address) => !granted.includes(address)), ...shown];
    entry.leaving = entry.leaving.filter((address) => !shown.includes(address));
    entry.pool = grantedPool(entry.service);
    return granted.filter((address) => this.#ledger.giveBack(address, entry.service.key, nowMs));
  }

  #forget(key: ServiceKey, { holds, leaving }: Entry, nowMs: number): Address[] {
    this.#entries.delete(key);
    this.#waiting.delete(key);
    return [...holds, ...leaving].filter((address) => this.#ledger.giveBack(address, key, nowMs));
  }

  /** Each address that came free goes to the oldest that can take it. */
  #serve(freed: readonly Address[], nowMs: number): readonly ServiceKey[] {
    const looked = new Set<ServiceKey>();
    for (const address of freed) {
      this.#changedHands(address, nowMs);
      for (const key of [...this.#waiting.oldest(this.#wantsOf(address))].map((service) => service.key)) {
        if (this.#ledger.holders(address).length > 0) break;
        // Told once with all the others; woken when its rest has ended.
        if (this.#ledger.restsFor(address, key, nowMs) !== undefined) continue;
        this.#settle(key, nowMs);
        looked.add(key);
      }
    }
    return [...looked];
  }

  #changedHands(address: Address, nowMs: number): void {
    const wanted = this.#wantsOf(address).filter((want) => this.#waiting.isWanted(want));
    if (wanted.length === 0) return;
    for (const want of wanted) this.#untold.add(want);
    this.#tellAtMs ??= nowMs + REFRESH_MS;
  }

  /** What it means to wait for an address: for itself, or for any of its pool and family. */
  #wantsOf(address: Address): readonly Want[] {
    const pool = this.#pools.holding(address);
    return pool === undefined ? [address] : [address, wantOf(pool.name, familyOf(address))];
  }

  /** Finds the Service an address if it needs one, or another one if it asks for that. */
  #settle(key: ServiceKey, nowMs: number): void {
    const known = this.#entries.get(key);
    if (known === undefined) return;
    const { service } = known;
    // What somebody else wrote may be in a pool by now.
    if (known.holds.length === 0) this.#adopt(service);
    const entry = this.#entries.get(key) ?? known;
    this.#waiting.delete(key);
    entry.refusal = undefined;
    // What is being deleted keeps what it has until it is gone, and gets nothing.
    if (service.meta.deleting || !isOurs(service, this.#serviceClass)) return;
    if (entry.holds.length === 0 && isForeign(service, this.#pools)) return;
    const request = readRequest(service);
    if (request.ok && this.#isMet(request.value, entry)) return;
    const choice = request.ok ? this.#choose(service, request.value, nowMs) : request;
    if (choice.ok) this.#grant(entry, choice.value, nowMs);
    else {
      entry.refusal = choice.error;
      const reserved = this.#pools.reservedFor(key).map(({ address }) => address);
      this.#waiting.add(service, choice.error, request.ok ? request.value.family : 'IPv4', reserved);
    }
  }

  /**
   * Whether a Service that holds something asks for nothing else. Which pool it was given from is known from its
   * annotation: a pool that was split or renamed since is no wish of the Service's, nor is the new name of a pool that
   * has its address already.
   */
  #isMet(request: Request, { holds, pool }: Entry): boolean {
    const [first] = holds;
    if (first === undefined) return false;
    if (request.address !== undefined) return holds.includes(request.address);
    if (request.pool === undefined || request.pool === pool) return true;
    const now = this.#pools.holding(first)?.name;
    return pool === undefined ? now === undefined || now === request.pool : now === request.pool;
  }

  #choose(service: Service, request: Request, nowMs: number): Result<Grant, Refusal> {
    if (this.#unconfigured !== undefined) return err({ kind: 'no-configuration', detail: this.#unconfigured });
    const namespaceLabels = this.#namespaces.get(splitServiceKey(service.key).namespace) ?? NO_LABELS;
    return choose({ service, request, namespaceLabels, pools: this.#pools, ledger: this.#ledger, nowMs });
  }

  #grant(entry: Entry, { address, pool }: Grant, nowMs: number): void {
    const replaced = entry.holds.filter((held) => familyOf(held) === familyOf(address));
    this.#ledger.take(address, entry.service.key);
    this.#changedHands(address, nowMs);
    entry.holds = [address, ...entry.holds.filter((held) => !replaced.includes(held))];
    entry.leaving = [...entry.leaving.filter((each) => each !== address), ...replaced];
    entry.pool = pool;
  }

  #keeps(service: Service): boolean {
    return isOurs(service, this.#serviceClass) || isParting(service);
  }

  #heldFrom(entry: Entry, address: Address): Held {
    const pool = this.#pools.holding(address);
    const drawnFrom = entry.pool === undefined ? undefined : this.#pools.named(entry.pool);
    return {
      address,
      pool: entry.pool ?? pool?.name,
      now: pool?.protocol ?? 'outside',
      protocol: (pool ?? drawnFrom)?.protocol ?? 'layer2',
    };
  }
}
