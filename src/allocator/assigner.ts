/**
 * What one Service gets: it keeps what is as it asks for, is given what is missing, and then gives up what it no longer
 * asks for. Where nothing can be given it has what it had, and the reason.
 *
 * Pure.
 *
 * Source: docs/design.md §6, rules 3, 6 and 7.
 * @module
 */
import { type Address, type Family, familyOf } from '../values/address.js';
import type { Labels } from '../values/labels.js';
import type { PoolName } from '../values/names.js';
import { err, type Result } from '../values/result.js';
import { choose, type Grant } from './choose.js';
import { drawnFrom, type Entry } from './entry.js';
import type { Ledger } from './ledger.js';
import type { Pools } from './pools.js';
import { abridged, type Occupied, type Refusal } from './refusal.js';
import type { Request } from './request.js';
import { listed } from './sentence.js';
import type { Serving } from './serving.js';
import type { Sharers } from './sharers.js';
import type { Tenancy } from './tenancy.js';
import { undecidedPools } from './undecided.js';
import { type Want, wantOf, wantToShare } from './want.js';

const NO_ADDRESSES: readonly Address[] = [];
const NO_WANTS: readonly Want[] = [];
const NO_FAMILIES: readonly Family[] = [];

export interface AssignerOptions {
  readonly ledger: Ledger;
  readonly sharers: Sharers;
  readonly serving: Serving;
  readonly tenancy: Tenancy;
  /** The pools now. */
  readonly pools: () => Pools;
  /** Undefined where the namespace has not been told of. */
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
  /** Why there is no configuration; undefined where there is one. */
  readonly whyUnconfigured: () => string | undefined;
}

/** What could not be found for a Service. */
interface Lack {
  readonly missing: readonly Family[];
  readonly needed: readonly Family[];
  /** What it holds that is as it asks for. */
  readonly fitting: readonly Address[];
  readonly misfits: readonly Occupied[];
  readonly because: Refusal;
}

export class Assigner {
  readonly #options: AssignerOptions;

  constructor(options: AssignerOptions) {
    this.#options = options;
  }

  /** Keeps what is as asked for, and finds what is missing: both families at once, or the second after the first. */
  satisfy(entry: Entry, request: Request, nowMs: number): void {
    while (true) {
      const misfits = this.#options.tenancy.misfits(entry);
      const fitting =
        entry.holds.length === 0
          ? NO_ADDRESSES
          : entry.holds.filter(
              (address) =>
                this.#isMet(request, entry, address) && misfits.every((misfit) => misfit.address !== address),
            );
      const missing =
        fitting.length === 0 ? request.families : request.families.filter((family) => !fitting.some(isOf(family)));
      // Granted by what the pools are now; a later edit of them is no wish of the Service's.
      if (this.#isPoolGranted(request, entry, fitting)) entry.pool = request.pool;
      if (missing.length === 0) {
        const { pool } = entry;
        this.#trim(entry, request, fitting, nowMs);
        // What it gave up was of the pool that it names, and what it kept may not be.
        if (entry.pool === pool) return;
        continue;
      }
      const needed = neededOf(request, missing, entry, misfits);
      const choice = this.#choose(entry, request, { missing, needed, fitting }, nowMs);
      if (!choice.ok) {
        this.#lack(entry, request, { missing, needed, fitting, misfits, because: choice.error }, nowMs);
        return;
      }
      const granted = fitting.length === 0 ? choice.value.addresses : [...fitting, ...choice.value.addresses];
      // What can no longer be shared stays until there is another of its family.
      const stays =
        misfits.length === 0
          ? NO_ADDRESSES
          : misfits.map(({ address }) => address).filter((each) => !granted.some(isOf(familyOf(each))));
      this.#grant(entry, request, stays.length === 0 ? granted : [...granted, ...stays], choice.value, nowMs);
      if (stays.length === 0 && granted.length === request.families.length) return;
    }
  }

  #lack(entry: Entry, request: Request, lack: Lack, nowMs: number): void {
    const { missing, needed, fitting, misfits, because } = lack;
    if (fitting.length > 0 && isAPreference(request, missing, entry)) {
      this.#trim(entry, request, fitting, nowMs);
      entry.lacks = because;
      this.#wait(entry, because, request, needed);
      return;
    }
    const [misfit] = misfits;
    const isTheSame = because.kind === 'taken' && because.address === misfit?.address;
    const isPlain = misfit === undefined || isTheSame;
    const refusal: Refusal = isPlain ? because : { kind: 'no-longer-shares', because, ...misfit };
    entry.refusal = abridged(refusal);
    this.#wait(entry, refusal, request, needed);
  }

