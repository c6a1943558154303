/**
 * ReplicaSets: as many Pods of their template as they are asked for, and a status that counts them.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
 * @module
 */
import { equalJson } from '../json.js';
import type { ApiObject, JsonObject } from '../object.js';
import { conditionOf, conditionsOf } from './conditions.js';
import { type Controller, type Decision, keyOf, NOTHING, nameOf, type View, type Write } from './controller.js';
import { claim, controllerOf, controllerReference } from './owners.js';
import { availableInMs, isActive, isReady, isTerminal } from './pods.js';
import { workloadSelector } from './selectors.js';

const SETS = 'replicasets.apps';
/** Upstream's BurstReplicas: the rest follows in the next round. */
const BURST = 500;

export const replicaSets: Controller = {
  name: 'replicaset-controller',
  manager: 'kube-controller-manager',
  watches: {
    [SETS]: ({ object }) => [keyOf(object)],
    pods: ({ object, previous, type }, view) => [
      ...ownersOf(object, type === 'DELETED', view),
      ...(previous ? ownersOf(previous, true, view) : []),
    ],
  },
  decide,
};

function ownersOf(pod: ApiObject, isPast: boolean, view: View): readonly string[] {
  const owner = controllerOf(pod);
  const { namespace, labels = {} } = pod.metadata;
  if (owner !== undefined) return owner.kind === 'ReplicaSet' ? [`${namespace}/${owner.name}`] : [];
  if (isPast) return [];
  return view
    .list(SETS, namespace)
    .filter(({ spec }) => workloadSelector(spec.selector)(labels))
    .map(keyOf);
}

function decide(key: string, view: View, nowMs: number): Decision {
  const set = view.get(SETS, nameOf(key));
  if (set === undefined) return NOTHING;
  const claimed = claim(set, 'pods', workloadSelector(set['spec'].selector), view);
  if (claimed.writes.length > 0) return { writes: claimed.writes };

  const active = claimed.owned.filter(isActive);
  if (!set.metadata.deletionTimestamp) {
    const missing = (set['spec'].replicas ?? 0) - active.length;
    if (missing > 0) return { writes: create(set, Math.min(missing, BURST)) };
    if (missing < 0) return { writes: remove(set, active, Math.min(-missing, BURST), view) };
  }
  const { minReadySeconds = 0 } = set['spec'];
  const waits = active.map((pod) => availableInMs(pod, minReadySeconds, nowMs));
  const status = statusOf(set, claimed.owned, waits);
  if (!equalJson(status, set['status'])) {
    return { writes: [{ do: 'update-status', resource: SETS, object: { ...set, status } }] };
  }
  const later = waits.filter((ms) => ms !== undefined && ms > 0) as number[];
  return later.length > 0 ? { writes: [], againInMs: Math.min(...later) } : NOTHING;
}

function create(set: ApiObject, count: number): readonly Write[] {
  const { metadata, spec } = set['spec'].template;
  const { namespace, name } = set.metadata;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      generateName: `${name}-`,
      ...picked(metadata, ['labels', 'annotations', 'finalizers']),
      ownerReferences: [controllerReference(set)],
    },
    spec,
  };
  const announced = { about: set, reason: 'SuccessfulCreate', before: 'Created pod: ' };
  return Array.from({ length: count }, () => ({ do: 'create', resource: 'pods', object: pod, announced }));
}

const picked = (from: JsonObject = {}, fields: readonly string[]): JsonObject =>
  Object.fromEntries(fields.filter((field) => from[field] !== undefined).map((field) => [field, from[field]]));

/** Those go first that serve least: see {@link byUse}. */
function remove(set: ApiObject, active: readonly ApiObject[], count: number, view: View): readonly Write[] {
  const crowd = new Map<string, number>();
  for (const pod of siblings(set, view)) crowd.set(nodeOf(pod), (crowd.get(nodeOf(pod)) ?? 0) + 1);
  const ordered = active.toSorted((a, b) => byUse(a, b, (pod) => crowd.get(nodeOf(pod)) ?? 0));
  return ordered.slice(0, count).flatMap((pod): readonly Write[] => [
    { do: 'delete', resource: 'pods', object: pod },
    {
      do: 'event',
      about: set,
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
    },
  ]);
}

/** The active pods of all ReplicaSets that have the same owner. */
function siblings(set: ApiObject, view: View): readonly ApiObject[] {
  const owner = controllerOf(set);
  const sets = owner ? view.dependents(owner.uid).map(({ object }) => object) : [set];
  return sets.flatMap(({ metadata }) =>
    view
      .dependents(metadata.uid)
      .filter(({ resource, object }) => resource === 'pods' && isActive(object))
      .map(({ object }) => object),
  );
}

const nodeOf = (pod: ApiObject): string => pod['spec'].nodeName ?? '';
const PHASES = ['Pending', 'Unknown', 'Running'];

/** Upstream's order of who is deleted first, without what it does for the ages of large sets. */
function byUse(a: ApiObject, b: ApiObject, crowdOf: (pod: ApiObject) => number): number {
  const cost = (pod: ApiObject) =>
    Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0;
  const restarts = (pod: ApiObject) =>
    Math.max(0, ...(pod['status']?.containerStatuses ?? []).map((each: JsonObject) => each['restartCount'] ?? 0));
  const readySince = (pod: ApiObject) =>
    isReady(pod) ? Date.parse(conditionOf(pod, 'Ready')?.['lastTransitionTime'] ?? '') || 0 : 0;
  return (
    Number(nodeOf(a) !== '') - Number(nodeOf(b) !== '') ||
    PHASES.indexOf(a['status']?.phase) - PHASES.indexOf(b['status']?.phase) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    cost(a) - cost(b) ||
    crowdOf(b) - crowdOf(a) ||
    readySince(b) - readySince(a) ||
    restarts(b) - restarts(a) ||
    Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp) ||
    (a.metadata.name < b.metadata.name ? 1 : -1)
  );
}

function statusOf(set: ApiObject, owned: readonly ApiObject[], waits: readonly (number | undefined)[]): JsonObject {
  const active = owned.filter(isActive);
  const { labels = {} } = set['spec'].template.metadata ?? {};
  const labelled = active.filter(({ metadata }) =>
    Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
  );
  const counts = {
    fullyLabeledReplicas: labelled.length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: waits.filter((ms) => ms === 0).length,
  };
  const conditions = conditionsOf(set).filter(({ type }) => type !== 'ReplicaFailure');
  return {
    replicas: active.length,
    // Go leaves out what is 0.
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0)),
    terminatingReplicas: owned.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod)).length,
    observedGeneration: set.metadata.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}
