/**
 * The two subresources that are objects of another kind: a workload's Scale, and a pod's Binding to a node.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/, autoscaling/v1 Scale; core/v1 Binding.
 * @module
 */
import { toTime } from '../../kube/clock.js';
import { err, ok, type Result } from '../../values/result.js';
import type { ApiObject, JsonObject } from './object.js';
import type { Resource } from './resource.js';
import { badRequest, conflict, type Status } from './status.js';

export const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;
export const BINDING = { group: '', version: 'v1', kind: 'Binding' } as const;

export function scaleOf({ metadata, spec, status }: ApiObject): ApiObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: SCALE.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec?.selector ?? {}) },
  };
}

/** `object` with as many replicas as `scale` says, and the version that it was read at. */
export function rescaled(object: ApiObject, scale: JsonObject): Result<JsonObject, Status> {
  const replicas: unknown = scale['spec']?.replicas ?? 0;
  if (typeof replicas !== 'number') return err(badRequest('spec.replicas must be a number'));
  const { resourceVersion, uid } = scale['metadata'] ?? {};
  const { resourceVersion: _held, ...metadata } = object.metadata;
  return ok({
    ...object,
    metadata: {
      ...metadata,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(uid === undefined ? {} : { uid }),
    },
    spec: { ...object['spec'], replicas },
  });
}

/** As a label selector stands in a URL. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: JsonObject): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = (matchExpressions as JsonObject[]).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.join(',')})`;
      default:
        return operator === 'Exists' ? key : `!${key}`;
    }
  });
  return [...labels, ...expressions].sort().join(',');
}

/** The pod with its node, as the scheduler's Binding says. */
export function bound(
  pod: ApiObject,
  binding: JsonObject,
  resource: Resource,
  nowMs: number,
): Result<JsonObject, Status> {
  const node: unknown = binding['target']?.name;
  const { name } = pod.metadata;
  if (typeof node !== 'string' || node === '') return err(badRequest('target.name: Required value'));
  const subject = { group: resource.group, plural: `${resource.plural}/binding`, kind: resource.kind, name };
  if (pod.metadata.deletionTimestamp !== undefined)
    return err(conflict(subject, `pod ${name} is being deleted, cannot be assigned to a host`));
  if (pod['spec']?.nodeName)
    return err(conflict(subject, `pod ${name} is already assigned to node ${JSON.stringify(pod['spec'].nodeName)}`));
  return ok(onNode(pod, node, nowMs));
}

export function onNode(pod: ApiObject, nodeName: string, nowMs: number): ApiObject {
  const conditions: readonly JsonObject[] = pod['status']?.conditions ?? [];
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: toTime(nowMs) };
  return {
    ...pod,
    spec: { ...pod['spec'], nodeName },
    status: {
      ...pod['status'],
      conditions: [...conditions.filter(({ type }) => type !== 'PodScheduled'), scheduled],
    },
  };
}
