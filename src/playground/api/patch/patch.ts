/**
 * The patches that change an object which is there: JSON patch, merge patch and strategic merge patch.
 *
 * Server-side apply is in apply.ts. A patch knows nothing of the kind's rules: what comes out goes through {@link readPatched} and
 * is then written as an update is.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
 * @module
 */
import { err, ok, type Result } from '../../../values/result.js';
import { isObject } from '../json.js';
import type { ApiObject, JsonObject } from '../object.js';
import { type CheckedFields, readFields, wordFor } from '../schema/fields.js';
import { kindOf } from '../schema/kind.js';
import { typeOf } from '../schema/types.js';
import { badRequest, patchInvalid, type Status, unsupportedMediaType } from '../status.js';
import { goPrint } from './go-print.js';
import { jsonPatch } from './json-patch.js';
import { mergePatch } from './merge-patch.js';
import { strategicMerge } from './strategic.js';

export interface Patch {
  /** The media type alone, without parameters. */
  readonly contentType: string;
  /** Decoded from JSON. */
  readonly body: unknown;
}

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';
/** For applyServerSide. */
export const APPLY_PATCH = 'application/apply-patch+yaml';
export const PATCH_TYPES: readonly string[] = [APPLY_PATCH, JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH];

/**
 * `current` patched; neither is changed. 400 for what is no patch, 422 for one that does not fit the object, 415 for another type.
 */
export function applyPatch(current: ApiObject, { contentType, body }: Patch): Result<JsonObject, Status> {
  switch (contentType) {
    case JSON_PATCH:
      return jsonPatch(current, body) as Result<JsonObject, Status>;
    case MERGE_PATCH:
      if (body === null) return err(badRequest('Invalid JSON Patch'));
      if (!isObject(body)) return err(badRequest(`error decoding patch: ${notAMap(body)}`));
      return ok(mergePatch(current, body) as JsonObject);
    case STRATEGIC_MERGE_PATCH:
      if (body === null) return ok(structuredClone(current));
      if (!isObject(body)) return err(badRequest(notAMap(body)));
      return strategicMerge(current, body, typeOf(kindOf(current)));
    default:
      return err(unsupportedMediaType('415: Unsupported Media Type'));
  }
}

/**
 * As checkFields, for what {@link applyPatch} gave: 422 in place of 400 for a value of another type, with `isStrict` also for
 * unknown fields.
 */
export function readPatched(
  current: ApiObject,
  patched: unknown,
  patch: Patch,
  isStrict: boolean,
): Result<CheckedFields, Status> {
  const read = readFields(patched, kindOf(current));
  const shown = () => (patch.contentType === STRATEGIC_MERGE_PATCH ? goPrint(patch.body) : JSON.stringify(patched));
  if (!read.ok) return err(patchInvalid(shown(), read.error));
  const { unknown } = read.value;
  if (!isStrict || unknown.length === 0) return read;
  return err(patchInvalid(shown(), `strict decoding error: ${unknown.toSorted().join(', ')}`));
}

const notAMap = (body: unknown) =>
  `json: cannot unmarshal ${wordFor(body)} into Go value of type map[string]interface {}`;
