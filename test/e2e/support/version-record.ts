/**
 * Every version of every Service of a namespace, from a watch of the API server's own, each judged as it comes.
 *
 * Says what no version may show: two Services at one address that may not share it, and an address that is gone or another
 * one though its user asked for no other. The versions of one watch are in the order in which they were written.
 * @module
 */
import type { Api, ApiObject } from '../../../src/playground/cluster/api.js';
import { mayShare, type ServiceView, type Terms, viewOf } from './service-view.js';
import { poolHolding, type TestPool } from './test-pools.js';

/** A controller decides on what it has seen: what other Services become while it writes is known to it a little later. */
const STAYS_COUNT_FOR_MS = 3_000;

/** Versions of a Service that a failure shows. */
const REMEMBERED_VERSIONS = 8;

/** A Service held an address on these terms. */
interface Stay extends Terms {
  readonly name: string;
  readonly uid: string;
  /** Infinite while it does. */
  untilMs: number;
}

export interface Figures {
  readonly versions: number;
  /** Addresses given to a Service that had none. */
  readonly given: number;
  /** Addresses exchanged for one that the user asked for. */
  readonly moved: number;
  readonly mostWaiting: number;
  readonly mostShared: number;
}

export class VersionRecord {
  readonly #pools: readonly TestPool[];
  readonly #services = new Map<string, ServiceView>();
  /** Uids of Services whose key or port was edited since they got the address that they have. */
  readonly #edited = new Set<string>();
  /** By address, those of long ago left out. */
  readonly #stays = new Map<string, readonly Stay[]>();
  /** The last versions of each Service by name, as lines: what went wrong is hard to play again. */
  readonly #past = new Map<string, readonly string[]>();
  readonly #wrong: string[] = [];
  readonly #stopped = new AbortController();
  readonly #figures = { versions: 0, given: 0, moved: 0, mostWaiting: 0, mostShared: 0 };
  #waiting = 0;

  private constructor(pools: readonly TestPool[]) {
    this.#pools = pools;
  }

