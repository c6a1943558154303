/**
 * The annotation in which `kubectl apply` keeps what it applied, where it and server-side apply meet.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply
 * @module
 */
import type { JsonObject } from '../object.js';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/** Undefined when there is none, or none that can be read. */
export function lastApplied(object: JsonObject): JsonObject | undefined {
  const text: unknown = object['metadata']?.annotations?.[ANNOTATION];
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}

/** Brings the annotation up to date, where there is one. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const annotations = object['metadata']?.annotations;
  if (!annotations?.[ANNOTATION]) return object;
  const { [ANNOTATION]: _, ...others } = applied['metadata']?.annotations ?? {};
  const hasOthers = applied['metadata']?.annotations !== undefined;
  const bare = { ...applied, metadata: { ...applied['metadata'], ...(hasOthers ? { annotations: others } : {}) } };
  const text = `${JSON.stringify(sorted(bare))}\n`;
  return { ...object, metadata: { ...object['metadata'], annotations: { ...annotations, [ANNOTATION]: text } } };
}

/** As Go writes a map: by key. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, item]) => [name, sorted(item)]));
}
