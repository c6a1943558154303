/**
 * What an API server answers to who lists ConfigMaps and watches them, and one whose answers the test gives.
 * @module
 */
import assert from 'node:assert/strict';
import { ApiError } from '../../src/kube/api-error.js';
import type { ApiClient, Query, WatchEvent } from '../../src/kube/client.js';

export const map = (name: string, resourceVersion: number, uid = `uid-${name}`, creationTimestamp?: string) => ({
  metadata: {
    namespace: 'shop',
    name,
    uid,
    resourceVersion: `${resourceVersion}`,
    creationTimestamp,
    managedFields: [{ manager: 'x' }],
  },
  data: { version: `${resourceVersion}` },
});
export const page = (resourceVersion: number, items: readonly object[], next?: string) => ({
  metadata: { resourceVersion: `${resourceVersion}`, ...(next === undefined ? {} : { continue: next }) },
  items,
});
export const event = (type: WatchEvent['type'], object: unknown): WatchEvent => ({ type, object });

/** A watch that the test feeds. */
class Stream implements AsyncIterable<WatchEvent> {
  readonly #given: (WatchEvent | 'end' | Error)[] = [];
  #wake = () => {};
  readonly query: Query;

  constructor(query: Query, signal: AbortSignal) {
    this.query = query;
    signal.addEventListener('abort', () => this.give(new ApiError(0, 'Aborted', 'stopped')));
  }

  give(...what: readonly (WatchEvent | 'end' | Error)[]): void {
    this.#given.push(...what);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent> {
    while (true) {
      const next = this.#given.shift();
      if (next === 'end') return;
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** Lists as the test says, in turn; the last answer from then on. */
export class ScriptedApi implements ApiClient {
  lists: (object | Promise<object> | Error)[] = [page(10, [])];
  readonly listed: Query[] = [];
  readonly watches: Stream[] = [];

  async request<T>(_method: string, _path: string, { query = {} }: { query?: Query } = {}): Promise<T> {
    this.listed.push(query);
    const answer = await (this.lists.length > 1 ? this.lists.shift() : this.lists[0]);
    if (answer instanceof Error) throw answer;
    return answer as T;
  }

  watch(_path: string, { query = {}, signal }: { query?: Query; signal: AbortSignal }): Stream {
    const stream = new Stream(query, signal);
    this.watches.push(stream);
    return stream;
  }

  close(): void {}

  get latest(): Stream {
    const stream = this.watches.at(-1);
    assert.ok(stream, 'nobody watches');
    return stream;
  }
}
