/**
 * What something was, and until when: for who decides on what it saw a while ago.
 * @module
 */
export class History<T> {
  readonly #entries: { readonly value: T; readonly sinceMs: number }[] = [];

  add(value: T, nowMs: number): void {
    this.#entries.push({ value, sinceMs: nowMs });
  }

  /** All that it was at some moment from `ms` on, oldest first. */
  since(ms: number): readonly T[] {
    return this.#entries
      .filter((_, at) => (this.#entries[at + 1]?.sinceMs ?? Number.POSITIVE_INFINITY) >= ms)
      .map(({ value }) => value);
  }
}
