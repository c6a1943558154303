/**
 * What a controller may go by beside the Services themselves: configurations, labels of namespaces, addresses that rest and
 * strangers that were reported. All as it was stored, and for as long after as a controller may not have seen what came next.
 * @module
 */
import { parseConfig } from '../../../src/config/parse.js';
import type { ApiObject } from '../../../src/playground/api/object.js';
import { type Grant, whyNotFirst, whyNotGranted } from './grants.js';
import { History } from './history.js';
import { type PoolFacts, poolOf, poolsFrom } from './pool-facts.js';
import { keyOf, markedIn, nodeIpsOf, wishOf } from './reading.js';
import { isKeptFrom, type Rest, restsFrom } from './scene.js';

/** What a controller decides on may be this old, where a cache lags or a process was frozen. */
const SEEN_WITHIN_MS = 90_000;
/** By then a controller that nothing hinders has seen what others wrote. */
const SEEN_AFTER_MS = 5_000;
/** An address that a stranger answers for is replaced no later, counted from when it was given. */
const FRESH_MS = 75_000;

export interface Clocks {
  readonly nowMs: () => number;
  /** Since when the controller could see and do what it has to; undefined: it cannot. */
  readonly calmSinceMs?: () => number | undefined;
}

interface Report {
  readonly conflicts?: readonly { readonly address: string }[];
  readonly ownAddresses?: readonly string[];
}

export class Circumstances {
  readonly #clocks: Clocks;
  /** What was accepted. */
  readonly #pools = new History<readonly PoolFacts[]>();
  /** What was written, without problems: the leader goes by it before it is accepted. */
  readonly #configured = new History<readonly PoolFacts[]>();
  readonly #namespaces = new Map<string, History<Readonly<{ [name: string]: string }>>>();
  readonly #nodes = new Map<string, History<readonly string[]>>();
  /** By report: addresses that the speaker says are its node's own. */
  readonly #said = new Map<string, readonly string[]>();
  /** Addresses that rest, as they were written down once. */
  readonly #rests = new Map<string, Rest>();
  /** By report: addresses that a stranger was reported for, and until when. */
  readonly #strangers = new Map<string, Map<string, number>>();

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** Takes in `cairn-state`, and returns what is wrong with it. */
  accept(state: ApiObject): string | undefined {
    const { ['accepted-config']: text, freed } = state['data'] ?? {};
    for (const rest of restsFrom(freed)) this.#rests.set(rest.ip, rest);
    if (typeof text !== 'string') return undefined;
    if (!parseConfig(text).ok) return `a configuration with problems was accepted: ${text}`;
    this.#pools.add(poolsFrom(text), this.#clocks.nowMs());
    return undefined;
  }

  configure(configMap: ApiObject): void {
    const text: unknown = configMap['data']?.config;
    if (typeof text === 'string' && parseConfig(text).ok) this.#configured.add(poolsFrom(text), this.#clocks.nowMs());
  }