  /**
   * Gives back what a mark lists that nothing proves, as if the Service asked for that: all of it, where that can be given now.
   * Returns whether it was.
   */
  restore(entry: Entry, addresses: readonly Address[], nowMs: number): boolean {
    if (addresses.length === 0) return false;
    const families = addresses.map(familyOf);
    const request: Request = { families, needsAll: true, addresses, pool: undefined, avoids: NO_ADDRESSES };
    const choice = this.#choose(entry, request, { missing: families, needed: families, fitting: NO_ADDRESSES }, nowMs);
    if (choice.ok) this.#grant(entry, request, addresses, choice.value, nowMs);
    return choice.ok;
  }

  /** What it asks for makes no sense. */
  refuse(entry: Entry, refusal: Refusal): void {
    entry.refusal = refusal;
    this.#wait(entry, refusal, undefined, NO_FAMILIES);
  }

  /** What would help, and what would change the reason: a refusal names the first of what stands in the way. */
  #wait({ service, terms }: Entry, refusal: Refusal, request: Request | undefined, needed: readonly Family[]): void {
    const reserved = this.#options
      .pools()
      .reservedFor(service.key)
      .map(({ address }) => address);
    const shared = terms.key === undefined ? [] : [wantToShare(terms.key)];
    const asked = request?.addresses ?? NO_ADDRESSES;
    const before = wantsBefore(refusal, request, needed);
    // Free may be what it is to leave, and nothing else: it is looked at whatever happens.
    const isPicky = before.length > 0 && request !== undefined && request.avoids.length > 0;
    const helps = [...reserved, ...shared, ...asked, ...(isPicky ? before : NO_WANTS)];
    this.#options.serving.add(service, refusal, helps, isPicky ? NO_WANTS : before);
  }

  /**
   * Whether an address that a Service holds is as it asks for. Which pool it was given from is known from its annotation:
   * a pool that was split or renamed since is no wish of the Service's, nor is the new name of a pool that has its
   * address already.
   */
  #isMet(request: Request, { pool }: Entry, address: Address): boolean {
    const family = familyOf(address);
    if (!request.families.includes(family) || request.avoids.includes(address)) return false;
    const asked = request.addresses.find((each) => familyOf(each) === family);
    if (asked !== undefined) return address === asked;
    return this.#isOfPool(request, pool, address);
  }

  #isOfPool(request: Request, pool: PoolName | undefined, address: Address): boolean {
    if (request.pool === undefined || request.pool === pool) return true;
    return this.#options.pools().holding(address)?.name === request.pool;
  }

  /** All that it holds and is to keep is from the pool that it names, as far as it asks for no address. */
  #isPoolGranted(request: Request, { holds, pool }: Entry, fitting: readonly Address[]): boolean {
    if (request.pool === undefined || fitting.every((address) => isAsked(request, address))) return false;
    const unasked = holds.filter(
      (address) => request.families.includes(familyOf(address)) && !isAsked(request, address),
    );
    return unasked.every((address) => this.#isOfPool(request, pool, address));
  }

  #choose(
    { service, pool, terms }: Entry,
    request: Request,
    { missing, needed, fitting }: Pick<Lack, 'missing' | 'needed' | 'fitting'>,
    nowMs: number,
  ): Result<Grant, Refusal> {
    const unconfigured = this.#options.whyUnconfigured();
    if (unconfigured !== undefined) return err({ kind: 'no-configuration', detail: unconfigured });
    const pools = this.#options.pools();
    const [first] = fitting;
    const before = pool === undefined ? undefined : pools.named(pool);
    const kept = first && {
      address: first,
      pool: pools.holding(first) ?? before,
      isOfNamedPool: this.#isOfPool(request, pool, first),
    };
    const { namespace } = service.meta;
    const namespaceLabels = this.#options.namespaceLabels(namespace);
    if (namespaceLabels === undefined && pools.selectByNamespaceLabels) {
      const undecided = undecidedPools({ service, request, missing, needed, kept, pools });
      if (undecided.length > 0) return err({ kind: 'unknown-namespace', namespace, pools: listed(undecided) });
    }
    return choose({
      service,
      request,
      missing,
      needed,
      kept,
      terms,
      namespaceLabels,
      pools,
      ledger: this.#options.ledger,
      sharers: this.#options.sharers,
      nowMs,
    });
  }

  #grant(entry: Entry, request: Request, holds: readonly Address[], { addresses, pool }: Grant, nowMs: number): void {
    for (const address of addresses) {
      this.#options.ledger.take(address, entry.service.key);
      this.#options.serving.changed(address, nowMs);
    }
    if (entry.leaving.length > 0) entry.leaving = entry.leaving.filter((address) => !addresses.includes(address));
    // Given beside an address that stays: its wish for a pool, which was split since, goes on being granted.
    const isGranted = holds.length > addresses.length && request.pool !== undefined && request.pool === entry.pool;
    this.#trim(entry, request, holds, nowMs);
    if (!isGranted) entry.pool = pool;
  }

  /** Holds these from now on, in the order of the families; what else it held goes once the status says so. */
  #trim(entry: Entry, request: Request, holds: readonly Address[], nowMs: number): void {
    const gone = entry.holds.length === 0 ? NO_ADDRESSES : entry.holds.filter((address) => !holds.includes(address));
    if (gone.length > 0) entry.leaving = [...entry.leaving, ...gone];
    const ordered = holds.length < 2 ? holds : inOrderOf(request.families, holds);
    entry.pool = this.#poolOf(entry, request, ordered[0]);
    entry.holds = ordered;
    this.#options.tenancy.reckon(entry, nowMs);
  }

  /**
   * What was known of the first that it held, as far as it is true of the one that is first now. Its wish for a pool, which was
   * split since, goes on being granted.
   */
  #poolOf(entry: Entry, request: Request, first: Address | undefined): PoolName | undefined {
    const [before] = entry.holds;
    if (before === undefined || first === undefined) return entry.pool;
    if (first === before || !entry.holds.includes(first)) return entry.pool;
    const isGranted = request.pool !== undefined && request.pool === entry.pool && familyOf(first) !== familyOf(before);
    return isGranted ? entry.pool : drawnFrom(entry, first, this.#options.pools());
  }
}

