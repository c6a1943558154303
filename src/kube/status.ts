/**
 * What the controller writes into a Service: one patch for address, conditions and annotations together.
 *
 * Tried on the API server of Kubernetes 1.36, a strategic merge patch of the Service's `status` subresource:
 * - `status.conditions` merges by `type` (patchMergeKey): conditions of other writers stay, `$patch: delete` removes one.
 * - `metadata.resourceVersion` in the patch makes it conditional: 409 Conflict, nothing changed, when it is another one.
 * - `metadata.annotations` and `labels` are applied too, `spec` is silently ignored; a `null` annotation is removed.
 * - `status.loadBalancer.ingress` is replaced as a whole, emptied by `null`.
 * - `ipMode` absent is defaulted to `VIP`, and refused without `ip`; servers before 1.30 drop it.
 * - A patch that changes nothing leaves the resourceVersion as it is and wakes no watcher.
 * @module
 */
import { type ServiceKey, splitServiceKey } from '../values/names.js';
import { type Condition, conditionOf, type Ingress, type Service } from '../values/objects.js';
import type { ApiClient, RequestOptions } from './client.js';
import { readService, SERVICES } from './objects.js';

/** What to change; what is absent stays. */
export interface ServiceWrite {
  /** The version the decision was made on. */
  readonly resourceVersion: string;
  /** Replaces all of them; empty takes the addresses away. */
  readonly ingress?: readonly Ingress[];
  /** By type; conditions of other types stay as they are. */
  readonly conditions?: readonly Condition[];
  /** Types of ours to take away. */
  readonly dropConditions?: readonly string[];
  /** `null` takes an annotation away. */
  readonly annotations?: Readonly<Record<string, string | null>>;
}

/** The body of the patch. */
function servicePatch(write: ServiceWrite): object {
  const { resourceVersion, annotations, ingress } = write;
  const conditions = [
    ...(write.conditions ?? []).map(bodyOf),
    ...(write.dropConditions ?? []).map((type) => ({ type, $patch: 'delete' })),
  ];
  return {
    metadata: { resourceVersion, ...(annotations === undefined ? {} : { annotations }) },
    status: {
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(ingress === undefined
        ? {}
        : { loadBalancer: { ingress: ingress.length === 0 ? null : ingress.map(ingressOf) } }),
    },
  };
}

/** Without the fields that are empty: the API refuses `ipMode: ""` and `hostname` beside `ip` means something. */
const ingressOf = ({ ip, hostname, ipMode }: Ingress) => ({
  ...(ip === '' ? {} : { ip }),
  ...(hostname === '' ? {} : { hostname }),
  ...(ipMode === '' ? {} : { ipMode }),
});

/**
 * Without what is not known. A Service had no `metadata.generation` up to Kubernetes 1.36: nothing was observed then. And
 * `null` is a valid time of a condition, but `""` is none: the API refuses the whole patch for it.
 */
const bodyOf = ({ observedGeneration, lastTransitionTime, ...condition }: Condition) => ({
  ...condition,
  ...(observedGeneration === 0 ? {} : { observedGeneration }),
  ...(lastTransitionTime === '' ? {} : { lastTransitionTime }),
});

/** The Service as it is after the patch. Throws ApiError: 409 when somebody else wrote it meanwhile, 404 when it is gone. */
export async function patchService(
  client: ApiClient,
  key: ServiceKey,
  write: ServiceWrite,
  options: Pick<RequestOptions, 'signal' | 'timeoutMs' | 'mayBeSent'> = {},
): Promise<Service> {
  const { namespace, name } = splitServiceKey(key);
  const answer = await client.request('PATCH', `${SERVICES.path(namespace)}/${name}/status`, {
    ...options,
    body: servicePatch(write),
    contentType: 'application/strategic-merge-patch+json',
    query: { fieldManager: FIELD_MANAGER },
  });
  return readService(answer);
}

/** Whether the Service has all that was to be changed, as far as its fields are known: an admission webhook may have changed it. */
export function isAsWritten(
  service: Service,
  { ingress, conditions, dropConditions, annotations }: ServiceWrite,
): boolean {
  return (
    (ingress === undefined ||
      (ingress.length === service.ingress.length &&
        ingress.every(({ ip, hostname, ipMode }, at) => {
          const is = service.ingress[at];
          return is?.ip === ip && is.hostname === hostname && is.ipMode === ipMode;
        }))) &&
    (conditions ?? []).every(({ type, status, reason, message }) => {
      const is = conditionOf(service, type);
      return is?.status === status && is.reason === reason && is.message === message;
    }) &&
    (dropConditions ?? []).every((type) => conditionOf(service, type) === undefined) &&
    Object.entries(annotations ?? {}).every(([name, text]) => (service.meta.annotations[name] ?? null) === text)
  );
}

/** Whose the fields are, in `metadata.managedFields`. */
const FIELD_MANAGER = 'cairn-controller';
