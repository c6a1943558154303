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
import type { Refusal } from './refusal.js';

/** What a refusal may end with: any address of a pool and family, one address, or room beside others of a sharing key. */
export type Want = `${Family} ${PoolName}` | `shared ${string}` | Address;

interface Waiter {
  readonly service: Service;
  readonly wants: readonly Want[];
}

export class Waiting {
  readonly #waiters = new Map<ServiceKey, Waiter>();
  /** Those that time will help, and when. */
  readonly #timed = new Map<ServiceKey, number>();
  /** For each want in order of age. */
  readonly #queues = new Map<Want, Service[]>();

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  /** Everybody, oldest first. */
  all(): readonly Service[] {
    return [...this.#waiters.values()].map(({ service }) => service).sort(byAge);
  }

  /** `others`: what would help besides what the refusal says. */
  add(service: Service, refusal: Refusal, others: readonly Want[] = []): void {
    this.delete(service.key);
    const waiter = { service, wants: [...new Set([...wantsOf(refusal), ...others])] };
    const untilMs = untilOf(refusal);
    this.#waiters.set(service.key, waiter);
    if (untilMs !== undefined) this.#timed.set(service.key, untilMs);
    for (const want of waiter.wants) {
      const queue = this.#queues.get(want);
      if (queue === undefined) this.#queues.set(want, [service]);
      else queue.splice(placeOf(queue, service), 0, service);
    }
  }

  delete(key: ServiceKey): void {
    const waiter = this.#waiters.get(key);
    if (waiter === undefined) return;
    this.#waiters.delete(key);
    this.#timed.delete(key);
    for (const want of waiter.wants) {
      const queue = this.#queues.get(want);
      queue?.splice(placeOf(queue, waiter.service), 1);
      if (queue?.length === 0) this.#queues.delete(want);
    }
  }

  isWanted(want: Want): boolean {
    return this.#queues.has(want);
  }

  /** Who waits for one of these, oldest first; read lazily, as the first one mostly takes it. Not to be changed meanwhile. */
  *oldest(wants: readonly Want[]): Iterable<Service> {
    const heads = wants.map((want) => ({ queue: this.#queues.get(want) ?? [], at: 0 }));
    while (true) {
      let first: (typeof heads)[number] | undefined;
      for (const head of heads) {
        const service = head.queue[head.at];
        if (service === undefined) continue;
        const best = first?.queue[first.at];
        if (best === undefined || byAge(service, best) < 0) first = head;
      }
      const service = first?.queue[first.at];
      if (first === undefined || service === undefined) return;
      first.at++;
      yield service;
    }
  }

  /** When the first thing that somebody waits for ends its rest. */
  nextMs(): number | undefined {
    let next: number | undefined;
    for (const untilMs of this.#timed.values()) next = next === undefined || untilMs < next ? untilMs : next;
    return next;
  }

  /** Who waits for something whose rest has ended by now, oldest first. */
  due(nowMs: number): readonly Service[] {
    const due: Service[] = [];
    for (const [key, untilMs] of this.#timed) {
      const waiter = untilMs <= nowMs ? this.#waiters.get(key) : undefined;
      if (waiter !== undefined) due.push(waiter.service);
    }
    return due.sort(byAge);
  }
}

/** Old before new; the name decides between Services of one second. */
export function byAge(a: Service, b: Service): number {
  if (a.meta.createdAt !== b.meta.createdAt) return a.meta.createdAt < b.meta.createdAt ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
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

function wantsOf(refusal: Refusal): readonly Want[] {
  switch (refusal.kind) {
    case 'no-address':
      return refusal.tried.flatMap((tried) =>
        tried.kind === 'full' || tried.kind === 'all-resting' ? [wantOf(tried.pool, tried.family)] : [],
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
  const untils = refusal.tried.flatMap((tried) => (tried.kind === 'all-resting' ? [tried.untilMs] : []));
  return untils.length === 0 ? undefined : Math.min(...untils);
}
