/**
 * Something for each Service, by its key, in the order in which they came: a `Map` that looks for a key among a million as
 * fast as among some thousands.
 *
 * Pure. A `Map` of the language reads every key that it passes on its way, each in another part of the memory; this one
 * passes numbers that lie side by side, and reads the one key whose hash is the same. Whoever names Services so that all
 * hashes are alike makes it walk past all of those, in their look-ups alone.
 * @module
 */
import type { ServiceKey } from '../values/names.js';

/** Of the buckets at least half are empty, so that a walk is short. */
const FEWEST_BUCKETS = 16;
/** A place is counted from 1. */
const EMPTY = 0;

export class KeyMap<T> {
  /** In the order in which they came, with gaps where some have gone. */
  #keys: (ServiceKey | undefined)[] = [];
  #values: (T | undefined)[] = [];
  /** Two numbers for each bucket: a hash and a place in these lists. Whatever is not in its own bucket is in one of the next. */
  #buckets = new Int32Array(2 * FEWEST_BUCKETS);
  #size = 0;

  get(key: ServiceKey): T | undefined {
    const place = this.#place(this.#bucketOf(key, hashOf(key)));
    return place === EMPTY ? undefined : this.#values[place - 1];
  }

  has(key: ServiceKey): boolean {
    return this.#place(this.#bucketOf(key, hashOf(key))) !== EMPTY;
  }

  set(key: ServiceKey, value: T): void {
    const hash = hashOf(key);
    let bucket = this.#bucketOf(key, hash);
    const place = this.#place(bucket);
    if (place !== EMPTY) {
      this.#values[place - 1] = value;
      return;
    }
    if (4 * this.#keys.length >= this.#buckets.length) {
      this.#makeRoom();
      bucket = this.#bucketOf(key, hash);
    }
    this.#keys.push(key);
    this.#values.push(value);
    this.#size++;
    this.#fill(bucket, hash, this.#keys.length);
  }

  delete(key: ServiceKey): void {
    const bucket = this.#bucketOf(key, hashOf(key));
    const place = this.#place(bucket);
    if (place === EMPTY) return;
    this.#keys[place - 1] = undefined;
    this.#values[place - 1] = undefined;
    this.#size--;
    this.#empty(bucket);
  }

  *values(): IterableIterator<T> {
    for (const [at, key] of this.#keys.entries()) if (key !== undefined) yield this.#values[at] as T;
  }

  /** Where the key is, or would be. */
  #bucketOf(key: ServiceKey, hash: number): number {
    const buckets = this.#buckets;
    const mask = buckets.length / 2 - 1;
    let bucket = hash & mask;
    while (true) {
      const place = buckets[2 * bucket + 1] as number;
      if (place === EMPTY || (buckets[2 * bucket] === hash && this.#keys[place - 1] === key)) return bucket;
      bucket = (bucket + 1) & mask;
    }
  }

  #place(bucket: number): number {
    return this.#buckets[2 * bucket + 1] as number;
  }

  #fill(bucket: number, hash: number, place: number): void {
    this.#buckets[2 * bucket] = hash;
    this.#buckets[2 * bucket + 1] = place;
  }

  /** Those behind it that are not in their own buckets move up, or a walk would end at the gap before it comes to them. */
  #empty(bucket: number): void {
    const buckets = this.#buckets;
    const mask = buckets.length / 2 - 1;
    let gap = bucket;
    for (let next = (gap + 1) & mask; this.#place(next) !== EMPTY; next = (next + 1) & mask) {
      const hash = buckets[2 * next] as number;
      const isBeforeGap = ((next - hash) & mask) >= ((next - gap) & mask);
      if (!isBeforeGap) continue;
      this.#fill(gap, hash, this.#place(next));
      gap = next;
    }
    this.#fill(gap, 0, EMPTY);
  }

  #makeRoom(): void {
    const keys = this.#keys;
    const values = this.#values;
    let count = FEWEST_BUCKETS;
    while (count <= 4 * this.#size) count *= 2;
    this.#keys = [];
    this.#values = [];
    this.#buckets = new Int32Array(2 * count);
    for (const [at, key] of keys.entries()) {
      if (key === undefined) continue;
      this.#keys.push(key);
      this.#values.push(values[at]);
      const hash = hashOf(key);
      this.#fill(this.#bucketOf(key, hash), hash, this.#keys.length);
    }
  }
}

/** FNV-1a of its UTF-16 units, folded: the lower bits, which choose the bucket, are the weaker ones. */
function hashOf(key: ServiceKey): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x0100_0193);
  return hash ^ (hash >>> 16);
}
