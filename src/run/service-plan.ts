/**
 * What to write into a Service, and which events to tell, so that it says what is true of it. Nothing where it does.
 *
 * Pure. Addresses, conditions and annotations go into one patch, so that no watcher sees half of an assignment.
 *
 * Source: docs/design.md §5.
 * @module
 */
import { addressesIn, listedBy } from '../allocator/adopt.js';
import { type Told, tellAssigned } from '../allocator/conditions.js';
import type { Standing } from '../allocator/standing.js';
import type { Note } from '../kube/events.js';
import type { ServiceWrite } from '../kube/status.js';
import { ANNOUNCED_BY_ANNOTATION, ANNOUNCED_CONDITION, type Announcement } from '../speaker/announced.js';
import { type Address, formatAddress, parseAddress } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import { type Condition, conditionOf, type Ingress, type Service } from '../values/objects.js';
import {
  ASSIGNED_CONDITION,
  assignmentOf,
  FROM_POOL_ANNOTATION,
  SERVED_BY_ANNOTATION,
  SHARED_AS_ANNOTATION,
  servedBy,
  writeServedBy,
} from '../values/service-marks.js';
import { hasSameAddresses, hasSameModes, type IngressFacts, ingressOf } from './service-ingress.js';
import { leftAlone, lost, notesOn, released, repaired, takenOver } from './service-notes.js';

export interface ServicePlan {
  readonly write: ServiceWrite;
  /** To tell once the write is done. */
  readonly notes: readonly Note[];
}

/** Those of ours. */
export const CONDITIONS = [ASSIGNED_CONDITION, ANNOUNCED_CONDITION] as const;
const ANNOTATIONS = [
  SERVED_BY_ANNOTATION,
  FROM_POOL_ANNOTATION,
  SHARED_AS_ANNOTATION,
  ANNOUNCED_BY_ANNOTATION,
] as const;

/** What is to be written besides the standing. */
export interface PlanFacts extends IngressFacts {
  /** The namespace that this Cairn is installed in. */
  readonly installation: string;
  readonly announcement: Announcement | undefined;
  /** The Service as it was when people were told of it last, where that was before this version (`untold-writes.ts`). */
  readonly lastTold?: Service;
  /** `metav1.Time`. */
  readonly now: string;
  /** Its status was seen with its addresses, and somebody emptied it since, conditions and all (`emptied-statuses.ts`). */
  readonly isSeenEmptied?: boolean;
  /** Who holds an address; nobody where absent. */
  readonly holders?: (address: Address) => readonly ServiceKey[];
  /** Why the addresses are not to be written yet, for a Service that has none: it is told as one that waits. */
  readonly withheld?: Told;
}

