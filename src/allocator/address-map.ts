/**
 * Something for each address, of either family.
 *
 * Pure. A `Map` of the language finds numbers fast and bigints slowly, so this one keeps numbers alone.
 * @module
 */
import type { Address } from '../values/address.js';
import { addressIn, Blocks, inBlock } from './blocks.js';

export class AddressMap<T> {
  readonly #blocks = new Blocks(() => new Map<number, T>());

  get(address: Address): T | undefined {
    return this.#blocks.find(address)?.value.get(inBlock(address));
  }

  has(address: Address): boolean {
    return this.#blocks.find(address)?.value.has(inBlock(address)) === true;
  }

  set(address: Address, value: T): void {
    this.#blocks.at(address).value.set(inBlock(address), value);
  }

  delete(address: Address): void {
    this.#blocks.find(address)?.value.delete(inBlock(address));
  }

  *values(): Iterable<T> {
    for (const block of this.#blocks.values()) yield* block.value.values();
  }

  *keys(): Iterable<Address> {
    for (const block of this.#blocks.values()) {
      for (const number of block.value.keys()) yield addressIn(block, number);
    }
  }
}
