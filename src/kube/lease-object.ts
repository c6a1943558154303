/**
 * The Lease as it is in the API: read, renewed, given up, and what was seen of it last. Whose it is to be, `lease.ts` decides.
 *
 * Source: `coordination.k8s.io/v1` LeaseSpec.
 * @module
 */
import { isOlderVersion } from '../values/resource-version.js';
import { ApiError } from './api-error.js';
import type { ApiClient } from './client.js';
import { type Clock, toMicroTime } from './clock.js';
import { number, record, text } from './json.js';

export interface LeaseObjectOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  /** Who renews it. */
  readonly identity: string;
  /** For how long each time. Whole seconds. */
  readonly durationMs: number;
}

/** How long a request about the Lease may take, and what calls it off. */
export interface LeaseRequest {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** A Lease as we saw it, and when. */
export interface Sighting {
  /** Whole, as others may keep something there too. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The whole spec as text: any change of it is a sign of life. */
  readonly spec: string;
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly seenMs: number;
}

export class LeaseObject {
  readonly #options: LeaseObjectOptions;
  readonly #path: string;
  #seen: Sighting | undefined;

  constructor(options: LeaseObjectOptions) {
    this.#options = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
  }

  /** As it was read or written last; undefined where there was none. */
  get seen(): Sighting | undefined {
    return this.#seen;
  }

  /** Undefined where there is none. */
  async read(options: LeaseRequest): Promise<Sighting | undefined> {
    const { client, name } = this.#options;
    try {
      const raw = await client.request('GET', `${this.#path}/${name}`, options);
      return this.#sight(raw);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      this.#seen = undefined;
      return undefined;
    }
  }

  /** Takes or renews the Lease that was read, or creates it. As `giveUp`, refused with a conflict where it changed since. */
  renew(lease: Sighting | undefined, options: LeaseRequest): Promise<Sighting> {
    const { clock, identity, durationMs } = this.#options;
    const now = toMicroTime(clock.wallMs());
    const isOurs = lease?.holder === identity;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: durationMs / 1_000,
      acquireTime: isOurs ? record(JSON.parse(lease.spec))['acquireTime'] : now,
      renewTime: now,
      leaseTransitions: lease === undefined ? 0 : lease.transitions + (isOurs ? 0 : 1),
    };
    return this.#write(lease, spec, options);
  }

  /** Leaves the Lease that was read to whoever comes first. It lasts a second more: none is not valid. */
  giveUp(lease: Sighting, options: LeaseRequest): Promise<Sighting> {
    const now = toMicroTime(this.#options.clock.wallMs());
    const spec = {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: lease.transitions,
    };
    return this.#write(lease, spec, options);
  }

  /** What others keep in its metadata stays. */
  async #write(lease: Sighting | undefined, spec: object, options: LeaseRequest): Promise<Sighting> {
    const { client, name, namespace } = this.#options;
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease?.metadata ?? { name, namespace },
      spec,
    };
    const answer =
      lease === undefined
        ? await client.request('POST', this.#path, { body, ...options })
        : await client.request('PUT', `${this.#path}/${name}`, { body, ...options });
    return this.#sight(answer);
  }

  #sight(raw: unknown): Sighting {
    const { spec: rawSpec, metadata: rawMetadata } = record(raw);
    const [spec, metadata] = [record(rawSpec), record(rawMetadata)];
    const asText = JSON.stringify(spec);
    const unchanged = this.#seen?.spec === asText ? this.#seen : undefined;
    this.#seen = {
      metadata,
      spec: asText,
      holder: text(spec['holderIdentity']),
      durationMs: number(spec['leaseDurationSeconds']) * 1_000,
      transitions: number(spec['leaseTransitions']),
      uid: text(metadata['uid']),
      resourceVersion: text(metadata['resourceVersion']),
      seenMs: unchanged?.seenMs ?? this.#options.clock.monotonicMs(),
    };
    return this.#seen;
  }
}

/**
 * Nobody else can have held the lease since `before`: it is the same object, and it passed to nobody. Nor is it from before
 * `before`, in an API server that was restored from a backup: what was written since then is gone.
 */
export const isSameTenure = (before: Sighting, now: Sighting | undefined): boolean =>
  now?.uid === before.uid &&
  now.holder === before.holder &&
  now.transitions === before.transitions &&
  !isOlderVersion(now.resourceVersion, before.resourceVersion);
