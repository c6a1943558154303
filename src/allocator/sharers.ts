/**
 * Services that may share their addresses: under which terms each holds them, who fits beside whom, and which of two that
 * no longer fit has changed.
 *
 * Pure. A Service without a sharing key, which is nearly every one, is not in here and costs nothing.
 *
 * Source: docs/design.md §6, rule 7.
 * @module
 */
import type { Pool } from '../config/config.js';
import type { Address, Family } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import {
  ALONE,
  areSameTerms,
  areTogether,
  type SharingObstacle,
  type SharingTerms,
  sharingObstacle,
  type Tenant,
  whyToGo,
} from '../values/sharing.js';
import { CountedAddresses } from './counted-addresses.js';
import { inOrder, type Ledger } from './ledger.js';
import { lookUp } from './look-up.js';
import { isBuggy, type Pools } from './pools.js';
import type { Occupied } from './refusal.js';
import { nextSlot, type Slot, slotIn } from './slots.js';

/** One Service, as the others have to reckon with it. */
export interface Sharer extends Tenant {
  /** The terms that the API has written down: what a controller that begins now would know. */
  readonly recorded: SharingTerms;
  readonly addresses: readonly Address[];
}

/** What is asked of the other holders of an address. */
export interface Others {
  /** It goes from this address, or has not come to it yet. */
  readonly isElsewhere: (holder: ServiceKey) => boolean;
  /** Of two that both broke the rule the younger has to go: their age is the same after a restart. */
  readonly isOlder: (holder: ServiceKey) => boolean;
}

/** What is asked of those beside whom new terms are to be written down. */
export interface Neighbours {
  readonly isOurs: (holder: ServiceKey) => boolean;
  /** A version of it has or had this address. */
  readonly isShown: (holder: ServiceKey, address: Address) => boolean;
}

/** A Service that is not in here. */
const UNSHARED: Sharer = { granted: ALONE, recorded: ALONE, current: ALONE, addresses: [] };
const NO_ADDRESSES: readonly Address[] = [];

/** What a Service that looks for company brings. */
export interface SharedWish {
  readonly terms: SharingTerms;
  /** Addresses that it is to leave. */
  readonly avoids: readonly Address[];
  /** Kept from who does not ask for it by name, whoever has it. */
  readonly isLeftAlone: (address: Address) => boolean;
}