const inOrderOf = (families: readonly Family[], holds: readonly Address[]): readonly Address[] =>
  holds.toSorted((a, b) => families.indexOf(familyOf(a)) - families.indexOf(familyOf(b)));

const isOf =
  (family: Family) =>
  (address: Address): boolean =>
    familyOf(address) === family;

/**
 * However little it asks for both families: it has one of each of these that works, and is not to be left without. Who can no
 * longer share goes from one of its addresses where there is no other for the second.
 */
function neededOf(
  { needsAll }: Request,
  missing: readonly Family[],
  { holds }: Entry,
  misfits: readonly Occupied[],
): readonly Family[] {
  if (needsAll) return missing;
  if (holds.length === 0) return NO_FAMILIES;
  const kept = holds.filter((address) => misfits.every((misfit) => misfit.address !== address));
  return missing.filter((family) => kept.some(isOf(family)));
}

/** An address of its family was asked for: which pool that is from is no wish. */
const isAsked = ({ addresses }: Request, address: Address): boolean => addresses.some(isOf(familyOf(address)));

/** It would rather have the other family too, asked for no address of it, and has none of it. */
const isAPreference = ({ needsAll, addresses }: Request, missing: readonly Family[], { holds }: Entry): boolean =>
  !needsAll && ![...addresses, ...holds].some((address) => missing.includes(familyOf(address)));

/** A refusal names the first family that a pool has nothing of: of those before it there was something, and may be nothing later. */
function wantsBefore(refusal: Refusal, request: Request | undefined, needed: readonly Family[]): readonly Want[] {
  const why = refusal.kind === 'no-longer-shares' ? refusal.because : refusal;
  if (request === undefined || why.kind !== 'no-address') return NO_WANTS;
  const wants: Want[] = [];
  for (const tried of why.tried) {
    if (!('family' in tried)) continue;
    const before = request.families.slice(0, request.families.indexOf(tried.family));
    for (const family of before) if (needed.includes(family)) wants.push(wantOf(tried.pool, family));
  }
  return wants;
}
