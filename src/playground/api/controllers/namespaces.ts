/**
 * Namespaces that are being deleted: first all that is in them, then the finalizer that kept them.
 *
 * Pure. Source: https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace
 * @module
 */
import type { ApiObject } from '../object.js';
import { type Controller, type Decision, fullName, NOTHING, type View, type Write } from './controller.js';

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

function decide(name: string, view: View): Decision {
  const namespace = view.get('namespaces', { name });
  if (!namespace?.metadata.deletionTimestamp) return NOTHING;
  if (namespace['status']?.phase !== 'Terminating') {
    const object = { ...namespace, status: { ...namespace['status'], phase: 'Terminating' } };
    return { writes: [{ do: 'update-status', resource: 'namespaces', object }] };
  }
  const content = view.resources
    .filter(({ namespaced }) => namespaced)
    .flatMap((resource) => view.list(fullName(resource), name).map((object) => ({ resource, object })));
  if (content.length > 0) {
    // What has a deletionTimestamp goes when its finalizers or its grace period let it.
    const left = content.filter(({ object }) => !object.metadata.deletionTimestamp);
    return { writes: left.map(({ resource, object }) => ({ do: 'delete', resource: fullName(resource), object })) };
  }
  return { writes: end(namespace) };
}

function end(namespace: ApiObject): readonly Write[] {
  const finalizers: readonly string[] = namespace['spec']?.finalizers ?? [];
  if (!finalizers.includes(FINALIZER)) return [];
  const kept = finalizers.filter((each) => each !== FINALIZER);
  return [{ do: 'finalize', object: { ...namespace, spec: { ...namespace['spec'], finalizers: kept } } }];
}
