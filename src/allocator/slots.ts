/**
 * The addresses of all pools, each with a slot: those of one pool and family stand side by side, in the order in which its
 * ranges are written, and nobody else's between them.
 *
 * Pure. What is free or held in a pool is one stretch of a set of slots, whatever number of ranges the pool is written as.
 * Finding the slot of an address, or the address of a slot, costs O(log n) in the ranges of the configuration, and nothing in
 * their size.
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Address, bitsOf, compareAddresses, type Family, isIPv4 } from '../values/address.js';
import { familyOfRange, type Range, sizeOf } from '../values/range.js';

declare const brand: unique symbol;

/** A number of its address' family. */
export type Slot = Address & { readonly [brand]: 'Slot' };

/** `first` to `last`, both included. */
export interface Stretch {
  readonly first: Slot;
  readonly last: Slot;
}

/** A range of a pool, and where its addresses stand. */
export interface Part extends Stretch {
  readonly pool: Pool;
  readonly range: Range;
  /** The slot of each address is the address itself. */
  readonly isInPlace: boolean;
}

/** Parts in an order, and side by side in memory where each begins in it. */
interface Index {
  readonly begins: readonly Address[];
  readonly parts: readonly Part[];
}

/** What a family has. */
interface Numbered {
  /** Pool by pool, as the ranges are written. */
  readonly bySlot: Index;
  readonly byAddress: Index;
  readonly stretches: ReadonlyMap<Pool, Stretch>;
}

export class Slots {
  readonly #ipv4: Numbered;
  readonly #ipv6: Numbered;

  /** Ranges of all pools never overlap, so there are as many slots as addresses at most. */
  constructor(pools: readonly Pool[]) {
    this.#ipv4 = numbered(pools, 'IPv4');
    this.#ipv6 = numbered(pools, 'IPv6');
  }

  /** Undefined where the pool has no address of the family. */
  stretch(pool: Pool, family: Family): Stretch | undefined {
    return (family === 'IPv4' ? this.#ipv4 : this.#ipv6).stretches.get(pool);
  }

  /** The range that has the address; undefined where no pool has it. */
  partOf(address: Address): Part | undefined {
    const part = lastBegun(this.#of(address).byAddress, address);
    return part !== undefined && address <= part.range.last ? part : undefined;
  }

  /** Inverse of {@link slotIn}: of a slot that is some address'. */
  addressAt(slot: Slot): Address {
    const { range, first, isInPlace } = lastBegun(this.#of(slot).bySlot, slot) as Part;
    return isInPlace ? slot : further(range.first, slot, first);
  }

  #of(address: Address): Numbered {
    return isIPv4(address) ? this.#ipv4 : this.#ipv6;
  }
}

/** The slot of an address that the part has. */
export const slotIn = ({ range, first, isInPlace }: Part, address: Address): Slot =>
  (isInPlace ? address : further(first, address, range.first)) as Slot;

export const nextSlot = (slot: Slot): Slot =>
  (typeof slot === 'number' ? slot + 1 : (slot as bigint) + 1n) as Address as Slot;

/** As far from `start` as `to` is from `from`, all of one family. */
const further = (start: Address, to: Address, from: Address): Address =>
  (typeof start === 'number'
    ? start + ((to as number) - (from as number))
    : (start as bigint) + ((to as bigint) - (from as bigint))) as Address;

/** The last part that begins at `at` or before it. */
function lastBegun({ begins, parts }: Index, at: Address): Part | undefined {
  let low = -1;
  let high = begins.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((begins[middle] as Address) <= at) low = middle;
    else high = middle;
  }
  return parts[low];
}

function numbered(pools: readonly Pool[], family: Family): Numbered {
  const written = pools.flatMap((pool) =>
    pool.ranges.filter((range) => familyOfRange(range) === family).map((range) => ({ pool, range })),
  );
  let first = firstSlot(written, family);
  const parts = written.map(({ pool, range }) => {
    const last = further(first, range.last, range.first) as Slot;
    const part = { pool, range, first, last, isInPlace: first === range.first };
    first = nextSlot(last);
    return part;
  });
  const ascending = parts.toSorted((a, b) => compareAddresses(a.range.first, b.range.first));
  return {
    bySlot: { parts, begins: parts.map((part) => part.first) },
    byAddress: { parts: ascending, begins: ascending.map(({ range }) => range.first) },
    stretches: stretchesOf(parts),
  };
}

/**
 * The first range stays where it is, so that where it is the only one nothing is to be reckoned; but below that where the
 * others would not fit behind it.
 */
function firstSlot(written: readonly { readonly range: Range }[], family: Family): Slot {
  const count = written.reduce((sum, { range }) => sum + sizeOf(range), 0n);
  const highest = (1n << BigInt(bitsOf(family))) - count;
  const wanted = BigInt(written[0]?.range.first ?? 0);
  const first = wanted < highest ? wanted : highest;
  return (family === 'IPv4' ? Number(first) : first) as Address as Slot;
}

/** The parts of a pool are neighbours. */
function stretchesOf(parts: readonly Part[]): ReadonlyMap<Pool, Stretch> {
  const stretches = new Map<Pool, Stretch>();
  for (const { pool, first, last } of parts) stretches.set(pool, { first: stretches.get(pool)?.first ?? first, last });
  return stretches;
}
