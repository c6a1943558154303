/**
 * Pools and Services to assignments: who holds which address, who waits, and why.
 *
 * Pure: the caller brings Services, configuration and the time, and writes down what {@link Allocator.standing} says.
 * Promises: an address that is held is never taken away by a configuration, another Service or a restart; a wish for
 * another address is granted first, and the old one given back only when the API is known to hold the new one; a Service
 * seen as it was some time ago frees nothing; old Services come before new ones; the same input gives the same output.
 *
 * Here is what is known of each Service; `choose.ts` finds addresses, `sharers.ts` tells who fits beside whom, and
 * `serving.ts` looks after those who wait.
 *
 * Source: docs/design.md §6.
 * @module
 */
import type { Config } from '../config/config.js';
import { type Address, type Family, familyOf } from '../values/address.js';
import type { Labels } from '../values/labels.js';
import { type PoolName, type ServiceKey, splitServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { err, type Result } from '../values/result.js';
import { compareHolders, isOurs, type ServiceClass } from '../values/service-class.js';
import {
  areSameTerms,
  grantedTermsOf,
  holdTogether,
  type SharingTerms,
  sharingTermsOf,
  writeSharingTerms,
} from '../values/sharing.js';
import { addressesIn, grantedPool, isForeign, isOlder, isParting } from './adopt.js';
import { choose, type Grant } from './choose.js';
import { Ledger } from './ledger.js';
import { Pools } from './pools.js';
import type { Occupied, Refusal } from './refusal.js';
import { type Request, readRequest } from './request.js';
import type { Freed } from './resting.js';
import { Serving } from './serving.js';
import { type Sharer, Sharers } from './sharers.js';
import type { Held, Standing } from './standing.js';
import { byAge, wantToShare } from './waiting.js';

/** What is known of one Service of ours. */
interface Entry {
  service: Service;
  /** What its status is to say, in that order. */
  holds: readonly Address[];
  /** Replaced, but perhaps still in the status: given back when the API is known to hold what replaced it. */
  leaving: readonly Address[];
  /** Which pool's request has been granted; a pool that changed since moves nothing. */
  pool: PoolName | undefined;
  /** The terms under which it was let share what it holds. */
  granted: SharingTerms;
  /** Its terms as it is now. */
  terms: SharingTerms;
  /** Why it does not have what it asks for. */
  refusal: Refusal | undefined;
  /** Why it has one family where it would rather have two. */
  lacks: Refusal | undefined;
}

/** What could not be found for a Service. */
interface Lack {
  readonly missing: readonly Family[];
  /** What it holds that is as it asks for. */
  readonly fitting: readonly Address[];
  readonly misfits: readonly Occupied[];
  readonly because: Refusal;
}

export interface AllocatorOptions {
  readonly serviceClass: ServiceClass;
  /** Addresses that were freed before this allocator began. */
  readonly freed: readonly Freed[];
}

const NO_LABELS: Labels = {};
const NO_ADDRESSES: readonly Address[] = [];
const NO_MISFITS: readonly Occupied[] = [];

export class Allocator {
  readonly #serviceClass: ServiceClass;
  readonly #entries = new Map<ServiceKey, Entry>();
  readonly #namespaces = new Map<string, Labels>();
  readonly #ledger: Ledger;
  readonly #sharers: Sharers;
  readonly #serving: Serving;
  /** Until {@link Allocator.begin} knows who holds what. */
  #freedBefore: readonly Freed[];
  #pools = new Pools([]);
  /** Why there is no configuration; undefined where there is one. */
  #unconfigured: string | undefined = 'no configuration has been accepted yet';

  constructor({ serviceClass, freed }: AllocatorOptions) {
    this.#serviceClass = serviceClass;
    this.#ledger = new Ledger(this.#pools);
    this.#sharers = new Sharers(this.#ledger);
    this.#serving = new Serving({
      ledger: this.#ledger,
      sharers: this.#sharers,
      pools: () => this.#pools,
      settle: (key, nowMs) => this.#settle(key, nowMs),
    });
    this.#freedBefore = freed;
  }

  /**
   * Adopts what the statuses say, earlier holders first, and only then gives addresses to who has none, old Services
   * first. Called once, with all Services, after the configuration and the namespaces. Returns all keys, in that order.
   */
  begin(services: readonly Service[], nowMs: number): readonly ServiceKey[] {
    const kept = services.filter((service) => this.#keeps(service));
    for (const service of kept.toSorted(compareHolders)) this.#adopt(service, nowMs);
    for (const freed of this.#freedBefore) this.#ledger.rest(freed, nowMs);
    this.#freedBefore = [];
    const keys = services.toSorted(byAge).map(({ key }) => key);
    for (const key of keys) this.#settle(key, nowMs);
    this.#serving.serve(nowMs);
    return keys;
  }

  /** Replaces the pools, or says why there are none. Every standing may be another one afterwards. */
  configure(config: Config | undefined, whyNot: string, nowMs: number): void {
    this.#unconfigured = config === undefined ? whyNot : undefined;
    this.#pools = new Pools(config?.pools ?? []);
    this.#ledger.usePools(this.#pools, nowMs);
    const entries = [...this.#entries.values()];
    const unheld = entries.filter(({ holds }) => holds.length === 0).map(({ service }) => service);
    const unmet = entries.filter(({ holds, refusal, lacks }) => holds.length > 0 && (refusal ?? lacks) !== undefined);
    // What was another provider's may be in a pool now: adopted before anything is given.
    for (const service of unheld.toSorted(compareHolders)) this.#adopt(service, nowMs);
    const unserved = [...unheld, ...unmet.map(({ service }) => service)];
    for (const { key } of unserved.sort(byAge)) this.#settle(key, nowMs);
    this.#serving.serve(nowMs);
  }

  /** Labels decide which pools serve a namespace. Returns the Services whose standing may be another one. */
  setNamespace(namespace: string, labels: Labels | undefined, nowMs: number): readonly ServiceKey[] {
    if (labels === undefined) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, labels);
    const there = this.#serving.all().filter(({ meta }) => meta.namespace === namespace);
    for (const { key } of there) this.#settle(key, nowMs);
    return [...new Set([...there.map(({ key }) => key), ...this.#serving.serve(nowMs)])];
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
    if (known !== undefined && (isGone || isAnother)) this.#forget(key, known, nowMs);
    if (isGone) return this.#serving.serve(nowMs);

    const entry = isAnother || known === undefined ? this.#adopt(service, nowMs) : known;
    if (entry === known) {
      const isEdited = entry.service.meta.resourceVersion !== service.meta.resourceVersion;
      entry.service = service;
      entry.terms = sharingTermsOf(service);
      this.#confirm(entry, nowMs);
      if (isEdited) this.#takeBack(entry, nowMs);
      this.#reckon(entry, nowMs);
    }
    this.#settleEntry(entry, nowMs);
    return this.#serving.serve(nowMs);
  }

  standing(key: ServiceKey): Standing {
    const entry = this.#entries.get(key);
    if (entry === undefined || !isOurs(entry.service, this.#serviceClass)) return { state: 'not-ours' };
    if (entry.holds.length > 0) {
      if (this.#unconfigured !== undefined) return { state: 'left-alone', because: 'no-configuration' };
      const held = entry.holds.map((each) => this.#heldFrom(entry, each));
      const sharedAs = writeSharingTerms(entry.granted);
      return { state: 'holds', held, unmet: entry.refusal, lacks: entry.lacks, sharedAs };
    }
    if (entry.refusal !== undefined) return { state: 'waits', because: entry.refusal };
    return { state: 'left-alone', because: entry.service.meta.deleting ? 'being-deleted' : 'served-by-another' };
  }

  /** When to call {@link wake}; undefined while time alone changes nothing. */
  nextMs(): number | undefined {
    return this.#serving.nextMs();
  }

  /** Serves those whose wait for a freed address has ended. Returns the Services whose standing may be another one. */
  wake(nowMs: number): readonly ServiceKey[] {
    return this.#serving.wake(nowMs);
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

  /** Services that have no address, or not the one that they ask for. */
  get waitingCount(): number {
    let count = 0;
    for (const { refusal } of this.#entries.values()) if (refusal !== undefined) count++;
    return count;
  }

  /**
   * Takes a Service in with the addresses that its status has. One that an earlier Service holds is not taken over,
   * unless the two were already sharing it when we came.
   */
  #adopt(service: Service, nowMs: number): Entry {
    const holds = isForeign(service, this.#pools)
      ? []
      : addressesIn(service).filter((address) =>
          this.#ledger.holders(address).every((holder) => {
            const other = this.#entries.get(holder)?.service;
            return holder === service.key || (other !== undefined && holdTogether(service, other));
          }),
        );
    for (const address of holds) this.#ledger.take(address, service.key);
    const terms = sharingTermsOf(service);
    const entry: Entry = {
      service,
      holds,
      leaving: [],
      pool: grantedPool(service),
      granted: grantedTermsOf(service, terms),
      terms,
      refusal: undefined,
      lacks: undefined,
    };
    this.#entries.set(service.key, entry);
    this.#reckon(entry, nowMs);
    return entry;
  }

  /** Gives back what was replaced, once the status says so. */
  #confirm(entry: Entry, nowMs: number): void {
    if (entry.leaving.length === 0) return;
    const written = new Set(addressesIn(entry.service));
    if (!entry.holds.every((address) => written.has(address))) return;
    const gone = entry.leaving.filter((address) => !written.has(address));
    entry.leaving = entry.leaving.filter((address) => written.has(address));
    for (const address of gone) this.#giveBack(address, entry.service.key, nowMs);
  }

  /**
   * A Service that was edited before another address could be written: what is under way for it will be refused as too
   * old, so it has what it had, and asks anew.
   */
  #takeBack(entry: Entry, nowMs: number): void {
    const written = addressesIn(entry.service);
    const shown = written.filter((address) => entry.leaving.includes(address));
    if (shown.length === 0) return;
    const given = entry.holds.filter((address) => !written.includes(address));
    entry.holds = [...entry.holds.filter((address) => !given.includes(address)), ...shown];
    entry.leaving = entry.leaving.filter((address) => !shown.includes(address));
    entry.pool = grantedPool(entry.service);
    entry.granted = grantedTermsOf(entry.service);
    for (const address of given) this.#giveBack(address, entry.service.key, nowMs);
  }

  #forget(key: ServiceKey, { holds, leaving }: Entry, nowMs: number): void {
    this.#entries.delete(key);
    this.#serving.delete(key);
    this.#sharers.delete(key);
    for (const address of [...holds, ...leaving]) this.#giveBack(address, key, nowMs);
  }

  #giveBack(address: Address, key: ServiceKey, nowMs: number): void {
    this.#ledger.giveBack(address, key, nowMs);
    this.#serving.changed(address, nowMs);
    this.#reckonedAt(address, nowMs);
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
    const entry = isToAdopt ? this.#adopt(service, nowMs) : known;
    this.#serving.delete(key);
    entry.refusal = undefined;
    entry.lacks = undefined;
    if (entry.holds.length === 0 && isForeign(service, this.#pools)) return;
    // What is being deleted keeps what it has until it is gone, and gets nothing.
    if (!service.meta.deleting && isOurs(service, this.#serviceClass)) {
      const request = readRequest(service);
      if (request.ok) this.#satisfy(entry, request.value, nowMs);
      else this.#refuse(entry, request.error);
    }
    this.#reckoned(entry, nowMs);
  }

  /** Keeps what is as asked for, and finds what is missing: both families at once, or the second after the first. */
  #satisfy(entry: Entry, request: Request, nowMs: number): void {
    while (true) {
      const misfits = this.#misfits(entry);
      const fitting =
        entry.holds.length === 0
          ? NO_ADDRESSES
          : entry.holds.filter(
              (address) =>
                this.#isMet(request, entry, address) && misfits.every((misfit) => misfit.address !== address),
            );
      const missing = request.families.filter((family) => !fitting.some(isOf(family)));
      if (missing.length === 0) {
        // Granted by what the pools are now; a later edit of them is no wish of the Service's.
        const { pool } = request;
        const isOfPool = (address: Address) => this.#pools.holding(address)?.name === pool;
        if (pool !== undefined && fitting.every(isOfPool)) entry.pool = pool;
        this.#trim(entry, request, fitting, nowMs);
        return;
      }
      const choice = this.#choose(entry, request, missing, fitting, nowMs);
      if (!choice.ok) {
        this.#lack(entry, request, { missing, fitting, misfits, because: choice.error }, nowMs);
        return;
      }
      const granted = [...fitting, ...choice.value.addresses];
      // What can no longer be shared stays until there is another of its family.
      const stays = misfits.map(({ address }) => address).filter((each) => !granted.some(isOf(familyOf(each))));
      this.#grant(entry, request, [...granted, ...stays], choice.value, nowMs);
    }
  }

  #lack(entry: Entry, request: Request, { missing, fitting, misfits, because }: Lack, nowMs: number): void {
    if (fitting.length > 0 && isAPreference(request, missing, entry)) {
      this.#trim(entry, request, fitting, nowMs);
      entry.lacks = because;
      this.#wait(entry, because);
      return;
    }
    const [misfit] = misfits;
    const isTheSame = because.kind === 'taken' && because.address === misfit?.address;
    this.#refuse(entry, misfit === undefined || isTheSame ? because : { kind: 'no-longer-shares', because, ...misfit });
  }

  #refuse(entry: Entry, refusal: Refusal): void {
    entry.refusal = refusal;
    this.#wait(entry, refusal);
  }

  #wait({ service, terms }: Entry, refusal: Refusal): void {
    const reserved = this.#pools.reservedFor(service.key).map(({ address }) => address);
    this.#serving.add(service, refusal, terms.key === undefined ? reserved : [...reserved, wantToShare(terms.key)]);
  }

  /**
   * Whether an address that a Service holds is as it asks for. Which pool it was given from is known from its annotation:
   * a pool that was split or renamed since is no wish of the Service's, nor is the new name of a pool that has its
   * address already.
   */
  #isMet(request: Request, { holds, pool }: Entry, address: Address): boolean {
    const family = familyOf(address);
    if (!request.families.includes(family)) return false;
    const asked = request.addresses.find((each) => familyOf(each) === family);
    if (asked !== undefined) return holds.includes(asked);
    if (request.pool === undefined || request.pool === pool) return true;
    const now = this.#pools.holding(address)?.name;
    return pool === undefined ? now === undefined || now === request.pool : now === request.pool;
  }

  /** The addresses that it can no longer share, and with whom, because it was edited. */
  #misfits({ service, holds }: Entry): readonly Occupied[] {
    // Nearly every Service shares with nobody and never did.
    if (!this.#sharers.has(service.key)) return NO_MISFITS;
    const entryOf = (holder: ServiceKey) => this.#entries.get(holder);
    const misfits: Occupied[] = [];
    for (const address of holds) {
      const misfit = this.#sharers.misfit(address, service.key, {
        isLeaving: (holder) => entryOf(holder)?.leaving.includes(address) === true,
        isOlder: (holder) => byAge(entryOf(holder)?.service ?? service, service) < 0,
      });
      if (misfit !== undefined) misfits.push(misfit);
    }
    return misfits;
  }

  #choose(
    { service, pool, terms }: Entry,
    request: Request,
    missing: readonly Family[],
    fitting: readonly Address[],
    nowMs: number,
  ): Result<Grant, Refusal> {
    if (this.#unconfigured !== undefined) return err({ kind: 'no-configuration', detail: this.#unconfigured });
    const [first] = fitting;
    const drawnFrom = pool === undefined ? undefined : this.#pools.named(pool);
    return choose({
      service,
      request,
      missing,
      kept: first === undefined ? undefined : { address: first, pool: this.#pools.holding(first) ?? drawnFrom },
      terms,
      namespaceLabels: this.#namespaces.get(splitServiceKey(service.key).namespace) ?? NO_LABELS,
      pools: this.#pools,
      ledger: this.#ledger,
      sharers: this.#sharers,
      nowMs,
    });
  }

  #grant(entry: Entry, request: Request, holds: readonly Address[], { addresses, pool }: Grant, nowMs: number): void {
    for (const address of addresses) {
      this.#ledger.take(address, entry.service.key);
      this.#serving.changed(address, nowMs);
    }
    entry.leaving = entry.leaving.filter((address) => !addresses.includes(address));
    entry.pool = pool;
    this.#trim(entry, request, holds, nowMs);
  }

  /** Holds these from now on, in the order of the families; what else it held goes once the status says so. */
  #trim(entry: Entry, { families }: Request, holds: readonly Address[], nowMs: number): void {
    const place = (address: Address) => families.indexOf(familyOf(address));
    entry.leaving = [...entry.leaving, ...entry.holds.filter((address) => !holds.includes(address))];
    entry.holds = holds.length < 2 ? holds : holds.toSorted((a, b) => place(a) - place(b));
    this.#reckon(entry, nowMs);
  }

  /** Whoever fits everywhere shares as it is now; whoever does not goes by what it was let share as. */
  #reckoned(entry: Entry, nowMs: number): void {
    const { service, holds } = entry;
    if (areSameTerms(entry.granted, entry.terms) || this.#misfits(entry).length > 0) return;
    if (!this.#sharers.mayRecord(service.key, this.#sharerOf(entry))) return;
    entry.granted = entry.terms;
    this.#serving.affects(service.key);
    this.#reckon(entry, nowMs);
    for (const address of holds) this.#reckonedAt(address, nowMs);
  }

  /** Holders of an address may have waited with their terms for those of another one, or until it was gone. */
  #reckonedAt(address: Address, nowMs: number): void {
    for (const holder of this.#ledger.holders(address)) {
      const entry = this.#entries.get(holder);
      if (entry !== undefined) this.#reckoned(entry, nowMs);
    }
  }

  /** Lets the others reckon with what it holds, and how it may be shared. */
  #reckon(entry: Entry, nowMs: number): void {
    const isAlone = entry.terms.key === undefined && entry.granted.key === undefined;
    if (isAlone && !this.#sharers.has(entry.service.key)) return;
    const changed = this.#sharers.set(entry.service.key, this.#sharerOf(entry));
    for (const address of changed) this.#serving.changed(address, nowMs);
  }

  #sharerOf({ service, granted, terms, holds }: Entry): Sharer {
    return { granted, recorded: grantedTermsOf(service, terms), current: terms, addresses: holds };
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

const isOf =
  (family: Family) =>
  (address: Address): boolean =>
    familyOf(address) === family;

/** It would rather have the other family too, asked for no address of it, and has none of it. */
const isAPreference = ({ needsAll, addresses }: Request, missing: readonly Family[], { holds }: Entry): boolean =>
  !needsAll && ![...addresses, ...holds].some((address) => missing.includes(familyOf(address)));
