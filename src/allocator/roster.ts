/**
 * The Services that are known, and what happens to their addresses as versions of them come: taken in with what they come
 * with, followed, and forgotten.
 *
 * Pure. A Service seen as it was some time ago changes nothing.
 *
 * Source: docs/design.md §6, rules 1, 3 and 4.
 * @module
 */
import type { Address } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { isOurs, type ServiceClass } from '../values/service-class.js';
import { servedBy } from '../values/service-marks.js';
import { areTogether, grantedTermsOf, sharingTermsOf } from '../values/sharing.js';
import { addressesIn, claimsOf, formerly, isOlder, writtenPool } from './adopt.js';
import { settleClaims } from './adoption.js';
import { Bystanders } from './bystanders.js';
import { confirm, isOvertaken, takeBack } from './confirm.js';
import { Entry } from './entry.js';
import type { KeyMap } from './key-map.js';
import type { Ledger, Left } from './ledger.js';
import type { Pools } from './pools.js';
import type { Freed } from './resting.js';
import type { Serving } from './serving.js';
import type { Sharers } from './sharers.js';
import type { Tenancy } from './tenancy.js';

export interface RosterOptions {
  readonly serviceClass: ServiceClass;
  readonly entries: KeyMap<Entry>;
  readonly ledger: Ledger;
  readonly sharers: Sharers;
  readonly serving: Serving;
  readonly tenancy: Tenancy;
  /** The pools now. */
  readonly pools: () => Pools;
}

const NO_ADDRESSES: readonly Address[] = [];
const NOTHING: readonly Freed[] = [];
/** Every `reuse-delay` since has passed. */
const LONG_AGO_MS = 0;

