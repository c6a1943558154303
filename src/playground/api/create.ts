/**
 * Creating an object, in upstream's order: defaults, what would be allocated, what a client cannot set, then validation, and only then
 * the write; a refusal leaves nothing behind.
 *
 * Source: `k8s.io/apiserver` pkg/registry/rest create.go, pkg/registry/generic/registry store.go.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { copyJson } from './json.js';
import { fillMetadata, metadataOf } from './metadata.js';
import { refusalIn } from './namespace-lifecycle.js';
import type { ApiObject, JsonObject } from './object.js';
import { type Registry, subjectOf } from './registry.js';
import type { Resource } from './resource.js';
import { validateMetadata } from './resources/metadata.js';
import { alreadyExists, invalid, plainError, type Status } from './status.js';
import { keyOf } from './storage.js';
import { holderStrategy, invalidSubjectOf, recordManager, typed, type UpdateOptions, write } from './write.js';

/** Upstream's maxNameGenerationCreateAttempts. */
const NAME_ATTEMPTS = 8;
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
  return ok(write(registry, resource, key, object));
}

function taken(status: Status, there: ApiObject): Status {
  if (there.metadata.deletionTimestamp === undefined) return status;
  return { ...status, message: `object is being deleted: ${status.message}` };
}
