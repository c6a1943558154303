/**
 * Creating and changing an object: the way that every write takes, in upstream's order.
 *
 * Defaults, the check of resourceVersion, then what would be allocated, then what a client cannot set, then validation, and only
 * then the write; a refusal leaves nothing behind.
 *
 * Source: `k8s.io/apiserver` pkg/registry/rest create.go and update.go, pkg/registry/generic/registry store.go.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { copyJson, equalJson } from './json.js';
import { fillMetadata, inOrder, keepMetadata, metadataOf } from './metadata.js';
import { refusalIn } from './namespace-lifecycle.js';
import type { ApiObject, JsonObject } from './object.js';
import { withManagedFields } from './patch/managed-fields.js';
import { type ObjectName, type Registry, subjectOf } from './registry.js';
import type { Resource, Subresource } from './resource.js';
import { validateMetadata } from './resources/metadata.js';
import { apiVersionOf } from './schema/kind.js';
import {
  alreadyExists,
  type Cause,
  conflict,
  invalid,
  notFound,
  plainError,
  type Status,
  type Subject,
} from './status.js';
import { keyOf } from './storage.js';

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

/** Upstream's maxNameGenerationCreateAttempts. */
const NAME_ATTEMPTS = 8;
const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function createObject(
  registry: Registry,
  resource: Resource,
  input: JsonObject,
  options: UpdateOptions = {},
): Result<ApiObject, Status> {
  const isNamed = typeof metadataOf(input)['name'] === 'string' && metadataOf(input)['name'] !== '';
  for (let attempt = 1; ; attempt++) {
    const made = createOnce(registry, resource, input, options);
    const isTaken = !made.ok && made.error.reason === 'AlreadyExists';
    if (!isTaken || isNamed || attempt === NAME_ATTEMPTS) return made;
  }
}

function createOnce(
  registry: Registry,
  resource: Resource,
  input: JsonObject,
  options: UpdateOptions,
): Result<ApiObject, Status> {
  const asked = metadataOf(input)['resourceVersion'];
  const object = typed(resource, copyJson(input));
  fillMetadata(registry, resource, object);
  const refusal = refusalIn(registry, resource, object);
  if (refusal !== undefined) return err(refusal);

  const { strategy } = resource;
  const subject = subjectOf(resource, object.metadata.name);
  strategy.setDefaults?.(object);
  const sent = copyJson(object);
  const unplanned = strategy.plan?.(object, undefined);
  if (unplanned !== undefined) return err(unplanned);
  strategy.prepare?.(object, undefined);
  recordManager(registry, object, sent, undefined, options);
  const causes = [...validateMetadata(object, undefined, resource), ...(strategy.validate?.(object, undefined) ?? [])];
  if (causes.length > 0) return err(invalid(invalidSubjectOf(resource, subject), causes));
  for (const text of strategy.warnings?.(object, undefined) ?? []) options.warn?.(text);

  if (asked !== undefined && asked !== '' && asked !== '0')
    return err(plainError('resourceVersion should not be set on objects to be created'));
  const key = keyOf(object.metadata.namespace, object.metadata.name);
  const there = registry.storage.get(registry.holderOf(resource), key);
  if (there !== undefined) return err(taken(alreadyExists(subject), there));
  if (options.dryRun === true) return ok(object);
  holderStrategy(registry, resource).allocate?.(object, undefined);
  return ok(store(registry, resource, key, object));
}

function taken(status: Status, there: ApiObject): Status {
  if (there.metadata.deletionTimestamp === undefined) return status;
  return { ...status, message: `object is being deleted: ${status.message}` };
}

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
  return ok(store(registry, resource, key, object));
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

function typed(resource: Resource, object: JsonObject): ApiObject {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = object;
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: metadataOf(object),
    ...rest,
  } as ApiObject;
}

function store(registry: Registry, resource: Resource, key: string, object: ApiObject): ApiObject {
  const stored = resource.viewOf === undefined ? object : resource.viewOf.write(object);
  stored.metadata = inOrder({ ...stored.metadata, resourceVersion: '0' });
  return registry.shown(resource, registry.storage.put(registry.holderOf(resource), key, stored));
}

const holderStrategy = (registry: Registry, resource: Resource) => registry.holderOf(resource).strategy;

/**
 * What the client sent is what it manages: `sent` is the object before the server filled in what it allocates. Of the part that this
 * kind of write cannot change (the status; all but the status) it manages nothing.
 */
function recordManager(
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

/** Upstream names the stored kind in a 422, also where a view of it was written. */
const invalidSubjectOf = ({ viewOf }: Resource, subject: Subject): Subject =>
  viewOf === undefined ? subject : { ...subject, group: viewOf.group };

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
