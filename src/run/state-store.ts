/**
 * ConfigMap `cairn-state`, as the leading controller keeps it: a few texts by key, written soon after they change.
 *
 * Each write carries the resourceVersion it was made on, so that a leader that was frozen cannot undo its successor's.
 *
 * Source: design.md §6.1.
 * @module
 */
import { type ApiClient, ApiError } from '../kube/client.js';
import type { Clock } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import { CONFIG_MAPS } from '../kube/objects.js';
import { WorkQueue } from '../kube/queue.js';
import type { ConfigMap } from '../values/objects.js';
import { STATE_CONFIG_MAP } from './state-config-map.js';

export interface StateStoreOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  /** The ConfigMap as last seen. */
  readonly seen: () => ConfigMap | undefined;
  /** Asked right before every write. */
  readonly isLeader: () => boolean;
}

/** Texts are written whole: one key of the queue stands for all of them. */
const EVERYTHING = 'state';

export class StateStore {
  readonly #options: StateStoreOptions;
  readonly #queue: WorkQueue<typeof EVERYTHING>;
  readonly #unwritten = new Map<string, string>();

  constructor(options: StateStoreOptions) {
    this.#options = options;
    const { clock, log } = options;
    const onFailure = (_: string, error: unknown) => log.warn({ err: error }, 'the state could not be written');
    this.#queue = new WorkQueue<typeof EVERYTHING>({ clock, onFailure });
  }

  get(key: string): string | undefined {
    return this.#unwritten.get(key) ?? this.#options.seen()?.data[key];
  }

  set(key: string, text: string): void {
    if (this.get(key) === text) return;
    this.#unwritten.set(key, text);
    this.#queue.add(EVERYTHING);
  }

  /** Somebody changed or deleted the ConfigMap: what was being written may have to be written anew. */
  changed(): void {
    if (this.#unwritten.size > 0) this.#queue.add(EVERYTHING);
  }

  /** Writes until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run((_, stopped) => this.#write(stopped), { concurrency: 1, signal });
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { client, namespace, isLeader, seen } = this.#options;
    if (this.#unwritten.size === 0) return;
    if (!isLeader()) {
      this.#queue.retry(EVERYTHING);
      return;
    }
    const written = new Map(this.#unwritten);
    const data = Object.fromEntries(written);
    const held = seen();
    const labels = { 'app.kubernetes.io/name': 'cairn', 'app.kubernetes.io/component': 'controller' };
    try {
      if (held === undefined) {
        const metadata = { name: STATE_CONFIG_MAP, namespace, labels };
        await client.request('POST', CONFIG_MAPS.path(namespace), { signal, body: { metadata, data } });
      } else {
        await client.request('PATCH', `${CONFIG_MAPS.path(namespace)}/${STATE_CONFIG_MAP}`, {
          signal,
          contentType: 'application/merge-patch+json',
          body: { metadata: { resourceVersion: held.meta.resourceVersion }, data },
        });
      }
    } catch (error) {
      // Changed since it was seen: the watch brings the newer one, and `changed` tries again.
      if (error instanceof ApiError && error.status === 409 && seen() !== held) this.#queue.add(EVERYTHING);
      if (error instanceof ApiError && error.status === 409) return;
      throw error;
    }
    for (const [key, text] of written) if (this.#unwritten.get(key) === text) this.#unwritten.delete(key);
  }
}
