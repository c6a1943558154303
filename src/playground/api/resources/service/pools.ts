/**
 * What Services must not share: addresses of the service CIDRs, and ports of every node.
 *
 * A pool's lower part is left to those who name what they want; who names nothing gets something of the upper part first.
 *
 * Source: `k8s.io/kubernetes` pkg/registry/core/service/ipallocator and portallocator; KEP-3070 and KEP-3668 (the two parts).
 * @module
 */
import { type Address, type Family, formatAddress, parseAddress } from '../../../../values/address.js';
import { toIPv4 } from '../../../../values/ipv4.js';
import { toIPv6 } from '../../../../values/ipv6.js';
import { type Block, contains, sizeOf } from '../addresses.js';

/** At least 0 and below 1. */
export type Random = () => number;

/** Numbers from `first` to `last`; which are taken is told by `isTaken`. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
  /** How many of the first are kept for those who name them. */
  readonly kept: bigint;
}

export class AddressPool {
  private readonly taken = new Set<string>();
  private readonly range: Range;
  private readonly block: Block;
  private readonly random: Random;

  constructor(block: Block, random: Random) {
    const size = sizeOf(block);
    this.block = block;
    this.random = random;
    this.range = {
      // The first address is the network's own, and so is the last one of IPv4.
      first: block.base + 1n,
      last: block.base + size - (block.family === 'IPv4' ? 2n : 1n),
      kept: keptOf(size, { least: 16n, most: 256n, part: 16n }),
    };
  }

  get family(): Family {
    return this.block.family;
  }

  /** A free address, which stays free; undefined when there is none. */
  next(): string | undefined {
    const found = pick(this.range, this.random, (value) => this.taken.has(this.format(value)));
    return found === undefined ? undefined : this.format(found);
  }

  /** Why `text` cannot be had. */
  refusal(text: string): string | undefined {
    const address = parseAddress(text);
    const { first, last } = this.range;
    if (address === undefined || !contains(this.block, address) || address < first || address > last) {
      return 'the provided network does not match the current range';
    }
    return this.taken.has(formatAddress(address)) ? 'provided IP is already allocated' : undefined;
  }

  take(text: string): void {
    this.taken.add(canonical(text));
  }

  giveBack(text: string): void {
    this.taken.delete(canonical(text));
  }

  private format(value: bigint): string {
    const address: Address = this.block.family === 'IPv4' ? toIPv4(Number(value)) : toIPv6(value);
    return formatAddress(address);
  }
}

export class PortPool {
  private readonly taken = new Set<number>();
  private readonly range: Range;
  private readonly random: Random;

  constructor({ first, last }: { readonly first: number; readonly last: number }, random: Random) {
    const size = BigInt(last - first + 1);
    this.range = {
      first: BigInt(first),
      last: BigInt(last),
      kept: keptOf(size, { least: 16n, most: 128n, part: 32n }),
    };
    this.random = random;
  }

  /** A free port that is not in `besides`, which stays free; undefined when there is none. */
  next(besides: ReadonlySet<number>): number | undefined {
    const found = pick(this.range, this.random, (value) => this.isTaken(Number(value), besides));
    return found === undefined ? undefined : Number(found);
  }

  /** Why `port` cannot be had. */
  refusal(port: number, besides: ReadonlySet<number>): string | undefined {
    const { first, last } = this.range;
    if (port < first || port > last) {
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    }
    return this.isTaken(port, besides) ? 'provided port is already allocated' : undefined;
  }

  take(port: number): void {
    this.taken.add(port);
  }

  giveBack(port: number): void {
    this.taken.delete(port);
  }

  private isTaken(port: number, besides: ReadonlySet<number>): boolean {
    return this.taken.has(port) || besides.has(port);
  }
}

const canonical = (text: string) => {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
};

/** A pool that is hardly larger than what would be kept keeps nothing. */
function keptOf(size: bigint, { least, most, part }: { least: bigint; most: bigint; part: bigint }): bigint {
  if (size <= least) return 0n;
  const share = size / part;
  return share < least ? least : share > most ? most : share;
}

/** Any number of the upper part that is not taken, else of the lower part: the search begins anywhere and goes round. */
function pick({ first, last, kept }: Range, random: Random, isTaken: (value: bigint) => boolean): bigint | undefined {
  const middle = first + kept > last ? first : first + kept;
  for (const [from, to] of [
    [middle, last],
    [first, middle - 1n],
  ] as const) {
    const size = to - from + 1n;
    if (size <= 0n) continue;
    const start = BigInt(Math.floor(random() * Number(size > SEARCHED ? SEARCHED : size)));
    for (let step = 0n; step < size; step++) {
      const value = from + ((start + step) % size);
      if (!isTaken(value)) return value;
    }
  }
  return undefined;
}

/** Of a huge IPv6 block only the beginning is drawn from at random; a search goes on behind it. */
const SEARCHED = 1n << 32n;