export class Sharers {
  readonly #ledger: Ledger;
  readonly #sharers = new Map<ServiceKey, Sharer>();
  /** Addresses of pools that are shared, or may be, under each key and set of backends. */
  readonly #byBackends = new Map<string, CountedAddresses<Slot>>();
  /** Those that have this port taken, under each key and port. */
  readonly #byPort = new Map<string, CountedAddresses<Slot>>();
  /** Whose slots these are. */
  #pools: Pools;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#pools = ledger.pools;
  }

  /** Replaces what is known of a Service. Returns addresses whose other holders may fit otherwise now. */
  set(key: ServiceKey, sharer: Sharer): readonly Address[] {
    this.#followPools();
    const before = this.#sharers.get(key);
    const isSharing = sharer.granted.key !== undefined || sharer.current.key !== undefined;
    if (before === undefined && !isSharing) return NO_ADDRESSES;
    if (before !== undefined) this.#index(before, 'delete');
    if (isSharing) {
      this.#sharers.set(key, sharer);
      this.#index(sharer, 'add');
    } else this.#sharers.delete(key);
    const isSame =
      before !== undefined &&
      areSameTerms(before.granted, sharer.granted) &&
      areSameTerms(before.recorded, sharer.recorded) &&
      areSameTerms(before.current, sharer.current) &&
      before.addresses.length === sharer.addresses.length &&
      before.addresses.every((address) => sharer.addresses.includes(address));
    return isSame ? NO_ADDRESSES : [...new Set([...(before?.addresses ?? []), ...sharer.addresses])];
  }

  has(key: ServiceKey): boolean {
    return lookUp(this.#sharers, key) !== undefined;
  }

  delete(key: ServiceKey): void {
    const before = lookUp(this.#sharers, key);
    if (before === undefined) return;
    this.#followPools();
    this.#index(before, 'delete');
    this.#sharers.delete(key);
  }

  /**
   * Whether a Service's terms may be written down as those that it was let share under. Not while somebody else at its
   * addresses goes by older ones: a controller that begins then would take the two for strangers, and one of them would go.
   * Nor beside one on its way there that it does not fit: what that one is recorded as is of another address, and its write
   * may arrive.
   */
  mayRecord(key: ServiceKey, { addresses, current }: Sharer, others: Neighbours): boolean {
    return addresses.every((address) =>
      this.#ledger.holders(address).every((holder) => {
        const other = this.#sharers.get(holder) ?? UNSHARED;
        return (
          holder === key ||
          !others.isOurs(holder) ||
          areTogether(current, other.current) ||
          (others.isShown(holder, address) && areTogether(current, other.recorded))
        );
      }),
    );
  }

  /** Keys under which an address may be shared now. */
  keysAt(address: Address): readonly string[] {
    const keys = this.#ledger.holders(address).map((holder) => this.#sharers.get(holder)?.current.key);
    return [...new Set(keys)].filter((key) => key !== undefined);
  }

  /**
   * Whose presence keeps a Service with these terms from an address, the first of them by name; undefined for an address
   * that is free or may be shared.
   */
  occupied(address: Address, key: ServiceKey, terms: SharingTerms): Occupied | undefined {
    for (const holder of inOrder(this.#ledger.holders(address))) {
      if (holder === key) continue;
      const obstacle = this.#obstacle(terms, this.#sharers.get(holder));
      if (obstacle !== undefined) return { address, holder, obstacle };
    }
    return undefined;
  }

  /** The first address of the pool, in the order of its ranges, that is held under the Service's sharing key and has room for it. */
  shared(pool: Pool, family: Family, key: ServiceKey, wish: SharedWish): Address | undefined {
    this.#followPools();
    const { slots } = this.#pools;
    const { terms, avoids, isLeftAlone } = wish;
    const addresses = this.#byBackends.get(backendsOf(terms) ?? '');
    const stretch = addresses === undefined ? undefined : slots.stretch(pool, family);
    if (addresses === undefined || stretch === undefined) return undefined;
    let slot = this.#withRoom(addresses, terms, stretch.first);
    while (slot !== undefined && slot <= stretch.last) {
      const address = slots.addressAt(slot);
      const keptFor = pool.reserved.get(address) ?? key;
      const isGiven = keptFor === key && !isBuggy(pool, address) && !avoids.includes(address);
      const hasRoom = isGiven && this.occupied(address, key, terms) === undefined;
      if (hasRoom && !isLeftAlone(address)) return address;
      slot = slot === stretch.last ? undefined : this.#withRoom(addresses, terms, nextSlot(slot));
    }
    return undefined;
  }

  /** The lowest one, `from` or above, at which none of the ports is taken, found without a look at those where one is. */
  #withRoom(addresses: CountedAddresses<Slot>, { key = '', ports }: SharingTerms, from: Slot): Slot | undefined {
    const taken = ports.map((port) => this.#byPort.get(portOf(key, port))).filter((each) => each !== undefined);
    let slot = addresses.first(from);
    while (slot !== undefined) {
      const before: Slot = slot;
      let beyond: Slot | undefined = before;
      for (const each of taken) beyond = beyond === undefined ? undefined : each.firstOther(beyond);
      if (beyond === before) return before;
      slot = beyond === undefined ? undefined : addresses.first(beyond);
    }
    return undefined;
  }

  /**
   * Beside whom a Service no longer fits because it was edited since it was given the address; the other one did nothing.
   * Undefined where it fits, and where the other one is who has to go.
   */
  misfit(address: Address, key: ServiceKey, others: Others): Occupied | undefined {
    const holders = this.#ledger.holders(address);
    if (holders.length < 2) return undefined;
    for (const holder of inOrder(holders)) {
      if (holder === key || others.isElsewhere(holder)) continue;
      const obstacle = whyToGo(
        this.#sharers.get(key) ?? UNSHARED,
        this.#sharers.get(holder) ?? UNSHARED,
        others.isOlder(holder),
      );
      if (obstacle !== undefined) return { address, holder, obstacle };
    }
    return undefined;
  }

  /**
   * A newcomer has to fit what a holder is now and what it was let share as, also by the API's record: an edit of it may
   * be taken back, and a controller that begins in between must not take the newcomer for the one that has to go.
   */
  #obstacle(terms: SharingTerms, holder: Sharer | undefined): SharingObstacle | undefined {
    if (holder === undefined) return { kind: 'key', want: terms.key };
    const { current, granted, recorded } = holder;
    return sharingObstacle(terms, current) ?? sharingObstacle(terms, granted) ?? sharingObstacle(terms, recorded);
  }

  /** Other pools have other slots. */
  #followPools(): void {
    if (this.#pools === this.#ledger.pools) return;
    this.#pools = this.#ledger.pools;
    this.#byBackends.clear();
    this.#byPort.clear();
    for (const sharer of this.#sharers.values()) this.#index(sharer, 'add');
  }

  #index({ granted, current, addresses }: Sharer, what: 'add' | 'delete'): void {
    const { key, ports } = current;
    const backends = backendsOf(current);
    if (key === undefined || key !== granted.key) return;
    for (const address of addresses) {
      const part = this.#pools.slots.partOf(address);
      if (part === undefined) continue;
      const slot = slotIn(part, address);
      if (backends !== undefined) count(this.#byBackends, backends, slot, what);
      for (const port of ports) count(this.#byPort, portOf(key, port), slot, what);
    }
  }
}

/** Undefined of who shares with nobody. No backends have a line break in them, so that no two pairs are one text. */
const backendsOf = ({ key, backends }: SharingTerms): string | undefined =>
  key === undefined || backends === undefined ? undefined : `${backends}\n${key}`;

/** No port has a space in it. */
const portOf = (key: string, port: string): string => `${port} ${key}`;

function count(index: Map<string, CountedAddresses<Slot>>, by: string, slot: Slot, what: 'add' | 'delete'): void {
  const counted = index.get(by) ?? new CountedAddresses();
  counted[what](slot);
  if (counted.isEmpty) index.delete(by);
  else index.set(by, counted);
}
