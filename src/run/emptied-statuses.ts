/**
 * Whose status somebody emptied under a leader's eyes, conditions and all.
 *
 * What is left looks as if a copied manifest had made it: a mark that lists addresses, and nothing that says that the Service
 * ever had them. Who saw it before knows better. The API server is no suspect: where the type changes it takes the addresses
 * away, and leaves the conditions.
 *
 * No I/O, no clock. A Service is remembered until its status shows something again.
 * @module
 */
import { conditionOf, type Service } from '../values/objects.js';
import { ASSIGNED_CONDITION, assignmentOf, servedBy } from '../values/service-marks.js';

export class EmptiedStatuses {
  readonly #uids = new Set<string>();

  /** One Service, as it was and as it is now. */
  observe(before: Service, after: Service): void {
    if (!isEmpty(after)) this.#uids.delete(after.meta.uid);
    else if (hadAddress(before) && before.generation === after.generation) this.#uids.add(after.meta.uid);
  }

  has({ meta }: Service): boolean {
    return this.#uids.has(meta.uid);
  }

  gone({ meta }: Service): void {
    this.#uids.delete(meta.uid);
  }
}

/** A Service that is none of ours any more has no mark. */
const isEmpty = (service: Service): boolean =>
  service.ingress.length === 0 && conditionOf(service, ASSIGNED_CONDITION) === undefined && isListed(service);

/** Two writes may empty it, of which one was seen in between. */
const hadAddress = (service: Service): boolean =>
  isListed(service) && (service.ingress.length > 0 || assignmentOf(service) !== undefined);

const isListed = (service: Service): boolean => (servedBy(service)?.addresses.length ?? 0) > 0;
