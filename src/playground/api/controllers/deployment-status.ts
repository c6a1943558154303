/**
 * What `status` says of a Deployment: counts, whether enough is available, whether its rollout gets on.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 * @module
 */
import { toTime } from '../../../kube/clock.js';
import type { ApiObject, JsonObject } from '../object.js';
import { type Condition, conditionOf, conditionsOf } from './conditions.js';
import { all, margins, type ReplicaSets, sizeOf, total } from './rollout.js';

const count = (field: string) => (set: ApiObject) => (set['status']?.[field] as number | undefined) ?? 0;

/** `isRolling`: neither paused nor being scaled, so that progress is expected. */
export function deploymentStatus(
  deployment: ApiObject,
  sets: ReplicaSets,
  isRolling: boolean,
  nowMs: number,
): JsonObject {
  const every = all(sets);
  const available = total(every, count('availableReplicas'));
  const { collisionCount } = deployment['status'] ?? {};
  const counts = {
    replicas: total(every, count('replicas')),
    updatedReplicas: sets.fresh ? count('replicas')(sets.fresh) : 0,
    readyReplicas: total(every, count('readyReplicas')),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total(every, sizeOf) - available),
  };
  const isEnough = available >= deployment['spec'].replicas - margins(deployment).unavailable;
  let conditions = conditionsOf(deployment);
  conditions = stated(conditions, nowMs, {
    type: 'Available',
    status: isEnough ? 'True' : 'False',
    reason: isEnough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: isEnough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  });
  if (isRolling) conditions = withFailure(withProgress(conditions, deployment, sets, counts, nowMs), every, nowMs);
  return {
    observedGeneration: deployment.metadata.generation,
    // Go leaves out what is 0.
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0)),
    terminatingReplicas: total(every, count('terminatingReplicas')),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions,
  };
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

/** Every replica is of the new template and available, and the counts are of the newest spec. */
const isComplete = (deployment: ApiObject, counts: Counts) =>
  counts.updatedReplicas === deployment['spec'].replicas &&
  counts.replicas === deployment['spec'].replicas &&
  counts.availableReplicas === deployment['spec'].replicas;

/** As {@link isComplete}, of what is written in the status. */
export const wasComplete = (deployment: ApiObject): boolean =>
  isComplete(deployment, countsOf(deployment)) &&
  (deployment['status']?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);

function countsOf({ status = {} }: ApiObject): Counts {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return { replicas, updatedReplicas, readyReplicas, availableReplicas };
}

export const hasDeadline = ({ spec }: ApiObject): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== 2 ** 31 - 1;

/** How long until a rollout without progress is called failed; `undefined` when none is under way. */
export function deadlineInMs(deployment: ApiObject, nowMs: number): number | undefined {
  const progress = conditionOf(deployment, 'Progressing');
  if (!hasDeadline(deployment) || progress === undefined || wasComplete(deployment)) return undefined;
  if (progress.reason === 'ProgressDeadlineExceeded' || progress.reason === 'NewReplicaSetAvailable') return undefined;
  return Date.parse(progress['lastUpdateTime']) + deployment['spec'].progressDeadlineSeconds * 1000 - nowMs;
}

function withProgress(
  conditions: readonly Condition[],
  deployment: ApiObject,
  { fresh }: ReplicaSets,
  counts: Counts,
  nowMs: number,
): readonly Condition[] {
  if (!hasDeadline(deployment)) return conditions.filter(({ type }) => type !== 'Progressing');
  const current = conditions.find(({ type }) => type === 'Progressing');
  if (current?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas) return conditions;
  const name = fresh ? `ReplicaSet "${fresh.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const progressing = (status: Condition['status'], reason: string, what: string): Condition => ({
    type: 'Progressing',
    status,
    reason,
    message: `${name} ${what}.`,
  });
  if (isComplete(deployment, counts)) {
    return stated(conditions, nowMs, progressing('True', 'NewReplicaSetAvailable', 'has successfully progressed'));
  }
  if (hasProgressed(countsOf(deployment), counts)) {
    // Each sign of progress starts the deadline anew, so the time of this one counts even when nothing else differs.
    const condition = stamped(progressing('True', 'ReplicaSetUpdated', 'is progressing'), current, nowMs);
    return [...conditions.filter(({ type }) => type !== 'Progressing'), condition];
  }
  if ((deadlineInMs(deployment, nowMs) ?? 1) <= 0) {
    return stated(conditions, nowMs, progressing('False', 'ProgressDeadlineExceeded', 'has timed out progressing'));
  }
  return conditions;
}

const hasProgressed = (before: Counts, after: Counts) =>
  after.updatedReplicas > before.updatedReplicas ||
  after.replicas - after.updatedReplicas < before.replicas - before.updatedReplicas ||
  after.readyReplicas > before.readyReplicas ||
  after.availableReplicas > before.availableReplicas;

/** A ReplicaSet that cannot make its pods says why; so does its Deployment. */
function withFailure(conditions: readonly Condition[], sets: readonly ApiObject[], nowMs: number) {
  const failure = [...sets]
    .reverse()
    .map((set) => conditionOf(set, 'ReplicaFailure'))
    .find((found) => found !== undefined);
  if (failure === undefined) return conditions.filter(({ type }) => type !== 'ReplicaFailure');
  const { type, status, reason, message } = failure;
  return stated(conditions, nowMs, {
    type,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  });
}

/** With that condition at the end, unless one of the same status and reason stands there already. */
export function stated(conditions: readonly Condition[], nowMs: number, wanted: Condition): readonly Condition[] {
  const current = conditions.find(({ type }) => type === wanted.type);
  if (current?.status === wanted.status && current.reason === wanted.reason) return conditions;
  return [...conditions.filter(({ type }) => type !== wanted.type), stamped(wanted, current, nowMs)];
}

function stamped(wanted: Condition, current: Condition | undefined, nowMs: number): Condition {
  const now = toTime(nowMs);
  const isSame = current?.status === wanted.status;
  return { ...wanted, lastUpdateTime: now, lastTransitionTime: isSame ? current['lastTransitionTime'] : now };
}
