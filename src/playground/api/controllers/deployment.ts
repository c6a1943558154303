/**
 * Deployments: a ReplicaSet for each pod template, sized step by step, and the status that `kubectl rollout` reads.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 * @module
 */
import { equalJson } from '../json.js';
import type { ApiObject, JsonObject } from '../object.js';
import { conditionOf, conditionsOf } from './conditions.js';
import { type Controller, type Decision, keyOf, NOTHING, nameOf, type View, type Write } from './controller.js';
import { deadlineInMs, deploymentStatus, hasDeadline, stated, wasComplete } from './deployment-status.js';
import { claim, controllerOf, controllerReference } from './owners.js';
import { isTerminal } from './pods.js';
import { REVISION, revise } from './revisions.js';
import * as rollout from './rollout.js';
import { workloadSelector } from './selectors.js';
import { TEMPLATE_HASH, templateHash } from './template-hash.js';

const DEPLOYMENTS = 'deployments.apps';
const SETS = 'replicasets.apps';

export const deployments: Controller = {
  name: 'deployment-controller',
  manager: 'kube-controller-manager',
  watches: {
    [DEPLOYMENTS]: ({ object }) => [keyOf(object)],
    [SETS]: ({ object, type }, view) => ownersOf(object, type === 'DELETED', view),
    pods: ({ object, type }, view) => (type === 'DELETED' ? recreatedBy(object, view) : []),
  },
  decide,
};

function ownersOf(set: ApiObject, isGone: boolean, view: View): readonly string[] {
  const owner = controllerOf(set);
  const { namespace, labels = {} } = set.metadata;
  if (owner !== undefined) return owner.kind === 'Deployment' ? [`${namespace}/${owner.name}`] : [];
  if (isGone) return [];
  return view
    .list(DEPLOYMENTS, namespace)
    .filter(({ spec }) => workloadSelector(spec.selector)(labels))
    .map(keyOf);
}

/** A Recreate waits for the last old pod to be gone. */
function recreatedBy(pod: ApiObject, view: View): readonly string[] {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const set = view.get(SETS, { namespace: pod.metadata.namespace, name: owner.name });
  return set ? ownersOf(set, false, view) : [];
}

function decide(key: string, view: View, nowMs: number): Decision {
  const deployment = view.get(DEPLOYMENTS, nameOf(key));
  if (deployment === undefined) return NOTHING;
  const { selector, template, paused } = deployment['spec'];
  const claimed = claim(deployment, SETS, workloadSelector(selector), view);
  if (claimed.writes.length > 0) return { writes: claimed.writes };

  const sets = sortSets(claimed.owned, template);
  if (deployment.metadata.deletionTimestamp) return withStatus(deployment, sets, [], false, nowMs);
  const pausing = pauseCondition(deployment, nowMs);
  if (pausing !== undefined) return { writes: [pausing] };

  const revising = sets.fresh ? revise(deployment, sets.fresh, sets.old) : [];
  if (revising.length > 0) return { writes: revising };
  if (paused || rollout.isScaling(deployment, sets)) {
    const writes = [
      ...resize(deployment, sets, rollout.scalingStep(deployment, sets), true),
      ...(paused ? outdated(deployment, sets.old) : []),
    ];
    return withStatus(deployment, sets, writes, false, nowMs);
  }
  return withStatus(deployment, sets, roll(deployment, sets, view, nowMs), true, nowMs);
}

/** The oldest ReplicaSet of the Deployment's template is its fresh one. */
function sortSets(owned: readonly ApiObject[], template: JsonObject): rollout.ReplicaSets {
  const old = [...owned].sort((a, b) => compare(ageOf(a), ageOf(b)) || compare(a.metadata.name, b.metadata.name));
  const at = old.findIndex(({ spec }) => equalJson(withoutHash(spec.template), withoutHash(template)));
  return { fresh: at < 0 ? undefined : old[at], old: at < 0 ? old : old.toSpliced(at, 1) };
}

const ageOf = ({ metadata }: ApiObject) => metadata.creationTimestamp;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function withoutHash({ metadata = {}, ...rest }: JsonObject): JsonObject {
  const {
    labels: { [TEMPLATE_HASH]: _, ...labels } = {},
    creationTimestamp: _none,
    ...others
  } = metadata as JsonObject;
  return { ...rest, metadata: { ...others, labels } };
}

function roll(deployment: ApiObject, sets: rollout.ReplicaSets, view: View, nowMs: number): readonly Write[] {
  if (deployment['spec'].strategy?.type === 'Recreate') {
    const step = rollout.recreateStep(sets);
    if (step.size > 0) return resize(deployment, sets, step);
    if (sets.old.some((set) => hasPods(set, view))) return [];
  }
  const { fresh } = sets;
  if (fresh === undefined) return makeFresh(deployment, sets, view, nowMs);
  const step = rollout.rollingStep(deployment, { ...sets, fresh });
  if (step.size > 0) return resize(deployment, sets, step);
  return wasComplete(deployment) ? outdated(deployment, sets.old) : [];
}

const hasPods = (set: ApiObject, view: View) =>
  view.dependents(set.metadata.uid).some(({ resource, object }) => resource === 'pods' && !isTerminal(object));