  report(configMap: ApiObject): void {
    const report = JSON.parse(configMap['data']?.report ?? '{}') as Report;
    const { conflicts = [], ownAddresses = [] } = report;
    this.#said.set(configMap.metadata.name, ownAddresses);
    const strangers = this.#strangers.get(configMap.metadata.name) ?? new Map<string, number>();
    for (const [ip, untilMs] of strangers) strangers.set(ip, Math.min(untilMs, this.#clocks.nowMs()));
    for (const { address } of conflicts) strangers.set(address, Number.POSITIVE_INFINITY);
    this.#strangers.set(configMap.metadata.name, strangers);
  }

  node(node: ApiObject): void {
    const history = this.#nodes.get(node.metadata.name) ?? new History();
    history.add(nodeIpsOf(node), this.#clocks.nowMs());
    this.#nodes.set(node.metadata.name, history);
  }

  /**
   * Whether a Node has it, or had it when a controller may have looked. One that could not list the Nodes yet believes what no
   * other speaker denies, so that no port of a node is taken from it meanwhile; where it is only told, it believes each speaker.
   */
  isNodes(ip: string, isOnlyTold: boolean): boolean {
    const sinceMs = this.seenSinceMs();
    if ([...this.#nodes.values()].some((history) => history.since(sinceMs).some((ips) => ips.includes(ip))))
      return true;
    const areNodesUnknown = sinceMs <= this.#clocks.nowMs() - SEEN_WITHIN_MS;
    const said = [...this.#said.values()];
    const isSaid = said.some((own) => own.includes(ip));
    return areNodesUnknown && isSaid && (isOnlyTold || said.length === 1);
  }

  label({ metadata: { name, labels = {} } }: ApiObject): void {
    const history = this.#namespaces.get(name) ?? new History();
    history.add(labels, this.#clocks.nowMs());
    this.#namespaces.set(name, history);
  }

  /** What was so from then on the controller may go by: long ago where something hinders it. */
  seenSinceMs(): number {
    const nowMs = this.#clocks.nowMs();
    const calmMs = this.#clocks.calmSinceMs?.() ?? Number.POSITIVE_INFINITY;
    return nowMs - (calmMs <= nowMs - SEEN_AFTER_MS ? SEEN_AFTER_MS : SEEN_WITHIN_MS);
  }

  /** Whether the controller must know by now what has been so since then. */
  mustBeSeen(sinceMs: number): boolean {
    const calmMs = this.#clocks.calmSinceMs?.();
    const latestMs = this.#clocks.nowMs() - SEEN_AFTER_MS;
    return calmMs !== undefined && sinceMs <= latestMs && calmMs <= latestMs;
  }

  /** Whether a pool has it that a controller goes by, or had it not long ago. */
  wasInPool(ip: string): boolean {
    const sinceMs = this.#clocks.nowMs() - SEEN_WITHIN_MS;
    const all = [...this.#pools.since(sinceMs), ...this.#configured.since(sinceMs)];
    return all.some((pools) => poolOf(pools, ip) !== undefined);
  }

  /** Why pools and the Service's own request do not allow it; undefined where they do. */
  whyNot(grant: Grant): string | undefined {
    const sinceMs = this.seenSinceMs();
    const labels = this.#namespaces.get(grant.service.metadata.namespace ?? '')?.since(sinceMs) ?? [{}];
    const accepted = this.#pools.since(sinceMs);
    // What it had is put back before all can read of it, and with a status that was emptied whole the mark alone tells.
    const isMarked = markedIn(grant.service).includes(grant.ip);
    if (!isMarked && accepted.every((pools) => poolOf(pools, grant.ip) === undefined))
      return 'it is in no accepted pool';
    return whyNotGranted(grant, [...accepted, ...this.#configured.since(sinceMs)], labels);
  }

  /** Which pool comes first for who asks for nothing, and could not have been full; undefined where the grant is from it. */
  whyNotFirst(grant: Grant): string | undefined {
    const sinceMs = this.seenSinceMs();
    const labels = this.#namespaces.get(grant.service.metadata.namespace ?? '')?.since(sinceMs) ?? [{}];
    return whyNotFirst(grant, [...this.#pools.since(sinceMs), ...this.#configured.since(sinceMs)], labels);
  }

  /** A stranger answers for an address that was given just now: another one may be given in its place. */
  isStrangers(ip: string, givenMs: number): boolean {
    const nowMs = this.#clocks.nowMs();
    const wereLately = [...this.#strangers.values()].some(
      (strangers) => nowMs - (strangers.get(ip) ?? Number.NEGATIVE_INFINITY) < SEEN_WITHIN_MS,
    );
    return wereLately && nowMs - givenMs < FRESH_MS;
  }

  /** For whom it rests where this Service may not have it: freed lately, or left alone as a stranger answers for it. */
  restsFor(service: ApiObject, ip: string): string | undefined {
    const rest = this.#rests.get(ip);
    if (rest === undefined) return undefined;
    const nowMs = this.#clocks.nowMs();
    const key = keyOf(service);
    const isAsked = wishOf(service).addresses.includes(ip);
    // What its mark lists it is given back before the configuration is published that allows it, whoever wrote the mark.
    const configured = markedIn(service).includes(ip) ? this.#configured.since(rest.freedAtMs) : [];
    const isKept = [...this.#pools.since(rest.freedAtMs), ...configured].every((pools) => {
      const pool = poolOf(pools, ip);
      // Whoever reserved it for a Service wants that Service to have it, and it to have this one.
      const isWanted = isAsked || pool?.reserved.get(ip) === key;
      return pool === undefined || isKeptFrom(rest, { key, isAsked: isWanted, pool, nowMs });
    });
    if (!isKept) return undefined;
    return rest.isStrangers ? 'nobody' : rest.lastHolder;
  }

  /** Somebody has it now. */
  endRest(ip: string): void {
    this.#rests.delete(ip);
  }
}
