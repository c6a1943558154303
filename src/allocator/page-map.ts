/**
 * Something for each whole number, as fast for a million of them as for a few where they are neighbours, as addresses are.
 *
 * Pure. A page has the values of up to 32 neighbours side by side, in their order, and a bit for each number that has one:
 * it takes as much memory as it has values. Whoever goes from one number to the next stays on the page that was looked at
 * last, where a `Map` of the language would have to fetch a far part of its memory for each.
 * @module
 */
import { insertAt, removeAt } from './short-list.js';

const PAGE_BITS = 5;
const PAGE_SIZE = 2 ** PAGE_BITS;

interface Page<T> {
  readonly number: number;
  /** Which of the numbers of this page have a value. */
  used: number;
  readonly values: T[];
}

export class PageMap<T> {
  readonly #pages = new Map<number, Page<T>>();
  #last: Page<T> | undefined;

  get(number: number): T | undefined {
    const page = this.#find(number);
    const bit = bitOf(number);
    return page === undefined || (page.used & bit) === 0 ? undefined : page.values[placeOf(page, bit)];
  }

  set(number: number, value: T): void {
    const page = this.#find(number) ?? this.#make(number);
    const bit = bitOf(number);
    const place = placeOf(page, bit);
    if ((page.used & bit) !== 0) page.values[place] = value;
    else {
      page.used |= bit;
      insertAt(page.values, place, value);
    }
  }

  delete(number: number): void {
    const page = this.#find(number);
    const bit = bitOf(number);
    if (page === undefined || (page.used & bit) === 0) return;
    removeAt(page.values, placeOf(page, bit));
    page.used &= ~bit;
    if (page.used !== 0) return;
    this.#pages.delete(page.number);
    this.#last = undefined;
  }

  *entries(): Iterable<readonly [number, T]> {
    for (const { number, used, values } of this.#pages.values()) {
      let place = 0;
      for (let at = 0; at < PAGE_SIZE; at++) {
        if ((used & (1 << at)) !== 0) yield [number * PAGE_SIZE + at, values[place++] as T];
      }
    }
  }

  #find(number: number): Page<T> | undefined {
    const wanted = Math.floor(number / PAGE_SIZE);
    if (this.#last?.number === wanted) return this.#last;
    const page = this.#pages.get(wanted);
    if (page !== undefined) this.#last = page;
    return page;
  }

  #make(number: number): Page<T> {
    const page = { number: Math.floor(number / PAGE_SIZE), used: 0, values: [] };
    this.#pages.set(page.number, page);
    this.#last = page;
    return page;
  }
}

const bitOf = (number: number): number => 1 << (number & (PAGE_SIZE - 1));

/** How many values stand before it. */
function placeOf({ used }: Page<unknown>, bit: number): number {
  let bits = used & (bit - 1);
  bits -= (bits >>> 1) & 0x5555_5555;
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