/** Undefined: the Service already says it. */
export function planService(service: Service, standing: Standing, facts: PlanFacts): ServicePlan | undefined {
  switch (standing.state) {
    case 'left-alone':
      return standing.because === 'served-by-another' && mayUnmark(service, facts) ? planLeaving(service) : undefined;
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

/** Another provider serves it: what that one wrote stays. */
function planLeaving(service: Service): ServicePlan | undefined {
  const plan = planUnmarking(service, []);
  return plan && { ...plan, notes: [leftAlone(service)] };
}

/**
 * A Service that was ours carries our marks and the addresses that we wrote; any other is never touched. Where the marks do
 * not say whose they are, from before they did, those of a LoadBalancer may be another installation's.
 */
function planFarewell(service: Service, facts: PlanFacts): ServicePlan | undefined {
  const mark = servedBy(service);
  if (!mayUnmark(service, facts) || (mark === undefined && service.type === 'LoadBalancer')) return undefined;
  // A mark without the condition may be a copied manifest's: what the status shows then is somebody else's.
  const isProven = mark === undefined || assignmentOf(service) !== undefined;
  const wasAssigned = isProven && Object.hasOwn(service.meta.annotations, FROM_POOL_ANNOTATION);
  const written = mark?.addresses.map(formatAddress) ?? (wasAssigned ? service.ingress.map(({ ip }) => ip) : []);
  const ours = isProven ? written : [];
  const plan = planUnmarking(service, ours);
  if (plan === undefined || (ours.length === 0 && !wasAssigned)) return plan;
  const what = ours.length === 0 ? 'its address' : ours.join(', ');
  return { ...plan, notes: [released(service, what)] };
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
  facts: PlanFacts,
): ServicePlan | undefined {
  const { installation, announcement, now, withheld } = facts;
  const holding = standing.state === 'holds' ? standing : undefined;
  const shown = withheld === undefined ? holding : undefined;
  const addresses = (shown?.held ?? []).map(({ address }) => address);
  const ingress = ingressOf(addresses, service, facts);
  const isMoved = !hasSameAddresses(service.ingress, ingress);
  const isWritten = isMoved || !hasSameModes(service.ingress, ingress);
  const isGiven = isMoved && isNewIn(service, addresses);
  const conditions: Condition[] = [];
  const said: Condition[] = [];
  const dropConditions: string[] = [];
  const tell = (type: string, tells: Told | Announcement | undefined) => {
    const before = conditionOf(service, type);
    const isDatedAnew = isGiven && type === ASSIGNED_CONDITION;
    if (tells === undefined) {
      if (before !== undefined) dropConditions.push(type);
    } else if (says(before, tells, service.generation) && !isDatedAnew) {
      said.push(before);
    } else {
      const dated = isDatedAnew ? undefined : before;
      conditions.push(conditionFrom({ type, tells, before: dated, observedGeneration: service.generation, now }));
    }
  };
  tell(ASSIGNED_CONDITION, withheld ?? tellAssigned(standing));
  tell(ANNOUNCED_CONDITION, shown && announcement);
  // What is withheld and marked already was given before, and is found again by its mark.
  const marked = withheld === undefined ? addresses : listedBy(service, installation).filter(isHeldBy(standing));
  const given = marked.length > 0 ? holding : undefined;
  const annotations = changedAnnotations(service, {
    [SERVED_BY_ANNOTATION]: writeServedBy({ installation, addresses: marked }),
    [FROM_POOL_ANNOTATION]: given?.held[0]?.pool,
    [SHARED_AS_ANNOTATION]: given?.sharedAs,
    [ANNOUNCED_BY_ANNOTATION]: shown && announcement?.announcedBy,
  });
  if (!isWritten && conditions.length + dropConditions.length === 0 && annotations === undefined) return undefined;
  const write: ServiceWrite = {
    resourceVersion: service.meta.resourceVersion,
    ...(isWritten ? { ingress } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(dropConditions.length > 0 ? { dropConditions } : {}),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { write, notes: notesFor(service, { addresses, ingress, conditions: [...said, ...conditions] }, facts) };
}

/** What a Service says once it is written. */
interface Said {
  readonly addresses: readonly Address[];
  readonly ingress: readonly Ingress[];
  readonly conditions: readonly Condition[];
}

/** What of that is news, and who is to blame where addresses that it had are put back. */
function notesFor(service: Service, { addresses, ingress, conditions }: Said, facts: PlanFacts): readonly Note[] {
  const { installation, lastTold = service } = facts;
  const told = notesOn(lastTold, conditions);
  const isOldNews = !told.some(({ about }) => about === ASSIGNED_CONDITION);
  const isHadBefore = addresses.length > 0 && !isNewIn(lastTold, addresses);
  const isRewritten = (found: Service) =>
    !hasSameAddresses(found.ingress, ingress) && isOtherThanWritten(found, isOldNews, facts);
  // What a webhook made of a write is nobody's doing: of an address that nobody was told of yet, nothing is put back.
  const rewritten = isHadBefore ? [lastTold, service].find(isRewritten) : undefined;
  const blame = rewritten === undefined ? [] : repaired(rewritten, facts.isSeenEmptied === true);
  const gone = rewritten === undefined ? lostIn(service, facts) : [];
  return [...takenOver(lastTold, installation), ...gone, ...told, ...blame];
}

/** What its status shows and another Service holds instead. */
function lostIn(service: Service, { holders }: PlanFacts): readonly Note[] {
  return addressesIn(service).flatMap((address) => {
    const keys = holders?.(address) ?? [];
    const [holder] = keys;
    return holder === undefined || keys.includes(service.key) ? [] : [lost(address, holder)];
  });
}

/**
 * Whether its status shows something else than was written into it. Our mark lists what that was, also where somebody took
 * the conditions away; one that is from before there was a mark tells it by having nothing new to say.
 */
function isOtherThanWritten(service: Service, isOldNews: boolean, facts: PlanFacts): boolean {
  const listed = listedBy(service, facts.installation);
  if (listed.length === 0) return isOldNews && assignmentOf(service) !== undefined;
  return !hasSameAddresses(service.ingress, ingressOf(listed, service, facts));
}

/**
 * Puts these addresses into the status and changes nothing else: the Service had them, and has them until another one that
 * has to wait is written. Undefined: they are there.
 */
export function planRepair(
  service: Service,
  addresses: readonly Address[],
  facts: IngressFacts & Pick<PlanFacts, 'isSeenEmptied'>,
): ServicePlan | undefined {
  const ingress = ingressOf(addresses, service, facts);
  if (hasSameAddresses(service.ingress, ingress)) return undefined;
  const notes = repaired(service, facts.isSeenEmptied === true);
  return { write: { resourceVersion: service.meta.resourceVersion, ingress }, notes };
}

const isHeldBy = (standing: Standing) => (address: Address) =>
  standing.state === 'holds' && standing.held.some((held) => held.address === address);

/** Whether one of them was never this Service's until now. What somebody overwrote or wiped was. */
function isNewIn(service: Service, addresses: readonly Address[]): boolean {
  const had = servedBy(service)?.addresses ?? service.ingress.map(({ ip }) => parseAddress(ip));
  return addresses.some((address) => !had.includes(address));
}

const says = (
  condition: Condition | undefined,
  { status, reason, message }: Told | Announcement,
  generation: number,
): condition is Condition =>
  condition?.status === status &&
  condition.reason === reason &&
  condition.message === message &&
  condition.observedGeneration === generation;

/** The time of the condition dates the assignment: another address has no condition before it. */
function conditionFrom(facts: {
  readonly type: string;
  readonly tells: Told | Announcement;
  readonly before: Condition | undefined;
  readonly observedGeneration: number;
  readonly now: string;
}): Condition {
  const { type, tells, before, observedGeneration, now } = facts;
  const { status, reason, message } = tells;
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
  return { type, status, reason, message, observedGeneration, lastTransitionTime };
}

function changedAnnotations(
  { meta: { annotations } }: Service,
  wanted: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | null>> | undefined {
  const changed: Record<string, string | null> = {};
  for (const name in wanted) if (annotations[name] !== wanted[name]) changed[name] = wanted[name] ?? null;
  return Object.keys(changed).length === 0 ? undefined : changed;
}
