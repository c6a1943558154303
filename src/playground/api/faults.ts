/**
 * Faults on command: what a real API server does now and then, done by this one when a test says so.
 *
 * A fault names what it strikes (verb, resource, subresource, namespace, name; what it leaves out may be anything), what it does, and how
 * often: the first `times` that match, and each of those with `probability`. Chances come from the server's seed: the same
 * requests in the same order meet the same faults.
 *
 * | kind             | what happens                                                                                     |
 * |------------------|--------------------------------------------------------------------------------------------------|
 * | `delay`          | the answer comes `delayMs` late; the request takes effect after the delay                        |
 * | `refuse`         | `code` is answered with a Status, and nothing takes effect: 409, 429 with `retryAfterSeconds`, 5xx |
 * | `expired`        | 410: for a list and its further pages at once; for a watch an ERROR event, first thing in a new one, or in place of the next event of a running one |
 * | `cut`            | half of a watch's next event is sent, and the connection reset                                   |
 * | `disconnect`     | running watches end at once without a word; strikes when it is added, and never again            |
 * | `stale`          | the watch cache lags: reads with resourceVersion=0 and watches are `versions` behind, or stay where they were when the fault was added. Reads of the newest state are right, as upstream |
 * | `bookmarks-only` | a watch sends a bookmark in place of each event, and the events when the fault is released        |
 * | `reset`          | the connection is reset `before` the request takes effect, or `after`                            |
 *
 * `stale` and `bookmarks-only` last until they are released, and take neither `times` nor `probability`.
 *
 * In process: `server.faults.add({ kind: 'refuse', code: 503, verbs: ['patch'], resource: 'services', times: 2 })`, which returns the
 * release. Over HTTP, for a server in another process: `POST /playground/faults` with the same as JSON answers `{"id": "1"}`,
 * `DELETE /playground/faults/1` releases it and `DELETE /playground/faults` all; `GET /playground/faults` lists them, each
 * with `struck`: how often so far.
 * @module
 */
import type { Chance } from './chance.js';
import type { Verb } from './routes.js';

export type Effect =
  | { readonly kind: 'delay'; readonly delayMs: number }
  | {
      readonly kind: 'refuse';
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'stale'; readonly versions?: number }
  | { readonly kind: 'bookmarks-only' }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' };

export interface Target {
  readonly verbs?: readonly Verb[];
  /** By its full name: `services`, `endpointslices.discovery.k8s.io`. */
  readonly resource?: string;
  /** `status`; the empty text is the object itself. */
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

export type Fault = Target & Effect & { readonly times?: number; readonly probability?: number };

/** What a fault is held against. */
export interface Asked {
  readonly verb: Verb;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** Takes the fault back. May be called twice. */
export type Release = () => void;

export interface ActiveFault {
  readonly id: string;
  readonly fault: Fault;
  readonly struck: number;
}

interface Active {
  readonly id: string;
  readonly fault: Fault;
  /** The newest version when the fault was added. */
  readonly version: number;
  struck: number;
}

/** Of one request. */
export interface Strike {
  readonly delayMs: number;
  readonly does: Extract<Effect, { kind: 'refuse' | 'expired' | 'reset' }> | undefined;
}

export class Faults {
  readonly #active = new Map<string, Active>();
  readonly #chance: Chance;
  readonly #version: () => number;
  readonly #listeners = new Set<() => void>();
  #lastId = 0;
  #disconnect: (target: Target) => void = () => {};

  /** `version` tells the server's newest one. */
  constructor(chance: Chance, version: () => number) {
    this.#chance = chance;
    this.#version = version;
  }

  add(fault: Fault): Release {
    const id = this.start(fault);
    return () => {
      this.remove(id);
    };
  }

  /** As `add`, by an id that is good for `remove`. */
  start(fault: Fault): string {
    const id = String(++this.#lastId);
    if (fault.kind === 'disconnect') {
      this.#disconnect(fault);
      return id;
    }
    this.#active.set(id, { id, fault, version: this.#version(), struck: 0 });
    return id;
  }

  /** Whether there was one. */
  remove(id: string): boolean {
    const was = this.#active.delete(id);
    if (was) this.#tell();
    return was;
  }

  clear(): void {
    this.#active.clear();
    this.#tell();
  }

  list(): readonly ActiveFault[] {
    return [...this.#active.values()].map(({ id, fault, struck }) => ({ id, fault, struck }));
  }

  /** Every watch that `target` names is to be cut. */
  onDisconnect(disconnect: (target: Target) => void): void {
    this.#disconnect = disconnect;
  }

  /** After a fault was taken back: what it held may go on. */
  onRelease(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** What a request meets. Draws chances, counts times. */
  strike(asked: Asked): Strike {
    let delayMs = 0;
    for (const active of this.#matching(asked)) {
      const { fault } = active;
      if (fault.kind === 'delay' && this.#hits(active)) delayMs += fault.delayMs;
      else if (fault.kind === 'expired' && asked.verb !== 'list' && asked.verb !== 'watch') continue;
      else if ((fault.kind === 'refuse' || fault.kind === 'reset' || fault.kind === 'expired') && this.#hits(active))
        return { delayMs, does: fault };
    }
    return { delayMs, does: undefined };
  }

  /** What the next event of a running watch meets. */
  strikeEvent(asked: Asked): 'cut' | 'expired' | undefined {
    for (const active of this.#matching(asked)) {
      const { kind } = active.fault;
      if ((kind === 'cut' || kind === 'expired') && this.#hits(active)) return kind;
    }
    return undefined;
  }

  /** Where the watch cache is for such a request: the newest version, or an older one while it is `stale`. */
  cacheVersion(asked: Asked): number {
    let version = this.#version();
    for (const { fault, version: since } of this.#matching(asked)) {
      if (fault.kind !== 'stale') continue;
      version = Math.min(version, fault.versions === undefined ? since : this.#version() - fault.versions);
    }
    return version;
  }

  withholdsEvents(asked: Asked): boolean {
    return this.#matching(asked).some(({ fault }) => fault.kind === 'bookmarks-only');
  }

  #matching(asked: Asked): readonly Active[] {
    if (this.#active.size === 0) return [];
    return [...this.#active.values()].filter(({ fault }) => matchesTarget(fault, asked));
  }

  #hits(active: Active): boolean {
    const { times, probability } = active.fault;
    if (times !== undefined && active.struck >= times) return false;
    if (probability !== undefined && this.#chance.next() >= probability) return false;
    active.struck++;
    return true;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export function matchesTarget(target: Target, asked: Asked): boolean {
  const { verbs, resource, subresource, namespace, name } = target;
  return (
    (verbs === undefined || verbs.includes(asked.verb)) &&
    (resource === undefined || resource === asked.resource) &&
    (subresource === undefined || subresource === asked.subresource) &&
    (namespace === undefined || namespace === asked.namespace) &&
    (name === undefined || name === asked.name)
  );
}
