/**
 * `cairn move`: what to write into a Service so that the controller gives it another address, and what came of it.
 *
 * Pure. Nothing here takes an address: the controller grants another one first, or says why it cannot.
 *
 * Source: docs/design.md §6, rule 3.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { addressesIn } from '../allocator/adopt.js';
import { type Address, familyOf, formatAddress, parseAddress } from '../values/address.js';
import { ADDRESSES_ANNOTATION, annotationOf, GIVE_UP_ANNOTATION } from '../values/annotations.js';
import { type Condition, conditionOf, type Service } from '../values/objects.js';
import { ASSIGNED_CONDITION, FROM_POOL_ANNOTATION, servedBy } from '../values/service-marks.js';
import type { ServicePatch } from './remote-service.js';

export interface MovePlan {
  readonly state: 'planned';
  /** The Service that it was planned on. */
  readonly before: Service;
  /** What it leaves. */
  readonly from: readonly Address[];
  /** Undefined: whichever the pools have. */
  readonly to: Address | undefined;
  readonly patch: ServicePatch;
}

export type Planned =
  | MovePlan
  /** It has the address already. */
  | { readonly state: 'unchanged'; readonly before: Service }
  | { readonly state: 'impossible'; readonly before: Service; readonly because: string };

export function planMove(before: Service, to: Address | undefined): Planned {
  const { type } = before;
  if (type !== 'LoadBalancer') return impossible(before, `is of type ${type}, and has no address to move from`);
  if (servedBy(before) === undefined) return impossible(before, 'is not served by Cairn, or not yet');
  const held = addressesIn(before);
  if (to === undefined) return planGivingUp(before, held);
  if (held.includes(to)) return { state: 'unchanged', before };
  const from = held.filter((address) => familyOf(address) === familyOf(to));
  return { state: 'planned', before, from, to, patch: asking(before, to) };
}

function planGivingUp(before: Service, from: readonly Address[]): Planned {
  if (from.length === 0) return impossible(before, `has no address yet: ${whyNone(before)}`);
  const asked = wishesOf(before).find(({ addresses }) => from.some((address) => addresses.includes(address)));
  if (asked !== undefined) {
    return impossible(
      before,
      `asks for ${asked.text} itself, in ${asked.source}: take that away, or say which address it is to have (--address)`,
    );
  }
  const annotations = { [GIVE_UP_ANNOTATION]: from.map(formatAddress).join(',') };
  return { state: 'planned', before, from, to: undefined, patch: { metadata: { annotations } } };
}

const impossible = (before: Service, what: string): Planned => ({
  state: 'impossible',
  before,
  because: `Service ${before.key} ${what}`,
});

/** Asks where the Service asked before: in the field, in the annotation, or in both. */
function asking(service: Service, to: Address): ServicePatch {
  const annotation = annotationOf(service, 'loadBalancerIPs');
  const field = parseAddress(service.loadBalancerIP.trim());
  const isInField = field !== undefined && familyOf(field) === familyOf(to);
  // Of the other family it goes on asking for what it asked for.
  const others = [
    ...(annotation === undefined ? [] : readAll(annotation.text)),
    ...(field === undefined ? [] : [field]),
  ];
  const wish = [...new Set([to, ...others.filter((address) => familyOf(address) !== familyOf(to))])];
  const isOfField = isInField && annotation === undefined;
  const givenUp = readAll(service.meta.annotations[GIVE_UP_ANNOTATION] ?? '');
  const left = givenUp.filter((address) => address !== to).map(formatAddress);
  const annotations = {
    ...(isOfField ? {} : { [ADDRESSES_ANNOTATION]: wish.map(formatAddress).join(',') }),
    ...(givenUp.includes(to) ? { [GIVE_UP_ANNOTATION]: left.length === 0 ? null : left.join(',') } : {}),
  };
  const spec = isInField ? { spec: { loadBalancerIP: formatAddress(to) } } : {};
  return { metadata: { annotations }, ...spec };
}

export type Outcome =
  | { readonly result: 'moved'; readonly has: readonly Address[]; readonly pool: string | undefined }
  | { readonly result: 'refused'; readonly reason: string; readonly message: string }
  /** `stands`: a refusal that was there before the wish, which the controller has not judged since, or judged alike. */
  | { readonly result: 'waiting'; readonly stands: Condition | undefined };

/** Reasons that say nothing against the move. */
const CONTENT: ReadonlySet<string> = new Set(['Assigned', 'OutsidePool']);

/**
 * The wish was written into the Service as it was `before`, and the controller writes what it decided on what it saw: what it
 * says otherwise than before it says of the wish.
 */
export function outcomeOf(service: Service, { before, from, to }: MovePlan): Outcome {
  const has = addressesIn(service);
  const isThere = to === undefined ? has.length > 0 : has.includes(to);
  if (isThere && !from.some((address) => has.includes(address))) {
    return { result: 'moved', has, pool: service.meta.annotations[FROM_POOL_ANNOTATION] };
  }
  const assigned = conditionOf(service, ASSIGNED_CONDITION);
  if (assigned === undefined || CONTENT.has(assigned.reason)) return { result: 'waiting', stands: undefined };
  return isDeepStrictEqual(assigned, conditionOf(before, ASSIGNED_CONDITION))
    ? { result: 'waiting', stands: assigned }
    : { result: 'refused', reason: assigned.reason, message: assigned.message };
}

interface Wish {
  readonly source: string;
  readonly text: string;
  readonly addresses: readonly Address[];
}

function wishesOf(service: Service): readonly Wish[] {
  const annotation = annotationOf(service, 'loadBalancerIPs');
  const field = service.loadBalancerIP.trim();
  return [
    ...(annotation === undefined ? [] : [annotation]),
    ...(field === '' ? [] : [{ source: 'spec.loadBalancerIP', text: field }]),
  ].map((wish) => ({ ...wish, addresses: readAll(wish.text) }));
}

const readAll = (text: string): readonly Address[] =>
  text
    .split(',')
    .map((part) => parseAddress(part.trim()))
    .filter((address) => address !== undefined);

const whyNone = (service: Service): string =>
  conditionOf(service, ASSIGNED_CONDITION)?.message ?? 'the controller has not looked at it yet';