export class Roster {
  readonly #options: RosterOptions;
  readonly #bystanders: Bystanders;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#bystanders = new Bystanders(options.ledger);
  }

  /** All Services that there are, after a time in which nobody led. Returns what of our marks nobody holds. */
  begin(services: readonly Service[], nowMs: number): readonly Freed[] {
    for (const service of services) if (!this.#isOurs(service)) this.#bystanders.note(service.key, service);
    this.adopt(
      services.filter((service) => this.#isOurs(service)),
      nowMs,
      true,
    );
    return services.flatMap((service) => this.#lost(service, nowMs));
  }

  /**
   * The first configuration tells what is in a pool, which matters to what a Service comes with; nothing was given before.
   * Returns what of our marks nobody holds now.
   */
  beginAnew(nowMs: number): readonly Freed[] {
    const entries = [...this.#options.entries.values()];
    for (const entry of entries) this.#forget(entry, nowMs, 'unused');
    this.adopt(
      entries.map(({ service }) => service),
      nowMs,
      true,
    );
    // What a mark tells alone was noted when this began.
    const lost = entries.flatMap(({ service }) => this.#lost(service, nowMs));
    return lost.filter(({ freedAtMs }) => freedAtMs > LONG_AGO_MS);
  }

  /** Takes Services of ours in with what they come with, as far as nobody has a better right to it. */
  adopt(services: readonly Service[], nowMs: number, isBeginning = false): void {
    const { serviceClass, entries, ledger, serving, pools } = this.#options;
    const facts = { pools: pools(), installation: serviceClass.installation, isBeginning };
    const kept = settleClaims(services, {
      claimsOf: (service) => claimsOf(service, facts),
      holders: (address) => ledger.holders(address),
      mayJoin: (service, holder) => mayJoin(service, entries.get(holder)),
    });
    const holds = new Map<ServiceKey, readonly Address[]>();
    for (const { key, address } of kept) {
      ledger.take(address, key);
      serving.changed(address, nowMs);
      holds.set(key, [...(holds.get(key) ?? NO_ADDRESSES), address]);
    }
    for (const service of services) {
      const held = holds.get(service.key) ?? NO_ADDRESSES;
      this.#enter(service, held.length < 2 ? held : inOrderOf(service, held), nowMs);
    }
  }

  /**
   * A Service that was given what is in no pool by now, or what another one no longer shares with it, and that no version of
   * it had yet: it has what it had. Returns it if it is to ask anew.
   */
  withdraw(key: ServiceKey, nowMs: number): Entry | undefined {
    const entry = this.#options.entries.get(key);
    if (entry === undefined) return undefined;
    const { holds, shown, terms } = entry;
    const { pools, sharers } = this.#options;
    const isGood = (address: Address) =>
      pools().holding(address) !== undefined && sharers.occupied(address, key, terms) === undefined;
    if (holds.every((address) => shown.includes(address) || isGood(address))) return undefined;
    this.#leave(entry, takeBack(entry), nowMs);
    this.#options.tenancy.reckon(entry, nowMs);
    return entry;
  }

  takeIn(service: Service, nowMs: number): Entry {
    // Nearly every new Service comes with nothing.
    if (service.ingress.length === 0) return this.#enter(service, NO_ADDRESSES, nowMs);
    this.adopt([service], nowMs);
    return this.#options.entries.get(service.key) as Entry;
  }

  /**
   * A Service as the API has it now; undefined when it is gone. Returns it where it is ours, and perhaps needs another
   * address.
   */
  observe(key: ServiceKey, service: Service | undefined, nowMs: number): Entry | undefined {
    const known = this.#options.entries.get(key);
    const isAnother = known !== undefined && service?.meta.uid !== known.service.meta.uid;
    if (!isAnother && known !== undefined && service !== undefined && isOlder(service, known.service)) return undefined;
    if (known === undefined && service !== undefined && this.#bystanders.knowsLater(service)) return undefined;
    const ours = service !== undefined && this.#isOurs(service) ? service : undefined;
    if (known !== undefined && (ours === undefined || isAnother)) this.#forget(known, nowMs);
    const { taken, lost } = this.#bystanders.note(key, ours === undefined ? service : undefined);
    for (const address of taken) this.#options.serving.changed(address, nowMs);
    for (const address of lost) this.#giveBack(address, key, 'used', nowMs);
    if (ours === undefined) return undefined;
    return known === undefined || isAnother ? this.takeIn(ours, nowMs) : this.#follow(known, ours, nowMs);
  }

  /** With a type that changed, or with a status that was wiped whole. */
  #lost(service: Service, nowMs: number): readonly Freed[] {
    const { ledger, serviceClass } = this.#options;
    const { addresses, isProven } = formerly(service, serviceClass.installation);
    if (!isProven && !this.#isOurs(service)) return NOTHING;
    return addresses
      .filter((address) => ledger.holders(address).length === 0)
      .map((address) => ({ address, lastHolder: service.key, freedAtMs: isProven ? nowMs : LONG_AGO_MS }));
  }

  #isOurs(service: Service): boolean {
    return isOurs(service, this.#options.serviceClass);
  }

  #enter(service: Service, holds: readonly Address[], nowMs: number): Entry {
    const entry = new Entry(service, holds);
    this.#options.entries.set(service.key, entry);
    this.#options.tenancy.reckon(entry, nowMs);
    return entry;
  }

  /** A newer version of a Service that is known. */
  #follow(entry: Entry, service: Service, nowMs: number): Entry {
    const isEdited = entry.service.meta.resourceVersion !== service.meta.resourceVersion;
    entry.service = service;
    entry.terms = sharingTermsOf(service);
    // As a controller that begins would read it: of what came from another provider nothing was known before it was written.
    entry.pool ??= writtenPool(service, entry.holds);
    if (isEdited && isOvertaken(entry, this.#options.serviceClass.installation) && this.#isFree(entry)) {
      this.#leave(entry, entry.holds, nowMs);
      return this.takeIn(service, nowMs);
    }
    this.#leave(entry, confirm(entry), nowMs);
    if (isEdited) this.#leave(entry, takeBack(entry), nowMs);
    this.#options.tenancy.reckon(entry, nowMs);
    return entry;
  }

  /** Whether nobody else has what stands in its status. */
  #isFree({ service }: Entry): boolean {
    const { ledger } = this.#options;
    return addressesIn(service).every((address) => ledger.holders(address).every((holder) => holder === service.key));
  }

  #forget(entry: Entry, nowMs: number, left?: Left): void {
    const { entries, serving, sharers } = this.#options;
    const { key } = entry.service;
    entries.delete(key);
    serving.delete(key);
    sharers.delete(key);
    this.#leave(entry, [...entry.holds, ...entry.leaving], nowMs, left);
  }

  /** What was in no version of the Service nobody can have used, and what another device answers for is to be left alone. */
  #leave(entry: Entry, addresses: readonly Address[], nowMs: number, left?: Left): void {
    const { service, shown, shunned } = entry;
    entry.shunned = shunned.filter((address) => !addresses.includes(address));
    for (const address of addresses) {
      const asIs = shunned.includes(address) ? 'conflict' : shown.includes(address) ? 'used' : 'unused';
      this.#giveBack(address, service.key, left ?? asIs, nowMs);
    }
  }

  #giveBack(address: Address, key: ServiceKey, left: Left, nowMs: number): void {
    const { ledger, serving, tenancy } = this.#options;
    ledger.giveBack(address, key, nowMs, left);
    serving.changed(address, nowMs);
    tenancy.reckonedAt(address, nowMs);
  }
}

/** A holder goes by the terms under which it has what it has now, which are not always written down yet. */
const mayJoin = (service: Service, holder: Entry | undefined): boolean | undefined =>
  holder &&
  (areTogether(grantedTermsOf(service), holder.granted) || areTogether(sharingTermsOf(service), holder.terms));

/** As its status has them, so that nothing is to be written; then as the mark lists what was wiped. */
function inOrderOf(service: Service, addresses: readonly Address[]): readonly Address[] {
  const known = [...addressesIn(service), ...(servedBy(service)?.addresses ?? NO_ADDRESSES)];
  return addresses.toSorted((a, b) => known.indexOf(a) - known.indexOf(b));
}
