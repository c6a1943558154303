/**
 * A set of addresses of one family, kept as runs of neighbours.
 *
 * Pure. Adding, removing and finding a gap look at O(log n) runs and move at most {@link MAX_RUNS} slots of one chunk,
 * where n is the number of runs, never the number of addresses that a pool has: a /64 costs what its used addresses cost.
 *
 * Two levels, as a B-tree of height two: chunks of runs in order, each split when it grows over its limit. At a million
 * lonely addresses the upper level has some thousands of entries, which a binary search crosses in 13 steps.
 * @module
 */
import type { Address } from '../values/address.js';

/** Runs `firsts[i]`–`lasts[i]`, ascending; two neighbours of a run never touch, or they would be one. */
interface Chunk {
  readonly firsts: Address[];
  readonly lasts: Address[];
}

/** Where a run is: its chunk and its place in it. */
interface Place {
  readonly chunk: number;
  readonly at: number;
}

/** A splice of this many slots costs less than one more level would. */
const MAX_RUNS = 256;

export class AddressSet {
  readonly #chunks: Chunk[] = [];

  has(address: Address): boolean {
    const place = this.#atOrBefore(address);
    return place !== undefined && this.#last(place) >= address;
  }

  add(address: Address): void {
    const before = this.#atOrBefore(address);
    if (before !== undefined && this.#last(before) >= address) return;
    const after = this.#following(before);
    const joinsBefore = before !== undefined && successor(this.#last(before)) === address;
    const joinsAfter = after !== undefined && this.#first(after) === successor(address);
    if (joinsBefore && joinsAfter) {
      this.#setLast(before, this.#last(after));
      this.#removeRun(after);
    } else if (joinsBefore) this.#setLast(before, address);
    else if (joinsAfter) this.#setFirst(after, address);
    else this.#insertAfter(before, address, address);
  }

  delete(address: Address): void {
    const place = this.#atOrBefore(address);
    if (place === undefined || this.#last(place) < address) return;
    const first = this.#first(place);
    const last = this.#last(place);
    if (first === last) this.#removeRun(place);
    else if (first === address) this.#setFirst(place, successor(address));
    else {
      this.#setLast(place, predecessor(address));
      if (last !== address) this.#insertAfter(place, successor(address), last);
    }
  }

  /** The lowest address that is not in the set, `from` or above. May lie past the end of the family. */
  firstGap(from: Address): Address {
    const place = this.#atOrBefore(from);
    return place === undefined || this.#last(place) < from ? from : successor(this.#last(place));
  }

  /** The lowest address that is in the set, `from` or above. */
  firstMember(from: Address): Address | undefined {
    const place = this.#atOrBefore(from);
    if (place !== undefined && this.#last(place) >= from) return from;
    const after = this.#following(place);
    return after === undefined ? undefined : this.#first(after);
  }

  /** The last run that begins at `address` or before it. */
  #atOrBefore(address: Address): Place | undefined {
    const chunk = lastNotAbove(this.#chunks.length, (at) => firstOf(this.#chunkAt(at)) <= address);
    if (chunk < 0) return undefined;
    const { firsts } = this.#chunkAt(chunk);
    return { chunk, at: lastNotAbove(firsts.length, (at) => (firsts[at] as Address) <= address) };
  }

  #following(place: Place | undefined): Place | undefined {
    if (place === undefined) return this.#chunks.length === 0 ? undefined : { chunk: 0, at: 0 };
    if (place.at + 1 < this.#chunkAt(place.chunk).firsts.length) return { chunk: place.chunk, at: place.at + 1 };
    return place.chunk + 1 < this.#chunks.length ? { chunk: place.chunk + 1, at: 0 } : undefined;
  }

  #insertAfter(place: Place | undefined, first: Address, last: Address): void {
    if (this.#chunks.length === 0) this.#chunks.push({ firsts: [], lasts: [] });
    const index = place?.chunk ?? 0;
    const chunk = this.#chunkAt(index);
    const at = place === undefined ? 0 : place.at + 1;
    chunk.firsts.splice(at, 0, first);
    chunk.lasts.splice(at, 0, last);
    if (chunk.firsts.length <= MAX_RUNS) return;
    const half = chunk.firsts.length >>> 1;
    this.#chunks.splice(index + 1, 0, { firsts: chunk.firsts.splice(half), lasts: chunk.lasts.splice(half) });
  }

  #removeRun({ chunk: index, at }: Place): void {
    const chunk = this.#chunkAt(index);
    chunk.firsts.splice(at, 1);
    chunk.lasts.splice(at, 1);
    if (chunk.firsts.length === 0) this.#chunks.splice(index, 1);
  }

  #chunkAt(index: number): Chunk {
    return this.#chunks[index] as Chunk;
  }
  #first(place: Place): Address {
    return this.#chunkAt(place.chunk).firsts[place.at] as Address;
  }
  #last(place: Place): Address {
    return this.#chunkAt(place.chunk).lasts[place.at] as Address;
  }
  #setFirst(place: Place, first: Address): void {
    this.#chunkAt(place.chunk).firsts[place.at] = first;
  }
  #setLast(place: Place, last: Address): void {
    this.#chunkAt(place.chunk).lasts[place.at] = last;
  }
}

const firstOf = (chunk: Chunk): Address => chunk.firsts[0] as Address;

/** The highest of `length` places for which `holds` is true, given that it is true up to some place; -1 for none. */
function lastNotAbove(length: number, holds: (at: number) => boolean): number {
  let low = -1;
  let high = length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Plain arithmetic: past the end of a family the result is no address any more, and equals and precedes none. */
const successor = (address: Address): Address =>
  (typeof address === 'number' ? address + 1 : (address as bigint) + 1n) as Address;
const predecessor = (address: Address): Address =>
  (typeof address === 'number' ? address - 1 : (address as bigint) - 1n) as Address;
