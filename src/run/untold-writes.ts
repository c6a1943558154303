/**
 * What became of a write, and the Services of which something was written that nobody was told of yet.
 *
 * An admission webhook may change what is written, and the API server answers all the same; nothing is told then, as it
 * is not so. Once it is, people are told of all that changed since they were told last.
 *
 * Pure. One version is kept for each such Service, until something is told of it, nothing is to be written any more, or it
 * is gone.
 * @module
 */
import { isAsWritten, type ServiceWrite } from '../kube/status.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';

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

export class UntoldWrites {
  readonly #told = new Map<ServiceKey, Service>();

  /** As it was when people were told of it last: this version, where nothing is untold. */
  lastTold(service: Service): Service {
    return this.#told.get(service.key) ?? service;
  }

  /** A write that was planned on this version changed it, or may have, and nothing was told. */
  add(service: Service): void {
    if (!this.#told.has(service.key)) this.#told.set(service.key, service);
  }

  /** All is told, or it is gone. */
  delete(key: ServiceKey): void {
    this.#told.delete(key);
  }
}
