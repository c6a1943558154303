/**
 * Revisions of a Deployment, as `kubectl rollout history` and `undo` read them: numbered on its ReplicaSets.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment
 * @module
 */
import { equalJson } from '../json.js';
import type { ApiObject } from '../object.js';
import type { Write } from './controller.js';
import { DESIRED_REPLICAS, MAX_REPLICAS } from './rollout.js';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
/** What a ReplicaSet does not take over from its Deployment. */
const OWN: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);
/** Upstream's limit for the history annotation. */
const HISTORY_CHARACTERS = 2000;

/** Makes `fresh` the newest revision, with the Deployment's annotations, and then tells the Deployment its number. */
export function revise(deployment: ApiObject, fresh: ApiObject, old: readonly ApiObject[]): readonly Write[] {
  const newest = old.reduce((most, set) => Math.max(most, numberOf(set)), 0) + 1;
  const had = fresh.metadata.annotations ?? {};
  const annotations = { ...had };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!OWN.has(key)) annotations[key] = value;
  }
  const before = had[REVISION];
  if (numberOf(fresh) < newest) {
    annotations[REVISION] = String(newest);
    if (before !== undefined) annotations[REVISION_HISTORY] = history(had[REVISION_HISTORY], before);
  }
  const { minReadySeconds = 0 } = deployment['spec'];
  if (!equalJson(annotations, had) || (fresh['spec'].minReadySeconds ?? 0) !== minReadySeconds) {
    const { minReadySeconds: _, ...spec } = fresh['spec'];
    const object = {
      ...fresh,
      metadata: { ...fresh.metadata, annotations },
      spec: { ...(minReadySeconds ? { minReadySeconds } : {}), ...spec },
    };
    return [{ do: 'update', resource: 'replicasets.apps', object }];
  }
  if (before === undefined || deployment.metadata.annotations?.[REVISION] === before) return [];
  const told = { ...deployment.metadata.annotations, [REVISION]: before };
  const object = { ...deployment, metadata: { ...deployment.metadata, annotations: told } };
  // With its status, as upstream does: an annotation that came with the rest would count as a new generation.
  return [{ do: 'update-status', resource: 'deployments.apps', object }];
}

const numberOf = ({ metadata }: ApiObject) => Number(metadata.annotations?.[REVISION]) || 0;

/** The revisions that the same ReplicaSet was before; the oldest are forgotten when they get too long. */
function history(earlier: string | undefined, last: string): string {
  const revisions = [...(earlier ? earlier.split(',') : []), last];
  while (revisions.join().length > HISTORY_CHARACTERS) revisions.shift();
  return revisions.join();
}
