/**
 * Who owns whom: controller references, and how an owner claims what its selector matches.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
 * @module
 */
import type { Labels } from '../../../values/labels.js';
import type { ApiObject, OwnerReference } from '../object.js';
import type { ResourceName, View, Write } from './controller.js';

/** The one reference that says who manages `object`. */
export const controllerOf = ({ metadata }: ApiObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find((reference) => reference.controller === true);

const isControlledBy = (object: ApiObject, owner: ApiObject): boolean =>
  controllerOf(object)?.uid === owner.metadata.uid;

export const controllerReference = ({ apiVersion, kind, metadata }: ApiObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

export interface Claim {
  /** What `owner` manages now, those with a deletionTimestamp too. */
  readonly owned: readonly ApiObject[];
  /** References to be set on orphans that match, and taken from what no longer matches. */
  readonly writes: readonly Write[];
}

/** What of `resource` in the owner's namespace is the owner's, adopting and releasing as its selector says. */
export function claim(
  owner: ApiObject,
  resource: ResourceName,
  matches: (labels: Labels) => boolean,
  view: View,
): Claim {
  const owned: ApiObject[] = [];
  const writes: Write[] = [];
  for (const object of view.list(resource, owner.metadata.namespace)) {
    const { labels = {}, ownerReferences = [], deletionTimestamp } = object.metadata;
    const isOurs = isControlledBy(object, owner);
    if (matches(labels)) {
      if (isOurs) owned.push(object);
      if (isOurs || deletionTimestamp || owner.metadata.deletionTimestamp || controllerOf(object)) continue;
      writes.push(withReferences(resource, object, [...ownerReferences, controllerReference(owner)]));
    } else if (isOurs && !deletionTimestamp) {
      writes.push(
        withReferences(
          resource,
          object,
          ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid),
        ),
      );
    }
  }
  return { owned, writes };
}

/** `object` with other owners; with none at all the field is absent. */
export function withReferences(
  resource: ResourceName,
  object: ApiObject,
  references: readonly OwnerReference[],
): Write {
  const { ownerReferences: _, ...metadata } = object.metadata;
  const kept = references.length > 0 ? { ownerReferences: [...references] } : {};
  return { do: 'update', resource, object: { ...object, metadata: { ...metadata, ...kept } } };
}
