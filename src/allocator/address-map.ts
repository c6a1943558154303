/**
 * Something for each address, of either family.
 *
 * Pure. A `Map` of the language finds numbers fast and bigints slowly, so this one keeps numbers alone.
 * @module
 */
import type { Address } from '../values/address.js';
import { addressIn, Blocks, inBlock } from './blocks.js';
import { PageMap } from './page-map.js';

export class AddressMap<T> {
  readonly #blocks = new Blocks(() => new PageMap<T>());

  get(address: Address): T | undefined {
    return this.#blocks.find(address)?.value.get(inBlock(address));
  }

  has(address: Address): boolean {
    return this.get(address) !== undefined;
  }

  set(address: Address, value: T): void {
    this.#blocks.at(address).value.set(inBlock(address), value);
  }

  delete(address: Address): void {
    this.#blocks.find(address)?.value.delete(inBlock(address));
  }

  *values(): Iterable<T> {
    for (const block of this.#blocks.values()) for (const [, value] of block.value.entries()) yield value;
  }

  *keys(): Iterable<Address> {
    for (const block of this.#blocks.values()) {
      for (const [number] of block.value.entries()) yield addressIn(block, number);
    }
  }
}
