/**
 * Watches every version of every Service as it is stored, and asks of each write of the controller's whether it took, moved or
 * doubled an address, or gave one that was not to be given. Knows the store and not the controller, and reads by itself
 * (`reading.ts`): what it asserts is what a user could see.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import type { Store } from '../../../src/playground/api/store.js';
import { Circumstances, type Clocks } from './circumstances.js';
import { Company } from './company.js';
import { History } from './history.js';
import { ipFrom } from './ip-text.js';
import { isMarked, isRepair, othersConditions, wishTextOf, writtenTerms } from './marks.js';
import {
  areMates,
  conditionOf,
  ingressOf,
  ipsOf,
  keyOf,
  leftToNodes,
  markedIn,
  mayShare,
  saidToBeNodes,
  type Terms,
  termsOf,
  wishOf,
} from './reading.js';
import { ASSIGNED, restsFrom } from './scene.js';

export interface ServiceClassFacts {
  readonly name: string;
  readonly isDefault: boolean;
}

export interface AuditorOptions extends Clocks {
  readonly store: Store;
  readonly serviceClass: ServiceClassFacts;
  /** After each write, whoever made it. */
  readonly onWrite: () => void;
  /** Somebody leads, and has seen what there was before; always where absent. */
  readonly isAtWork?: () => boolean;
}

/** What is known of a Service, by its uid. */
interface Record {
  object: ApiObject;
  /** What it has by right: adopted, or written by the controller; and since when. */
  assigned: ReadonlyMap<string, number>;
  /** Its user changed it, and has not been answered yet. */
  isTouched: boolean;
  /** Somebody else wrote its status last; how many had begun to lead by then, and at their work. */
  overwritten: number | undefined;
  readonly terms: History<Terms>;
  /** Since when its status has these. */
  shown: ReadonlyMap<string, number>;
}

export class Auditor {
  /** What must not have happened. */
  readonly findings: string[] = [];
  /** Writes of the controller: of Services, by name; of ConfigMaps. */
  readonly writes: string[] = [];
  readonly #options: AuditorOptions;
  readonly #records = new Map<string, Record>();
  readonly #circumstances: Circumstances;
  /** Whose status showed what, whoever wrote it: `namespace/name address`. */
  readonly #everShown = new Set<string>();
  /** Services that a controller wrote an address into, by uid. */
  readonly #everGiven = new Set<string>();
  readonly #company = new Company();
  #isUser = false;
  /** How often a controller began to lead. */
  #begun = 0;
  #leader = '';

