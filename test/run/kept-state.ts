/**
 * The state that a leader keeps, over a fake API and a fake clock, and what others make of the ConfigMap meanwhile.
 * @module
 */
import assert from 'node:assert/strict';
import { readConfigMap } from '../../src/kube/objects.js';
import { STATE_CONFIG_MAP } from '../../src/run/state-config-map.js';
import { StateStore } from '../../src/run/state-store.js';
import type { ConfigMap } from '../../src/values/objects.js';
import { FakeClock } from '../support/clock.js';
import { CONFIG_MAPS, FakeControllerApi } from './fake-controller-api.js';

type Texts = Readonly<Record<string, string>>;

export class KeptState {
  readonly api = new FakeControllerApi();
  readonly clock = new FakeClock();
  leads = true;
  readonly warnings: string[] = [];
  readonly store: StateStore;
  #seen: ConfigMap | undefined;
  /** Ends the last write, when leading has ended. */
  readonly late = new AbortController();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor() {
    this.store = new StateStore({
      client: this.api,
      clock: this.clock,
      log: { debug() {}, info() {}, warn: (_: object, text: string) => this.warnings.push(text), error() {} },
      namespace: 'cairn-system',
      seen: () => this.#seen,
      isLeader: () => this.leads,
    });
  }

  /** Leading begins, with the views synced. */
  async begin(data?: Texts): Promise<void> {
    if (data !== undefined) this.put(data);
    this.#seen = this.newest();
    this.#running = this.store.run(this.#stop.signal);
    await this.clock.settle();
  }

  /** Leading ends. */
  stop(): Promise<void> {
    this.#stopped ??= this.#endLeading();
    return this.#stopped;
  }

  async #endLeading(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.store.writeLast(this.late.signal);
  }

  async end(): Promise<void> {
    await this.stop();
    assert.equal(this.clock.pending, 0, 'no timer is left behind');
  }

  async set(key: string, text: string): Promise<void> {
    this.store.set(key, text);
    await this.clock.settle();
  }

  /** Of a key that is kept. */
  async touch(key: string): Promise<void> {
    this.store.touch(key);
    await this.clock.settle();
  }

  /** What the API server holds now. */
  held(): Texts | undefined {
    return this.api.configMap(STATE_CONFIG_MAP);
  }

  /** The same as the watch would bring it. */
  newest(): ConfigMap | undefined {
    return this.api.objects(CONFIG_MAPS).map(readConfigMap)[0];
  }

  async see(what = this.newest()): Promise<void> {
    this.tell(what);
    await this.clock.settle();
  }

  /** The watch brings it, and nothing has happened since. */
  tell(what: ConfigMap | undefined): void {
    this.#seen = what;
    this.store.changed();
  }

  /** Somebody else writes it whole. */
  put(data: Texts): void {
    this.api.put(CONFIG_MAPS, { metadata: { name: STATE_CONFIG_MAP, namespace: 'cairn-system' }, data });
  }

  /** Somebody else deletes it. */
  remove(): void {
    this.api.remove(CONFIG_MAPS, STATE_CONFIG_MAP, 'cairn-system');
  }
}
