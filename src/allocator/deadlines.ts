/**
 * Who is to be looked at when, soonest first.
 *
 * Pure. Setting and deleting cost O(log n), and the soonest is known at any time.
 *
 * A binary heap in which what was set anew or deleted stays until it comes up. With each that is set, the heap holds at most
 * 64 and twice what is to come.
 * @module
 */
interface Deadline<K> {
  readonly key: K;
  readonly atMs: number;
}

const LEAST_KEPT = 64;

export class Deadlines<K> {
  readonly #at = new Map<K, Deadline<K>>();
  /** No deadline is after those at twice its index, plus 1 and plus 2. */
  #heap: Deadline<K>[] = [];

  set(key: K, atMs: number): void {
    const deadline = { key, atMs };
    this.#at.set(key, deadline);
    this.#push(deadline);
    if (this.#heap.length > LEAST_KEPT + 2 * this.#at.size) {
      // Sorted is a heap.
      this.#heap = [...this.#at.values()].sort((a, b) => a.atMs - b.atMs);
    }
  }

  delete(key: K): void {
    this.#at.delete(key);
  }

  /** How many the heap holds, with those that were set anew or deleted. */
  get heldCount(): number {
    return this.#heap.length;
  }

  /** Undefined where there is none. */
  nextMs(): number | undefined {
    this.#dropStale();
    return this.#heap[0]?.atMs;
  }

  /** Takes out all whose time has come. */
  takeDue(nowMs: number): readonly K[] {
    const due: K[] = [];
    for (let nextMs = this.nextMs(); nextMs !== undefined && nextMs <= nowMs; nextMs = this.nextMs()) {
      const { key } = this.#heap[0] as Deadline<K>;
      this.#at.delete(key);
      due.push(key);
    }
    return due;
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first !== undefined && this.#at.get(first.key) !== first; first = this.#heap[0]) {
      const last = this.#heap.pop();
      if (last !== undefined && last !== first) this.#sink(last);
    }
  }

  #push(deadline: Deadline<K>): void {
    let at = this.#heap.length;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      const other = this.#heap[above] as Deadline<K>;
      if (other.atMs <= deadline.atMs) break;
      this.#heap[at] = other;
      at = above;
    }
    this.#heap[at] = deadline;
  }

  /** Puts it at the top, and from there as far down as it belongs. */
  #sink(deadline: Deadline<K>): void {
    const heap = this.#heap;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      const [left, right] = [heap[below] as Deadline<K>, heap[below + 1]];
      const next = right !== undefined && right.atMs < left.atMs ? below + 1 : below;
      const other = heap[next] as Deadline<K>;
      if (other.atMs >= deadline.atMs) break;
      heap[at] = other;
      at = next;
    }
    heap[at] = deadline;
  }
}
