/**
 * A kept-up copy of the API server's objects of one kind: list once, then watch.
 *
 * Promises: after `synced`, the copy is what the API server held at some moment, and follows it; every difference is
 * told to the listeners once, those found by a later list included: oldest objects first then, as they once came. It never
 * becomes empty because the server is away, and holds values alone, not the API's JSON. It asks again without a pause only
 * after a watch that lasted, however that ended.
 *
 * Source: Kubernetes API concepts ("Efficient detection of changes", "410 Gone", "Watch bookmarks").
 * @module
 */
import type { Meta } from '../values/objects.js';
import { isOlderVersion } from '../values/resource-version.js';
import { compareText } from '../values/text.js';
import { ApiError, isExpired, refusalOf } from './api-error.js';
import { type BackoffShape, backoffMs } from './backoff.js';
import type { ApiClient, Query } from './client.js';
import { type Clock, sleep } from './clock.js';
import { Denial } from './denial.js';
import { list, record, text } from './json.js';
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
  /**
   * Called when a list shows that what the API server told before is no longer so, as after it was restored from a backup.
   * The list is taken in after that, unless the signal of {@link Informer.run} has aborted by then.
   */
  readonly onSetBack?: () => void;
}

/** `after` undefined: deleted. `before` undefined: new. Both with another `meta.uid`: deleted and created again. */
export type ChangeListener<T> = (key: string, after: T | undefined, before: T | undefined) => void;

/** client-go's page. One of Services with their managedFields is about 1 MB of JSON. */
const PAGE_OBJECTS = 500;
/** client-go asks the server to end each watch after 5 to 10 minutes, so that watches spread over its replicas. */
const MIN_WATCH_S = 300;
const MAX_WATCH_S = 600;
/** The server sends a bookmark a minute: after two and a half minutes without a byte nobody is there. */
const WATCH_IDLE_MS = 150_000;
/** A watch that lasted this long was a good one. */
const GOOD_WATCH_MS = 5_000;
/** A page may take long on a busy server, but not for ever. */
const LIST_TIMEOUT_MS = 60_000;
/** client-go's reflector: 800 ms to 30 s. An API server that restarts is back in seconds, hence less at most. */
const BACKOFF: BackoffShape = { firstMs: 500, maxMs: 15_000, jitterRatio: 0.5 };

interface Listed {
  readonly meta: Meta;
}

interface Pages<T> {
  readonly objects: Map<string, T>;
  readonly resourceVersion: string;
}

