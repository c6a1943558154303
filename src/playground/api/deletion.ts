/**
 * Deleting an object: at once, after a grace period, or when its finalizers are gone.
 *
 * Source: `k8s.io/apiserver` pkg/registry/rest delete.go, pkg/registry/generic/registry store.go; for namespaces
 * `k8s.io/kubernetes` pkg/registry/core/namespace/storage.
 * @module
 */
import { toTime } from '../../kube/clock.js';
import { err, ok, type Result } from '../../values/result.js';
import { copyJson, equalJson } from './json.js';
import { inOrder } from './metadata.js';
import type { ApiObject } from './object.js';
import { type ObjectName, type Registry, subjectOf } from './registry.js';
import type { Resource } from './resource.js';
import { conflict, notFound, type Status } from './status.js';
import { keyOf } from './storage.js';

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export interface Deletion {
  /** As it is now, or as it was last. */
  readonly object: ApiObject;
  /** False while finalizers or a grace period keep it. */
  readonly gone: boolean;
}

/** The finalizers that stand for a propagation policy: the garbage collector acts on them and takes them off. */
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

export function deleteObject(
  registry: Registry,
  resource: Resource,
  name: ObjectName,
  options: DeleteOptions = {},
): Result<Deletion, Status> {
  const old = registry.read(resource, name);
  if (old === undefined) return err(notFound(subjectOf(resource, name.name)));
  const refusal = unmetPrecondition(resource, old, options) ?? resource.strategy.mayDelete?.(old);
  if (refusal !== undefined) return err(refusal);

  const marked = marking(registry, resource, old, options);
  if (marked === 'gone') return ok({ object: removeObject(registry, resource, old, options), gone: true });
  if (equalJson(marked, old)) return ok({ object: old, gone: false });
  return ok({ object: options.dryRun === true ? marked : put(registry, resource, marked), gone: false });
}

function removeObject(registry: Registry, resource: Resource, old: ApiObject, options: DeleteOptions): ApiObject {
  if (options.dryRun === true) return old;
  const holder = registry.holderOf(resource);
  const key = keyOf(old.metadata.namespace, old.metadata.name);
  const stored = registry.storage.get(holder, key) ?? old;
  holder.strategy.release?.(stored);
  return registry.shown(resource, registry.storage.remove(holder, key) ?? stored);
}

function put(registry: Registry, resource: Resource, object: ApiObject): ApiObject {
  const stored = resource.viewOf === undefined ? object : resource.viewOf.write(object);
  stored.metadata = inOrder({ ...stored.metadata });
  const key = keyOf(object.metadata.namespace, object.metadata.name);
  return registry.shown(resource, registry.storage.put(registry.holderOf(resource), key, stored));
}

function unmetPrecondition(resource: Resource, old: ApiObject, { preconditions }: DeleteOptions): Status | undefined {
  const { uid, resourceVersion } = old.metadata;
  // Upstream names the kind here, where all else names the resource.
  const subject = { ...subjectOf(resource, old.metadata.name), plural: resource.kind };
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    const asked = preconditions.uid;
    const why = `the UID in the precondition (${asked}) does not match the UID in record (${uid})`;
    return conflict(subject, `${why}. The object might have been deleted and then recreated`);
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const asked = preconditions.resourceVersion;
    const why = `the ResourceVersion in the precondition (${asked}) does not match the ResourceVersion in record (${resourceVersion})`;
    return conflict(subject, `${why}. The object might have been modified`);
  }
  return undefined;
}

/** What the deletion leaves: the object marked as being deleted (`old` itself when it is already), or nothing. */
function marking(registry: Registry, resource: Resource, old: ApiObject, options: DeleteOptions): ApiObject | 'gone' {
  if (resource.subresources.includes('finalize')) return namespaceMarking(registry, old, options);
  const nowMs = registry.clock.wallMs();
  const graceful = gracePeriod(resource, old, options, nowMs);
  if (graceful === 'pending') return old;

  const object = copyJson(old);
  setFinalizers(object, options);
  const isFinalized = (object.metadata.finalizers ?? []).length === 0;
  if (graceful !== undefined) {
    if (graceful.seconds === 0 && isFinalized) return 'gone';
    mark(object, graceful.endMs, graceful.seconds);
    return object;
  }
  if (isFinalized) return 'gone';
  const { deletionTimestamp } = old.metadata;
  const isLater = deletionTimestamp === undefined || Date.parse(deletionTimestamp) > nowMs;
  mark(object, isLater ? nowMs : Date.parse(deletionTimestamp), 0);
  return object;
}

/** Undefined: no grace is due, the object ends now. `pending`: an earlier deletion waits, and this one does not shorten it. */
function gracePeriod(
  resource: Resource,
  old: ApiObject,
  options: DeleteOptions,
  nowMs: number,
): { readonly seconds: number; readonly endMs: number } | 'pending' | undefined {
  if (resource.strategy.graceSeconds === undefined) return undefined;
  const asked = options.gracePeriodSeconds === undefined ? undefined : graceOf(options.gracePeriodSeconds);
  const { deletionTimestamp, deletionGracePeriodSeconds: running = 0 } = old.metadata;
  if (deletionTimestamp === undefined) {
    const seconds = resource.strategy.graceSeconds(old, asked);
    return { seconds, endMs: nowMs + seconds * 1_000 };
  }
  if (running === 0) return undefined;
  if (asked === undefined || asked >= running) return 'pending';
  const endMs = Date.parse(deletionTimestamp) + (asked - running) * 1_000;
  // The shorter period is over already: whoever keeps the object alive still gets one second to end it.
  return endMs < nowMs ? { seconds: asked === 0 ? 0 : 1, endMs: nowMs } : { seconds: asked, endMs };
}

/** Upstream takes a negative period for one second. */
const graceOf = (seconds: number): number => (seconds < 0 ? 1 : seconds);

function mark(object: ApiObject, endMs: number, seconds: number): void {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined && metadata.generation !== undefined) metadata.generation++;
  metadata.deletionTimestamp = toTime(endMs);
  metadata.deletionGracePeriodSeconds = seconds;
}

/** A namespace is emptied first: its content is in the hands of whoever holds `spec.finalizers`. */
function namespaceMarking(registry: Registry, old: ApiObject, options: DeleteOptions): ApiObject | 'gone' {
  const object = copyJson(old);
  if (old.metadata.deletionTimestamp === undefined) {
    setFinalizers(object, options);
    object.metadata.deletionTimestamp = registry.now();
    object['status'] = { ...object['status'], phase: 'Terminating' };
    return object;
  }
  const waitsFor = [...(old['spec']?.finalizers ?? []), ...(old.metadata.finalizers ?? [])];
  return waitsFor.length === 0 ? 'gone' : old;
}

function setFinalizers({ metadata }: ApiObject, { propagationPolicy }: DeleteOptions): void {
  if (propagationPolicy === undefined) return;
  const finalizers = (metadata.finalizers ?? []).filter((name) => name !== ORPHAN && name !== FOREGROUND);
  if (propagationPolicy === 'Orphan') finalizers.push(ORPHAN);
  if (propagationPolicy === 'Foreground') finalizers.push(FOREGROUND);
  if (finalizers.length === 0) delete metadata.finalizers;
  else metadata.finalizers = finalizers;
}
