/**
 * What to write into a Service, and which events to tell, so that it says what is true of it. Nothing where it does.
 *
 * Pure. Addresses, conditions and annotations go into one patch, so that no watcher sees half of an assignment.
 *
 * Source: docs/design.md §5.
 * @module
 */
import { type Told, tellAssigned } from '../allocator/conditions.js';
import type { Standing } from '../allocator/standing.js';
import type { Forwarding } from '../config/config.js';
import type { Note } from '../kube/events.js';
import type { ServiceWrite } from '../kube/status.js';
import { ANNOUNCED_BY_ANNOTATION, ANNOUNCED_CONDITION, type Announcement } from '../speaker/announced.js';
import { type Address, formatAddress } from '../values/address.js';
import type { Condition, Ingress, Service } from '../values/objects.js';
import {
  ASSIGNED_CONDITION,
  FROM_POOL_ANNOTATION,
  SERVED_BY_ANNOTATION,
  SHARED_AS_ANNOTATION,
  servedBy,
  writeServedBy,
} from '../values/service-marks.js';

export interface ServicePlan {
  readonly write: ServiceWrite;
  /** To tell once the write is done. */
  readonly notes: readonly Note[];
}

const CONDITIONS = [ASSIGNED_CONDITION, ANNOUNCED_CONDITION] as const;
const ANNOTATIONS = [
  SERVED_BY_ANNOTATION,
  FROM_POOL_ANNOTATION,
  SHARED_AS_ANNOTATION,
  ANNOUNCED_BY_ANNOTATION,
] as const;
/** Every new Service passes through the last two within a second or so. */
const NO_CAUSE_FOR_CONCERN: ReadonlySet<string> = new Set([
  'Assigned',
  'Announced',
  'NodeAddress',
  'Waiting',
  'Probing',
]);
/** Nobody answers, and within seconds of a start, an assignment or the end of a node somebody does. */
const MAY_PASS: ReadonlySet<string> = new Set(['NoSpeakerReady', 'NoCandidate', 'Waiting', 'Probing', 'OwnerUnheard']);
/** Somebody else changed the addresses that we had written. */
export const STATUS_REPAIRED = 'StatusRepaired';
/** A Service stopped being ours. */
export const RELEASED = 'Released';
/** Another installation of Cairn had served the Service until now. */
export const TAKEN_OVER = 'TakenOver';

/** What is to be written besides the standing. */
export interface PlanFacts {
  /** The namespace that this Cairn is installed in. */
  readonly installation: string;
  readonly announcement: Announcement | undefined;
  /** `metav1.Time`. */
  readonly now: string;
  /**
   * The configuration's mode; undefined where that says nothing (`hand-over.ts`): a Service then keeps the `ipMode` that
   * it has.
   */
  readonly forwarding: Forwarding['mode'] | undefined;
  /** Addresses that kube-proxy has to leave alone, as programs of the node need them (`node-address.ts`); none where absent. */
  readonly leftToNode?: (address: Address) => boolean;
}

/** Undefined: the Service already says it. */
export function planService(service: Service, standing: Standing, facts: PlanFacts): ServicePlan | undefined {
  switch (standing.state) {
    case 'left-alone':
      return standing.because === 'served-by-another' && mayUnmark(service, facts)
        ? planUnmarking(service, [])
        : undefined;
    case 'not-ours':
      return planFarewell(service, facts);
    case 'holds':
    case 'waits':
      return planOurs(service, standing, facts);
  }
}

/** What another installation marked is that one's to take away. */
function mayUnmark(service: Service, { installation }: PlanFacts): boolean {
  const mark = servedBy(service);
  return mark === undefined || mark.installation === installation;
}

/**
 * A Service that was ours carries our marks and the addresses that we wrote; any other is never touched. Where the marks do
 * not say whose they are, from before they did, those of a LoadBalancer may be another installation's.
 */
