/**
 * The fields of metadata that are the server's own, whatever a client sends.
 *
 * Source: `k8s.io/apiserver` pkg/registry/rest meta.go, create.go, update.go.
 * @module
 */
import type { ApiObject, JsonObject, ObjectMeta } from './object.js';
import type { Registry } from './registry.js';
import type { Resource } from './resource.js';

/** A generated name has at most 63 characters, and 5 of them are drawn. Source: apiserver storage/names. */
const GENERATED_LETTERS = 5;
const MAX_GENERATED_CHARACTERS = 63;

/** Of what a client sent, which may be anything. */
export function metadataOf(object: JsonObject): JsonObject {
  const metadata: unknown = object['metadata'];
  return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : {};
}

/** For a new object. */
export function fillMetadata(registry: Registry, resource: Resource, object: ApiObject): void {
  const { generateName, generation: _generation, ...sent } = object.metadata;
  const wanted = sent.name ?? '';
  const prefix = (generateName ?? '').slice(0, MAX_GENERATED_CHARACTERS - GENERATED_LETTERS);
  const isGenerated = wanted === '' && prefix !== '';
  const name = isGenerated ? `${prefix}${registry.chance.letters(GENERATED_LETTERS)}` : wanted;
  object.metadata = inOrder({
    ...sent,
    name,
    ...(generateName === undefined || generateName === '' ? {} : { generateName }),
    uid: registry.chance.uid(),
    ...(resource.counted ? { generation: 1 } : {}),
    creationTimestamp: registry.now(),
  });
  const { metadata } = object as { metadata: Partial<ObjectMeta> & JsonObject };
  delete metadata.resourceVersion;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata['selfLink'];
  if (!resource.namespaced) delete metadata.namespace;
}

/** For a change: what neither a client nor a patch may touch is as it was. */
export function keepMetadata(object: ApiObject, old: ApiObject): void {
  const { uid, resourceVersion, creationTimestamp, generation, deletionTimestamp, namespace, name } = old.metadata;
  const sent = object.metadata;
  const grace = sent.deletionGracePeriodSeconds ?? old.metadata.deletionGracePeriodSeconds;
  object.metadata = inOrder({
    ...sent,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    // Another one is a defect that validation tells.
    uid: sent.uid || uid,
    resourceVersion,
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(grace === undefined ? {} : { deletionGracePeriodSeconds: grace }),
  });
  const { metadata } = object as { metadata: Partial<ObjectMeta> & JsonObject };
  if (namespace === undefined) delete metadata.namespace;
  if (generation === undefined) delete metadata.generation;
  else metadata.generation = generation;
  delete metadata['selfLink'];
}

/** As upstream writes it, so that people find what they look for. */
const ORDER = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
] as const;

/** `metadata` with its fields in that order; empty maps and lists are not written, as in Go's `omitempty`. */
export function inOrder(metadata: ObjectMeta): ObjectMeta {
  const ordered: JsonObject = {};
  for (const field of [...ORDER, ...Object.keys(metadata)]) {
    const value: unknown = (metadata as unknown as JsonObject)[field];
    if (value === undefined || value === null || isEmpty(value)) continue;
    if (!(field in ordered)) ordered[field] = value;
  }
  if (!('name' in ordered)) ordered['name'] = '';
  return ordered as ObjectMeta;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
