/**
 * What controllers ask of a Pod.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 * @module
 */
import type { ApiObject } from '../object.js';
import { conditionOf } from './conditions.js';

export const isReady = (pod: ApiObject): boolean => conditionOf(pod, 'Ready')?.status === 'True';

/** It has run to its end. */
export const isTerminal = ({ status }: ApiObject): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Counts as a replica. */
export const isActive = (pod: ApiObject): boolean => !isTerminal(pod) && !pod.metadata.deletionTimestamp;

/** How long until it has been ready for `minReadySeconds`: 0 when it has; `undefined` while it is not ready. */
export function availableInMs(pod: ApiObject, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = conditionOf(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  const since = Date.parse(ready['lastTransitionTime'] ?? '');
  return Number.isNaN(since) ? minReadySeconds * 1000 : Math.max(0, since + minReadySeconds * 1000 - nowMs);
}
