/**
 * Ranges that share an address.
 *
 * Pure; n log n in the number of ranges and constant in their size.
 * @module
 */
import { compareAddresses } from '../values/address.js';
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
