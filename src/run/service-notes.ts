/**
 * Which events a write into a Service is worth, told once the write is done, and which one a write that is refused.
 *
 * Pure. One story for each condition: that an address was given back goes on with that of the assignment, so that what is
 * given again afterwards is news.
 *
 * Source: docs/conditions.md.
 * @module
 */
import { clipped } from '../allocator/sentence.js';
import type { Note } from '../kube/events.js';
import { type Address, formatAddress } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import { type Condition, conditionOf, type Service } from '../values/objects.js';
import { ASSIGNED_CONDITION, assignmentOf, servedBy } from '../values/service-marks.js';
import { printable } from '../values/text.js';

/** Every new Service passes through the last two within a second or so. */
const NO_CAUSE_FOR_CONCERN: ReadonlySet<string> = new Set([
  'Assigned',
  'Announced',
  'NodeAddress',
  'Waiting',
  'Probing',
]);
/** Nobody answers, and within seconds of a start, an assignment or the end of a node somebody does. */
export const MAY_PASS: ReadonlySet<string> = new Set([
  'NoSpeakerReady',
  'NoCandidate',
  'Waiting',
  'Probing',
  'OwnerUnheard',
]);

/** The addresses that we had written are gone or others. */
export const STATUS_REPAIRED = 'StatusRepaired';
/** The API server does not take what we write, or makes something else of it. */
export const STATUS_REFUSED = 'StatusRefused';
/** A Service that we served is ours no more. */
export const RELEASED = 'Released';
/** Another provider's word stands in the status of a Service that has our marks. */
export const SERVED_BY_ANOTHER = 'ServedByAnother';
/** What the status shows, another Service has by the better right. */
export const ADDRESS_LOST = 'AddressLost';
/** Another installation marked the Service until now. */
export const TAKEN_OVER = 'TakenOver';

/** Of the API server's message; the event has room for 1,024, and for what is said before. */
const REFUSAL_CHARACTERS = 900;

/** One for each of these conditions that now says something else. */
export function notesOn(service: Service, conditions: readonly Condition[]): readonly Note[] {
  return conditions
    .filter(({ type, reason, message }) => {
      const before = conditionOf(service, type);
      return before?.reason !== reason || before.message !== message;
    })
    .map(({ type, reason, message }): Note => {
      const level = NO_CAUSE_FOR_CONCERN.has(reason) ? 'Normal' : 'Warning';
      const note = { type: level, reason, message, about: type } as const;
      return MAY_PASS.has(reason) ? { ...note, mayPass: true } : note;
    });
}

/**
 * Of a Service whose addresses are put back as they were. Nobody is to blame where the API server itself emptied the
 * status: it does so when the type changes, which makes a new generation. One that counts no generations of Services
 * leaves open who it was. Where the conditions are gone as well the Service may be new, with a copied mark, unless
 * somebody saw it emptied.
 */
export function repaired(service: Service, isSeenEmptied: boolean): readonly Note[] {
  const { ingress } = service;
  if (ingress.length === 0 && !isSeenEmptied && assignmentOf(service)?.observedGeneration !== service.generation)
    return [];
  const message = `${whatHappened(service, isSeenEmptied)}; put back what is assigned`;
  return [{ type: 'Warning', reason: STATUS_REPAIRED, message, about: STATUS_REPAIRED }];
}

const whoWrote = ({ ingress }: Service): string =>
  `somebody else wrote ${ingress.map(({ ip, hostname }) => ip || hostname).join(', ')} into status.loadBalancer.ingress`;

function whatHappened(service: Service, isSeenEmptied: boolean): string {
  const { ingress, generation } = service;
  if (ingress.length > 0) return whoWrote(service);
  if (isSeenEmptied) return 'somebody else emptied status.loadBalancer.ingress, and took the conditions away';
  return generation > 0
    ? 'somebody else emptied status.loadBalancer.ingress'
    : "status.loadBalancer.ingress was empty: somebody else emptied it, or the Service's type had changed";
}

/** `why` is the API server's message, which has in it what a webhook or a policy says: any text, often of several lines. */
export function refused(why: string): Note {
  const said = printable(clipped(why.trim(), REFUSAL_CHARACTERS).replaceAll(/\s+/g, ' '));
  const message = `the API server refuses what Cairn writes into this Service, and Cairn goes on trying: ${said}`;
  return { type: 'Warning', reason: STATUS_REFUSED, message, about: STATUS_REFUSED };
}

/** `how` is a sentence for people. */
export const changed = (how: string): Note => ({
  type: 'Warning',
  reason: STATUS_REFUSED,
  message: `${how}; Cairn goes on trying`,
  about: STATUS_REFUSED,
});

/** Expected once where Cairn moved to another namespace; time and again where two installations serve the same Services. */
export function takenOver(service: Service, installation: string): readonly Note[] {
  const before = servedBy(service)?.installation;
  if (before === undefined || before === installation) return [];
  const message = `the Cairn in namespace ${before} served this Service until now; if it still runs, start one of the two with --default-class=false`;
  return [{ type: 'Warning', reason: TAKEN_OVER, message, about: TAKEN_OVER }];
}

/** No pool has what its status shows, and what it had before is not to be given back. */
export function leftAlone(service: Service): Note {
  const message = `${whoWrote(service)}, which no pool has; Cairn leaves the Service alone, and serves it when that is gone`;
  return { type: 'Warning', reason: SERVED_BY_ANOTHER, message, about: ASSIGNED_CONDITION };
}

/** Two Services showed one address, and this one has to leave it. */
export function lost(address: Address, holder: ServiceKey): Note {
  const what = `its status showed ${formatAddress(address)}, which ${holder} holds and does not share with it`;
  return { type: 'Warning', reason: ADDRESS_LOST, message: `${what}; it stays with ${holder}`, about: ADDRESS_LOST };
}

/** `what` it gave back, to finish a sentence. */
export function released(service: Service, what: string): Note {
  const message = `gave back ${what}: ${whyNotOurs(service)}`;
  return { type: 'Normal', reason: RELEASED, message, about: ASSIGNED_CONDITION };
}

function whyNotOurs({ type, loadBalancerClass }: Service): string {
  if (type !== 'LoadBalancer') return `the Service is of type ${type} now`;
  return loadBalancerClass === undefined
    ? 'Services without a class are not served here any more (--default-class=false)'
    : `its class "${loadBalancerClass}" is not served here`;
}
