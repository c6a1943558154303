/**
 * Services that wait for an address, oldest first, found by what they wait for.
 *
 * Pure. An address that comes free serves the oldest of those that could take it, at once and without a look at all
 * the others.
 * @module
 */
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { Deadlines } from './deadlines.js';
import { lookUp } from './look-up.js';
import { byAge, nextAfter, type Queue, Queues } from './queues.js';
import type { Refusal } from './refusal.js';
import { untilOf, type Want, wantsOf } from './want.js';

interface Waiter {
  readonly service: Service;
  readonly queues: readonly Queue[];
  readonly concerns: readonly Queue[];
}

export class Waiting {
  readonly #waiters = new Map<ServiceKey, Waiter>();
  /** Those that time will help, and when. */
  readonly #timed = new Deadlines<ServiceKey>();
  readonly #queues = new Queues();
  readonly #byNamespace = new Map<string, Set<Service>>();
  /** Those who are to hear when the last free address of such a kind goes. */
  readonly #concerned = new Queues();

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  /** Everybody of a namespace, oldest first. */
  inNamespace(namespace: string): readonly Service[] {
    return [...(this.#byNamespace.get(namespace) ?? [])].sort(byAge);
  }

  /**
   * `others`: what would help besides what the refusal says; `concerns`: what would not help, and whose lack would change the
   * refusal.
   */
  add(service: Service, refusal: Refusal, others: readonly Want[] = [], concerns: readonly Want[] = []): void {
    this.delete(service.key);
    const untilMs = untilOf(refusal);
    this.#waiters.set(service.key, {
      service,
      queues: this.#queues.join([...wantsOf(refusal), ...others], service),
      concerns: this.#concerned.join(concerns, service),
    });
    if (untilMs !== undefined) this.#timed.set(service.key, untilMs);
    const { namespace } = service.meta;
    const there = this.#byNamespace.get(namespace);
    if (there === undefined) this.#byNamespace.set(namespace, new Set([service]));
    else there.add(service);
  }

  delete(key: ServiceKey): void {
    const waiter = lookUp(this.#waiters, key);
    if (waiter === undefined) return;
    const { service, queues, concerns } = waiter;
    this.#waiters.delete(key);
    this.#timed.delete(key);
    this.#queues.leave(queues, service);
    this.#concerned.leave(concerns, service);
    const there = this.#byNamespace.get(service.meta.namespace);
    there?.delete(service);
    if (there?.size === 0) this.#byNamespace.delete(service.meta.namespace);
  }

  isWanted(want: Want): boolean {
    return this.#queues.has(want);
  }

  /** Whether anybody is to hear when there is nothing left of these. */
  isOfConcern(want: Want): boolean {
    return this.#concerned.has(want);
  }

  /** Whether this Service waits for one of these. */
  awaits(key: ServiceKey, wants: readonly Want[]): boolean {
    const queues = this.#waiters.get(key)?.queues ?? [];
    return wants.some((want) => queues.some((queue) => this.#queues.of(want).has(queue)));
  }

  /** The oldest of those that wait for one of these and are younger than `after`. */
  next(wants: readonly Want[], after?: Service): Service | undefined {
    let oldest: Service | undefined;
    for (const want of wants) {
      for (const queue of this.#queues.of(want)) {
        const service = after === undefined ? queue.services[0] : nextAfter(queue, after);
        if (service !== undefined && (oldest === undefined || byAge(service, oldest) < 0)) oldest = service;
      }
    }
    return oldest;
  }

  /** All who wait for one of these, or who are to hear that there is nothing left of those, oldest first. */
  waitingFor(wants: Iterable<Want>, gone: Iterable<Want>): readonly Service[] {
    const all = new Set<Service>();
    for (const want of wants) addFrom(this.#queues.of(want), all);
    for (const want of gone) addFrom(this.#concerned.of(want), all);
    return [...all].sort(byAge);
  }

  /** When the first thing that somebody waits for ends its rest. */
  nextMs(): number | undefined {
    return this.#timed.nextMs();
  }

  /** Who waits for something whose rest has ended by now, oldest first; each is told of once. */
  due(nowMs: number): readonly Service[] {
    const due = this.#timed.takeDue(nowMs).map((key) => this.#waiters.get(key)?.service);
    return due.filter((service) => service !== undefined).sort(byAge);
  }
}

function addFrom(queues: Iterable<Queue>, all: Set<Service>): void {
  for (const { services } of queues) for (const service of services) all.add(service);
}
