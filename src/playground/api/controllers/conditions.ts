/**
 * The entries of `status.conditions`.
 *
 * Pure.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';

export interface Condition extends JsonObject {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
}

export const conditionsOf = (object: ApiObject): readonly Condition[] => object['status']?.conditions ?? [];

export const conditionOf = (object: ApiObject, type: string): Condition | undefined =>
  conditionsOf(object).find((condition) => condition.type === type);

/** With `changes` made to the condition of that type, in its place, or added at the end. */
export function withCondition(conditions: readonly Condition[], changes: Condition): readonly Condition[] {
  const at = conditions.findIndex(({ type }) => type === changes.type);
  if (at < 0) return [...conditions, changes];
  return conditions.with(at, { ...conditions[at], ...changes });
}
