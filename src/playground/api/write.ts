/**
 * What creating and changing have in common: what is asked for, who is recorded, and the write itself.
 * @module
 */
import { equalJson } from './json.js';
import { inOrder, metadataOf } from './metadata.js';
import type { ApiObject, JsonObject } from './object.js';
import { withManagedFields } from './patch/managed-fields.js';
import type { Registry } from './registry.js';
import type { Resource, Strategy, Subresource } from './resource.js';
import { apiVersionOf } from './schema/kind.js';
import type { Subject } from './status.js';

export interface WriteOptions {
  /** Who wrote, in `metadata.managedFields`; nobody is recorded where absent. */
  readonly manager?: string;
  /** `?dryRun=All`: everything is checked, nothing happens. */
  readonly dryRun?: boolean;
  /** `status` changes the status alone, `finalize` a namespace's finalizers alone. */
  readonly subresource?: Subresource;
  /** Takes each `Warning:` that the answer would carry. */
  readonly warn?: (text: string) => void;
}

export interface UpdateOptions extends WriteOptions {
  /** Makes the object where there is none: server-side apply, and kinds with create on update. */
  readonly mayCreate?: boolean;
  /** The managedFields are right already: server-side apply. */
  readonly applied?: boolean;
  /** A uid in the new object is a change of it, and not a condition on the one that is there. */
  readonly patched?: boolean;
}

export interface Written {
  readonly object: ApiObject;
  readonly created: boolean;
}

/** With the kind that it is to be, and metadata that are an object. */
export function typed(resource: Resource, object: JsonObject): ApiObject {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = object;
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: metadataOf(object),
    ...rest,
  } as ApiObject;
}

/** Writes, and answers in the words of `resource`. */
export function write(registry: Registry, resource: Resource, key: string, object: ApiObject): ApiObject {
  const stored = resource.viewOf === undefined ? object : resource.viewOf.write(object);
  stored.metadata = inOrder({ ...stored.metadata, resourceVersion: '0' });
  return registry.shown(resource, registry.storage.put(registry.holderOf(resource), key, stored));
}

/** Of the resource that gives addresses and ports away. */
export const holderStrategy = (registry: Registry, resource: Resource): Strategy =>
  registry.holderOf(resource).strategy;

/**
 * What the client sent is what it manages: `sent` is the object before the server filled in what it allocates. Of the part that this
 * kind of write cannot change (the status; all but the status) it manages nothing.
 */
export function recordManager(
  registry: Registry,
  object: ApiObject,
  sent: ApiObject,
  old: ApiObject | undefined,
  { manager, subresource, applied }: UpdateOptions,
): void {
  if (manager === undefined || applied === true) return;
  for (const field of new Set([...Object.keys(sent), ...Object.keys(old ?? {})])) {
    if (field === 'metadata' || equalJson(sent[field], object[field])) continue;
    const isPutBack = subresource === 'status' ? field !== 'status' : field === 'status';
    if (!isPutBack) continue;
    if (old?.[field] === undefined) delete sent[field];
    else sent[field] = old[field];
  }
  const time = registry.now();
  const { managedFields } = withManagedFields(old, sent, {
    manager,
    time,
    ...(subresource === undefined ? {} : { subresource }),
  }).metadata;
  if (managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = managedFields;
}

/** Upstream names the stored kind in a 422, also where a view of it was written. */
export const invalidSubjectOf = ({ viewOf }: Resource, subject: Subject): Subject =>
  viewOf === undefined ? subject : { ...subject, group: viewOf.group };
