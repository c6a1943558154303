/**
 * What a pod's spec is given that its writer left out, in a Pod and in the template of one.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/v1 defaults.go.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import { completeConditions } from '../conditions.js';

/** rw-r--r--, as JSON has no octal numbers. */
const FILE_MODE = 0o644;
const GRACE_SECONDS = 30;
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const VOLUMES_WITH_MODE = ['configMap', 'secret', 'downwardAPI', 'projected'];

/** Of a Pod alone: its template leaves these to whoever makes the Pod. */
export function setPodDefaults(pod: ApiObject): void {
  pod['spec'] ??= {};
  const { spec } = pod;
  for (const container of [...containersOf(spec), ...initContainersOf(spec)]) {
    const { limits, requests } = container['resources'] ?? {};
    if (limits != null) container['resources'] = { ...container['resources'], requests: { ...limits, ...requests } };
  }
  if (spec.hostNetwork === true) {
    for (const port of containersOf(spec).flatMap((container): JsonObject[] => container['ports'] ?? [])) {
      port['hostPort'] ||= port['containerPort'];
    }
  }
  spec.enableServiceLinks ??= true;
  setPodSpecDefaults(spec);
  pod['status'] ??= {};
  pod['status'].phase ||= 'Pending';
  completeConditions(pod, ['lastProbeTime', 'lastTransitionTime']);
}

export function setPodSpecDefaults(spec: JsonObject): void {
  for (const container of [...containersOf(spec), ...initContainersOf(spec)]) setContainerDefaults(container);
  for (const volume of (spec['volumes'] ?? []) as JsonObject[]) setVolumeDefaults(volume);
  spec['restartPolicy'] ||= 'Always';
  spec['dnsPolicy'] ||= 'ClusterFirst';
  spec['schedulerName'] ||= 'default-scheduler';
  spec['securityContext'] ??= {};
  spec['terminationGracePeriodSeconds'] ??= GRACE_SECONDS;
  // One account, two names: the second is the old one.
  const account = spec['serviceAccountName'] || spec['serviceAccount'];
  if (account) Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[field] === false) delete spec[field];
}

export const containersOf = (spec: JsonObject): JsonObject[] => spec['containers'] ?? [];
export const initContainersOf = (spec: JsonObject): JsonObject[] => spec['initContainers'] ?? [];

function setContainerDefaults(container: JsonObject): void {
  container['resources'] ??= {};
  container['terminationMessagePath'] ||= '/dev/termination-log';
  container['terminationMessagePolicy'] ||= 'File';
  container['imagePullPolicy'] ||= pullPolicyOf(container['image'] ?? '');
  for (const port of (container['ports'] ?? []) as JsonObject[]) port['protocol'] ||= 'TCP';
  for (const { valueFrom } of (container['env'] ?? []) as JsonObject[]) {
    if (valueFrom?.fieldRef != null) valueFrom.fieldRef.apiVersion ||= 'v1';
  }
  for (const name of PROBES) if (container[name] != null) setProbeDefaults(container[name]);
  for (const handler of [container['lifecycle']?.postStart, container['lifecycle']?.preStop]) {
    if (handler?.httpGet != null) setHttpDefaults(handler.httpGet);
  }
}

/** `latest`, also where it is not written, is asked for each time. */
function pullPolicyOf(image: string): string {
  if (image === '' || image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function setProbeDefaults(probe: JsonObject): void {
  probe['timeoutSeconds'] ||= 1;
  probe['periodSeconds'] ||= 10;
  probe['successThreshold'] ||= 1;
  probe['failureThreshold'] ||= 3;
  if (probe['httpGet'] != null) setHttpDefaults(probe['httpGet']);
  if (probe['grpc'] != null) probe['grpc'].service ??= '';
}

function setHttpDefaults(get: JsonObject): void {
  get['path'] ||= '/';
  get['scheme'] ||= 'HTTP';
}

function setVolumeDefaults(volume: JsonObject): void {
  if (Object.keys(volume).every((field) => field === 'name')) volume['emptyDir'] = {};
  for (const kind of VOLUMES_WITH_MODE) if (volume[kind] != null) volume[kind].defaultMode ??= FILE_MODE;
  const { projected } = volume;
  if (projected != null && (projected.sources ?? []).length === 0) projected.sources = null;
  if (volume['hostPath'] != null) volume['hostPath'].type ??= '';
}
