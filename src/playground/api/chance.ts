/**
 * What the server draws by chance: uids, generated names, and whether a fault strikes. With a seed the same in every run.
 * @module
 */
import { randomInt } from 'node:crypto';

/** Source: `k8s.io/apimachinery` util/rand: no vowels and nothing that looks like one, so that no words come out. */
const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const WORD = 2 ** 32;

export class Chance {
  #state: number;

  constructor(seed = randomInt(WORD)) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). Mulberry32: small, and good enough for names. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / WORD;
  }

  /** RFC 9562, version 4. */
  uid(): string {
    const words = Array.from({ length: 4 }, () => Math.floor(this.next() * WORD));
    const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
    const variant = (8 + (Number.parseInt(hex.charAt(16), 16) & 3)).toString(16);
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join('-');
  }

  /** What follows `metadata.generateName`. */
  letters(length: number): string {
    let text = '';
    while (text.length < length) text += NAME_LETTERS.charAt(Math.floor(this.next() * NAME_LETTERS.length));
    return text;
  }
}
