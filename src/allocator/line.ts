/**
 * A line in which whoever came first is served first, and which anybody may leave at once, wherever it stands.
 *
 * Pure. Joining, leaving and asking for the first cost the same however long the line is.
 * @module
 */
export class Place<T> {
  ahead: Place<T> | undefined;
  behind: Place<T> | undefined;

  constructor(public value: T) {}
}

export class Line<T> {
  first: Place<T> | undefined;
  #last: Place<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  join(place: Place<T>): void {
    place.ahead = this.#last;
    if (this.#last === undefined) this.first = place;
    else this.#last.behind = place;
    this.#last = place;
    this.#size++;
  }

  /** Behind the last of those that come before it, which is nearly always the line's end. The line is in that order. */
  joinAfter(place: Place<T>, isBefore: (other: T) => boolean): void {
    let ahead = this.#last;
    while (ahead !== undefined && !isBefore(ahead.value)) ahead = ahead.ahead;
    place.ahead = ahead;
    place.behind = ahead === undefined ? this.first : ahead.behind;
    if (ahead === undefined) this.first = place;
    else ahead.behind = place;
    if (place.behind === undefined) this.#last = place;
    else place.behind.ahead = place;
    this.#size++;
  }

  /** Of a place that stands in this line. */
  leave(place: Place<T>): void {
    if (place.ahead === undefined) this.first = place.behind;
    else place.ahead.behind = place.behind;
    if (place.behind === undefined) this.#last = place.ahead;
    else place.behind.ahead = place.ahead;
    place.ahead = undefined;
    place.behind = undefined;
    this.#size--;
  }
}