/** Keys are `namespace/name`, or the name alone for cluster-scoped kinds. */
export class Informer<T extends Listed> {
  /** Resolves once the first list is in. Never rejects. */
  readonly synced: Promise<void>;
  readonly #options: InformerOptions<T>;
  readonly #listeners = new Set<ChangeListener<T>>();
  #objects = new Map<string, T>();
  #isSynced = false;
  /** Up to where the copy has followed, and the next watch begins; empty before the first list. */
  #resourceVersion = '';
  #mustList = true;
  /** While a list is under way: what writes of ours have replaced since it began. */
  #replaced: Set<string> | undefined;
  #announceSynced: () => void = () => {};
  readonly #denial = new Denial();

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.synced = new Promise((resolve) => {
      this.#announceSynced = resolve;
    });
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Why we may see nothing new, once that lasts. A server that is away does not count. */
  get denial(): string | undefined {
    return this.#denial.lasting;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /**
   * What a write that was made on `before` made of it: told at once, and not a second time when the watch brings it, nor
   * taken back by a list from before it. Nothing happens where the watch has brought something newer already, or the write
   * changed nothing.
   */
  learn(before: T, after: T): void {
    const key = keyOf(after.meta);
    if (this.#objects.get(key) !== before || before.meta.uid !== after.meta.uid) return;
    if (isSame(before.meta, after.meta)) return;
    this.#objects.set(key, after);
    this.#replaced?.add(versionOf(before.meta));
    this.#tell(key, after, before);
  }

  /** Not called for what is held already: read `values()`. Returns what takes the listener off. */
  onChange(listener: ChangeListener<T>): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Lists and watches until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, resource } = this.#options;
    /** In a row: requests that failed, and watches that ended too soon, however well. */
    let inVain = 0;
    while (!signal.aborted) {
      let watchedMs = 0;
      try {
        if (this.#mustList) await this.#list(signal);
        const startedMs = clock.monotonicMs();
        try {
          await this.#watch(signal);
        } finally {
          watchedMs = clock.monotonicMs() - startedMs;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#denial.failed(error, clock.monotonicMs());
        if (mustListAgain(error)) this.#mustList = true;
        if (isExpired(error))
          log.info({ resource: resource.plural }, 'the server no longer has the history; listing again');
        else log.warn({ resource: resource.plural, err: error }, 'list or watch failed; trying again');
      }
      inVain = watchedMs >= GOOD_WATCH_MS ? 0 : inVain + 1;
      if (inVain > 0) await sleep(clock, backoffMs(BACKOFF, inVain, clock.random()), signal);
    }
  }

  /** Reads every page and makes it the copy. */
  async #list(signal: AbortSignal): Promise<void> {
    const replaced = new Set<string>();
    this.#replaced = replaced;
    const { objects, resourceVersion } = await this.#allPages(signal).finally(() => {
      this.#replaced = undefined;
    });
    const before = this.#objects;
    for (const [key, held] of before) {
      const listed = objects.get(key);
      if (listed !== undefined && replaced.has(versionOf(listed.meta))) objects.set(key, held);
    }
    const changed = [...objects].filter(([key, after]) => before.get(key) !== after).sort(byAge);
    // Asked for without a version, a list is never behind what any server told: what differs from that came after it.
    if (changed.some(([, { meta }]) => isOlderVersion(meta.resourceVersion, this.#resourceVersion))) {
      this.#options.onSetBack?.();
      signal.throwIfAborted();
    }
    this.#objects = objects;
    if (!this.#isSynced) {
      this.#isSynced = true;
      this.#announceSynced();
    }
    for (const [key, after] of changed) this.#tell(key, after, before.get(key));
    for (const [key, was] of before) {
      if (!objects.has(key)) this.#tell(key, undefined, was);
    }
    this.#resourceVersion = resourceVersion;
    this.#mustList = false;
  }

  #allPages(signal: AbortSignal): Promise<Pages<T>> {
    return this.#pages({ limit: PAGE_OBJECTS }, signal).catch((error: unknown) => {
      // The history that the later pages are read from was compacted in between. One page for all cannot expire.
      if (isExpired(error)) return this.#pages({}, signal);
      throw error;
    });
  }

  async #pages(pages: Query, signal: AbortSignal): Promise<Pages<T>> {
    const { client, resource } = this.#options;
    const objects = new Map<string, T>();
    let next: string | undefined;
    while (true) {
      const query = { ...this.#selectors(), ...pages, continue: next };
      const answer = record(await client.request('GET', this.#path, { query, signal, timeoutMs: LIST_TIMEOUT_MS }));
      for (const raw of list(answer['items'])) {
        const object = resource.read(raw);
        const key = keyOf(object.meta);
        const held = this.#objects.get(key);
        objects.set(key, held !== undefined && isSame(held.meta, object.meta) ? held : object);
      }
      const meta = record(answer['metadata']);
      next = text(meta['continue']) || undefined;
      if (next === undefined) return { objects, resourceVersion: text(meta['resourceVersion']) };
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const timeoutSeconds = Math.round(MIN_WATCH_S + (MAX_WATCH_S - MIN_WATCH_S) * clock.random());
    const resourceVersion = this.#resourceVersion;
    const query = { ...this.#selectors(), resourceVersion, allowWatchBookmarks: true, timeoutSeconds };
    const options = { query, signal, idleMs: WATCH_IDLE_MS, onOpen: () => this.#denial.letThrough() };
    for await (const { type, object } of client.watch(this.#path, options)) {
      if (signal.aborted) return;
      if (type === 'ERROR') throw refusalOf(object);
      this.#apply(type, object);
    }
  }

  #apply(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', raw: unknown): void {
    const { namespace, name, uid, resourceVersion } = record(record(raw)['metadata']);
    const version = text(resourceVersion);
    this.#resourceVersion = version || this.#resourceVersion;
    if (type === 'BOOKMARK') return;
    const known = this.#objects.get(keyOf({ namespace: text(namespace), name: text(name) }))?.meta;
    // Of several writes of ours the last one is known when the watch brings the first.
    const isKnown = known?.resourceVersion === version || isOlderVersion(version, known?.resourceVersion ?? '');
    if (known?.uid === uid && isKnown && type !== 'DELETED') return;
    const object = this.#options.resource.read(raw);
    const key = keyOf(object.meta);
    const before = this.#objects.get(key);
    if (type === 'DELETED') {
      this.#objects.delete(key);
      if (before !== undefined) this.#tell(key, undefined, before);
    } else {
      this.#objects.set(key, object);
      this.#tell(key, object, before);
    }
  }

  #tell(key: string, after: T | undefined, before: T | undefined): void {
    for (const listener of this.#listeners) {
      try {
        listener(key, after, before);
      } catch (error) {
        this.#options.log.error({ resource: this.#options.resource.plural, key, err: error }, 'a listener failed');
      }
    }
  }

  get #path(): string {
    return this.#options.resource.path(this.#options.namespace);
  }

  #selectors(): Query {
    return { fieldSelector: this.#options.fieldSelector, labelSelector: this.#options.labelSelector };
  }
}

const keyOf = ({ namespace, name }: Pick<Meta, 'namespace' | 'name'>): string =>
  namespace === '' ? name : `${namespace}/${name}`;

/** A list is in the order of names; the name decides between objects of one second. */
const byAge = ([a, one]: readonly [string, Listed], [b, other]: readonly [string, Listed]): number =>
  compareText(one.meta.createdAt, other.meta.createdAt) || compareText(a, b);

const versionOf = ({ uid, resourceVersion }: Meta): string => `${uid} ${resourceVersion}`;

const isSame = (a: Meta, b: Meta): boolean => a.uid === b.uid && a.resourceVersion === b.resourceVersion;

/**
 * Whether the version we hold is of no more use. A cut connection is not a reason, nor a server that is busy or does
 * not know us for a moment; any other refusal is: among them 410 Gone, and 504 "Too large resource version" from an API
 * server whose cache is behind or whose etcd was restored.
 */
function mustListAgain(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return isExpired(error) || ![0, 401, 403, 429, 503].includes(error.status);
}
