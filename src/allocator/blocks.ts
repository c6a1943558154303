/**
 * Something for each 48 bits of IPv6 addresses, and for all of IPv4: inside a block an address is a small whole number.
 *
 * Pure. Programs count in such numbers many times faster than in bigints, and make no garbage by it; a pool, however
 * large, has its used addresses in few blocks.
 * @module
 */
import { type Address, isIPv4 } from '../values/address.js';
import { toIPv4 } from '../values/ipv4.js';
import { type IPv6, toIPv6 } from '../values/ipv6.js';

/** Numbers up to 2^48 are exact, and so is what follows the last of them. */
const BLOCK_BITS = 48;
const BLOCK_SIZE = 2 ** BLOCK_BITS;
const IPV4_SIZE = 2 ** 32;

/** The number of an address inside its block. */
export const inBlock = (address: Address): number =>
  isIPv4(address) ? address : Number(BigInt.asUintN(BLOCK_BITS, address));

export interface Block<T> {
  /** The address with the number 0. */
  readonly first: Address;
  /** Numbers from here on are another block's, or no address. */
  readonly size: number;
  readonly value: T;
}

export const addressIn = (block: Block<unknown>, number: number): Address =>
  isIPv4(block.first) ? toIPv4(number) : toIPv6(block.first + BigInt(number));

export class Blocks<T> {
  readonly #make: () => T;
  #ipv4: Block<T> | undefined;
  /** Ascending. */
  readonly #ipv6: Block<T>[] = [];
  /** Where the last address was that was asked for; the next one is there nearly always, or is the same. */
  #last: { readonly first: bigint; readonly end: bigint; readonly block: Block<T> } | undefined;
  #lastAddress: Address | undefined;

  constructor(make: () => T) {
    this.#make = make;
  }

  /** The block of an address; undefined where nothing was ever put there. */
  find(address: Address): Block<T> | undefined {
    if (isIPv4(address)) return this.#ipv4;
    if (this.#last !== undefined && address === this.#lastAddress) return this.#last.block;
    this.#lastAddress = undefined;
    if (this.#last !== undefined && this.#last.first <= address && address < this.#last.end) {
      this.#lastAddress = address;
      return this.#last.block;
    }
    const block = this.#ipv6[this.#place(address)];
    return block !== undefined && block.first <= address ? this.#remember(block) : undefined;
  }

  /** The block of an address, made if there is none. */
  at(address: Address): Block<T> {
    const known = this.find(address);
    if (known !== undefined) return known;
    if (isIPv4(address)) {
      this.#ipv4 = { first: toIPv4(0), size: IPV4_SIZE, value: this.#make() };
      return this.#ipv4;
    }
    const first = toIPv6((address >> BigInt(BLOCK_BITS)) << BigInt(BLOCK_BITS));
    const block = { first, size: BLOCK_SIZE, value: this.#make() };
    this.#ipv6.splice(this.#place(address), 0, block);
    return this.#remember(block);
  }

  /** The first block above that of an address, in its family. */
  after(address: Address): Block<T> | undefined {
    if (isIPv4(address)) return undefined;
    const place = this.#place(address);
    const block = this.#ipv6[place];
    return block !== undefined && block.first <= address ? this.#ipv6[place + 1] : block;
  }

  *values(): Iterable<Block<T>> {
    if (this.#ipv4 !== undefined) yield this.#ipv4;
    yield* this.#ipv6;
  }

  #remember(block: Block<T>): Block<T> {
    const first: bigint = block.first as IPv6;
    this.#last = { first, end: first + BigInt(BLOCK_SIZE), block };
    return block;
  }

  /** Of the first block that ends above the address. */
  #place(address: IPv6): number {
    let low = 0;
    let high = this.#ipv6.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#ipv6[middle] as Block<T>;
      if ((block.first as IPv6) + BigInt(BLOCK_SIZE) > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
