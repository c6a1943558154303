/**
 * A set of addresses of one family, or of their slots.
 *
 * Pure. Adding, removing and finding a gap cost O(log n) in the runs of neighbours that it has, and nothing in the size of
 * a pool: a /64 costs what its used addresses cost.
 * @module
 */
import type { Address } from '../values/address.js';
import { addressIn, Blocks, inBlock } from './blocks.js';
import { RunSet } from './run-set.js';

export class AddressSet<T extends Address = Address> {
  readonly #blocks = new Blocks(() => new RunSet());

  has(address: T): boolean {
    return this.#blocks.find(address)?.value.has(inBlock(address)) === true;
  }

  add(address: T): void {
    this.#blocks.at(address).value.add(inBlock(address));
  }

  delete(address: T): void {
    this.#blocks.find(address)?.value.delete(inBlock(address));
  }

  /** The lowest address that is not in the set, `from` or above; undefined past the end of the family. */
  firstGap(from: T): T | undefined {
    let block = this.#blocks.find(from);
    if (block === undefined) return from;
    for (let number = inBlock(from); ; number = 0) {
      const gap = block.value.firstGap(number);
      if (gap < block.size) return addressIn(block, gap) as T;
      const last = addressIn(block, block.size - 1);
      const next = this.#blocks.after(last);
      // The whole rest of the block is used: the gap begins with the next one, if that has none of its own.
      if (typeof last !== 'bigint' || last === LAST_IPV6) return undefined;
      const following = (last + 1n) as Address as T;
      if (next === undefined || next.first !== following) return following;
      block = next;
    }
  }

  /** The lowest address that is in the set, `from` or above. */
  firstMember(from: T): T | undefined {
    const here = this.#blocks.find(from);
    const found = here?.value.firstMember(inBlock(from));
    if (here !== undefined && found !== undefined) return addressIn(here, found) as T;
    for (let block = this.#blocks.after(from); block !== undefined; block = this.#blocks.after(block.first)) {
      const member = block.value.firstMember(0);
      if (member !== undefined) return addressIn(block, member) as T;
    }
    return undefined;
  }
}

const LAST_IPV6 = (1n << 128n) - 1n;
