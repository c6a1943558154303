/**
 * `metadata.managedFields` after every write that is no apply: who set which field, and when.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';
import { kindOf } from '../schema/kind.js';
import { capped, decodeManagers, encodeManagers, type Managers } from './managers.js';
import { afterUpdate, blank, withManagers } from './ownership.js';

export interface UpdateOptions {
  /** What the client calls itself: `fieldManager`, or the first word of its User-Agent up to the slash. */
  readonly manager: string;
  /** RFC 3339 in whole seconds. */
  readonly time: string;
  readonly subresource?: string;
}

/**
 * `after` with managedFields that follow from `before` and what changed; neither is changed.
 *
 * `after` is to be what the client asked for with the defaults filled in, before the server allocates addresses or ports: what
 * the server adds after that has no owner. A client may send managedFields of its own, and `[]` or `[{}]` to start anew.
 */
export function withManagedFields(before: ApiObject | undefined, after: ApiObject, options: UpdateOptions): ApiObject {
  const known = managersBefore(before, after, options.subresource);
  // Upstream does not begin to track an object that is there and is not tracked.
  if (known.size === 0 && before !== undefined) return withManagers(after, undefined);
  const { manager, ...when } = options;
  const updater = { ...when, name: manager === '' ? 'unknown' : manager };
  const managers = afterUpdate(known, before ?? blank(kindOf(after)), after, updater);
  return withManagers(after, encodeManagers(capped(managers)));
}

/** Those of the request if it has any: a client that knows nothing of them must not lose them. */
function managersBefore(before: ApiObject | undefined, after: ApiObject, subresource: string | undefined): Managers {
  const sent = after.metadata.managedFields;
  const held = () => decodeManagers(before?.metadata.managedFields) ?? new Map();
  if (subresource !== undefined && subresource !== '') return held();
  if (isReset(sent)) return new Map();
  const decoded = decodeManagers(sent);
  return decoded === undefined || decoded.size === 0 ? held() : decoded;
}

function isReset(sent: readonly JsonObject[] | undefined): boolean {
  if (sent === undefined || sent === null) return false;
  const [only] = sent;
  return only === undefined || (sent.length === 1 && Object.keys(only).length === 0);
}
