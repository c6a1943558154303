/**
 * All that is known of the playground just now, as its sources have told it, and the picture of that.
 *
 * Starts nothing and asks nobody: `feed.ts` brings the facts. Nothing is derived from what was ordered, only from what was seen.
 * @module
 */
import { parseConfig } from '../../config/parse.js';
import { type Address, parseAddress } from '../../values/address.js';
import { formatRange, rangeHolds, sizeOf } from '../../values/range.js';
import type { ApiObject } from '../cluster/api.js';
import { announcerOf, answererOf, externalIpOf } from '../story/facts.js';
import type { Choosable, Prompt } from './keys.js';
import type { Happening, NodePart, Picture, PoolPart, RequestPart, ServicePart } from './picture.js';
import { TrafficRecord } from './traffic.js';

/** More than any terminal has lines. */
const KEPT = 200;

export interface WorldNode {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
}

export interface WorldOptions {
  readonly api: string;
  readonly forwarding: string;
  readonly nodes: readonly WorldNode[];
  /** The name of the host that answers for addresses that are not its own, and its MAC. */
  readonly stranger: { readonly name: string; readonly mac: string };
}

/** The lists of the API that matter here, by the uid of their objects. */
export interface ApiLists {
  readonly services: Map<string, ApiObject>;
  readonly nodes: Map<string, ApiObject>;
  readonly pods: Map<string, ApiObject>;
  readonly configMaps: Map<string, ApiObject>;
}

export class World {
  readonly lists: ApiLists = { services: new Map(), nodes: new Map(), pods: new Map(), configMaps: new Map() };
  /** By address. */
  readonly arp = new Map<string, readonly string[]>();
  readonly cutCables = new Set<string>();
  readonly deadSpeakers = new Set<string>();
  apiAnswers = true;
  /** The Service whose address the stranger has been given. */
  contested: string | undefined;
  readonly #options: WorldOptions;
  readonly #traffic = new Map<string, TrafficRecord>();
  #requests: readonly RequestPart[] = [];
  #happenings: readonly Happening[] = [];

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  happened(happening: Happening): void {
    this.#happenings = [...this.#happenings, happening].slice(-KEPT);
  }

  /** One request's end. `atMs` is of the clock that {@link paint} is asked by. */
  requested(request: Omit<RequestPart, 'outcome'>, atMs: number, outcome: RequestPart['outcome']): void {
    this.#requests = [...this.#requests, { ...request, outcome }].slice(-KEPT);
    if (outcome.kind !== 'answer') return;
    let record = this.#traffic.get(request.key);
    if (record === undefined) {
      record = new TrafficRecord();
      this.#traffic.set(request.key, record);
    }
    record.answered(atMs, outcome.by);
  }

  /** Services of type LoadBalancer in the order in which they were made. */
  get balanced(): readonly ApiObject[] {
    return [...this.lists.services.values()]
      .filter(({ spec }) => spec.type === 'LoadBalancer')
      .sort(
        (a, b) => compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) || compare(keyOf(a), keyOf(b)),
      );
  }

  /** What a key can be about. */
  get choosable(): Choosable {
    const services = this.balanced;
    return {
      nodes: this.#nodes().map(({ name, cable }) => ({ name, cable })),
      services: services.map(keyOf),
      withAddress: services.filter((service) => externalIpOf(service) !== undefined).map(keyOf),
      contested: this.contested,
    };
  }

  paint(now: { readonly ms: number; readonly upMs: number }, prompt: Prompt): Picture {
    const { api, forwarding } = this.#options;
    return {
      api,
      forwarding,
      upMs: now.upMs,
      apiAnswers: this.apiAnswers,
      pools: this.#pools(),
      services: this.#services(now.ms),
      nodes: this.#nodes(),
      requests: this.#requests,
      happenings: this.#happenings,
      prompt,
    };
  }

  /** Forgets the figures of Services that are gone: one of the same name begins anew. */
  forget(keys: ReadonlySet<string>): void {
    for (const key of this.#traffic.keys()) if (!keys.has(key)) this.#traffic.delete(key);
  }

  #pools(): readonly PoolPart[] {
    const text = [...this.lists.configMaps.values()].find(({ metadata }) => metadata.name === 'cairn-config')?.data
      ?.config;
    const config = typeof text === 'string' ? parseConfig(text) : undefined;
    if (!config?.ok) return [];
    const used: readonly Address[] = this.balanced.flatMap((service) =>
      (service.status?.loadBalancer?.ingress ?? []).flatMap(
        ({ ip }: { readonly ip?: string }) => parseAddress(ip ?? '') ?? [],
      ),
    );
    return config.value.pools.map(({ name, ranges, autoAssign }) => ({
      name,
      ranges: ranges.map(formatRange).join(', '),
      used: new Set(used.filter((address) => ranges.some((range) => rangeHolds(range, address)))).size,
      size: Number(ranges.reduce((sum, range) => sum + sizeOf(range), 0n)),
      autoAssign,
    }));
  }

  #services(nowMs: number): readonly ServicePart[] {
    return this.balanced.map((service) => {
      const key = keyOf(service);
      const address = externalIpOf(service);
      const condition = service.status?.conditions?.find(
        (each: ApiObject) => each.type === 'cairn.dev/AddressAssigned',
      );
      return {
        key,
        address,
        reason: address === undefined ? condition?.reason : undefined,
        ports: service.spec.ports.map(({ port, protocol = 'TCP' }: ApiObject) => `${port}/${protocol}`).join(','),
        announcedBy: address === undefined ? undefined : announcerOf(service, address),
        arp: address === undefined ? undefined : this.arp.get(address)?.map((mac) => this.#nameOf(mac)),
        contested: key === this.contested,
        traffic: this.#traffic.get(key)?.at(nowMs),
      };
    });
  }

  #nodes(): readonly NodePart[] {
    return this.#options.nodes.map(({ name, address, mac }) => {
      const object = [...this.lists.nodes.values()].find(({ metadata }) => metadata.name === name);
      const ready = object?.status?.conditions?.find((each: ApiObject) => each.type === 'Ready');
      return {
        name,
        address,
        cable: this.cutCables.has(name) ? 'cut' : 'plugged in',
        speaker: this.deadSpeakers.has(name) ? 'dead' : 'runs',
        ready: ready?.status === 'True',
        pods: [...this.lists.pods.values()].filter(({ spec }) => spec.nodeName === name).length,
        answersFor: [...this.arp].filter(([, macs]) => macs.includes(mac)).map(([ip]) => ip),
      };
    });
  }

  #nameOf(mac: string): string {
    const { nodes, stranger } = this.#options;
    return mac === stranger.mac ? stranger.name : (nodes.find((node) => node.mac === mac)?.name ?? mac);
  }
}

export const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace}/${metadata.name}`;

/** Who answered, for a line of the picture. */
export const tellAnswerer = (body: string): string => {
  const answerer = answererOf(body);
  if (answerer === undefined) return 'somebody';
  return answerer.node === undefined ? answerer.pod : `${answerer.pod} on ${answerer.node}`;
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
