/**
 * What of a Pod goes into Endpoints and EndpointSlices of a Service.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';
import { conditionOf } from './conditions.js';
import type { View } from './controller.js';
import { isReady, isTerminal } from './pods.js';
import { selectsPods, serviceSelects } from './selectors.js';

export const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';
export const HEADLESS = 'service.kubernetes.io/headless';

/** Services whose endpoints a change of this Pod may change. */
export const servicesOf = ({ metadata }: ApiObject, view: View): readonly string[] =>
  view
    .list('services', metadata.namespace)
    .filter((service) => serviceSelects(service, metadata.labels))
    .map((service) => `${metadata.namespace}/${service.metadata.name}`);

/** In the order of their names; those without an address and those that have run to their end are left out. */
export function podsOf(service: ApiObject, view: View): readonly ApiObject[] {
  if (!selectsPods(service)) return [];
  return view
    .list('pods', service.metadata.namespace)
    .filter((pod) => serviceSelects(service, pod.metadata.labels) && !isTerminal(pod) && addressesOf(pod).length > 0);
}

export const addressesOf = ({ status = {} }: ApiObject): readonly string[] => {
  const all: readonly JsonObject[] = status.podIPs ?? (status.podIP ? [{ ip: status.podIP }] : []);
  return all.map((each) => each['ip']);
};

export const familyOf = (address: string): 'IPv4' | 'IPv6' => (address.includes(':') ? 'IPv6' : 'IPv4');

/** The number of a Service's port in this Pod; a name that no container has: `undefined`. */
export function portNumber({ spec }: ApiObject, port: JsonObject): number | undefined {
  const { targetPort = port['port'], protocol = 'TCP' } = port;
  if (typeof targetPort === 'number') return targetPort;
  const sidecars = (spec.initContainers ?? []).filter((each: JsonObject) => each['restartPolicy'] === 'Always');
  for (const container of [...spec.containers, ...sidecars]) {
    for (const each of container.ports ?? []) {
      if (each.name === targetPort && (each.protocol ?? 'TCP') === protocol) return each.containerPort;
    }
  }
  return undefined;
}

export const targetRef = ({ metadata }: ApiObject): JsonObject => ({
  kind: 'Pod',
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
});

/** A Pod is found by its hostname in the Service that its `subdomain` names. */
export const hostnameIn = ({ spec, metadata }: ApiObject, service: ApiObject): string | undefined =>
  spec.hostname && spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace
    ? spec.hostname
    : undefined;

/** What an earlier write said of each Pod, by uid: whether it was ready. */
export type Told = ReadonlyMap<string, boolean>;

/**
 * The annotation that says when what is written came about: with the Service, and later with the first Pod whose readiness
 * nobody was told of. That Pods went has no time.
 */
export function lastChange(service: ApiObject, pods: readonly ApiObject[], told: Told | undefined): Annotations {
  if (told === undefined) return { [LAST_CHANGE]: service.metadata.creationTimestamp };
  const times = pods
    .filter((pod) => told.get(pod.metadata.uid) !== isReady(pod))
    .map((pod) => conditionOf(pod, 'Ready')?.['lastTransitionTime'] as string | null | undefined)
    .filter((time) => typeof time === 'string');
  const [first] = times.sort();
  return first === undefined ? {} : { [LAST_CHANGE]: first };
}

type Annotations = Readonly<Record<string, string>>;

export const isHeadless = ({ spec }: ApiObject): boolean => !spec.clusterIP || spec.clusterIP === 'None';
