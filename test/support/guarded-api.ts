/**
 * A client of the API server whose rights a test takes away and gives back, as RBAC does: to list and watch, by collection.
 * @module
 */
import type { ApiError } from '../../src/kube/api-error.js';
import type { ApiClient, Method, RequestOptions, WatchEvent, WatchOptions } from '../../src/kube/client.js';

export class GuardedApi implements ApiClient {
  readonly #behind: ApiClient;
  readonly #denials = new Map<string, ApiError>();
  #watches = new AbortController();

  constructor(behind: ApiClient) {
    this.#behind = behind;
  }

  /** Watches that are open go on, as upstream: the server asks for rights when one begins. */
  deny(error: ApiError, ...collections: readonly string[]): void {
    for (const path of collections) this.#denials.set(path, error);
  }

  allow(): void {
    this.#denials.clear();
  }

  /** As the server ends each of them after some minutes. */
  endWatches(): void {
    this.#watches.abort();
    this.#watches = new AbortController();
  }

  async request<T>(method: Method, path: string, options?: RequestOptions): Promise<T> {
    if (method === 'GET') this.#guard(path);
    return this.#behind.request<T>(method, path, options);
  }

  async *watch(path: string, options: WatchOptions): AsyncIterable<WatchEvent> {
    this.#guard(path);
    const signal = AbortSignal.any([options.signal, this.#watches.signal]);
    yield* this.#behind.watch(path, { ...options, signal });
  }

  close(): void {
    this.#behind.close();
  }

  #guard(path: string): void {
    const denial = this.#denials.get(path);
    if (denial !== undefined) throw denial;
  }
}
