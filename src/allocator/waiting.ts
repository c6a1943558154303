/**
 * Services that wait for an address, oldest first, found by what they wait for.
 *
 * Pure. An address that comes free serves the oldest of those that could take it, at once and without a look at all
 * the others.
 * @module
 */
import type { Address, Family } from '../values/address.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { Deadlines } from './deadlines.js';
import { lookUp } from './look-up.js';
import type { Refusal } from './refusal.js';

/** What a refusal may end with: any address of a pool and family, one address, or room beside others of a sharing key. */
export type Want = `${Family} ${PoolName}` | `shared ${string}` | Address;

interface Waiter {
  readonly service: Service;
  readonly wants: readonly Want[];
  readonly concerns: readonly Want[];
}

export class Waiting {
  readonly #waiters = new Map<ServiceKey, Waiter>();
  /** Those that time will help, and when. */
  readonly #timed = new Deadlines<ServiceKey>();
  /** For each want in order of age. */
  readonly #queues = new Map<Want, Service[]>();
  readonly #byNamespace = new Map<string, Set<Service>>();
  /** Those who are to hear when the last free address of such a kind goes. */
  readonly #concerned = new Map<Want, Set<Service>>();

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
    const waiter = { service, wants: [...new Set([...wantsOf(refusal), ...others])], concerns };
    const untilMs = untilOf(refusal);
    this.#waiters.set(service.key, waiter);
    if (untilMs !== undefined) this.#timed.set(service.key, untilMs);
    const { namespace } = service.meta;
    join(this.#byNamespace, namespace, service);
    for (const concern of concerns) join(this.#concerned, concern, service);
    for (const want of waiter.wants) {
      const queue = this.#queues.get(want);
      if (queue === undefined) this.#queues.set(want, [service]);
      else queue.splice(placeOf(queue, service), 0, service);
    }
  }

  delete(key: ServiceKey): void {
    const waiter = lookUp(this.#waiters, key);
    if (waiter === undefined) return;
    this.#waiters.delete(key);
    this.#timed.delete(key);
    const { namespace } = waiter.service.meta;
    leave(this.#byNamespace, namespace, waiter.service);
    for (const concern of waiter.concerns) leave(this.#concerned, concern, waiter.service);
    for (const want of waiter.wants) {
      const queue = this.#queues.get(want);
      queue?.splice(placeOf(queue, waiter.service), 1);
      if (queue?.length === 0) this.#queues.delete(want);
    }
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
    return this.#waiters.get(key)?.wants.some((want) => wants.includes(want)) === true;
  }

  /** The oldest of those that wait for one of these and are younger than `after`. */
  next(wants: readonly Want[], after?: Service): Service | undefined {
    let oldest: Service | undefined;
    for (const want of wants) {
      const queue = this.#queues.get(want);
      const service = queue?.[after === undefined ? 0 : placeBehind(queue, after)];
      if (service !== undefined && (oldest === undefined || byAge(service, oldest) < 0)) oldest = service;
    }
    return oldest;
  }

  /** All who wait for one of these, or who are to hear that there is nothing left of those, oldest first. */
  waitingFor(wants: Iterable<Want>, gone: Iterable<Want>): readonly Service[] {
    const all = new Set<Service>();
    for (const want of wants) for (const service of this.#queues.get(want) ?? []) all.add(service);
    for (const want of gone) for (const service of this.#concerned.get(want) ?? []) all.add(service);
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

/** Old before new; the name decides between Services of one second. */
export function byAge(a: Service, b: Service): number {
  if (a.meta.createdAt !== b.meta.createdAt) return a.meta.createdAt < b.meta.createdAt ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function join<Key>(groups: Map<Key, Set<Service>>, key: Key, service: Service): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, new Set([service]));
  else group.add(service);
}

function leave<Key>(groups: Map<Key, Set<Service>>, key: Key, service: Service): void {
  const group = groups.get(key);
  group?.delete(service);
  if (group?.size === 0) groups.delete(key);
}

/** Where a Service stands, or would stand, in a queue. */
function placeOf(queue: readonly Service[], service: Service): number {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = queue[middle];
    if (other !== undefined && byAge(other, service) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where those begin that are younger than a Service, which may stand in the queue or not. */
function placeBehind(queue: readonly Service[], service: Service): number {
  const at = placeOf(queue, service);
  const there = queue[at];
  return there !== undefined && byAge(there, service) === 0 ? at + 1 : at;
}

function wantsOf(refusal: Refusal): readonly Want[] {
  switch (refusal.kind) {
    case 'no-address':
      return refusal.tried.flatMap((tried) =>
        tried.kind === 'full' || 'untilMs' in tried ? [wantOf(tried.pool, tried.family)] : [],
      );
    case 'taken':
    case 'resting':
      return [refusal.address];
    case 'no-longer-shares':
      return [refusal.address, ...wantsOf(refusal.because)];
    default:
      return [];
  }
}

export const wantOf = (pool: PoolName, family: Family): Want => `${family} ${pool}`;
export const wantToShare = (key: string): Want => `shared ${key}`;

function untilOf(refusal: Refusal): number | undefined {
  if (refusal.kind === 'resting') return refusal.untilMs;
  if (refusal.kind === 'no-longer-shares') return untilOf(refusal.because);
  if (refusal.kind !== 'no-address') return undefined;
  const untils = refusal.tried.flatMap((tried) => ('untilMs' in tried ? [tried.untilMs] : []));
  return untils.length === 0 ? undefined : Math.min(...untils);
}
