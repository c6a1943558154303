/**
 * The last changes of the whole server, oldest first: what a watch catches up from and a list of the past is made of.
 *
 * Holds at most `capacity` of them. Every change has the resourceVersion that follows its predecessor's, so that one is found
 * without search.
 * @module
 */
import type { ApiObject } from './object.js';
import type { Resource } from './resource.js';

export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  /** `namespace/name`, or the name alone of what belongs to no namespace. */
  readonly key: string;
  /** After the change. Of DELETED: as it was last, with the resourceVersion of its end. */
  readonly object: ApiObject;
  /** Before the change; absent of ADDED. */
  readonly previous: ApiObject | undefined;
}

export class WatchWindow {
  readonly #capacity: number;
  /** Where version v is: at v modulo the capacity. */
  readonly #changes: (Change | undefined)[];
  #oldest: number;
  #newest: number;

  /** `version` is the newest that is known before any change. */
  constructor(capacity: number, version: number) {
    this.#capacity = Math.max(1, capacity);
    this.#changes = new Array(this.#capacity);
    this.#oldest = version + 1;
    this.#newest = version;
  }

  /** Every change after this version is held: a watch may begin at it, and a list may show it. */
  get start(): number {
    return this.#oldest - 1;
  }

  push(change: Change): void {
    if (change.version !== this.#newest + 1) throw new Error(`version ${change.version} follows ${this.#newest}`);
    this.#changes[change.version % this.#capacity] = change;
    this.#newest = change.version;
    this.#oldest = Math.max(this.#oldest, this.#newest - this.#capacity + 1);
  }

  /** Undefined when it is no longer held, or not yet. */
  at(version: number): Change | undefined {
    return version < this.#oldest || version > this.#newest ? undefined : this.#changes[version % this.#capacity];
  }

  /** Forgets every change. */
  clear(): void {
    this.#changes.fill(undefined);
    this.#oldest = this.#newest + 1;
  }
}
