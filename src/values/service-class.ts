/**
 * Which Services are ours, and which of two that hold one address held it first.
 *
 * Pure. The allocator and the speaker must agree on both, or one would announce what the other gives away; so the
 * rules are here, below both.
 *
 * Source: KEP-1959 (`spec.loadBalancerClass`: a class is served by its own implementation alone, no class by the
 * cluster's default one).
 * @module
 */
import type { Service } from './objects.js';
import { ASSIGNED_CONDITION } from './service-marks.js';
import { compareText } from './text.js';

export interface ServiceClass {
  /** The namespace that this installation is in: its marks say so, and it takes no other's away. */
  readonly installation: string;
  /** `--load-balancer-class`. */
  readonly name: string;
  /** `--default-class`: Services without a class are ours too. */
  readonly isDefault: boolean;
}

/** A LoadBalancer Service that this installation serves. One that is being deleted stays ours until it is gone. */
export const isOurs = (
  service: Pick<Service, 'type' | 'loadBalancerClass'>,
  ours: Pick<ServiceClass, 'name' | 'isDefault'>,
): boolean =>
  service.type === 'LoadBalancer' &&
  (service.loadBalancerClass === undefined ? ours.isDefault : service.loadBalancerClass === ours.name);

/**
 * Orders Services that hold the same address, the earlier holder first: by when the address was assigned, where a
 * condition says so, then by age, then by name. A Service without the condition was served by another provider before
 * we came, so it is the earlier one.
 */
export function compareHolders(a: Service, b: Service): number {
  return (
    compareText(assignedAt(a), assignedAt(b)) ||
    compareText(a.meta.createdAt, b.meta.createdAt) ||
    compareText(a.key, b.key)
  );
}

/** RFC 3339 in seconds compares as text. */
function assignedAt(service: Service): string {
  const condition = service.conditions.find(({ type }) => type === ASSIGNED_CONDITION);
  return condition?.status === 'True' ? condition.lastTransitionTime : '';
}
