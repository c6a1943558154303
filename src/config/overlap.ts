/**
 * Many ranges together: which of them share an address, and whether one of them holds a given one.
 *
 * Pure; n log n in the number of ranges and constant in their size.
 * @module
 */
import { type Address, compareAddresses } from '../values/address.js';
import { type Range, rangesOverlap } from '../values/range.js';

/** A range and where it is written; in any list of them, the order is that of the text. */
export interface Placed<Place> {
  readonly range: Range;
  readonly place: Place;
}

export interface Overlap<Place> {
  /** Of the two, the one written first. */
  readonly first: Placed<Place>;
  readonly second: Placed<Place>;
}

/** For each range that overlaps another one, at least one pair that names it. Not every pair: those may be n². */
export function findOverlaps<Place>(ranges: readonly Placed<Place>[]): readonly Overlap<Place>[] {
  const written = new Map(ranges.map((range, at) => [range, at]));
  const ascending = [...ranges].sort((a, b) => compareAddresses(a.range.first, b.range.first));
  const overlaps: Overlap<Place>[] = [];
  let furthest: Placed<Place> | undefined;
  for (const next of ascending) {
    // Whatever reaches into `next` from before ends no later than the one that reaches furthest.
    if (furthest !== undefined && rangesOverlap(furthest.range, next.range)) {
      const inOrder = (written.get(furthest) ?? 0) < (written.get(next) ?? 0);
      overlaps.push(inOrder ? { first: furthest, second: next } : { first: next, second: furthest });
    }
    if (furthest === undefined || compareAddresses(next.range.last, furthest.range.last) > 0) furthest = next;
  }
  return overlaps;
}

/** Whether some range holds an address. The ranges may overlap. */
export function holderOf(ranges: readonly Range[]): (address: Address) => boolean {
  const ascending = [...ranges].sort((a, b) => compareAddresses(a.first, b.first));
  /** For each range, the last address that it or one before it reaches. */
  const reach: Address[] = [];
  for (const { last } of ascending) {
    const before = reach.at(-1);
    reach.push(before !== undefined && compareAddresses(before, last) > 0 ? before : last);
  }
  return (address) => {
    let low = 0;
    let high = ascending.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = ascending[middle];
      if (range !== undefined && compareAddresses(range.first, address) <= 0) low = middle + 1;
      else high = middle;
    }
    const reached = reach[low - 1];
    return reached !== undefined && compareAddresses(reached, address) >= 0;
  };
}
