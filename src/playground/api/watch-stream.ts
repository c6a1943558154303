/**
 * One watch of a client: the changes that it asked for, in order, as far as it can take them.
 *
 * Nothing is queued for it: it goes along the server's own window of changes, and stops while its connection is full. A client that
 * falls out of the window is cut.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 * @module
 */
import type { Asked, Faults } from './faults.js';
import type { ApiObject, JsonObject } from './object.js';
import type { Resource } from './resource.js';
import { apiVersionOf } from './schema/kind.js';
import { expired, type Status } from './status.js';
import type { Store } from './store.js';
import type { Change } from './watch-window.js';

/** The client's end. */
export interface WatchSink {
  /** False when it is full; `drained` is then called on the stream. */
  write(line: string): boolean;
  end(): void;
  /** Resets the connection at once, whatever is on its way. */
  destroy(): void;
  /** Resets the connection when this part of a line has left. */
  breakOffAfter(part: string): void;
}

export interface WatchStreamOptions {
  readonly store: Store;
  readonly faults: Faults;
  readonly asked: Asked;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly matches: (object: ApiObject) => boolean;
  readonly bookmarks: boolean;
  /** In the form that the client asked for. */
  readonly present: (object: ApiObject, isFirst: boolean) => JsonObject;
  readonly presentBookmark: (bookmark: ApiObject) => JsonObject;
}

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** Source: KEP-3157. */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export class WatchStream {
  readonly #options: WatchStreamOptions;
  readonly #sink: WatchSink;
  /** Of the last change that was told, or was none of ours. */
  #version = 0;
  #isFull = false;
  #isFirst = true;
  #isOver = false;
  /** Versions that a bookmark was sent for in place of an event. */
  #withheldVersion = 0;

  constructor(options: WatchStreamOptions, sink: WatchSink) {
    this.#options = options;
    this.#sink = sink;
  }

  get asked(): Asked {
    return this.#options.asked;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** From the change after `version` on; 410 in the stream when that is no longer known. */
  startAt(version: number): void {
    const { storage } = this.#options.store;
    if (version < storage.oldestVersion) {
      this.fail(expired(`too old resource version: ${version} (${storage.oldestVersion})`));
      return;
    }
    this.#version = version;
    this.pump();
  }

  /** With every object as it is at `version`, each as ADDED; then, where asked for, the bookmark that says that these were all. */
  startWith(objects: readonly ApiObject[], version: number, says: { readonly initialEventsEnd: boolean }): void {
    this.#version = version;
    for (const object of objects) {
      if (this.#isOver) return;
      this.#tell('ADDED', object);
    }
    if (says.initialEventsEnd && !this.#isOver)
      this.#write('BOOKMARK', this.#bookmark({ [INITIAL_EVENTS_END]: 'true' }));
    this.pump();
  }

  /** Tells what there is to tell. After every change, and when something that held it back is gone. */
  pump(): void {
    const { store, faults, asked } = this.#options;
    while (!this.#isOver) {
      const newest = faults.cacheVersion(asked);
      if (this.#version >= newest) return;
      const change = store.storage.changeAt(this.#version + 1);
      if (change === undefined) {
        this.abandon();
        return;
      }
      if (this.#isFull) return;
      const event = this.#eventOf(change);
      if (event !== undefined && faults.withholdsEvents(asked)) {
        this.#withhold(newest);
        return;
      }
      this.#version = change.version;
      if (event !== undefined) this.#tell(event.type, event.object);
    }
  }

  drained(): void {
    this.#isFull = false;
    this.pump();
  }

  /** Tells how far the client is, if it wants to know. */
  bookmark(): void {
    if (!this.#options.bookmarks || this.#isFull || this.#isOver) return;
    this.#write('BOOKMARK', this.#bookmark());
  }

  fail(status: Status): void {
    if (this.#isOver) return;
    this.#sink.write(lineOf('ERROR', status));
    this.end();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.end();
  }

  /** The client went away, cannot follow, or is cut by a fault. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.destroy();
  }

  /** What a change is to this client: objects may come into its selection and leave it. */
  #eventOf(change: Change): { readonly type: EventType; readonly object: ApiObject } | undefined {
    const { store, resource, namespace, matches } = this.#options;
    if (change.resource !== store.holderOf(resource)) return undefined;
    if (namespace !== undefined && change.object.metadata.namespace !== namespace) return undefined;
    const object = store.shown(resource, change.object);
    const previous = change.previous === undefined ? undefined : store.shown(resource, change.previous);
    const was = previous !== undefined && matches(previous);
    const is = change.type !== 'DELETED' && matches(object);
    if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
    if (!was) return undefined;
    if (change.type === 'DELETED') return { type: 'DELETED', object };
    const { resourceVersion } = object.metadata;
    return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
  }

  #withhold(newest: number): void {
    if (this.#withheldVersion >= newest) return;
    this.#withheldVersion = newest;
    this.bookmark();
  }

  #tell(type: EventType, object: ApiObject): void {
    const { faults, asked, present } = this.#options;
    const fault = faults.strikeEvent(asked);
    if (fault === 'expired') {
      const { storage } = this.#options.store;
      this.fail(expired(`too old resource version: ${this.#version} (${storage.version})`));
      return;
    }
    const presented = present(object, this.#isFirst);
    if (fault === 'cut') {
      const line = lineOf(type, presented);
      this.#isOver = true;
      this.#sink.breakOffAfter(line.slice(0, Math.floor(line.length / 2)));
      return;
    }
    this.#isFirst = false;
    this.#write(type, presented);
  }

  #write(type: EventType, object: JsonObject): void {
    if (!this.#sink.write(lineOf(type, object))) this.#isFull = true;
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): JsonObject {
    const { resource, presentBookmark } = this.#options;
    const metadata = { resourceVersion: String(this.#version), ...(annotations === undefined ? {} : { annotations }) };
    const bookmark = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } as JsonObject as ApiObject;
    return presentBookmark(bookmark);
  }
}

const lineOf = (type: EventType, object: JsonObject | Status): string => `${JSON.stringify({ type, object })}\n`;