function resize(
  deployment: ApiObject,
  sets: rollout.ReplicaSets,
  sizes: rollout.Sizes,
  tellAll = false,
): readonly Write[] {
  const told = replicasAnnotations(deployment);
  return rollout.all(sets).flatMap((set): readonly Write[] => {
    const before = rollout.sizeOf(set);
    const replicas = sizes.get(set.metadata.name) ?? before;
    const annotations = { ...set.metadata.annotations, ...told };
    const isStale = tellAll && before > 0 && !equalJson(annotations, set.metadata.annotations);
    if (replicas === before && !isStale) return [];
    const object = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set['spec'], replicas } };
    const update: Write = { do: 'update', resource: SETS, object };
    return replicas === before ? [update] : [update, scaledEvent(deployment, set.metadata.name, before, replicas)];
  });
}

const scaledEvent = (about: ApiObject, set: string, from: number, to: number): Write => ({
  do: 'event',
  about,
  type: 'Normal',
  reason: 'ScalingReplicaSet',
  message: `Scaled ${to > from ? 'up' : 'down'} replica set ${set} from ${from} to ${to}`,
});

function replicasAnnotations(deployment: ApiObject): Record<string, string> {
  const { replicas } = deployment['spec'];
  return {
    [rollout.DESIRED_REPLICAS]: String(replicas),
    [rollout.MAX_REPLICAS]: String(replicas + rollout.margins(deployment).surge),
  };
}

function makeFresh(deployment: ApiObject, sets: rollout.ReplicaSets, view: View, nowMs: number): readonly Write[] {
  const { metadata, spec, status = {} } = deployment;
  const hash = templateHash(spec.template, status.collisionCount);
  const name = `${metadata.name.slice(0, 253 - hash.length - 1)}-${hash}`;
  if (view.get(SETS, { namespace: metadata.namespace, name }) !== undefined) {
    // Another template's, or another owner's: the next hash is counted from this one.
    const collided = { ...status, collisionCount: (status.collisionCount ?? 0) + 1 };
    return [{ do: 'update-status', resource: DEPLOYMENTS, object: { ...deployment, status: collided } }];
  }
  const labels = { ...spec.template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const replicas = rollout.nextFreshSize(deployment, sets);
  const set: ApiObject = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: metadata.namespace,
      labels,
      annotations: replicasAnnotations(deployment),
      ownerReferences: [controllerReference(deployment)],
    } as ApiObject['metadata'],
    spec: {
      replicas,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
  const [revised] = revise(deployment, set, sets.old);
  const object = revised?.do === 'update' ? revised.object : set;
  const conditions = hasDeadline(deployment)
    ? stated(conditionsOf(deployment), nowMs, {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetCreated',
        message: `Created new replica set "${name}"`,
      })
    : conditionsOf(deployment);
  return [
    { do: 'create', resource: SETS, object },
    ...(replicas > 0 ? [scaledEvent(deployment, name, 0, replicas)] : []),
    { do: 'update-status', resource: DEPLOYMENTS, object: { ...deployment, status: { ...status, conditions } } },
  ];
}

/** Old ReplicaSets beyond the history that is kept, the oldest revisions first; only those that are done with. */
function outdated(deployment: ApiObject, old: readonly ApiObject[]): readonly Write[] {
  const limit = deployment['spec'].revisionHistoryLimit ?? 10;
  const revision = (set: ApiObject) => Number(set.metadata.annotations?.[REVISION] ?? 0);
  const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp);
  return alive
    .toSorted((a, b) => revision(a) - revision(b))
    .slice(0, Math.max(0, alive.length - limit))
    .filter((set) => rollout.sizeOf(set) === 0 && !set['status']?.replicas)
    .filter((set) => (set.metadata.generation ?? 0) <= (set['status']?.observedGeneration ?? 0))
    .map((object) => ({ do: 'delete', resource: SETS, object }));
}

/** A pause stops the clock of the progress deadline, and its end starts it anew. */
function pauseCondition(deployment: ApiObject, nowMs: number): Write | undefined {
  const reason = conditionOf(deployment, 'Progressing')?.reason;
  const isPaused = deployment['spec'].paused === true;
  if (!hasDeadline(deployment) || reason === 'ProgressDeadlineExceeded') return undefined;
  if (isPaused === (reason === 'DeploymentPaused')) return undefined;
  const conditions = stated(conditionsOf(deployment), nowMs, {
    type: 'Progressing',
    status: 'Unknown',
    reason: isPaused ? 'DeploymentPaused' : 'DeploymentResumed',
    message: isPaused ? 'Deployment is paused' : 'Deployment is resumed',
  });
  const object = { ...deployment, status: { ...deployment['status'], conditions } };
  return { do: 'update-status', resource: DEPLOYMENTS, object };
}

/** Counts follow what was written, so they wait until there is nothing else to write. */
function withStatus(
  deployment: ApiObject,
  sets: rollout.ReplicaSets,
  writes: readonly Write[],
  isRolling: boolean,
  nowMs: number,
): Decision {
  if (writes.length > 0) return { writes };
  const status = deploymentStatus(deployment, sets, isRolling, nowMs);
  if (!equalJson(status, deployment['status'])) {
    return { writes: [{ do: 'update-status', resource: DEPLOYMENTS, object: { ...deployment, status } }] };
  }
  const againInMs = isRolling ? deadlineInMs(deployment, nowMs) : undefined;
  return againInMs === undefined ? NOTHING : { writes: [], againInMs };
}
