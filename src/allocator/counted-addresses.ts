/**
 * Addresses, or their slots, each counted as often as it was added, found in their order.
 *
 * Pure.
 * @module
 */
import { type Address, type Family, familyOf } from '../values/address.js';
import { AddressMap } from './address-map.js';
import { AddressSet } from './address-set.js';

export class CountedAddresses<T extends Address = Address> {
  readonly #counts = new AddressMap<number>();
  readonly #sets: Record<Family, AddressSet<T>> = { IPv4: new AddressSet(), IPv6: new AddressSet() };
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  add(address: T): void {
    const count = this.#counts.get(address) ?? 0;
    this.#counts.set(address, count + 1);
    if (count > 0) return;
    this.#sets[familyOf(address)].add(address);
    this.#size++;
  }

  /** Takes back one time that it was added. */
  delete(address: T): void {
    const count = this.#counts.get(address) ?? 0;
    if (count > 1) this.#counts.set(address, count - 1);
    if (count !== 1) return;
    this.#counts.delete(address);
    this.#sets[familyOf(address)].delete(address);
    this.#size--;
  }

  /** The lowest one, `from` or above. */
  first(from: T): T | undefined {
    return this.#sets[familyOf(from)].firstMember(from);
  }

  /** The lowest address that is none of them, `from` or above; undefined past the end of the family. */
  firstOther(from: T): T | undefined {
    return this.#sets[familyOf(from)].firstGap(from);
  }
}
