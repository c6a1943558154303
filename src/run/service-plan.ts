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
import { formatAddress } from '../values/address.js';
import type { Condition, Ingress, Service } from '../values/objects.js';
import { ASSIGNED_CONDITION, FROM_POOL_ANNOTATION, SHARED_AS_ANNOTATION } from '../values/service-marks.js';

export interface ServicePlan {
  readonly write: ServiceWrite;
  /** To tell once the write is done. */
  readonly notes: readonly Note[];
}

const CONDITIONS = [ASSIGNED_CONDITION, ANNOUNCED_CONDITION] as const;
const ANNOTATIONS = [FROM_POOL_ANNOTATION, SHARED_AS_ANNOTATION, ANNOUNCED_BY_ANNOTATION] as const;
/** Every new Service passes through the last two within a second or so. */
const NO_CAUSE_FOR_CONCERN: ReadonlySet<string> = new Set([
  'Assigned',
  'Announced',
  'NodeAddress',
  'Waiting',
  'Probing',
]);
/** Somebody else changed the addresses that we had written. */
export const STATUS_REPAIRED = 'StatusRepaired';

/**
 * Undefined: the Service already says it. `now` is `metav1.Time`. `forwarding` is the configuration's mode, undefined where
 * that says nothing (`hand-over.ts`): a Service then keeps the `ipMode` that it has.
 */
export function planService(
  service: Service,
  standing: Standing,
  announcement: Announcement | undefined,
  now: string,
  forwarding?: Forwarding['mode'],
): ServicePlan | undefined {
  switch (standing.state) {
    case 'left-alone':
      return standing.because === 'served-by-another' ? planUnmarking(service, false) : undefined;
    case 'not-ours':
      return planFarewell(service);
    case 'holds':
    case 'waits':
      return planOurs(service, standing, announcement, now, forwarding);
  }
}

/**
 * A Service that was ours carries our marks; any other is never touched. While it is of type LoadBalancer, the marks may
 * be those of another installation that serves it by its own class, and that one's to take away.
 */
function planFarewell(service: Service): ServicePlan | undefined {
  return service.type === 'LoadBalancer' ? undefined : planUnmarking(service, true);
}

/** Takes our marks away, and with them the addresses if `isParting` and we had written them. */
function planUnmarking(service: Service, isParting: boolean): ServicePlan | undefined {
  const dropConditions = CONDITIONS.filter((type) => conditionOf(service, type) !== undefined);
  const annotations = ANNOTATIONS.filter((name) => Object.hasOwn(service.meta.annotations, name));
  if (dropConditions.length + annotations.length === 0) return undefined;
  const wasAssigned = isParting && annotations.includes(FROM_POOL_ANNOTATION);
  const write: ServiceWrite = {
    resourceVersion: service.meta.resourceVersion,
    ...(wasAssigned && service.ingress.length > 0 ? { ingress: [] } : {}),
    dropConditions,
    annotations: Object.fromEntries(annotations.map((name) => [name, null])),
  };
  return { write, notes: [] };
}

function planOurs(
  service: Service,
  standing: Standing & { readonly state: 'holds' | 'waits' },
  announcement: Announcement | undefined,
  now: string,
  forwarding: Forwarding['mode'] | undefined,
): ServicePlan | undefined {
  const ingress: readonly Ingress[] =
    standing.state === 'holds'
      ? standing.held.map(({ address }) => ingressOf(formatAddress(address), service, forwarding))
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
  const annotations = changedAnnotations(service, {
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
  return { write, notes: notesOn(service, conditions, isMoved) };
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

/** One event for each condition that now says something else. */
function notesOn(service: Service, conditions: readonly Condition[], isMoved: boolean): readonly Note[] {
  const notes = conditions
    .filter(({ type, reason, message }) => {
      const before = conditionOf(service, type);
      return before?.reason !== reason || before.message !== message;
    })
    .map(({ type, reason, message }): Note => {
      return { type: NO_CAUSE_FOR_CONCERN.has(reason) ? 'Normal' : 'Warning', reason, message, about: type };
    });
  const wasOurs = conditionOf(service, ASSIGNED_CONDITION)?.status === 'True';
  if (!isMoved || !wasOurs || notes.some(({ about }) => about === ASSIGNED_CONDITION)) return notes;
  const message = `somebody else wrote ${service.ingress.map(({ ip, hostname }) => ip || hostname).join(', ') || 'nothing'} into status.loadBalancer.ingress; put back what is assigned`;
  return [...notes, { type: 'Warning', reason: STATUS_REPAIRED, message, about: STATUS_REPAIRED }];
}
