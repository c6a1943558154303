/**
 * ConfigMap `cairn-state`, as the leading controller keeps it: a few texts by key, written soon after they change.
 *
 * Promises: for the leader's term the store is the truth, not the copy that the watch keeps. What was read or set here
 * once is put back when somebody changes or deletes it, at once a few times and then ever so often; a copy that lags behind
 * a write hides no later change. Each write carries the resourceVersion it was made on, so that a leader that was frozen cannot undo its successor's. What is
 * not written when leading ends is written then, where the lease is still ours, before the next one may begin. What is set
 * is written at once. What is kept is a long record that nothing waits for, and everybody who watches is sent it whole: the
 * first change is written at once too, those that follow together, a second after; who is killed may lose those.
 *
 * Source: docs/design.md §6.1.
 * @module
 */
import { type ApiClient, ApiError } from '../kube/client.js';
import type { Clock } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import { CONFIG_MAPS, readConfigMap } from '../kube/objects.js';
import { Pace } from '../kube/pace.js';
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
/** What the API server lets the values of a ConfigMap have together (`core/validation`: 1 MiB). */
const MAX_BYTES = 1_048_576;
/** From one write of what is kept to the next, for that alone. */
const RECORDS_EVERY_MS = 1_000;
/** Somebody else who writes the same keys is answered at once a few times. All who watch are sent the whole each time. */
const REPAIRS = { burst: 3, refillMs: 5_000 };
const NOTHING: Readonly<Record<string, string>> = {};