function planFarewell(service: Service, facts: PlanFacts): ServicePlan | undefined {
  const mark = servedBy(service);
  if (!mayUnmark(service, facts) || (mark === undefined && service.type === 'LoadBalancer')) return undefined;
  const wasAssigned = Object.hasOwn(service.meta.annotations, FROM_POOL_ANNOTATION);
  const ours = mark?.addresses.map(formatAddress) ?? (wasAssigned ? service.ingress.map(({ ip }) => ip) : []);
  const plan = planUnmarking(service, ours);
  if (plan === undefined || (ours.length === 0 && !wasAssigned)) return plan;
  const what = ours.length === 0 ? 'its address' : ours.join(', ');
  const message = `gave back ${what}: ${whyNotOurs(service)}`;
  return { ...plan, notes: [{ type: 'Normal', reason: RELEASED, message, about: RELEASED }] };
}

function whyNotOurs({ type, loadBalancerClass }: Service): string {
  if (type !== 'LoadBalancer') return `the Service is of type ${type} now`;
  return loadBalancerClass === undefined
    ? 'Services without a class are not served here any more (--default-class=false)'
    : `its class "${loadBalancerClass}" is not served here`;
}

/** Takes our marks away, and these addresses with them; what somebody else wrote beside them stays. */
function planUnmarking(service: Service, addresses: readonly string[]): ServicePlan | undefined {
  const dropConditions = CONDITIONS.filter((type) => conditionOf(service, type) !== undefined);
  const annotations = ANNOTATIONS.filter((name) => Object.hasOwn(service.meta.annotations, name));
  if (dropConditions.length + annotations.length === 0) return undefined;
  const ingress = service.ingress.filter(({ ip }) => ip === '' || !addresses.includes(ip));
  const write: ServiceWrite = {
    resourceVersion: service.meta.resourceVersion,
    ...(ingress.length < service.ingress.length ? { ingress } : {}),
    dropConditions,
    annotations: Object.fromEntries(annotations.map((name) => [name, null])),
  };
  return { write, notes: [] };
}

