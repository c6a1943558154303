/**
 * An API server in this process: collections by path, lists and watches of them, and applies of ConfigMaps.
 *
 * Of selectors it knows `metadata.name=` alone.
 * @module
 */
import { ApiError } from '../../src/kube/api-error.js';
import type { ApiClient, Method, RequestOptions, WatchEvent, WatchOptions } from '../../src/kube/client.js';

export interface RawObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

interface Watcher {
  readonly path: string;
  readonly name: string | undefined;
  readonly push: (event: WatchEvent) => void;
}

export class FakeCluster implements ApiClient {
  /** Bodies of the PATCH requests that went well, in order. */
  readonly applied: RawObject[] = [];
  /** While true every request fails as when nobody listens; watches that are open stay silent. */
  away = false;
  closed = false;
  readonly #objects = new Map<string, Map<string, RawObject>>();
  readonly #watchers = new Set<Watcher>();
  #version = 1;

  /** `path` is the collection's, with the namespace of a namespaced kind where it is watched so. */
  put(path: string, object: RawObject): void {
    const objects = this.#objects.get(path) ?? new Map<string, RawObject>();
    this.#objects.set(path, objects);
    const { name, namespace = '' } = object.metadata;
    const key = `${namespace}/${name}`;
    const stamped = {
      ...object,
      metadata: { uid: `uid-of-${name}`, ...object.metadata, resourceVersion: `${++this.#version}` },
    };
    const type = objects.has(key) ? 'MODIFIED' : 'ADDED';
    objects.set(key, stamped);
    this.#tell(path, { type, object: stamped }, name);
  }

  remove(path: string, name: string, namespace = ''): void {
    const object = this.#objects.get(path)?.get(`${namespace}/${name}`);
    if (object === undefined) throw new Error(`the test removes ${namespace}/${name}, which is not there`);
    this.#objects.get(path)?.delete(`${namespace}/${name}`);
    this.#tell(path, { type: 'DELETED', object }, name);
  }

  /** Everything as it is now. Returns what restores it, with the versions that it had; watches that are open stay silent. */
  backup(): () => void {
    const version = this.#version;
    const collections = [...this.#objects].map(([path, objects]) => [path, [...objects]] as const);
    return () => {
      this.#version = version;
      this.#objects.clear();
      for (const [path, objects] of collections) this.#objects.set(path, new Map(objects));
    };
  }

  /** What a collection holds now. */
  objects(path: string): readonly RawObject[] {
    return [...(this.#objects.get(path)?.values() ?? [])];
  }

  async request<T>(method: Method, path: string, { query = {}, body }: RequestOptions = {}): Promise<T> {
    if (this.away) throw new ApiError(0, 'Unreachable', 'nobody listens');
    if (method === 'GET')
      return { metadata: { resourceVersion: `${this.#version}` }, items: this.#list(path, nameIn(query)) } as T;
    if (method !== 'PATCH') throw new Error(`the fake cluster knows no ${method}`);
    const object = body as RawObject;
    this.put(path.slice(0, path.lastIndexOf('/')), object);
    this.applied.push(object);
    return object as T;
  }

  async *watch(path: string, { query = {}, signal, onOpen }: WatchOptions): AsyncIterable<WatchEvent> {
    const events: WatchEvent[] = [];
    let wake = () => {};
    const watcher: Watcher = {
      path,
      name: nameIn(query),
      push: (event) => {
        events.push(event);
        wake();
      },
    };
    this.#watchers.add(watcher);
    onOpen?.();
    signal.addEventListener('abort', () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        const event = events.shift();
        if (event !== undefined) yield event;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  close(): void {
    this.closed = true;
  }

  #list(path: string, name: string | undefined): readonly RawObject[] {
    return this.objects(path).filter(({ metadata }) => name === undefined || metadata.name === name);
  }

  #tell(path: string, event: WatchEvent, name: string): void {
    for (const watcher of this.#watchers) {
      if (watcher.path === path && (watcher.name ?? name) === name) watcher.push(event);
    }
  }
}

const nameIn = ({ fieldSelector }: { readonly fieldSelector?: unknown }): string | undefined =>
  typeof fieldSelector === 'string' ? /^metadata\.name=(.+)$/.exec(fieldSelector)?.[1] : undefined;
