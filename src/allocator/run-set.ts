/**
 * A set of whole numbers, kept as runs of neighbours.
 *
 * Pure. Adding, removing and finding a gap look at O(log n) runs and move at most {@link MAX_RUNS} slots of one chunk,
 * where n is the number of runs, never the size of what the numbers are drawn from.
 *
 * Two levels, as a B-tree of height two: chunks of runs in order, each split when it grows over its limit. At a million
 * lonely numbers the upper level has some thousands of entries, which a binary search crosses in 13 steps.
 * @module
 */
import { insertAt, removeAt } from './short-list.js';

/** Runs `firsts[i]`–`lasts[i]`, ascending; two neighbours of a run never touch, or they would be one. */
interface Chunk {
  readonly firsts: number[];
  readonly lasts: number[];
}

/** Where a run is: its chunk and its place in it. */
interface Place {
  readonly chunk: number;
  readonly at: number;
}

/** A splice of this many slots costs less than one more level would. */
const MAX_RUNS = 256;

export class RunSet {
  readonly #chunks: Chunk[] = [];
  /** The first number of each chunk, side by side in memory: the binary search looks at nothing else. */
  readonly #lows: number[] = [];

  has(number: number): boolean {
    const place = this.#atOrBefore(number);
    return place !== undefined && this.#last(place) >= number;
  }

  add(number: number): void {
    const index = lastNotAbove(this.#lows, number);
    if (index < 0) {
      this.#addBelowAll(number);
      return;
    }
    const { firsts, lasts } = this.#chunkAt(index);
    const at = lastNotAbove(firsts, number);
    const last = lasts[at] as number;
    if (last >= number) return;
    const joinsBefore = last + 1 === number;
    const isLastOfChunk = at + 1 === firsts.length;
    const next = isLastOfChunk ? this.#lows[index + 1] : firsts[at + 1];
    const joinsAfter = next === number + 1;
    const after = isLastOfChunk ? { chunk: index + 1, at: 0 } : { chunk: index, at: at + 1 };
    if (joinsBefore && joinsAfter) {
      lasts[at] = this.#last(after);
      this.#removeRun(after);
    } else if (joinsBefore) lasts[at] = number;
    else if (joinsAfter) this.#setFirst(after, number);
    else this.#insertRun({ chunk: index, at: at + 1 }, number, number);
  }

  #addBelowAll(number: number): void {
    if (this.#lows[0] === number + 1) this.#setFirst({ chunk: 0, at: 0 }, number);
    else this.#insertRun({ chunk: 0, at: 0 }, number, number);
  }

  delete(number: number): void {
    const place = this.#atOrBefore(number);
    if (place === undefined || this.#last(place) < number) return;
    const first = this.#first(place);
    const last = this.#last(place);
    if (first === last) this.#removeRun(place);
    else if (first === number) this.#setFirst(place, number + 1);
    else {
      this.#setLast(place, number - 1);
      if (last !== number) this.#insertRun({ chunk: place.chunk, at: place.at + 1 }, number + 1, last);
    }
  }

  /** The lowest number that is not in the set, `from` or above. */
  firstGap(from: number): number {
    const place = this.#atOrBefore(from);
    return place === undefined || this.#last(place) < from ? from : this.#last(place) + 1;
  }

  /** The lowest number that is in the set, `from` or above. */
  firstMember(from: number): number | undefined {
    const place = this.#atOrBefore(from);
    if (place !== undefined && this.#last(place) >= from) return from;
    const after = this.#following(place);
    return after === undefined ? undefined : this.#first(after);
  }

  /** The last run that begins at `number` or before it. */
  #atOrBefore(number: number): Place | undefined {
    const chunk = lastNotAbove(this.#lows, number);
    if (chunk < 0) return undefined;
    const { firsts } = this.#chunkAt(chunk);
    return { chunk, at: lastNotAbove(firsts, number) };
  }

  #following(place: Place | undefined): Place | undefined {
    if (place === undefined) return this.#chunks.length === 0 ? undefined : { chunk: 0, at: 0 };
    if (place.at + 1 < this.#chunkAt(place.chunk).firsts.length) return { chunk: place.chunk, at: place.at + 1 };
    return place.chunk + 1 < this.#chunks.length ? { chunk: place.chunk + 1, at: 0 } : undefined;
  }

  /** To be at this place then. */
  #insertRun({ chunk: index, at }: Place, first: number, last: number): void {
    if (this.#chunks.length === 0) {
      this.#chunks.push({ firsts: [], lasts: [] });
      this.#lows.push(first);
    }
    const chunk = this.#chunkAt(index);
    insertAt(chunk.firsts, at, first);
    insertAt(chunk.lasts, at, last);
    if (at === 0) this.#lows[index] = first;
    if (chunk.firsts.length <= MAX_RUNS) return;
    const half = chunk.firsts.length >>> 1;
    const upper = { firsts: chunk.firsts.splice(half), lasts: chunk.lasts.splice(half) };
    this.#chunks.splice(index + 1, 0, upper);
    this.#lows.splice(index + 1, 0, upper.firsts[0] as number);
  }

  #removeRun({ chunk: index, at }: Place): void {
    const chunk = this.#chunkAt(index);
    removeAt(chunk.firsts, at);
    removeAt(chunk.lasts, at);
    const [first] = chunk.firsts;
    if (first !== undefined) {
      this.#lows[index] = first;
      return;
    }
    this.#chunks.splice(index, 1);
    this.#lows.splice(index, 1);
  }

  #chunkAt(index: number): Chunk {
    return this.#chunks[index] as Chunk;
  }
  #first(place: Place): number {
    return this.#chunkAt(place.chunk).firsts[place.at] as number;
  }
  #last(place: Place): number {
    return this.#chunkAt(place.chunk).lasts[place.at] as number;
  }
  #setFirst(place: Place, first: number): void {
    this.#chunkAt(place.chunk).firsts[place.at] = first;
    if (place.at === 0) this.#lows[place.chunk] = first;
  }
  #setLast(place: Place, last: number): void {
    this.#chunkAt(place.chunk).lasts[place.at] = last;
  }
}

/** The place of the last that is not above `number` in an ascending list; -1 for none. */
function lastNotAbove(list: readonly number[], number: number): number {
  let low = -1;
  let high = list.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as number) <= number) low = middle;
    else high = middle;
  }
  return low;
}
