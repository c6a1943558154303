/**
 * What has to be true of all Services together once nobody edits any: each that can be served is served, and who waits, or
 * has not what it asks for, is told a reason that is true.
 *
 * Pure. Source: docs/conditions.md, docs/configuration.md.
 * @module
 */
import { mayShare, type ServiceView } from './service-view.js';
import { poolHolding, type TestPool } from './test-pools.js';

/** What is wrong, as sentences; none when all is well. `pools` is the configuration in force. */
export function judgeRest(services: readonly ServiceView[], pools: readonly TestPool[]): readonly string[] {
  const balanced = services.filter(({ isLoadBalancer }) => isLoadBalancer);
  const holders = new Map<string, ServiceView[]>();
  for (const service of balanced) {
    for (const address of service.addresses) holders.set(address, [...(holders.get(address) ?? []), service]);
  }
  const judge = new Judge(pools, holders);
  return [
    ...services.flatMap((service) =>
      service.isLoadBalancer || service.addresses.length === 0
        ? []
        : [`${service.name} is no LoadBalancer and has ${service.addresses}`],
    ),
    ...balanced.flatMap((service) => judge.of(service).map((what) => `${service.name} ${what}`)),
  ];
}

/** What a Service is told that has an address and no other wish. */
const AT_HOME: readonly string[] = ['Assigned', 'OutsidePool'];

class Judge {
  readonly #pools: readonly TestPool[];
  readonly #holders: ReadonlyMap<string, readonly ServiceView[]>;

  constructor(pools: readonly TestPool[], holders: ReadonlyMap<string, readonly ServiceView[]>) {
    this.#pools = pools;
    this.#holders = holders;
  }

  of(service: ServiceView): readonly string[] {
    const { addresses, assigned } = service;
    const [address, ...more] = addresses;
    if (more.length > 0) return [`has ${addresses.length} addresses: ${addresses}`];
    if (assigned === undefined) return [`has ${address ?? 'no address'} and no condition`];
    const said = `${assigned.status} ${assigned.reason}: ${assigned.message}`;
    const wants = address === undefined ? this.#whyNone(service) : this.#whyThis(service, address);
    const status = address === undefined ? 'False' : 'True';
    const wrong: string[] = [];
    if (wants === undefined) wrong.push(`could be served and is told ${said}`);
    else if (!wants.includes(assigned.reason) || assigned.status !== status) {
      wrong.push(`has ${address ?? 'no address'}; want ${status} ${wants.join(' or ')}, and it is told ${said}`);
    }
    for (const other of address === undefined ? [] : this.#others(address, service)) {
      const areAtHome = [service, other].every((each) => AT_HOME.includes(each.assigned?.reason ?? ''));
      const why = areAtHome ? obstacle(other, service) : undefined;
      if (why !== undefined) wrong.push(`shares ${address} with ${other.name} (${why}) and is told ${said}`);
    }
    return [...wrong, ...this.#untrue(assigned.message).map((what) => `is told what is not true (${what}): ${said}`)];
  }

  /** The reasons that are true of a Service without an address; `undefined` where it could have one. */
  #whyNone(service: ServiceView): readonly string[] | undefined {
    const { wantsAddress, wantsPool } = service;
    if (wantsAddress !== undefined) return this.#whyNotAddress(service, wantsAddress);
    if (wantsPool !== undefined) return this.#whyNotPool(service, wantsPool);
    const open = this.#pools.filter(({ autoAssign }) => autoAssign);
    return open.some((pool) => this.#hasRoom(pool, service)) ? undefined : ['PoolFull'];
  }

  /** The reasons that are true of a Service with this address; `undefined` where it could have what it asks for. */
  #whyThis(service: ServiceView, address: string): readonly string[] | undefined {
    const { wantsAddress, wantsPool } = service;
    const pool = poolHolding(this.#pools, address)?.name;
    const atHome = pool === undefined ? 'OutsidePool' : 'Assigned';
    const sharing = this.#others(address, service).flatMap((other) => obstacle(other, service) ?? []);
    const hasWish =
      wantsAddress !== undefined ? wantsAddress !== address : wantsPool !== undefined && wantsPool !== pool;
    const whyNot = this.#whyNone(service);
    if (hasWish) return whyNot === undefined ? undefined : [...whyNot, ...sharing];
    // Of those who no longer fit, one is at home and the others have to go, unless there is nowhere to go to.
    return sharing.length === 0 || whyNot === undefined ? [atHome] : [atHome, ...sharing, ...whyNot];
  }

  #whyNotAddress(service: ServiceView, address: string): readonly string[] | undefined {
    if (poolHolding(this.#pools, address) === undefined) return ['OutsideEveryPool'];
    const obstacles = this.#others(address, service).flatMap((other) => obstacle(other, service) ?? []);
    if (obstacles.length === 0) return undefined;
    return service.key === undefined ? ['AddressTaken'] : obstacles;
  }

  #whyNotPool(service: ServiceView, name: string): readonly string[] | undefined {
    const pool = this.#pools.find((each) => each.name === name);
    if (pool === undefined) return ['UnknownPool'];
    return this.#hasRoom(pool, service) ? undefined : ['PoolFull'];
  }

  #hasRoom = (pool: TestPool, service: ServiceView): boolean =>
    pool.addresses.some((address) => this.#others(address, service).every((other) => mayShare(other, service)));

  #others = (address: string, service: ServiceView): readonly ServiceView[] =>
    (this.#holders.get(address) ?? []).filter((other) => other !== service);

  /** Each "A is held by NAMESPACE/NAME" of the sentence that is not so, and a count of a full pool that is wrong. */
  #untrue(message: string): readonly string[] {
    const wrong: string[] = [];
    for (const [claim, address = '', holder = ''] of message.matchAll(
      /(\d+\.\d+\.\d+\.\d+) is held by [^/ ]+\/([^ ,;:]+)/g,
    )) {
      if (!this.#holders.get(address)?.some(({ name }) => name === holder)) wrong.push(claim);
    }
    for (const [claim, name, list = ''] of message.matchAll(/pool "([^"]+)" has no IPv4 address left: ([^;]*)/g)) {
      const pool = this.#pools.find((each) => each.name === name);
      const more = Number(/(\d+) more (?:is|are) held/.exec(list)?.[1] ?? 0);
      const named = list.split(' is held by ').length - 1;
      if (pool === undefined || pool.addresses.length !== named + more) wrong.push(claim);
    }
    return wrong;
  }
}

/** Why a Service cannot be where the other one is; `undefined` where it can. */
function obstacle(other: ServiceView, service: ServiceView): string | undefined {
  if (mayShare(other, service)) return undefined;
  return other.key === service.key && service.key !== undefined ? 'SharedPortTaken' : 'SharingKeyDiffers';
}
