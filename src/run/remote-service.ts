/**
 * One Service at the API server, for a command that has so much time: each request is over when that is.
 * @module
 */
import type { ApiClient } from '../kube/client.js';
import { type Clock, sleep } from '../kube/clock.js';
import { readService, SERVICES } from '../kube/objects.js';
import type { Service } from '../values/objects.js';

export interface RemoteServiceOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
}

/** A merge patch of what a user writes into a Service. */
export interface ServicePatch {
  readonly metadata: { readonly annotations: Readonly<Record<string, string | null>> };
  readonly spec?: { readonly loadBalancerIP: string };
}

/** What is asked in the last moment, or after it, has this long. */
const SHORTEST_REQUEST_MS = 1_000;
const NEVER = new AbortController().signal;

export class RemoteService {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #path: string;
  readonly #beganMs: number;
  #endMs: number;

  constructor({ client, clock, namespace, name }: RemoteServiceOptions, timeoutMs: number) {
    this.#client = client;
    this.#clock = clock;
    this.#path = `${SERVICES.path(namespace)}/${name}`;
    this.#beganMs = clock.monotonicMs();
    this.#endMs = this.#beganMs + timeoutMs;
  }

  get spentMs(): number {
    return this.#clock.monotonicMs() - this.#beganMs;
  }

  get leftMs(): number {
    return this.#endMs - this.#clock.monotonicMs();
  }

  /** No longer than this from now on. */
  limit(ms: number): void {
    this.#endMs = Math.min(this.#endMs, this.#clock.monotonicMs() + ms);
  }

  async read(): Promise<Service> {
    return readService(await this.#client.request('GET', this.#path, { timeoutMs: this.#requestMs }));
  }

  /** Refused with 409 where it is not as it was `seen` any more, or another one of its name. */
  async patch({ meta: { resourceVersion } }: Service, { metadata, spec }: ServicePatch): Promise<void> {
    await this.#client.request('PATCH', this.#path, {
      body: { metadata: { ...metadata, resourceVersion }, ...(spec === undefined ? {} : { spec }) },
      contentType: 'application/merge-patch+json',
      query: { fieldManager: 'cairn' },
      timeoutMs: this.#requestMs,
    });
  }

  /** For so long, or until the time is up. */
  pause(ms: number): Promise<void> {
    return sleep(this.#clock, Math.max(0, Math.min(ms, this.leftMs)), NEVER);
  }

  get #requestMs(): number {
    return Math.max(SHORTEST_REQUEST_MS, this.leftMs);
  }
}
