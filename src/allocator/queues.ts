/**
 * Queues of Services, oldest first, found by what they wait for.
 *
 * Pure. All who wait for the same pools stand in one queue, which says once what these are: thousands may wait for any
 * address of a thousand pools.
 * @module
 */
import type { Service } from '../values/objects.js';
import { isOfPool, type PoolWant, type Want } from './want.js';

/** Any one of these helps. */
type Wants = readonly PoolWant[] | readonly [Want];

export interface Queue {
  readonly wants: Wants;
  /** Oldest first. */
  readonly services: Service[];
}

const NO_QUEUES: ReadonlySet<Queue> = new Set();

export class Queues {
  readonly #all = new Map<Want | string, Queue>();
  readonly #byWant = new Map<Want, Set<Queue>>();

  has(want: Want): boolean {
    return this.#byWant.has(want);
  }

  /** Those in which Services wait for this. */
  of(want: Want): ReadonlySet<Queue> {
    return this.#byWant.get(want) ?? NO_QUEUES;
  }

  /** Returns the queues in which the Service stands now, each for some of its wants: one for all pools, however many. */
  join(wants: readonly Want[], service: Service): readonly Queue[] {
    const queues = listsOf(wants).map((list) => this.#queueFor(list));
    for (const { services } of queues) services.splice(placeOf(services, service), 0, service);
    return queues;
  }

  leave(queues: readonly Queue[], service: Service): void {
    for (const queue of queues) {
      queue.services.splice(placeOf(queue.services, service), 1);
      if (queue.services.length === 0) this.#drop(queue);
    }
  }

  #queueFor(wants: Wants): Queue {
    const name = nameOf(wants);
    const known = this.#all.get(name);
    if (known !== undefined) return known;
    const queue: Queue = { wants, services: [] };
    this.#all.set(name, queue);
    for (const want of wants) {
      const queues = this.#byWant.get(want);
      if (queues === undefined) this.#byWant.set(want, new Set([queue]));
      else queues.add(queue);
    }
    return queue;
  }

  #drop(queue: Queue): void {
    this.#all.delete(nameOf(queue.wants));
    for (const want of queue.wants) {
      const queues = this.#byWant.get(want);
      queues?.delete(queue);
      if (queues?.size === 0) this.#byWant.delete(want);
    }
  }
}

/** Pools may be many, and are the same for many Services; whatever else a Service waits for is its own. */
function listsOf(wants: readonly Want[]): readonly Wants[] {
  const pools = wants.filter(isOfPool);
  const others = new Set(wants.filter((want) => !isOfPool(want)));
  const each = [...others].map((want): Wants => [want]);
  return pools.length === 0 ? each : [pools, ...each];
}

/** The same for the same wants alone. */
const nameOf = (wants: Wants): Want | string => {
  const [first] = wants;
  return wants.length === 1 && first !== undefined ? first : JSON.stringify(wants);
};

/** Old before new; the name decides between Services of one second. */
export function byAge(a: Service, b: Service): number {
  if (a.meta.createdAt !== b.meta.createdAt) return a.meta.createdAt < b.meta.createdAt ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** Where a Service stands, or would stand, in a queue. */
function placeOf(services: readonly Service[], service: Service): number {
  let low = 0;
  let high = services.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = services[middle];
    if (other !== undefined && byAge(other, service) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The oldest of a queue that is younger than a Service, which may stand in it or not. */
export function nextAfter({ services }: Queue, service: Service): Service | undefined {
  const at = placeOf(services, service);
  const there = services[at];
  return there !== undefined && byAge(there, service) === 0 ? services[at + 1] : there;
}
