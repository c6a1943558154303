/**
 * What is wrong with a field, worded as upstream words it: the kind of defect, the value, then the rule.
 *
 * Source: `k8s.io/apimachinery` pkg/util/validation/field.
 * @module
 */
import type { Cause } from '../status.js';

export const required = (field: string, rule = ''): Cause => ({
  reason: 'FieldValueRequired',
  message: joined('Required value', rule),
  field,
});

export const invalid = (field: string, value: unknown, rule: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: joined(`Invalid value: ${shown(value)}`, rule),
  field,
});

/** One cause for each rule that is broken. */
export const invalidEach = (field: string, value: unknown, rules: readonly string[]): readonly Cause[] =>
  rules.map((rule) => invalid(field, value, rule));

/** `supported` in the order in which they are to be named. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${supported.map((each) => `"${each}"`).join(', ')}`,
  field,
});

export const duplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${shown(value)}`,
  field,
});

export const forbidden = (field: string, rule: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: joined('Forbidden', rule),
  field,
});

export const notFound = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueNotFound',
  message: `Not found: ${shown(value)}`,
  field,
});

export const tooLong = (field: string, maxBytes: number): Cause => ({
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${maxBytes} bytes`,
  field,
});

export const tooMany = (field: string, count: number, maxCount: number): Cause => ({
  reason: 'FieldValueTooMany',
  message: `Too many: ${count}: must have at most ${maxCount} items`,
  field,
});

/** A field that must not change has changed; undefined when it has not. */
export const immutable = (field: string, value: unknown, before: unknown): Cause | undefined =>
  sameJson(value, before) ? undefined : invalid(field, value, 'field is immutable');

const joined = (defect: string, rule: string) => (rule === '' ? defect : `${defect}: ${rule}`);

/** What is absent is Go's nil. */
const shown = (value: unknown) => (value === undefined ? 'null' : JSON.stringify(value));

/** Equal as JSON whatever the order of keys; an absent, a null and an empty value are the same, as to Go's Semantic.DeepEqual. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, at) => sameJson(each, b[at]))
    );
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => sameJson(left[key], right[key]));
}

const isEmpty = (value: unknown) =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) ? value.length === 0 : typeof value === 'object' && Object.keys(value as object).length === 0);
