/**
 * JSON values as a whole: told apart, copied, frozen, compared.
 * @module
 */
import type { JsonObject } from './object.js';

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy that shares nothing with `value` and may be changed. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    // A field named __proto__ would otherwise change what the copy is.
    if (key === '__proto__') continue;
    if (inner !== undefined) copy[key] = copyJson(inner);
  }
  return copy as T;
}

/** Freezes `value` and all within it. What is frozen already was frozen as a whole, and is passed over. */
export function freezeJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freezeJson(inner);
  return Object.freeze(value);
}

/** Whether two values would be written as the same JSON, whatever the order of fields. An absent field equals `undefined`. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((inner, at) => equalJson(inner, b[at]))
    );
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of Object.keys(left)) if (!equalJson(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}
