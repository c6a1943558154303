/**
 * Watches every version of every Service as it is stored, and asks of each write of the controller's whether it took, moved or
 * doubled an address. Knows the store and not the controller: what it asserts is what a user could see.
 * @module
 */

import type { Config, Pool } from '../../../src/config/config.js';
import { parseConfig } from '../../../src/config/parse.js';
import { readService } from '../../../src/kube/objects.js';
import type { ApiObject } from '../../../src/playground/api/object.js';
import type { Store } from '../../../src/playground/api/store.js';
import { ANNOUNCED_BY_ANNOTATION } from '../../../src/speaker/announced.js';
import { parseAddress } from '../../../src/values/address.js';
import type { Condition, Service } from '../../../src/values/objects.js';
import { rangeHolds } from '../../../src/values/range.js';
import { isOurs, type ServiceClass } from '../../../src/values/service-class.js';
import {
  ASSIGNED_CONDITION,
  FROM_POOL_ANNOTATION,
  SERVED_BY_ANNOTATION,
  SHARED_AS_ANNOTATION,
} from '../../../src/values/service-marks.js';
import { holdTogether } from '../../../src/values/sharing.js';

/** What is known of a Service, by its uid. */
interface Record {
  service: Service;
  /** What it has by right: adopted, or written by the controller. */
  assigned: readonly string[];
  /** Its user changed it, and has not been answered yet. */
  isTouched: boolean;
  /** Somebody else wrote its addresses last. */
  isOverwritten: boolean;
  /** How often Services had been listed when the controller wrote it last. */
  lists: number;
}

export class Auditor {
  /** What must not have happened. */
  readonly findings: string[] = [];
  /** Writes of the controller: of Services, by name; of ConfigMaps. */
  readonly writes: string[] = [];
  readonly #records = new Map<string, Record>();
  readonly #accepted: Config[] = [];
  readonly #serviceClass: ServiceClass;
  #isUser = false;
  #lists = 0;