function planOurs(
  service: Service,
  standing: Standing & { readonly state: 'holds' | 'waits' },
  { installation, announcement, now, forwarding, leftToNode }: PlanFacts,
): ServicePlan | undefined {
  const ingress: readonly Ingress[] =
    standing.state === 'holds'
      ? standing.held.map(({ address }) =>
          ingressOf(formatAddress(address), service, leftToNode?.(address) ? 'nftables' : forwarding),
        )
      : [];
  const isMoved = !hasSameAddresses(service.ingress, ingress);
  const isWritten = isMoved || !hasSameModes(service.ingress, ingress);
  const told = new Map<string, Told | Announcement | undefined>([
    [ASSIGNED_CONDITION, tellAssigned(standing)],
    [ANNOUNCED_CONDITION, standing.state === 'holds' ? announcement : undefined],
  ]);
  const conditions: Condition[] = [];
  const dropConditions: string[] = [];
  for (const [type, tells] of told) {
    const before = conditionOf(service, type);
    if (tells === undefined) {
      if (before !== undefined) dropConditions.push(type);
    } else if (!says(before, tells, service.generation) || (isMoved && type === ASSIGNED_CONDITION)) {
      conditions.push(conditionFrom({ type, tells, before, isMoved, observedGeneration: service.generation, now }));
    }
  }
  const addresses = standing.state === 'holds' ? standing.held.map(({ address }) => address) : [];
  const annotations = changedAnnotations(service, {
    [SERVED_BY_ANNOTATION]: writeServedBy({ installation, addresses }),
    [FROM_POOL_ANNOTATION]: standing.state === 'holds' ? standing.held[0]?.pool : undefined,
    [SHARED_AS_ANNOTATION]: standing.state === 'holds' ? standing.sharedAs : undefined,
    [ANNOUNCED_BY_ANNOTATION]: standing.state === 'holds' ? announcement?.announcedBy : undefined,
  });
  if (!isWritten && conditions.length + dropConditions.length === 0 && annotations === undefined) return undefined;
  const write: ServiceWrite = {
    resourceVersion: service.meta.resourceVersion,
    ...(isWritten ? { ingress } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(dropConditions.length > 0 ? { dropConditions } : {}),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { write, notes: [...takenOver(service, installation), ...notesOn(service, conditions, isMoved)] };
}

/** `VIP` has kube-proxy take the address on every node; `Proxy` has it leave the address alone, for Cairn's own rules. */
const IP_MODES = { 'kube-proxy': 'VIP', nftables: 'Proxy' } as const satisfies Record<Forwarding['mode'], string>;

function ingressOf(ip: string, service: Service, forwarding: Forwarding['mode'] | undefined): Ingress {
  const before = service.ingress.find((entry) => entry.ip === ip)?.ipMode || 'VIP';
  return { ip, hostname: '', ipMode: forwarding === undefined ? before : IP_MODES[forwarding] };
}

const hasSameAddresses = (one: readonly Ingress[], other: readonly Ingress[]): boolean =>
  one.length === other.length &&
  one.every(({ ip, hostname }, at) => ip === other[at]?.ip && hostname === other[at].hostname);

/** Before Kubernetes 1.30 the API drops `ipMode`: read back absent is no difference. */
const hasSameModes = (one: readonly Ingress[], other: readonly Ingress[]): boolean =>
  one.every(({ ipMode }, at) => ipMode === '' || ipMode === other[at]?.ipMode);

const conditionOf = (service: Service, type: string): Condition | undefined =>
  service.conditions.find((condition) => condition.type === type);

const says = (condition: Condition | undefined, { status, reason, message }: Told | Announcement, generation: number) =>
  condition?.status === status &&
  condition.reason === reason &&
  condition.message === message &&
  condition.observedGeneration === generation;

/** The time of the condition dates the assignment, so another address counts as a transition too. */
function conditionFrom(facts: {
  readonly type: string;
  readonly tells: Told | Announcement;
  readonly before: Condition | undefined;
  readonly isMoved: boolean;
  readonly observedGeneration: number;
  readonly now: string;
}): Condition {
  const { type, tells, before, isMoved, observedGeneration, now } = facts;
  const { status, reason, message } = tells;
  const stays = before?.status === status && !(isMoved && type === ASSIGNED_CONDITION);
  const lastTransitionTime = stays ? before.lastTransitionTime : now;
  return { type, status, reason, message, observedGeneration, lastTransitionTime };
}

function changedAnnotations(service: Service, wanted: Readonly<Record<string, string | undefined>>) {
  const changed = Object.entries(wanted).filter(([name, text]) => service.meta.annotations[name] !== text);
  return changed.length === 0 ? undefined : Object.fromEntries(changed.map(([name, text]) => [name, text ?? null]));
}

/** Expected once where Cairn moved to another namespace; time and again where two installations serve the same Services. */
function takenOver(service: Service, installation: string): readonly Note[] {
  const before = servedBy(service)?.installation;
  if (before === undefined || before === installation) return [];
  const message = `the Cairn in namespace ${before} served this Service until now; if it still runs, start one of the two with --default-class=false`;
  return [{ type: 'Warning', reason: TAKEN_OVER, message, about: TAKEN_OVER }];
}

/** One event for each condition that now says something else. */
function notesOn(service: Service, conditions: readonly Condition[], isMoved: boolean): readonly Note[] {
  const notes = conditions
    .filter(({ type, reason, message }) => {
      const before = conditionOf(service, type);
      return before?.reason !== reason || before.message !== message;
    })
    .map(({ type, reason, message }): Note => {
      const level = NO_CAUSE_FOR_CONCERN.has(reason) ? 'Normal' : 'Warning';
      const note = { type: level, reason, message, about: type } as const;
      return MAY_PASS.has(reason) ? { ...note, mayPass: true } : note;
    });
  const wasOurs = conditionOf(service, ASSIGNED_CONDITION)?.status === 'True';
  if (!isMoved || !wasOurs || notes.some(({ about }) => about === ASSIGNED_CONDITION)) return notes;
  const message = `somebody else wrote ${service.ingress.map(({ ip, hostname }) => ip || hostname).join(', ') || 'nothing'} into status.loadBalancer.ingress; put back what is assigned`;
  return [...notes, { type: 'Warning', reason: STATUS_REPAIRED, message, about: STATUS_REPAIRED }];
}
