/**
 * Conditions as they are written out: what every one of them has is never left out, even when nobody said it.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';

/** `times` are the names of the timestamps that conditions of this kind have. */
export function completeConditions(object: ApiObject, times: readonly string[]): void {
  for (const condition of (object['status']?.conditions ?? []) as JsonObject[]) {
    for (const time of times) condition[time] ??= null;
  }
}