  constructor(options: AuditorOptions) {
    this.#options = options;
    this.#circumstances = new Circumstances(options);
    const { store, onWrite } = options;
    store.watch(store.resource('services'), ({ type, object, previous }) => {
      onWrite();
      if (type === 'DELETED') this.#records.delete(object.metadata.uid);
      else if (this.#isUser) this.#userWrote(object, previous);
      else this.#controllerWrote(object, previous);
    });
    store.watch(store.resource('configmaps'), ({ object, type }) => {
      onWrite();
      if (object.metadata.name === 'cairn-state' && type !== 'DELETED') this.#accept(object);
      if (object.metadata.name === 'cairn-config' && type !== 'DELETED') this.#circumstances.configure(object);
      if (object.metadata.name.startsWith('cairn-speaker-')) this.#circumstances.report(object);
      if (!this.#isUser) this.writes.push(object.metadata.name);
    });
    store.watch(store.resource('nodes'), ({ object, type }) => {
      this.#circumstances.node(type === 'DELETED' ? { ...object, status: {} } : object);
    });
    store.watch(store.resource('namespaces'), ({ object }) => this.#circumstances.label(object));
    store.watch(store.resource('events'), () => onWrite());
    store.watch(store.resource('leases.coordination.k8s.io'), ({ object }) => {
      onWrite();
      const holder = object['spec']?.holderIdentity ?? '';
      if (holder !== '' && holder !== this.#leader) this.began();
      if (holder !== '') this.#leader = holder;
    });
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

  /** A controller begins to lead, and knows what the API says and nothing else. */
  began(): void {
    this.#begun++;
  }

  /** Writes of the controller into this Service. */
  writesOf(name: string): number {
    return this.writes.filter((each) => each === name).length;
  }

  isOurs(service: ApiObject): boolean {
    const { name, isDefault } = this.#options.serviceClass;
    const { type, loadBalancerClass = undefined } = service['spec'];
    return type === 'LoadBalancer' && (loadBalancerClass === undefined ? isDefault : loadBalancerClass === name);
  }

  /** Addresses in two statuses, of Services that may not share. */
  doubles(): readonly string[] {
    // What another provider wrote, and no controller took over, is not a Service's that we speak for.
    const objects = [...this.#records.values()].map(({ object }) => object);
    return this.#company.doubles(objects.filter((each) => this.isOurs(each) && isClaimed(each)));
  }

  #accept(state: ApiObject): void {
    const defect = this.#circumstances.accept(state);
    if (defect !== undefined) this.findings.push(defect);
    for (const { lastHolder, ip } of restsFrom(state['data']?.freed))
      if (!this.#everShown.has(`${lastHolder} ${ip}`))
        this.findings.push(`cairn-state says that ${lastHolder} freed ${ip}, which it never had`);
  }

  #everHad(service: ApiObject): boolean {
    const key = keyOf(service);
    return [...this.#everShown].some((each) => each.startsWith(`${key} `));
  }

  /** Before anything is judged by it. */
  #remember(object: ApiObject): void {
    for (const ip of ipsOf(object)) this.#everShown.add(`${keyOf(object)} ${ip}`);
  }

  #userWrote(object: ApiObject, previous: ApiObject | undefined): void {
    const before = this.#records.get(object.metadata.uid);
    this.#remember(object);
    if (before === undefined || previous === undefined) {
      const terms = new History<Terms>();
      terms.add(termsOf(object), this.#options.nowMs());
      const shown = this.#since(new Map(), ipsOf(object));
      const assigned = this.isOurs(object) ? shown : new Map();
      this.#records.set(object.metadata.uid, {
        object,
        assigned,
        isTouched: assigned.size === 0,
        overwritten: undefined,
        terms,
        shown,
      });
      return;
    }
    before.isTouched ||= wishTextOf(object) !== wishTextOf(previous);
    if (ipsOf(object).join() !== ipsOf(previous).join())
      before.overwritten = this.#options.isAtWork?.() === false ? BEFORE_ANYBODY : this.#begun;
    before.shown = this.#since(before.shown, ipsOf(object));
    before.terms.add(termsOf(object), this.#options.nowMs());
    // The API server itself takes the addresses of a Service that is no LoadBalancer any more.
    if (object['spec'].type !== 'LoadBalancer') before.assigned = new Map();
    before.object = object;
  }

  #controllerWrote(object: ApiObject, previous: ApiObject | undefined): void {
    const key = keyOf(object);
    this.writes.push(object.metadata.name);
    const record = this.#records.get(object.metadata.uid);
    if (record === undefined || previous === undefined) {
      this.findings.push(`${key} was made by nobody`);
      return;
    }
    if (wishTextOf(object) !== wishTextOf(previous))
      this.findings.push(`${key}: the controller changed what is the user’s`);
    if (othersConditions(object) !== othersConditions(previous))
      this.findings.push(`${key}: the controller changed somebody else’s condition`);
    if (!this.isOurs(object) && !isMarked(previous))
      this.findings.push(`${key}: the controller wrote into another’s Service`);
    const condition = conditionOf(object, ASSIGNED);
    const hasCondition = isClaimed(object);
    const shown = ipsOf(object);
    // What somebody else wrote and still looks after is left as it is. What is put back may have its condition after.
    if (
      !hasCondition &&
      !shown.every((ip) => markedIn(previous).includes(ip)) &&
      shown.length > 0 &&
      JSON.stringify(ingressOf(object)) !== JSON.stringify(ingressOf(previous)) &&
      this.isOurs(object)
    )
      this.findings.push(`${key} got ${shown} without the condition`);
    if (hasCondition && shown.length === 0) this.findings.push(`${key} has the condition and no address`);
    const now = hasCondition ? shown : [];
    if (this.isOurs(object)) this.#judgeLost(record, { object, previous, now });
    else this.#judgeTaken(record, object, previous);
    for (const ip of now) if (!record.assigned.has(ip)) this.#judgeAdded(record, { object, previous, ip });
    this.#remember(object);
    if (now.length > 0) this.#everGiven.add(object.metadata.uid);
    this.#judgeNodes(object, previous);
    record.object = object;
    record.overwritten = undefined;
    record.shown = this.#since(record.shown, shown);
    record.assigned = this.isOurs(object) ? this.#since(record.assigned, now) : new Map();
    // What is only put back says nothing yet of what the user asked for meanwhile.
    const isAnswer = condition?.['reason'] === 'Assigned' || condition?.['reason'] === 'OutsidePool';
    if (isAnswer && !isRepair(object, previous)) record.isTouched = false;
  }

  #judgeLost(
    record: Record,
    { object, previous, now }: { object: ApiObject; previous: ApiObject; now: readonly string[] },
  ): void {
    const { assigned, isTouched } = record;
    // A family that the Service has not got is of no use to it, whoever gave it an address of that.
    const { families, addresses } = wishOf(object);
    const isOf = (ip: string) => families.some((family) => family === ipFrom(ip)?.family);
    const lost = [...assigned.keys()].filter((ip) => !now.includes(ip) && isOf(ip));
    // What it asked for all along it has now.
    const isAskedInstead = addresses.some((ip) => now.includes(ip)) && !lost.some((ip) => addresses.includes(ip));
    if (lost.length === 0 || isAskedInstead) return;
    const what = `${keyOf(object)} had ${[...assigned.keys()]} and has ${now.join() || 'nothing'}`;
    if (now.length === 0) this.findings.push(`${what}; nothing was granted in its place`);
    else if (
      !isTouched &&
      !lost.every(
        (ip) =>
          this.#circumstances.isStrangers(ip, assigned.get(ip) ?? 0) || this.#isGivenByOthers(record, ip, previous),
      )
    )
      this.findings.push(`${what}; its user did nothing`);
  }

  /**
   * Another provider wrote an address of our pools while nobody was at work, as one does that serves the cluster for a time: what
   * stands in the status is what clients know then.
   */
  #isGivenByOthers({ overwritten }: Record, lost: string, previous: ApiObject): boolean {
    if (overwritten === undefined || overwritten === this.#begun) return false;
    const family = ipFrom(lost)?.family;
    return ipsOf(previous).some((ip) => ipFrom(ip)?.family === family && this.#circumstances.wasInPool(ip));
  }

  #judgeAdded(record: Record, { object, previous, ip }: { object: ApiObject; previous: ApiObject; ip: string }): void {
    const key = keyOf(object);
    const isAdopted = ipsOf(previous).includes(ip);
    // Somebody else gave it and wiped it: adopted then, and put back now, whether the user would get it today or not.
    const isPutBack = !this.#everGiven.has(object.metadata.uid) && this.#everShown.has(`${key} ${ip}`);
    if (!isAdopted && !isPutBack) {
      const beside = ipsOf(object).filter((other) => other !== ip);
      const whyNot = this.#circumstances.whyNot({ service: previous, ip, beside });
      if (whyNot !== undefined) this.findings.push(`${key} got ${ip}: ${whyNot}`);
      const isFirst = wishOf(previous).families.length === 1 && !this.#everHad(object);
      const whyNotFirst =
        isFirst && !asks(previous) ? this.#circumstances.whyNotFirst({ service: previous, ip, beside }) : undefined;
      if (whyNotFirst !== undefined) this.findings.push(`${key} got ${ip}: ${whyNotFirst}`);
      const lastHolder = this.#circumstances.restsFor(previous, ip);
      if (lastHolder !== undefined) this.findings.push(`${key} got ${ip}, which rests for ${lastHolder}`);
    }
    for (const other of this.#records.values()) {
      if (other.object.metadata.uid === object.metadata.uid) continue;
      if (!this.isOurs(other.object)) {
        // What stands in two statuses that we had no part in stays in both.
        if (!isAdopted || conditionOf(previous, ASSIGNED) !== undefined) this.#judgeOthers(key, ip, other);
      } else if (other.assigned.has(ip)) this.#judgeShared(record, other, { object, ip, isAdopted });
    }
    this.#circumstances.endRest(ip);
  }

  #judgeShared(
    record: Record,
    other: Record,
    { object, ip, isAdopted }: { object: ApiObject; ip: string; isAdopted: boolean },
  ): void {
    const mine = termsOf(object);
    const theirs = [...other.terms.since(this.#circumstances.seenSinceMs()), writtenTerms(other.object)];
    const fits = isAdopted ? areMates : mayShare;
    if (theirs.some((terms) => fits(mine, terms))) this.#company.join(ip, record.object, other.object);
    else if (!this.#isGivenByOthers(other, ip, other.object))
      this.findings.push(`${keyOf(object)} got ${ip}, which ${keyOf(other.object)} has`);
  }

  /** A speaker's word alone makes no address a node's own. */
  #judgeNodes(object: ApiObject, previous: ApiObject): void {
    const before = saidToBeNodes(previous);
    for (const ip of saidToBeNodes(object))
      if (!before.includes(ip) && !this.#circumstances.isNodes(ip, !leftToNodes(object).includes(ip)))
        this.findings.push(`${keyOf(object)} says that ${ip} is a node’s, and no Node has it`);
  }

  /** Of a Service that is not ours goes what we gave it, and nothing else, whatever its marks say. */
  #judgeTaken({ assigned }: Record, object: ApiObject, previous: ApiObject): void {
    const taken = ipsOf(previous).filter((ip) => !ipsOf(object).includes(ip) && !assigned.has(ip));
    if (taken.length > 0) this.findings.push(`${keyOf(object)} of another provider lost ${taken}`);
  }

  /** What another provider's Service shows for a while is not free. */
  #judgeOthers(key: string, ip: string, other: Record): void {
    const shownMs = other.shown.get(ip);
    if (shownMs === undefined || !this.#circumstances.mustBeSeen(shownMs)) return;
    this.findings.push(`${key} got ${ip}, which ${keyOf(other.object)} of another provider shows`);
  }

  /** Since when each of these is there. */
  #since(before: ReadonlyMap<string, number>, ips: readonly string[]): ReadonlyMap<string, number> {
    return new Map(ips.map((ip) => [ip, before.get(ip) ?? this.#options.nowMs()]));
  }
}

const BEFORE_ANYBODY = -1;

const asks = (service: ApiObject): boolean =>
  wishOf(service).addresses.length > 0 || wishOf(service).pool !== undefined;
const isClaimed = (service: ApiObject): boolean => conditionOf(service, ASSIGNED)?.['status'] === 'True';
