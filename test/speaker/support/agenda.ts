/**
 * What happens when, in the order of time; at one time, in the order in which it was added. A binary heap.
 * @module
 */
export interface Appointment {
  readonly atMs: number;
  readonly action: () => void;
}

interface Entry extends Appointment {
  readonly order: number;
}

export class Agenda {
  readonly #heap: Entry[] = [];
  #order = 0;

  add(atMs: number, action: () => void): void {
    this.#heap.push({ atMs, action, order: this.#order++ });
    let at = this.#heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the next one that is not later than this. */
  next(untilMs: number): Appointment | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > untilMs) return undefined;
    const last = this.#heap.pop() as Entry;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(one: number, other: number): boolean {
    const a = this.#heap[one] as Entry;
    const b = this.#heap[other] as Entry;
    return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
  }

  #swap(one: number, other: number): void {
    const kept = this.#heap[one] as Entry;
    this.#heap[one] = this.#heap[other] as Entry;
    this.#heap[other] = kept;
  }
}
