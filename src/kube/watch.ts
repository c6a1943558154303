/**
 * A kept-up copy of a kind of objects: list, then watch.
 * @module
 */
import type { Meta } from '../values/objects.js';
import type { ApiClient } from './client.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import type { Resource } from './objects.js';

export interface InformerOptions<T> {
  readonly client: ApiClient;
  readonly resource: Resource<T>;
  readonly clock: Clock;
  readonly log: Log;
  /** All namespaces where absent. */
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** `after` undefined: deleted. `before` undefined: new. Both with another `meta.uid`: deleted and created again. */
export type ChangeListener<T> = (key: string, after: T | undefined, before: T | undefined) => void;

/** Keys are `namespace/name`, or the name alone for cluster-scoped kinds. */
export declare class Informer<T extends { readonly meta: Meta }> {
  constructor(options: InformerOptions<T>);
  /** Resolves once the first list is in. Never rejects. */
  readonly synced: Promise<void>;
  get isSynced(): boolean;
  get size(): number;
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  /** Not called for what is held already: read `values()`. Returns what takes the listener off. */
  onChange(listener: ChangeListener<T>): () => void;
  /** Monotonic time of the last word from the API server, bookmarks included; -Infinity before the first. */
  lastContactMs(): number;
  /** Lists and watches until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}
