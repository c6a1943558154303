/**
 * Keeps this speaker's ConfigMap at what its report says: in batches, on change only.
 *
 * One server-side apply creates or replaces it, so there is no conflict to resolve and no copy to be stale. It belongs to
 * the Node, so that the cluster removes it together with the Node. Somebody else's edit or delete is put right.
 *
 * Source: Kubernetes API concepts (Server-Side Apply, garbage collection of dependents).
 * @module
 */
import { type BackoffShape, backoffMs } from '../kube/backoff.js';
import type { ApiClient } from '../kube/client.js';
import { type Clock, sleep } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import { CONFIG_MAPS } from '../kube/objects.js';
import { REPORT_KEY } from '../speaker/report.js';
import { labelsOf } from './state-config-map.js';

/** Changes come in bursts: a take-over of 100 addresses is one write. */
const BATCH_MS = 100;
/** At most one write a second, whatever happens on the wire. */
const SPACING_MS = 1_000;
const BACKOFF: BackoffShape = { firstMs: 1_000, maxMs: 30_000, jitterRatio: 0.5 };
const FIELD_MANAGER = 'cairn-speaker';

export interface ReportWriterOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  readonly name: string;
  /** The Node of this speaker, as the API has it now. */
  readonly owner: () => { readonly name: string; readonly uid: string } | undefined;
  /** The report as it is now. */
  readonly text: () => string;
  /** What the API server holds, as far as is known. */
  readonly held: () => string | undefined;
  readonly onWrite: (result: 'written' | 'failed') => void;
}

export class ReportWriter {
  readonly #options: ReportWriterOptions;
  #written: string | undefined;
  #wake: () => void = () => {};
  #woken = false;

  constructor(options: ReportWriterOptions) {
    this.#options = options;
  }

  /** Something changed: either what there is to say, or what the API server holds. */
  changed(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Writes until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, onWrite } = this.#options;
    signal.addEventListener('abort', () => this.#wake());
    let failures = 0;
    while (!signal.aborted) {
      await this.#change(signal);
      await sleep(clock, BATCH_MS, signal);
      if (signal.aborted) return;
      this.#woken = false;
      const text = this.#options.text();
      if (text === this.#written && text === this.#options.held()) continue;
      try {
        await this.#write(text, { signal });
        failures = 0;
        onWrite('written');
        await sleep(clock, SPACING_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        onWrite('failed');
        log.warn({ err: error }, 'the report could not be written; what is announced stays as it is');
        this.#woken = true;
        await sleep(clock, backoffMs(BACKOFF, failures, clock.random()), signal);
      }
    }
  }

  /** The last word, written once and at once. Rejects if that takes longer than `timeoutMs`. */
  writeLast(text: string, timeoutMs: number): Promise<void> {
    return this.#write(text, { timeoutMs });
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#woken || signal.aborted) resolve();
    });
  }

  async #write(text: string, limits: { signal: AbortSignal } | { timeoutMs: number }): Promise<void> {
    const { client, namespace, name } = this.#options;
    await client.request('PATCH', `${CONFIG_MAPS.path(namespace)}/${name}`, {
      query: { fieldManager: FIELD_MANAGER, force: true },
      contentType: 'application/apply-patch+yaml',
      body: this.#configMap(text),
      ...limits,
    });
    this.#written = text;
  }

  #configMap(text: string): object {
    const { namespace, name } = this.#options;
    const node = this.#options.owner();
    const ownerReferences = node && [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid }];
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: labelsOf('speaker'), ...(ownerReferences && { ownerReferences }) },
      data: { [REPORT_KEY]: text },
    };
  }
}