  constructor(store: Store, serviceClass: ServiceClass, onWrite: () => void) {
    this.#serviceClass = serviceClass;
    store.watch(store.resource('services'), ({ type, object, previous }) => {
      onWrite();
      if (type === 'DELETED') this.#records.delete(object.metadata.uid);
      else if (this.#isUser) this.#userWrote(object, previous);
      else this.#controllerWrote(object, previous);
    });
    store.watch(store.resource('configmaps'), ({ object }) => {
      onWrite();
      if (object.metadata.name === 'cairn-state') this.#accept(object);
      if (!this.#isUser) this.writes.push(object.metadata.name);
    });
    store.watch(store.resource('events'), () => onWrite());
    store.watch(store.resource('leases.coordination.k8s.io'), () => onWrite());
  }

  /** What `act` writes is the user's, or somebody else's, and not the controller's. */
  asUser<T>(act: () => T): T {
    this.#isUser = true;
    try {
      return act();
    } finally {
      this.#isUser = false;
    }
  }

  /** A controller lists all Services, maybe as its first act. */
  listed(): void {
    this.#lists++;
  }

  /** Writes of the controller into this Service. */
  writesOf(name: string): number {
    return this.writes.filter((each) => each === name).length;
  }

  /** Addresses in two statuses, of Services that may not share. */
  doubles(): readonly string[] {
    const holders = new Map<string, Service[]>();
    const doubles: string[] = [];
    for (const { service } of this.#records.values()) {
      if (!isOurs(service, this.#serviceClass)) continue;
      for (const { ip } of service.ingress) {
        const others = holders.get(ip) ?? [];
        for (const other of others) {
          if (!holdTogether(service, other))
            doubles.push(`${ip} is in the statuses of ${other.key} and ${service.key}`);
        }
        holders.set(ip, [...others, service]);
      }
    }
    return doubles;
  }

  #accept(state: ApiObject): void {
    const text: unknown = state['data']?.['accepted-config'];
    const parsed = typeof text === 'string' ? parseConfig(text) : undefined;
    if (parsed?.ok) this.#accepted.push(parsed.value);
  }

  #userWrote(object: ApiObject, previous: ApiObject | undefined): void {
    const service = readService(object);
    const before = this.#records.get(service.meta.uid);
    if (before === undefined || previous === undefined) {
      const assigned = isOurs(service, this.#serviceClass) ? ipsOf(service) : [];
      const isTouched = assigned.length === 0;
      this.#records.set(service.meta.uid, { service, assigned, isTouched, isOverwritten: false, lists: this.#lists });
      return;
    }
    before.isOverwritten ||= ipsOf(service).join() !== ipsOf(before.service).join();
    before.isTouched ||= wishOf(object) !== wishOf(previous);
    // The API server itself takes the addresses of a Service that is no LoadBalancer any more.
    if (service.type !== 'LoadBalancer') before.assigned = [];
    before.service = service;
  }

  #controllerWrote(object: ApiObject, previous: ApiObject | undefined): void {
    const service = readService(object);
    const { key } = service;
    this.writes.push(service.meta.name);
    const record = this.#records.get(service.meta.uid);
    if (record === undefined || previous === undefined) {
      this.findings.push(`${key} was made by nobody`);
      return;
    }
    if (wishOf(object) !== wishOf(previous)) this.findings.push(`${key}: the controller changed what is the user’s`);
    if (othersConditions(service) !== othersConditions(readService(previous))) {
      this.findings.push(`${key}: the controller changed somebody else’s condition`);
    }
    const condition = assignedCondition(service);
    const isClaimed = condition?.status === 'True';
    const shown = ipsOf(service);
    // What somebody else wrote and still looks after is left as it is.
    if (!isClaimed && shown.length > 0 && shown.join() !== ipsOf(readService(previous)).join()) {
      this.findings.push(`${key} got ${shown} without the condition`);
    }
    if (isClaimed && shown.length === 0) this.findings.push(`${key} has the condition and no address`);
    const now = isClaimed ? shown : [];
    // A controller that began since knows nothing of what somebody else wrote over, and takes what it finds for its own.
    const isNews = record.isOverwritten && record.lists < this.#lists;
    const found = isNews ? ipsOf(readService(previous)) : [];
    if (!isNews) this.#judgeLost(record, service, now);
    for (const ip of now) if (!record.assigned.includes(ip)) this.#judgeAdded(service, ip, found);
    record.service = service;
    record.assigned = isOurs(service, this.#serviceClass) ? now : [];
    record.isOverwritten = false;
    record.lists = this.#lists;
    if (condition?.reason === 'Assigned' || condition?.reason === 'OutsidePool') record.isTouched = false;
  }

  #judgeLost({ assigned, isTouched }: Record, service: Service, now: readonly string[]): void {
    const lost = assigned.filter((ip) => !now.includes(ip));
    if (lost.length === 0) return;
    const what = `${service.key} had ${assigned} and has ${now.join() || 'nothing'}`;
    if (!isTouched) this.findings.push(`${what}; its user did nothing`);
    else if (now.length === 0) this.findings.push(`${what}; nothing was granted in its place`);
  }

  #judgeAdded(service: Service, ip: string, found: readonly string[]): void {
    if (!found.includes(ip) && !this.#accepted.some(({ pools }) => pools.some((pool) => holds(pool, ip)))) {
      this.findings.push(`${service.key} got ${ip}, which is in no pool`);
    }
    for (const { service: other, assigned } of this.#records.values()) {
      if (other.meta.uid === service.meta.uid || !assigned.includes(ip) || holdTogether(service, other)) continue;
      this.findings.push(`${service.key} got ${ip}, which ${other.key} has`);
    }
  }
}

const OURS = [FROM_POOL_ANNOTATION, SHARED_AS_ANNOTATION, SERVED_BY_ANNOTATION, ANNOUNCED_BY_ANNOTATION];

const ipsOf = ({ ingress }: Service): readonly string[] => ingress.map(({ ip }) => ip);
const holds = ({ ranges }: Pool, ip: string): boolean => {
  const address = parseAddress(ip);
  return address !== undefined && ranges.some((range) => rangeHolds(range, address));
};
const assignedCondition = ({ conditions }: Service): Condition | undefined =>
  conditions.find(({ type }) => type === ASSIGNED_CONDITION);
const othersConditions = ({ conditions }: Service): string =>
  JSON.stringify(conditions.filter(({ type }) => !type.startsWith('cairn.dev/')));

/** All of a Service that is its user's: the spec, the labels, and the annotations that no controller writes. */
function wishOf({ metadata, ['spec']: spec }: ApiObject): string {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !OURS.includes(name));
  return JSON.stringify([spec, metadata.labels, annotations.sort(), metadata.deletionTimestamp]);
}
