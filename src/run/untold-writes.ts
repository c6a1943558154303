/**
 * What became of a write, and the Services of which something was written that nobody was told of yet.
 *
 * An admission webhook may change what is written, and the API server answers all the same; nothing is told then, as it
 * is not so. The answer to a write may be lost, or be that of its repetition (409): whether it arrived is seen in the
 * Service, as nobody else writes just the same. Once it is so, people are told of all that changed since they were told
 * last.
 *
 * No I/O, no clock. One write is kept for each such Service, the last one, until something is told of it, nothing is to be written any
 * more, or it is gone.
 * @module
 */
import type { Standing } from '../allocator/standing.js';
import { isAsWritten, type ServiceWrite } from '../kube/status.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import type { ServicePlan } from './service-plan.js';

/** The API server took a write and made something else of it. */
export class ChangedWriteError extends Error {
  override readonly name = 'ChangedWriteError';
  readonly code = 'WRITE_CHANGED';
  constructor(changed: readonly string[]) {
    super(
      `something at the API server, such as an admission webhook, changes what Cairn writes: ${changed.join(', ')} ` +
        'of the Service came back as something else; let it leave these alone',
    );
  }
}

const PARTS = {
  ingress: 'status.loadBalancer.ingress',
  conditions: 'status.conditions',
  dropConditions: 'status.conditions',
  annotations: 'metadata.annotations',
} as const satisfies Partial<Record<keyof ServiceWrite, string>>;

/** Which fields are something else than was to be written. Before Kubernetes 1.30 the API drops `ipMode`: that is none. */
export function changedIn(service: Service, write: ServiceWrite): readonly string[] {
  if (isAsWritten(service, write)) return [];
  const { resourceVersion, ingress } = write;
  const asKept: ServiceWrite =
    ingress === undefined
      ? write
      : {
          ...write,
          ingress: ingress.map((each, at) => (service.ingress[at]?.ipMode === '' ? withoutMode(each) : each)),
        };
  const parts = Object.entries(PARTS) as [keyof typeof PARTS, string][];
  const changed = parts.filter(([part]) => !isAsWritten(service, { resourceVersion, [part]: asKept[part] }));
  return [...new Set(changed.map(([, field]) => field))];
}

const withoutMode = <T extends object>(ingress: T): T => ({ ...ingress, ipMode: '' });

/** A write, and on what it was decided. */
export interface Sent {
  readonly service: Service;
  readonly standing: Standing;
  readonly plan: ServicePlan;
}

interface Untold extends Sent {
  readonly lastTold: Service;
}

export class UntoldWrites {
  readonly #untold = new Map<ServiceKey, Untold>();

  /** As it was when people were told of it last: this version, where nothing is untold. */
  lastTold(service: Service): Service {
    return this.#untold.get(service.key)?.lastTold ?? service;
  }

  /** It was changed on its way, or no good answer came. */
  add(sent: Sent): void {
    this.#untold.set(sent.service.key, { ...sent, lastTold: this.lastTold(sent.service) });
  }

  /** The untold write whose work this version shows. */
  arrivedIn(service: Service): Sent | undefined {
    const untold = this.#untold.get(service.key);
    return untold !== undefined && hasArrived(untold, service) ? untold : undefined;
  }

  /** All is told, or it is gone. */
  delete(key: ServiceKey): void {
    this.#untold.delete(key);
  }
}

/** All that it says, no other addresses, and what it was planned on did not have it. */
function hasArrived({ service: before, plan: { write } }: Sent, service: Service): boolean {
  if (before.meta.resourceVersion === service.meta.resourceVersion) return false;
  const { ingress = before.ingress } = write;
  return changedIn(service, { ...write, ingress }).length === 0 && changedIn(before, write).length > 0;
}
