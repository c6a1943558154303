/**
 * ConfigMap `cairn-state`, as the leading controller keeps it: a few texts by key, written soon after they change.
 *
 * Promises: for the leader's term the store is the truth, not the copy that the watch keeps. What was read or set here
 * once is put back when somebody changes or deletes it, and a copy that lags behind a write hides no later change. Each
 * write carries the resourceVersion it was made on, so that a leader that was frozen cannot undo its successor's.
 *
 * Source: docs/design.md §6.1.
 * @module
 */
import { type ApiClient, ApiError } from '../kube/client.js';
import type { Clock } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import { CONFIG_MAPS, readConfigMap } from '../kube/objects.js';
import { WorkQueue } from '../kube/queue.js';
import type { ConfigMap } from '../values/objects.js';
import { labelsOf, STATE_CONFIG_MAP } from './state-config-map.js';

export interface StateStoreOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  /** The ConfigMap as last seen. */
  readonly seen: () => ConfigMap | undefined;
  /** Asked right before every write, and by the client once more when it is about to go out. */
  readonly isLeader: () => boolean;
}

/** Texts are written whole: one key of the queue stands for all of them. */
const EVERYTHING = 'state';

export class StateStore {
  readonly #options: StateStoreOptions;
  readonly #queue: WorkQueue<typeof EVERYTHING>;
  /** What the ConfigMap has to hold, of the keys that were asked for or set. */
  readonly #wanted = new Map<string, string>();
  /** What the last write left there, until the watch tells something newer. */
  #written: ConfigMap | undefined;
  /** How often the watch told of a change. */
  #changes = 0;

  constructor(options: StateStoreOptions) {
    this.#options = options;
    const { clock, log } = options;
    const onFailure = (_: string, error: unknown) => log.warn({ err: error }, 'the state could not be written');
    this.#queue = new WorkQueue<typeof EVERYTHING>({ clock, onFailure });
  }

  /** What was set; before that, what the ConfigMap held when it was asked for first. */
  get(key: string): string | undefined {
    const text = this.#wanted.get(key) ?? this.#options.seen()?.data[key];
    if (text !== undefined) this.#wanted.set(key, text);
    return text;
  }

  set(key: string, text: string): void {
    if (this.get(key) === text) return;
    this.#wanted.set(key, text);
    this.#queue.add(EVERYTHING);
  }

  /** The watch told of a change of the ConfigMap, maybe our own: what is not as it was set is written anew. */
  changed(): void {
    this.#changes++;
    this.#written = undefined;
    this.#queue.add(EVERYTHING);
  }

  /** Writes until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run((_, stopped) => this.#write(stopped), { concurrency: 1, signal });
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { isLeader, seen } = this.#options;
    const held = this.#written ?? seen();
    const changes = this.#changes;
    const other = [...this.#wanted].filter(([key, text]) => held?.data[key] !== text);
    if (other.length === 0) return;
    if (!isLeader()) {
      this.#queue.retry(EVERYTHING);
      return;
    }
    try {
      const answer = await this.#send(held, Object.fromEntries(other), signal);
      if (this.#changes === changes) this.#written = readConfigMap(answer);
    } catch (error) {
      // Changed or deleted since it was seen: the watch brings what it is now, and `changed` tries again. A refusal that
      // only looks like it, such as an admission webhook's, is followed by no change.
      const isStale =
        error instanceof ApiError && (error.status === 409 || (error.status === 404 && held !== undefined));
      if (!isStale) throw error;
      this.#written = undefined;
      if (seen() === held) this.#queue.retry(EVERYTHING);
      else this.#queue.add(EVERYTHING);
    }
  }

  #send(held: ConfigMap | undefined, data: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown> {
    const { client, namespace, isLeader } = this.#options;
    const path = CONFIG_MAPS.path(namespace);
    if (held === undefined) {
      const metadata = { name: STATE_CONFIG_MAP, namespace, labels: labelsOf('controller') };
      return client.request('POST', path, { signal, mayBeSent: isLeader, body: { metadata, data } });
    }
    return client.request('PATCH', `${path}/${STATE_CONFIG_MAP}`, {
      signal,
      mayBeSent: isLeader,
      contentType: 'application/merge-patch+json',
      body: { metadata: { resourceVersion: held.meta.resourceVersion }, data },
    });
  }
}
