/**
 * Namespaces that are being deleted: first all that is in them, then the finalizer that kept them.
 *
 * Pure. Source: https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace
 * @module
 */
import { equalJson } from '../json.js';
import type { ApiObject } from '../object.js';
import { fullNameOf } from '../storage.js';
import { conditionsOf } from './conditions.js';
import { type Controller, type Decision, NOTHING, type View, type Write } from './controller.js';
import { type Content, waitingConditions } from './namespace-conditions.js';

const FINALIZER = 'kubernetes';

export const namespaces: Controller = {
  name: 'namespace-controller',
  manager: 'kube-controller-manager',
  watches: {
    namespaces: ({ object }) => [object.metadata.name],
    '*': ({ object }, view) => {
      const { namespace } = object.metadata;
      const of = namespace === undefined ? undefined : view.get('namespaces', { name: namespace });
      return of?.metadata.deletionTimestamp && namespace !== undefined ? [namespace] : [];
    },
  },
  decide,
};

function decide(name: string, view: View, nowMs: number): Decision {
  const namespace = view.get('namespaces', { name });
  if (!namespace?.metadata.deletionTimestamp) return NOTHING;
  if (namespace['status']?.phase !== 'Terminating') {
    const object = { ...namespace, status: { ...namespace['status'], phase: 'Terminating' } };
    return { writes: [{ do: 'update-status', resource: 'namespaces', object }] };
  }
  const content = view.resources
    .filter(({ namespaced }) => namespaced)
    .flatMap((resource) => view.list(fullNameOf(resource), name).map((object) => ({ resource, object })));
  if (content.length > 0) {
    // What has a deletionTimestamp goes when its finalizers or its grace period let it.
    const left = content.filter(({ object }) => !object.metadata.deletionTimestamp);
    if (left.length === 0) return { writes: tell(namespace, content, nowMs) };
    return { writes: left.map(({ resource, object }) => ({ do: 'delete', resource: fullNameOf(resource), object })) };
  }
  return { writes: end(namespace) };
}

/** What it waits for, as `kubectl describe` shows it. */
function tell(namespace: ApiObject, content: readonly Content[], nowMs: number): readonly Write[] {
  const conditions = waitingConditions(namespace, content, nowMs);
  if (equalJson(conditions, conditionsOf(namespace))) return [];
  const object = { ...namespace, status: { ...namespace['status'], conditions } };
  return [{ do: 'update-status', resource: 'namespaces', object }];
}

function end(namespace: ApiObject): readonly Write[] {
  const finalizers: readonly string[] = namespace['spec']?.finalizers ?? [];
  if (!finalizers.includes(FINALIZER)) return [];
  const kept = finalizers.filter((each) => each !== FINALIZER);
  return [{ do: 'finalize', object: { ...namespace, spec: { ...namespace['spec'], finalizers: kept } } }];
}
