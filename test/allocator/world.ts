/**
 * A pretended API server, an allocator and whoever writes for it: what the model test plays with.
 *
 * The API refuses a write on an old resourceVersion, and clears the addresses of a Service that is no LoadBalancer any
 * more, as the real one does. A write may be under way while other things happen, others may write the same statuses, and for
 * a time nobody may lead.
 */
import assert from 'node:assert/strict';
import { Allocator } from '../../src/allocator/allocator.js';
import { Pools } from '../../src/allocator/pools.js';
import type { Config } from '../../src/config/config.js';
import type { ServiceWrite } from '../../src/kube/status.js';
import { planService } from '../../src/run/service-plan.js';
import { formatAddress, parseAddress } from '../../src/values/address.js';
import type { Labels } from '../../src/values/labels.js';
import { type ServiceKey, serviceKey } from '../../src/values/names.js';
import type { Ingress, Service } from '../../src/values/objects.js';
import { isOurs } from '../../src/values/service-class.js';
import { assignmentOf, servedBy } from '../../src/values/service-marks.js';
import { holdTogether } from '../../src/values/sharing.js';
import { type ServiceParts, service } from '../support/objects.js';
import { CLASS, NOW_MS } from './begun.js';

export class World {
  readonly api = new Map<ServiceKey, Service>();
  /** Every version that the watch has told of a Service of one uid, oldest first. */
  readonly #told = new Map<ServiceKey, Service[]>();
  /** Sent, and not arrived yet. */
  readonly #underWay = new Map<ServiceKey, { readonly write: ServiceWrite; readonly by: Allocator }>();
  /**
   * Addresses that a leader of before wrote when it had been succeeded, so that another Service may have been given them;
   * those that a Service came with while another one showed them; and those that two show when a leader begins, and no mark
   * tells whose they are, or somebody took off one of the two whatever told that they shared it.
   */
  readonly #doubtful = new Set<string>();
  /** Whose status is not the word of whoever leads now. */
  readonly #overwritten = new Set<ServiceKey>();
  #isLed = true;
  allocator: Allocator;
  nowMs = NOW_MS;
  labels: Labels | undefined = { team: 'red' };
  writes = 0;
  #version = 0;
  #created = 0;

  constructor(public config: Config) {
    this.allocator = this.#begin();
  }

