/**
 * Under which terms each Service shares what it holds, as it is edited: who can no longer share, and when new terms count.
 *
 * Pure.
 *
 * Source: docs/design.md §6, rule 7.
 * @module
 */
import type { Address } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import { areSameTerms, grantedTermsOf } from '../values/sharing.js';
import { addressesIn } from './adopt.js';
import type { Entries, Entry } from './entry.js';
import type { Ledger } from './ledger.js';
import { byAge } from './queues.js';
import type { Occupied } from './refusal.js';
import type { Serving } from './serving.js';
import type { Sharer, Sharers } from './sharers.js';

const NO_MISFITS: readonly Occupied[] = [];

export interface TenancyOptions {
  readonly entries: Entries;
  readonly ledger: Ledger;
  readonly sharers: Sharers;
  readonly serving: Serving;
}

export class Tenancy {
  readonly #entries: Entries;
  readonly #ledger: Ledger;
  readonly #sharers: Sharers;
  readonly #serving: Serving;

  constructor({ entries, ledger, sharers, serving }: TenancyOptions) {
    this.#entries = entries;
    this.#ledger = ledger;
    this.#sharers = sharers;
    this.#serving = serving;
  }

  /** The addresses that it can no longer share, and with whom, because it was edited. */
  misfits({ service, holds }: Entry): readonly Occupied[] {
    // Nearly every Service shares with nobody and never did.
    if (!this.#sharers.has(service.key)) return NO_MISFITS;
    const entryOf = (holder: ServiceKey) => this.#entries.get(holder);
    const misfits: Occupied[] = [];
    for (const address of holds) {
      const misfit = this.#sharers.misfit(address, service.key, {
        isElsewhere: (holder) => isElsewhere(entryOf(holder), address),
        isOlder: (holder) => byAge(entryOf(holder)?.service ?? service, service) < 0,
      });
      if (misfit !== undefined) misfits.push(misfit);
    }
    return misfits;
  }

  /** Whoever fits everywhere shares as it is now; whoever does not goes by what it was let share as. */
  reckoned(entry: Entry, nowMs: number): void {
    const { service, holds } = entry;
    if (areSameTerms(entry.granted, entry.terms) || this.misfits(entry).length > 0) return;
    const entryOf = (holder: ServiceKey) => this.#entries.get(holder);
    const isOurs = (holder: ServiceKey) => entryOf(holder) !== undefined;
    const neighbours = { isOurs, isShown: (holder: ServiceKey, address: Address) => isShown(entryOf(holder), address) };
    if (!this.#sharers.mayRecord(service.key, this.#sharerOf(entry), neighbours)) return;
    entry.granted = entry.terms;
    this.#serving.affects(service.key);
    this.reckon(entry, nowMs);
    for (const address of holds) this.reckonedAt(address, nowMs);
  }

  /** Holders of an address may have waited with their terms for those of another one, or until it was gone. */
  reckonedAt(address: Address, nowMs: number): void {
    for (const holder of this.#ledger.holders(address)) {
      const entry = this.#entries.get(holder);
      if (entry !== undefined) this.reckoned(entry, nowMs);
    }
  }

  /** Lets the others reckon with what it holds, and how it may be shared. */
  reckon(entry: Entry, nowMs: number): void {
    const isAlone = entry.terms.key === undefined && entry.granted.key === undefined;
    if (isAlone && !this.#sharers.has(entry.service.key)) return;
    const changed = this.#sharers.set(entry.service.key, this.#sharerOf(entry));
    for (const address of changed) this.#serving.changed(address, nowMs);
  }

  #sharerOf({ service, granted, terms, holds }: Entry): Sharer {
    return { granted, recorded: grantedTermsOf(service, terms), current: terms, addresses: holds };
  }
}

/**
 * It leaves the address, or no version of it has it yet: that can still be taken back. With another provider's Service nothing
 * was ever agreed.
 */
const isElsewhere = (entry: Entry | undefined, address: Address): boolean =>
  entry === undefined || entry.leaving.includes(address) || !isShown(entry, address);

/** A version of it has or had the address, whatever became of its status. */
const isShown = (entry: Entry | undefined, address: Address): boolean =>
  entry !== undefined && (entry.shown.includes(address) || addressesIn(entry.service).includes(address));