  static async start(api: Api, namespace: string, pools: readonly TestPool[]): Promise<VersionRecord> {
    const path = `/api/v1/namespaces/${namespace}/services`;
    const { items, metadata } = await api.get(path);
    const record = new VersionRecord(pools);
    for (const service of items) record.#see(service);
    void record.#follow(api, path, metadata.resourceVersion);
    return record;
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** What was wrong at any moment so far, as sentences. */
  get wrong(): readonly string[] {
    return this.#wrong;
  }

  get figures(): Figures {
    return this.#figures;
  }

  /** The version of each Service, by name, that came last. */
  versions(): ReadonlyMap<string, string> {
    return new Map([...this.#services].map(([name, { version }]) => [name, version]));
  }

  /** The server ends a watch whose reader is busy for too long: the next one goes on where it was, and misses nothing. */
  async #follow(api: Api, path: string, listed: string): Promise<void> {
    const { signal } = this.#stopped;
    let resourceVersion = listed;
    try {
      while (!signal.aborted) {
        for await (const { type, object } of api.watch(path, { resourceVersion }, signal)) {
          if (type === 'ERROR') throw new Error(object.message);
          ({ resourceVersion } = object.metadata);
          if (type === 'DELETED') this.#forget(object.metadata.name);
          else this.#see(object);
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#wrong.push(`the watch saw no more: ${(error as Error).message}`);
    }
  }

  #see(service: ApiObject): void {
    const now = viewOf(service);
    const last = this.#services.get(now.name);
    if (last !== undefined && last.uid !== now.uid) this.#forget(now.name);
    const before = last?.uid === now.uid ? last : undefined;
    this.#figures.versions++;
    const past = [...(this.#past.get(now.name) ?? []), lineOf(service, now)];
    this.#past.set(now.name, past.slice(-REMEMBERED_VERSIONS));
    if (before !== undefined) this.#judgeChange(before, now);
    for (const address of now.addresses) {
      if (before?.addresses.includes(address)) continue;
      this.#judgeTaking(address, now);
      // What it lost and has again, it has on the terms of before.
      if (areSameTerms(now, now.sharedAs)) this.#edited.delete(now.uid);
    }
    if (before !== undefined && !areSameTerms(before, now)) this.#edited.add(now.uid);
    this.#services.set(now.name, now);
    this.#settle(before, now);
    this.#count(before, now);
  }

  /**
   * What a Service has already, it may keep whatever others do. One that was no LoadBalancer for a moment in which nobody led
   * looks like one whose status was wiped: it has again what it had, beside those who were there with it.
   */
  #judgeTaking(address: string, taker: ServiceView): void {
    const all = this.#staysAt(address);
    const takers: readonly Terms[] = [taker, ...all.filter(({ uid }) => uid === taker.uid)];
    const stays = all.filter(({ uid }) => uid !== taker.uid);
    for (const holder of stays.filter(({ untilMs }) => untilMs === Number.POSITIVE_INFINITY)) {
      if (stays.some((stay) => stay.uid === holder.uid && takers.some((terms) => mayShare(stay, terms)))) continue;
      this.#note(
        `version ${taker.version}: ${told(taker)}, got ${address}, which ${holder.name} held (${stays.map(toldStay).join('; ')})`,
        [taker.name, holder.name],
      );
    }
  }

  #judgeChange(before: ServiceView, now: ServiceView): void {
    const was = before.addresses.join();
    const is = now.addresses.join();
    if (was === is || !now.isLoadBalancer || !before.isLoadBalancer || was === '') return;
    if (is === '') this.#note(`version ${now.version}: ${now.name} lost ${was}`, [now.name]);
    else if (this.#askedFor(before, is)) this.#figures.moved++;
    else {
      const stays = this.#staysAt(was).map(toldStay).join('; ');
      this.#note(`version ${now.version}: ${told(before)}, had ${was} and got ${is}, unasked (${stays})`, [now.name]);
    }
  }

  #note(sentence: string, names: readonly string[]): void {
    this.#wrong.push([sentence, ...names.flatMap((name) => this.#past.get(name) ?? [])].join('\n  '));
  }

  #askedFor(service: ServiceView, is: string): boolean {
    const { wantsAddress, wantsPool, addresses, uid } = service;
    const [was = ''] = addresses;
    if (wantsAddress !== undefined && wantsAddress !== was) return is === wantsAddress;
    if (wantsPool !== undefined && poolHolding(this.#pools, was)?.name !== wantsPool) {
      return poolHolding(this.#pools, is)?.name === wantsPool;
    }
    // Whoever shares and was edited so that it no longer fits has to go where there is room, and nobody else.
    return this.#edited.has(uid) && this.#staysAt(was).some((stay) => stay.uid !== uid && !mayShare(stay, service));
  }

  #forget(name: string): void {
    const before = this.#services.get(name);
    if (before === undefined) return;
    this.#services.delete(name);
    this.#edited.delete(before.uid);
    this.#settle(before, undefined);
    this.#count(before, undefined);
  }

  /** Writes down who is where on which terms. */
  #settle(before: ServiceView | undefined, now: ServiceView | undefined): void {
    const isSame = before !== undefined && now !== undefined && areSameTerms(before, now);
    for (const address of before?.addresses ?? []) {
      if (isSame && now?.addresses.includes(address)) continue;
      for (const stay of this.#staysAt(address)) {
        if (stay.uid === before?.uid) stay.untilMs = Math.min(stay.untilMs, performance.now());
      }
    }
    if (now === undefined) return;
    const { name, uid, key, port } = now;
    for (const address of now.addresses) {
      if (isSame && before?.addresses.includes(address)) continue;
      const stay = { name, uid, key, port, untilMs: Number.POSITIVE_INFINITY };
      this.#stays.set(address, [...this.#staysAt(address), stay]);
    }
  }

  /** Who holds an address, or did until a moment ago. */
  #staysAt(address: string): readonly Stay[] {
    const sinceMs = performance.now() - STAYS_COUNT_FOR_MS;
    return (this.#stays.get(address) ?? []).filter(({ untilMs }) => untilMs > sinceMs);
  }

  #count(before: ServiceView | undefined, now: ServiceView | undefined): void {
    const figures = this.#figures;
    this.#waiting += Number(isWaiting(now)) - Number(isWaiting(before));
    figures.mostWaiting = Math.max(figures.mostWaiting, this.#waiting);
    for (const address of now?.addresses ?? []) {
      const holders = this.#staysAt(address).filter(({ untilMs }) => untilMs === Number.POSITIVE_INFINITY);
      figures.mostShared = Math.max(figures.mostShared, holders.length);
      if (before?.addresses.length !== 1) figures.given++;
    }
  }
}

function lineOf({ metadata }: ApiObject, view: ServiceView): string {
  const marks = ['cairn.dev/served-by', 'cairn.dev/shared-as'].map((name) => metadata.annotations?.[name] ?? 'none');
  const what = view.isLoadBalancer ? view.addresses.join() || 'no address' : 'no LoadBalancer';
  return `${new Date().toISOString()} version ${view.version} of ${told(view)}: ${what}; marks ${marks.join(', ')}; ${view.assigned?.reason}`;
}

const areSameTerms = (a: Terms, b: Terms): boolean => a.key === b.key && a.port === b.port;

const isWaiting = (view: ServiceView | undefined): boolean =>
  view?.isLoadBalancer === true && view.addresses.length === 0;

const told = ({ name, key, port, wantsPool, wantsAddress }: ServiceView): string =>
  `${name} (port ${port}, key ${key}, wants ${wantsAddress ?? wantsPool ?? 'any'})`;

const toldStay = ({ name, key, port, untilMs }: Stay): string =>
  `${name}: port ${port}, key ${key}, ${untilMs === Number.POSITIVE_INFINITY ? 'still' : `until ${Math.round(performance.now() - untilMs)} ms ago`}`;
