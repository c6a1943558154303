/**
 * What tells that an address in a Service's status was assigned by us, or by the provider that we took over from.
 *
 * Pure. The allocator keeps such an address and the speakers announce it, also outside every pool; what bears no mark
 * and is in no pool is somebody else's, such as what k3s' own load balancer writes. Both need the rule, so it is here.
 *
 * Source: docs/design.md §5 and §6, rule 4.
 * @module
 */
import { type Address, formatAddress, parseAddress } from './address.js';
import { ANNOTATION_PREFIXES } from './annotations.js';
import type { Condition, Service } from './objects.js';

/** Written by the controller: the pool that the Service's address is from. */
export const FROM_POOL_ANNOTATION = 'cairn.dev/allocated-from-pool';

/** Written by the controller: the terms under which the Service may share its address, for Services with a sharing key. */
export const SHARED_AS_ANNOTATION = 'cairn.dev/shared-as';

/** Written by the controller: whose the marks are, and which addresses it wrote. */
export const SERVED_BY_ANNOTATION = 'cairn.dev/served-by';

/** Dates an assignment, and marks a Service as one that we wrote. */
export const ASSIGNED_CONDITION = 'cairn.dev/AddressAssigned';

/** MetalLB's since v0.13, behind either of its prefixes. */
const METALLB_FROM_POOL = 'ip-allocated-from-pool';

/** Our condition, while it says that the Service has an address. */
export const assignmentOf = ({ conditions }: Pick<Service, 'conditions'>): Condition | undefined =>
  conditions.find(({ type, status }) => type === ASSIGNED_CONDITION && status === 'True');

const has = (service: Service, annotation: string): boolean => Object.hasOwn(service.meta.annotations, annotation);

const isMetalLBs = (service: Service): boolean =>
  ANNOTATION_PREFIXES.some((prefix) => has(service, prefix + METALLB_FROM_POOL));

/** We wrote an address into this Service before, or MetalLB did: nobody else writes these. */
export const isMarked = (service: Service): boolean =>
  has(service, FROM_POOL_ANNOTATION) || isMetalLBs(service) || assignmentOf(service) !== undefined;

const NO_ADDRESSES: readonly Address[] = [];

/** What {@link SERVED_BY_ANNOTATION} says. */
export interface ServedBy {
  /** The namespace that this Cairn is installed in: there is one in each, however its flags change. */
  readonly installation: string;
  /** None while the Service waits. */
  readonly addresses: readonly Address[];
}

/** `cairn-system 192.0.2.7,2001:db8::7`. */
export const writeServedBy = ({ installation, addresses }: ServedBy): string =>
  addresses.length === 0 ? installation : `${installation} ${addresses.map(formatAddress).join(',')}`;

/** Undefined for a Service without the mark, such as one that was served before there was such a mark. */
export function servedBy({ meta }: Service): ServedBy | undefined {
  const text = meta.annotations[SERVED_BY_ANNOTATION];
  if (text === undefined) return undefined;
  const [installation = '', list] = text.split(' ');
  if (list === undefined) return { installation, addresses: NO_ADDRESSES };
  const read = list.split(',').map(parseAddress);
  return { installation, addresses: read.filter((address) => address !== undefined) };
}

/**
 * What marks the Service is about other addresses than this one: ours lists those, and MetalLB's, which lists none, is not
 * there. It is no proof that we wrote them, as a copied manifest has it too; but it tells nothing of this one.
 */
export function isUnmarkedBeside(service: Service, address: Address): boolean {
  const listed = servedBy(service)?.addresses ?? NO_ADDRESSES;
  return listed.length > 0 && !listed.includes(address) && !isMetalLBs(service);
}

/** We wrote other addresses into this Service than this one, which somebody else put there since. */
export function isOverwritten(service: Service, address: Address): boolean {
  const written = assignmentOf(service) === undefined ? [] : (servedBy(service)?.addresses ?? []);
  return written.length > 0 && !written.includes(address);
}
