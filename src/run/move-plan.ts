/**
 * `cairn move`: what to write into a Service so that the controller gives it another address, and what came of it.
 *
 * Pure. Nothing here takes an address: the controller grants another one first, or says why it cannot.
 *
 * Source: docs/design.md §6, rule 3.
 * @module
 */
import { type Address, familyOf, formatAddress, parseAddress } from '../values/address.js';
import { annotationOf, GIVE_UP_ANNOTATION } from '../values/annotations.js';
import type { Condition, Service } from '../values/objects.js';
import { err, ok, type Result } from '../values/result.js';
import { ASSIGNED_CONDITION, FROM_POOL_ANNOTATION, servedBy } from '../values/service-marks.js';

/** Cairn's own prefix comes before every other, so that this one counts. */
export const ADDRESSES_ANNOTATION = 'cairn.dev/loadBalancerIPs';

export interface MovePlan {
  /** What it leaves. */
  readonly from: readonly Address[];
  /** Undefined: whichever the pools have. */
  readonly to: Address | undefined;
  /** A merge patch of the Service. */
  readonly patch: {
    readonly metadata: { readonly annotations: Readonly<Record<string, string | null>> };
    readonly spec?: { readonly loadBalancerIP: string };
  };
}

/** The plan, undefined where the Service has the address already, or a sentence that says why it cannot be. */
export function planMove(service: Service, to: Address | undefined): Result<MovePlan | undefined, string> {
  const { key, type, meta } = service;
  if (type !== 'LoadBalancer') return err(`Service ${key} is of type ${type}, and has no address to move from`);
  if (servedBy(service) === undefined) return err(`Service ${key} is not served by Cairn, or not yet`);
  const held = heldBy(service);
  if (to !== undefined && held.includes(to)) return ok(undefined);
  const from = to === undefined ? held : held.filter((address) => familyOf(address) === familyOf(to));
  return to === undefined ? planGivingUp(service, from) : ok(planAsking(service, from, to, meta.annotations));
}

function planGivingUp(service: Service, from: readonly Address[]): Result<MovePlan, string> {
  if (from.length === 0) return err(`Service ${service.key} has no address yet: ${whyNone(service)}`);
  const asked = wishesOf(service).find(({ addresses }) => from.some((address) => addresses.includes(address)));
  if (asked !== undefined) {
    return err(
      `Service ${service.key} asks for ${asked.text} itself, in ${asked.source}: take that away, or say which address it is to have (--address)`,
    );
  }
  const annotations = { [GIVE_UP_ANNOTATION]: from.map(formatAddress).join(',') };
  return ok({ from, to: undefined, patch: { metadata: { annotations } } });
}

/** Asks where the Service asked before: in the field, in the annotation, or in both. */
function planAsking(
  service: Service,
  from: readonly Address[],
  to: Address,
  before: Readonly<Record<string, string>>,
): MovePlan {
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
  const givenUp = readAll(before[GIVE_UP_ANNOTATION] ?? '');
  const left = givenUp.filter((address) => address !== to).map(formatAddress);
  const annotations = {
    ...(isOfField ? {} : { [ADDRESSES_ANNOTATION]: wish.map(formatAddress).join(',') }),
    ...(givenUp.includes(to) ? { [GIVE_UP_ANNOTATION]: left.length === 0 ? null : left.join(',') } : {}),
  };
  const spec = isInField ? { spec: { loadBalancerIP: formatAddress(to) } } : {};
  return { from, to, patch: { metadata: { annotations }, ...spec } };
}

export type Outcome =
  | { readonly result: 'moved'; readonly has: readonly Address[]; readonly pool: string | undefined }
  | { readonly result: 'refused'; readonly reason: string; readonly message: string }
  | { readonly result: 'waiting' };

/** Reasons that say nothing against the move. */
const CONTENT: ReadonlySet<string> = new Set(['Assigned', 'OutsidePool']);

export function outcomeOf(service: Service, { from, to }: MovePlan): Outcome {
  const has = heldBy(service);
  const isThere = to === undefined ? has.length > 0 : has.includes(to);
  if (isThere && !from.some((address) => has.includes(address))) {
    return { result: 'moved', has, pool: service.meta.annotations[FROM_POOL_ANNOTATION] };
  }
  const assigned = assignedOf(service);
  return assigned === undefined || CONTENT.has(assigned.reason)
    ? { result: 'waiting' }
    : { result: 'refused', reason: assigned.reason, message: assigned.message };
}

/** In the order of the status. */
export const heldBy = ({ ingress }: Service): readonly Address[] =>
  ingress.map(({ ip }) => parseAddress(ip)).filter((address) => address !== undefined);

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

const assignedOf = ({ conditions }: Service): Condition | undefined =>
  conditions.find(({ type }) => type === ASSIGNED_CONDITION);

const whyNone = (service: Service): string => assignedOf(service)?.message ?? 'the controller has not looked at it yet';
