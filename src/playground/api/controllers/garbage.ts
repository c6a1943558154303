/**
 * Garbage: what its owners left behind, and owners that wait for what they own.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 * @module
 */
import type { ApiObject, OwnerReference } from '../object.js';
import { apiVersionOf } from '../schema/kind.js';
import { fullNameOf } from '../storage.js';
import {
  type Controller,
  type Decision,
  keyOf,
  type Located,
  NOTHING,
  nameOf,
  type View,
  type Write,
} from './controller.js';
import { withReferences } from './owners.js';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** Keys: `resource namespace/name`. */
export const garbage: Controller = {
  name: 'garbage-collector-controller',
  manager: 'kube-controller-manager',
  watches: {
    '*': ({ resource, object, type }, view) => {
      const { uid, ownerReferences, deletionTimestamp } = object.metadata;
      const owners = (ownerReferences ?? []).flatMap((reference) => {
        const owner = find(reference, object, view);
        // An owner that waits is to be told that one it waits for is gone.
        return typeof owner === 'object' && owner.object.metadata.deletionTimestamp ? [keyFor(owner)] : [];
      });
      if (type === 'DELETED') return [...owners, ...view.dependents(uid).map(keyFor)];
      const itself = ownerReferences !== undefined || deletionTimestamp ? [keyFor({ resource, object })] : [];
      // Dependents of one that waits are to go before it.
      const waits = deletionTimestamp && has(object, FOREGROUND) ? view.dependents(uid).map(keyFor) : [];
      return [...itself, ...owners, ...waits];
    },
  },
  decide,
};

const keyFor = ({ resource, object }: Located) => `${resource} ${keyOf(object)}`;
const has = ({ metadata }: ApiObject, finalizer: string) => metadata.finalizers?.includes(finalizer) === true;

/** `unknown`: of a kind that the server does not have, or that cannot be an owner from there; never taken for gone. */
function find(reference: OwnerReference, dependent: ApiObject, view: View): Located | 'gone' | 'unknown' {
  const resource = view.resources.find(({ group, version, kind }) => {
    return kind === reference.kind && apiVersionOf({ group, version }) === reference.apiVersion;
  });
  const { namespace } = dependent.metadata;
  if (resource === undefined || (resource.namespaced && namespace === undefined)) return 'unknown';
  const name = fullNameOf(resource);
  const object = view.get(name, { name: reference.name, ...(resource.namespaced ? { namespace } : {}) });
  return object?.metadata.uid === reference.uid ? { resource: name, object } : 'gone';
}

function decide(key: string, view: View): Decision {
  const space = key.indexOf(' ');
  const resource = key.slice(0, space);
  const object = view.get(resource, nameOf(key.slice(space + 1)));
  if (object === undefined) return NOTHING;
  if (object.metadata.deletionTimestamp) return { writes: finish({ resource, object }, view) };

  const references = object.metadata.ownerReferences ?? [];
  const owners = references.map((reference) => ({ reference, owner: find(reference, object, view) }));
  const isWaiting = (owner: Located | 'gone' | 'unknown') =>
    typeof owner === 'object' && owner.object.metadata.deletionTimestamp !== undefined && has(owner.object, FOREGROUND);
  const solid = owners.filter(({ owner }) => owner !== 'gone' && !isWaiting(owner)).map(({ reference }) => reference);
  if (owners.length === solid.length) return NOTHING;
  if (solid.length > 0) return { writes: [withReferences(resource, object, solid)] };
  // What is deleted in the foreground takes its dependents with it in the foreground, so that the owner waits for all of them.
  const hasOwn = view.dependents(object.metadata.uid).length > 0;
  const isForeground = owners.some(({ owner }) => isWaiting(owner)) && hasOwn;
  const propagationPolicy = isForeground ? 'Foreground' : 'Background';
  const { uid } = object.metadata;
  return { writes: [{ do: 'delete', resource, object, options: { propagationPolicy, preconditions: { uid } } }] };
}

/** Of an object that is being deleted: what its two finalizers ask for. */
function finish({ resource, object }: Located, view: View): readonly Write[] {
  const { uid } = object.metadata;
  const dependents = view.dependents(uid);
  if (has(object, ORPHAN)) {
    const freed = dependents.map((dependent) => {
      const references = dependent.object.metadata.ownerReferences ?? [];
      return withReferences(
        dependent.resource,
        dependent.object,
        references.filter((reference) => reference.uid !== uid),
      );
    });
    return [...freed, withoutFinalizer(resource, object, ORPHAN)];
  }
  if (!has(object, FOREGROUND)) return [];
  const isBlocked = dependents.some((dependent) =>
    dependent.object.metadata.ownerReferences?.some((each) => each.uid === uid && each.blockOwnerDeletion),
  );
  return isBlocked ? [] : [withoutFinalizer(resource, object, FOREGROUND)];
}

function withoutFinalizer(resource: string, object: ApiObject, finalizer: string): Write {
  const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer);
  return { do: 'update', resource, object: { ...object, metadata: { ...object.metadata, finalizers } } };
}