export class StateStore {
  readonly #options: StateStoreOptions;
  readonly #queue: WorkQueue<typeof EVERYTHING>;
  /** What the ConfigMap has to hold, of the keys that were asked for or set. */
  readonly #wanted = new Map<string, string>();
  /** What the ConfigMap last held of these as wanted: what differs from that is somebody else's. */
  readonly #stood = new Map<string, string>();
  /** Something was set since the last write, which then waits for nothing. */
  #isSet = false;
  readonly #repairs = new Pace<typeof EVERYTHING>(REPAIRS);
  /** What somebody else changed is not put back before then. */
  #repairDueMs = 0;
  /** Texts that are made when they are written, as they change often and are long. */
  readonly #makers = new Map<string, (room: number) => string>();
  /** To be made anew. */
  readonly #stale = new Set<string>();
  /** Not before then, unless something else is written too. */
  #recordsDueMs = 0;
  /** What the last write left there, until the watch tells something newer. */
  #written: ConfigMap | undefined;
  /** The queue takes nothing any more. */
  #hasEnded = false;
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
    this.#isSet = true;
    this.#queue.add(EVERYTHING);
  }

  /** From now on `make` gives the text of this key, in as many characters as there is room for; it is asked when it is written. */
  keep(key: string, make: (room: number) => string): void {
    this.#makers.set(key, make);
  }

  /** Of a key that is kept: its text may be another one. */
  touch(key: string): void {
    this.#stale.add(key);
    if (!this.#hasEnded) this.#queue.addAfter(EVERYTHING, this.#recordsWaitMs());
  }

  /** The watch told of a change of the ConfigMap, maybe our own: what is not as it was set is written anew. */
  changed(): void {
    this.#changes++;
    this.#written = undefined;
    this.#queue.add(EVERYTHING);
  }

  /** Writes until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#queue.run((_, stopped) => this.#write(stopped), { concurrency: 1, signal });
    this.#hasEnded = true;
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { isLeader, seen } = this.#options;
    const held = this.#written ?? seen();
    const changes = this.#changes;
    const waitMs = this.#stale.size === 0 ? 0 : this.#recordsWaitMs();
    if (waitMs === 0 || this.#lacking(held) !== undefined) this.#makeAnew(held);
    else this.#queue.addAfter(EVERYTHING, waitMs);
    const other = this.#lacking(held) ?? NOTHING;
    for (const [key, text] of this.#wanted) if (other[key] === undefined) this.#stood.set(key, text);
    if (other === NOTHING) {
      this.#isSet = false;
      return;
    }
    if (!isLeader()) {
      this.#queue.retry(EVERYTHING);
      return;
    }
    const repairMs = this.#isSet || !this.#isUndone(other, held) ? 0 : this.#repairWaitMs();
    if (repairMs > 0) {
      this.#queue.addAfter(EVERYTHING, repairMs);
      return;
    }
    this.#isSet = false;
    try {
      const answer = await this.#send(held, other, signal);
      for (const [key, text] of Object.entries(other)) this.#stood.set(key, text);
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
    } finally {
      if (Object.keys(other).some((key) => this.#makers.has(key))) {
        this.#recordsDueMs = this.#options.clock.monotonicMs() + RECORDS_EVERY_MS;
      }
    }
  }

  /** Whether somebody else changed one of these since it stood there. */
  #isUndone(keys: Readonly<Record<string, string>>, held: ConfigMap | undefined): boolean {
    return Object.keys(keys).some((key) => (this.#stood.get(key) ?? held?.data[key] ?? '') !== (held?.data[key] ?? ''));
  }

  #repairWaitMs(): number {
    const { clock, log } = this.#options;
    const nowMs = clock.monotonicMs();
    const waitMs = this.#repairs.take(EVERYTHING, nowMs);
    if (waitMs > 0 && nowMs >= this.#repairDueMs) {
      log.warn({ configMap: STATE_CONFIG_MAP }, 'somebody else writes the state too; it is put back ever so often');
      this.#repairDueMs = nowMs + waitMs;
    }
    return waitMs;
  }

  #recordsWaitMs(): number {
    return Math.max(0, this.#recordsDueMs - this.#options.clock.monotonicMs());
  }

  /**
   * What was not written when {@link run} ended, unless `signal` aborts before. The watch has ended, and a write that was cut
   * off may have arrived or not: what is there is asked for first. Whoever leads by then has written since, so that ours is
   * refused. Never rejects.
   */
  async writeLast(signal: AbortSignal): Promise<void> {
    const { client, log, namespace, isLeader, seen } = this.#options;
    this.#makeAnew(this.#written ?? seen());
    if (this.#lacking(this.#written ?? seen()) === undefined || !isLeader()) return;
    try {
      const path = `${CONFIG_MAPS.path(namespace)}/${STATE_CONFIG_MAP}`;
      const options = { signal, mayBeSent: isLeader };
      const held = await client.request('GET', path, options).then(readConfigMap, noneIfNotFound);
      this.#makeAnew(held);
      const other = this.#lacking(held);
      if (other !== undefined) await this.#send(held, other, signal);
    } catch (error) {
      log.warn({ err: error }, 'the state could not be written before leading ended');
    }
  }

  /** To be asked for what {@link StateStore.#lacking} is to know of. */
  #makeAnew(held: ConfigMap | undefined): void {
    // A text that is made to fit gives way to one that grew beside it, also where it says what it said.
    if (this.#roomBeside(undefined, held) < 0) for (const key of this.#makers.keys()) this.#stale.add(key);
    for (const key of this.#stale) this.#wanted.set(key, this.#makers.get(key)?.(this.#roomBeside(key, held)) ?? '');
    this.#stale.clear();
  }

  /** What is to be there and is not, of what is made; undefined for nothing. */
  #lacking(held: ConfigMap | undefined): Readonly<Record<string, string>> | undefined {
    // One that is empty and one that is not there say the same.
    const other = [...this.#wanted].filter(([key, text]) => (held?.data[key] ?? '') !== text);
    return other.length === 0 ? undefined : Object.fromEntries(other);
  }

  /** What the texts but that of `key` leave; all of these come before one that is made to fit. Below 0: they do not fit. */
  #roomBeside(key: string | undefined, held: ConfigMap | undefined): number {
    const texts = Object.entries({ ...held?.data, ...Object.fromEntries(this.#wanted) });
    return texts.reduce((room, [other, text]) => (other === key ? room : room - Buffer.byteLength(text)), MAX_BYTES);
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

function noneIfNotFound(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== 404) throw error;
}
