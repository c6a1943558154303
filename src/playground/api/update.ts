/**
 * Changing an object, in upstream's order: defaults, the check of resourceVersion, what would be allocated, what a client cannot set,
 * then validation, and only then the write; a refusal leaves nothing behind.
 *
 * Source: `k8s.io/apiserver` pkg/registry/rest update.go, pkg/registry/generic/registry store.go.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { createObject } from './create.js';
import { copyJson, equalJson } from './json.js';
import { keepMetadata, metadataOf } from './metadata.js';
import type { ApiObject, JsonObject } from './object.js';
import { type ObjectName, type Registry, subjectOf } from './registry.js';
import type { Resource } from './resource.js';
import { validateMetadata } from './resources/metadata.js';
import { type Cause, conflict, invalid, notFound, plainError, type Status } from './status.js';
import { keyOf } from './storage.js';
import {
  holderStrategy,
  invalidSubjectOf,
  recordManager,
  typed,
  type UpdateOptions,
  type Written,
  write,
} from './write.js';

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

/** Reads, lets `change` make the new object from what is there, and writes that. */
export function updateObject(
  registry: Registry,
  resource: Resource,
  name: ObjectName,
  change: (old: ApiObject | undefined) => Result<JsonObject, Status>,
  options: UpdateOptions = {},
): Result<Written, Status> {
  const old = registry.read(resource, name);
  const subject = subjectOf(resource, name.name);
  if (old === undefined && options.mayCreate !== true) return err(notFound(subject));
  const changed = change(old);
  if (!changed.ok) return changed;
  if (old === undefined) {
    const created = createObject(registry, resource, changed.value, options);
    return created.ok ? ok({ object: created.value, created: true }) : created;
  }
  const updated = replaceObject(registry, resource, old, changed.value, options);
  return updated.ok ? ok({ object: updated.value, created: false }) : updated;
}

function replaceObject(
  registry: Registry,
  resource: Resource,
  old: ApiObject,
  input: JsonObject,
  options: UpdateOptions,
): Result<ApiObject, Status> {
  const subject = subjectOf(resource, old.metadata.name);
  const key = keyOf(old.metadata.namespace, old.metadata.name);
  const stale = staleness(resource, old, input, options);
  if (stale !== undefined) return err(stale);

  const object = typed(resource, copyJson(input));
  keepMetadata(object, old);
  const { strategy } = resource;
  const isWhole = options.subresource === undefined || options.subresource === 'scale';
  if (options.subresource === 'finalize') onlyFinalizers(object, old);
  strategy.setDefaults?.(object);
  const sent = copyJson(object);
  if (isWhole) {
    const unplanned = strategy.plan?.(object, old);
    if (unplanned !== undefined) return err(unplanned);
    strategy.prepare?.(object, old);
  } else if (options.subresource === 'status') {
    strategy.prepareStatus?.(object, old);
  }
  if (resource.counted && isWhole && !equalJson(countedOf(resource, object), countedOf(resource, old)))
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  if (options.applied !== true) recordManager(registry, object, sent, old, options);
  const causes: readonly Cause[] = [
    ...validateMetadata(object, old, resource),
    ...((isWhole
      ? strategy.validate?.(object, old)
      : options.subresource === 'status'
        ? strategy.validateStatus?.(object, old)
        : undefined) ?? []),
  ];
  if (causes.length > 0) return err(invalid(invalidSubjectOf(resource, subject), causes));
  const warnings =
    options.subresource === 'status' ? strategy.statusWarnings?.(object) : strategy.warnings?.(object, old);
  for (const text of warnings ?? []) options.warn?.(text);

  if (isSame(object, old)) return ok(old);
  if (options.dryRun === true) return ok(object);
  if (isWhole) holderStrategy(registry, resource).allocate?.(object, old);
  if (isLastFinalizer(object, old)) {
    holderStrategy(registry, resource).release?.(old);
    registry.storage.remove(registry.holderOf(resource), key);
    return ok(object);
  }
  return ok(write(registry, resource, key, object));
}

/** 409 or 422 where the object was read before somebody else's write, or is another one of the same name. */
function staleness(
  resource: Resource,
  old: ApiObject,
  input: JsonObject,
  { patched }: UpdateOptions,
): Status | undefined {
  const subject = subjectOf(resource, old.metadata.name);
  const { uid, resourceVersion = '' } = metadataOf(input);
  if (patched !== true && typeof uid === 'string' && uid !== '' && uid !== old.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`;
    const path = `/registry/${resource.plural}/${keyOf(old.metadata.namespace, old.metadata.name)}`;
    return conflict(
      subject,
      `StorageError: invalid object, Code: 4, Key: ${path}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
    );
  }
  if (resourceVersion === '' || resourceVersion === '0') {
    if (resource.versionRequired !== true) return undefined;
    const message = 'Invalid value: 0: must be specified for an update';
    return invalid({ ...subject, kind: resource.plural }, [
      { reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message },
    ]);
  }
  if (!/^\d+$/.test(String(resourceVersion)))
    return plainError(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  return resourceVersion === old.metadata.resourceVersion ? undefined : conflict(subject, MODIFIED);
}

function onlyFinalizers(object: ApiObject, old: ApiObject): void {
  const finalizers: unknown = object['spec']?.finalizers;
  for (const field of Object.keys(object)) if (field !== 'metadata') delete object[field];
  const { metadata: _metadata, ...rest } = copyJson(old);
  Object.assign(object, rest);
  object['spec'] = { ...rest['spec'], finalizers };
  if (finalizers === undefined) delete object['spec'].finalizers;
}

/** What counts for `metadata.generation`. */
function countedOf({ countedMetadata }: Resource, object: ApiObject): JsonObject {
  const metadata = countedMetadata === undefined ? undefined : (object.metadata[countedMetadata] ?? {});
  return { ...withoutStatus(object), metadata };
}

function withoutStatus({ metadata: _metadata, status: _status, ...rest }: ApiObject): JsonObject {
  return rest;
}

/** Nothing but the time of managedFields differs: there is nothing to write. */
function isSame(object: ApiObject, old: ApiObject): boolean {
  return equalJson(withoutTimes(object), withoutTimes(old));
}

function withoutTimes(object: ApiObject): JsonObject {
  const { managedFields = [], resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, managedFields: managedFields.map(({ time: _time, ...rest }) => rest) } };
}

/** Being deleted, and this write took away the last thing that it waited for. */
function isLastFinalizer(object: ApiObject, old: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = old.metadata;
  return (
    deletionTimestamp !== undefined &&
    deletionGracePeriodSeconds === 0 &&
    (object.metadata.finalizers ?? []).length === 0 &&
    (object['spec']?.finalizers ?? []).length === 0
  );
}