  create(name: string, parts: ServiceParts): void {
    const key = serviceKey('shop', name);
    if (this.api.has(key)) return;
    const meta = { ...parts.meta, uid: `uid-${++this.#created}`, createdAt: this.#time() };
    // Found so where there is something: the API server takes no status from who creates a Service.
    const ips = parts.ips ?? [];
    if (ips.length > 0) this.#overwritten.add(key);
    const shown = new Set([...this.statuses().values()].flat());
    for (const ip of ips) if (shown.has(ip)) this.#doubtful.add(ip);
    this.#put({ ...service(name, { ...parts, meta }), generation: 0 });
  }

  edit(key: ServiceKey, change: (before: Service) => Service): void {
    const before = this.api.get(key);
    if (before === undefined) return;
    const after = change(before);
    this.#put(after.type === 'LoadBalancer' ? after : { ...after, ingress: [] });
  }

  remove(key: ServiceKey): void {
    if (!this.api.delete(key)) return;
    this.#told.delete(key);
    this.#overwritten.delete(key);
    if (this.#isLed) this.allocator.observe(key, undefined, this.nowMs);
  }

  /** Somebody else writes these addresses, or a host name, into a status, or makes that the whole of it. */
  overwrite(key: ServiceKey, texts: readonly string[], isWhole = false): void {
    const before = this.api.get(key);
    // What is being deleted is left as it is where it never had anything.
    if (before?.type !== 'LoadBalancer' || before.meta.deleting) return;
    this.#overwritten.add(key);
    const ingress = texts.map((text): Ingress => {
      const isName = text.endsWith('.example.com');
      return { ip: isName ? '' : text, hostname: isName ? text : '', ipMode: isName ? '' : 'VIP' };
    });
    this.#put({ ...before, ingress, ...(isWhole ? { conditions: [] } : {}) });
  }

  /** The status is somebody else's word, and is to be put right, or what puts it right is on its way. */
  isOverwritten(key: ServiceKey): boolean {
    return this.#overwritten.has(key) && (this.#underWay.has(key) || this.isDue(key));
  }

  /** Those whose status has been somebody else's word since it was last put right. */
  get overwritten(): readonly ServiceKey[] {
    return [...this.#overwritten];
  }

  /** Where a Service is to have what its status shows, that is the word of whoever leads. */
  noteAccepted(): void {
    for (const key of this.#overwritten) {
      if (this.allocator.standing(key).state !== 'left-alone' && !this.isDue(key)) this.#overwritten.delete(key);
    }
  }

  /** Two may have it until whoever leads has seen both, and one of them has to go. */
  isDoubtful(ip: string): boolean {
    return this.#doubtful.has(ip);
  }

  isInPool(ip: string): boolean {
    const address = parseAddress(ip);
    return address !== undefined && new Pools(this.config.pools).holding(address) !== undefined;
  }

  isOurs(key: ServiceKey): boolean {
    const service = this.api.get(key);
    return service !== undefined && isOurs(service, CLASS);
  }

  /** Its status says that it was assigned what it has. */
  isProven(key: ServiceKey): boolean {
    const service = this.api.get(key);
    return service !== undefined && assignmentOf(service) !== undefined;
  }

  /** What one of the two has, the other may have as well. */
  mayStayTogether(one: ServiceKey, other: ServiceKey): boolean {
    const [first, second] = [one, other].map((key) => this.api.get(key));
    return first !== undefined && second !== undefined && holdTogether(first, second);
  }

  /** Another device answers for the first address that the Service holds, and it is given another one if there is one. */
  replace(key: ServiceKey): void {
    const standing = this.allocator.standing(key);
    const [held] = standing.state === 'holds' ? standing.held : [];
    if (held !== undefined) this.allocator.replace(key, held.address, this.nowMs);
  }

  /** The write that is due for a Service leaves; it arrives later, if at all. */
  send(key: ServiceKey): void {
    if (!this.#underWay.has(key)) this.allocator.withdraw(key, this.nowMs);
    const write = this.#plan(key);
    if (write !== undefined) this.#underWay.set(key, { write, by: this.allocator });
  }

  /** What is under way arrives; the answer may be lost, the watch tells it in any case. */
  arrive(key: ServiceKey): void {
    const sent = this.#underWay.get(key);
    this.#underWay.delete(key);
    const before = this.api.get(key);
    if (sent === undefined || before?.meta.resourceVersion !== sent.write.resourceVersion) return;
    this.writes++;
    if (sent.by !== this.allocator) {
      this.#overwritten.add(key);
      for (const { ip } of sent.write.ingress ?? []) this.#doubtful.add(ip);
    } else if (sent.write.ingress !== undefined) this.#overwritten.delete(key);
    this.#put(applied(before, sent.write));
  }

  /** The allocator is shown a Service as it was before. */
  showOld(key: ServiceKey, howOld: number): void {
    const told = this.#told.get(key) ?? [];
    const old = told[Math.max(0, told.length - 1 - howOld)];
    if (old !== undefined) this.allocator.observe(key, old, this.nowMs);
    const newest = this.api.get(key);
    if (newest !== undefined) this.allocator.observe(key, newest, this.nowMs);
  }

  configure(config: Config): void {
    this.config = config;
    this.allocator.configure(config, '', this.nowMs);
  }

  /** What is told of the namespace of all Services; undefined: nothing, or that it is gone. */
  label(labels: Labels | undefined): void {
    this.labels = labels;
    this.allocator.setNamespace('shop', labels, this.nowMs);
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.allocator.wake(this.nowMs);
  }

  /** Another controller begins from the API, with what `cairn-state` remembers. What was under way has arrived. */
  restart(): void {
    for (const key of [...this.#underWay.keys()]) this.arrive(key);
    this.takeOver();
  }

  /** Another controller leads while a write of the one before is still under way: that one was frozen in mid-write. */
  takeOver(): void {
    this.#isLed = true;
    for (const ip of this.#contested()) this.#doubtful.add(ip);
    this.allocator = this.#begin([...this.allocator.resting(this.nowMs)]);
  }

  /** Nobody leads while this happens; then another controller begins. */
  unled(happens: () => void): void {
    this.#isLed = false;
    happens();
    this.takeOver();
  }

  /** Everything that is due is written, until nothing is. */
  settle(): void {
    for (const key of [...this.#underWay.keys()]) this.arrive(key);
    for (let round = 0; round < 20; round++) {
      const due = [...this.api.keys()].filter((key) => this.#plan(key) !== undefined);
      if (due.length === 0) return;
      for (const key of due) {
        this.send(key);
        this.arrive(key);
      }
    }
    assert.fail('writes never end');
  }

  /** Whether something is to be written into it. */
  isDue(key: ServiceKey): boolean {
    return this.#plan(key) !== undefined;
  }

  /** As the watch has told of it, oldest first. */
  versionsOf(key: ServiceKey): readonly Service[] {
    return this.#told.get(key) ?? [];
  }

  /** Addresses in status, by Service. */
  statuses(): ReadonlyMap<ServiceKey, readonly string[]> {
    return new Map([...this.api].map(([key, { ingress }]) => [key, ingress.map(({ ip }) => ip)]));
  }

  /** Of these, what nobody else wrote. */
  rightful(): ReadonlyMap<ServiceKey, readonly string[]> {
    return new Map([...this.statuses()].filter(([key]) => !this.isOverwritten(key)));
  }

  /** Addresses that two show who do not share them, and of which the marks of both tell alike, or one has no mark any more. */
  #contested(): readonly string[] {
    const lists = (service: Service, ip: string) =>
      servedBy(service)?.addresses.some((address) => formatAddress(address) === ip) ?? false;
    const all = [...this.api.values()];
    return all.flatMap((one, at) => {
      const others = all.slice(at + 1).filter((other) => !holdTogether(one, other));
      const isUnsettled = (other: Service, ip: string) =>
        other.ingress.some((each) => each.ip === ip) &&
        (lists(one, ip) === lists(other, ip) || [one, other].some((each) => servedBy(each) === undefined));
      return one.ingress.map(({ ip }) => ip).filter((ip) => others.some((other) => isUnsettled(other, ip)));
    });
  }

  #begin(freed: ConstructorParameters<typeof Allocator>[0]['freed'] = []): Allocator {
    const allocator = new Allocator({ serviceClass: CLASS, freed });
    allocator.configure(this.config, '', this.nowMs);
    allocator.setNamespace('shop', this.labels, this.nowMs);
    allocator.begin([...this.api.values()], this.nowMs);
    return allocator;
  }

  #plan(key: ServiceKey): ServiceWrite | undefined {
    const now = this.api.get(key);
    if (now === undefined) return undefined;
    const facts = {
      installation: CLASS.installation,
      announcement: undefined,
      now: this.#time(),
      forwarding: undefined,
    };
    return planService(now, this.allocator.standing(key), facts)?.write;
  }

  #put(service: Service): void {
    const stamped = { ...service, meta: { ...service.meta, resourceVersion: `${++this.#version}` } };
    const { key } = service;
    const told = this.#told.get(key);
    if (told === undefined || told[0]?.meta.uid !== service.meta.uid) this.#told.set(key, [stamped]);
    else told.push(stamped);
    this.api.set(key, stamped);
    if (this.#isLed) this.allocator.observe(key, stamped, this.nowMs);
  }

  #time(): string {
    return `${new Date(this.nowMs).toISOString().slice(0, 19)}Z`;
  }
}

/** As the API server's strategic merge does it. */
function applied(before: Service, { ingress, conditions = [], dropConditions = [], annotations = {} }: ServiceWrite) {
  const written = new Set([...conditions.map(({ type }) => type), ...dropConditions]);
  const entries = Object.entries({ ...before.meta.annotations, ...annotations });
  return {
    ...before,
    ingress: ingress ?? before.ingress,
    conditions: [...before.conditions.filter(({ type }) => !written.has(type)), ...conditions],
    meta: {
      ...before.meta,
      annotations: Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null)),
    },
  };
}
