/**
 * Where the objects are: one resourceVersion for all of them, as etcd's revision, and the states that they had lately.
 *
 * Knows no rules: `store.ts` does. What is put in is frozen and never changes; each write is exactly one version further.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { freezeJson } from './json.js';
import type { ApiObject } from './object.js';
import type { Resource } from './resource.js';
import { type Change, WatchWindow } from './watch-window.js';

/** A new cluster has written some hundred objects before anybody asks; what matters is that it is above 0. */
const FIRST_VERSION = 100;

interface Collection {
  readonly objects: Map<string, ApiObject>;
  /** In order; undefined after a key came or went. */
  keys: readonly string[] | undefined;
}

/** The key that etcd would sort by: what is paged through comes in the order of these. */
export const keyOf = (namespace: string | undefined, name: string): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** `services`, `endpointslices.discovery.k8s.io`. */
export const fullNameOf = ({ group, plural }: Pick<Resource, 'group' | 'plural'>): string =>
  group === '' ? plural : `${plural}.${group}`;

export class Storage {
  readonly #collections = new Map<string, Collection>();
  readonly #window: WatchWindow;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #untold: Change[] = [];
  #isTelling = false;
  #version = FIRST_VERSION;

  constructor(watchWindow: number) {
    this.#window = new WatchWindow(watchWindow, FIRST_VERSION);
  }

  /** Of the newest write. */
  get version(): number {
    return this.#version;
  }

  /** The oldest version that a watch may begin at and a list may show. */
  get oldestVersion(): number {
    return this.#window.start;
  }

  /** The write that made this version, if it is still known. */
  changeAt(version: number): Change | undefined {
    return this.#window.at(version);
  }

  get(resource: Resource, key: string): ApiObject | undefined {
    return this.#collections.get(fullNameOf(resource))?.objects.get(key);
  }

  /** In the order of keys. */
  list(resource: Resource): readonly ApiObject[] {
    const { objects } = this.#collection(resource);
    return this.#keys(resource).flatMap((key) => objects.get(key) ?? []);
  }

  /** As `list` would have answered when `version` was the newest. */
  listAt(resource: Resource, version: number): Result<readonly ApiObject[], 'expired' | 'future'> {
    if (version > this.#version) return err('future');
    if (version < this.#window.start) return err('expired');
    const changed = new Map<string, ApiObject | undefined>();
    for (let after = this.#version; after > version; after--) {
      const change = this.#window.at(after);
      if (change !== undefined && fullNameOf(change.resource) === fullNameOf(resource))
        changed.set(change.key, change.previous);
    }
    if (changed.size === 0) return ok(this.list(resource));
    const { objects } = this.#collection(resource);
    const keys = [...new Set([...objects.keys(), ...changed.keys()])].sort();
    return ok(keys.flatMap((key) => (changed.has(key) ? changed.get(key) : objects.get(key)) ?? []));
  }

  /** Adds or replaces. `object` becomes the server's: it is stamped with its version, and frozen. */
  put(resource: Resource, key: string, object: ApiObject): ApiObject {
    const collection = this.#collection(resource);
    const previous = collection.objects.get(key);
    const version = this.#version + 1;
    object.metadata.resourceVersion = String(version);
    freezeJson(object);
    collection.objects.set(key, object);
    if (previous === undefined) collection.keys = undefined;
    this.#commit({ version, type: previous === undefined ? 'ADDED' : 'MODIFIED', resource, key, object, previous });
    return object;
  }

  /** The object as it was last, stamped with the version of its end. */
  remove(resource: Resource, key: string): ApiObject | undefined {
    const collection = this.#collection(resource);
    const previous = collection.objects.get(key);
    if (previous === undefined) return undefined;
    const version = this.#version + 1;
    const metadata = { ...previous.metadata, resourceVersion: String(version) };
    const object = freezeJson({ ...previous, metadata });
    collection.objects.delete(key);
    collection.keys = undefined;
    this.#commit({ version, type: 'DELETED', resource, key, object, previous });
    return object;
  }

  /** Each change once, in order, after it was made; one made by a listener is told when all have heard of the one before. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Forgets all states but the newest. */
  compact(): void {
    this.#window.clear();
  }

  #commit(change: Change): void {
    this.#version = change.version;
    this.#window.push(change);
    this.#untold.push(change);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) this.#tell(next);
    } finally {
      this.#isTelling = false;
    }
  }

  /** A listener that throws is a defect of this program, but not one of the write: the process hears of it, the writer does not. */
  #tell(change: Change): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #collection(resource: Resource): Collection {
    const name = fullNameOf(resource);
    let collection = this.#collections.get(name);
    if (collection === undefined) {
      collection = { objects: new Map(), keys: undefined };
      this.#collections.set(name, collection);
    }
    return collection;
  }

  #keys(resource: Resource): readonly string[] {
    const collection = this.#collection(resource);
    collection.keys ??= [...collection.objects.keys()].sort();
    return collection.keys;
  }
}
