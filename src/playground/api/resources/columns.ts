/**
 * Columns that every kind has, and how printers write what many have.
 *
 * Source: `k8s.io/kubernetes` pkg/printers/internalversion.
 * @module
 */
import { compareText } from '../../../values/text.js';
import type { ApiObject, JsonObject } from '../object.js';
import type { Column } from '../resource.js';
import { ageOf } from './age.js';

export const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Unique within its namespace; how the object is asked for.',
  priority: 0,
  cell: (object) => object.metadata.name,
};

export const AGE: Column = {
  name: 'Age',
  type: 'string',
  description: 'How long ago the object was created.',
  priority: 0,
  cell: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
};

/** A column of text; `priority` above 0: only with `-o wide`. */
export const text = (
  name: string,
  description: string,
  cell: (object: ApiObject, nowMs: number) => string,
  priority = 0,
): Column => ({ name, type: 'string', description, priority, cell });

/** A column of whole numbers. Upstream calls some of them text and sends numbers all the same. */
export const count = (
  name: string,
  description: string,
  cell: (object: ApiObject) => number | undefined,
  type: 'string' | 'integer' = 'string',
): Column => ({ name, type, description, priority: 0, cell: (object) => cell(object) ?? 0 });

/** `a=1,b=2`, sorted; `<none>` for none. */
export function formatLabels(labels: Readonly<Record<string, string>> | null | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(([a], [b]) => compareText(a, b));
  return entries.map(([key, value]) => `${key}=${value}`).join(',') || '<none>';
}

/** `app=web,tier in (a,b),!old`; `<none>` for everything. */
export function formatSelector(selector: JsonObject | null | undefined): string {
  const labels = Object.entries<string>(selector?.['matchLabels'] ?? {}).map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }));
  const expressions = ((selector?.['matchExpressions'] ?? []) as readonly JsonObject[]).map((expression) => ({
    key: expression['key'] as string,
    text: formatExpression(expression),
  }));
  const all = [...labels, ...expressions].sort((a, b) => compareText(a.key, b.key));
  return all.map((each) => each.text).join(',') || '<none>';
}

function formatExpression({ key, operator, values = [] }: JsonObject): string {
  const list = [...values].sort(compareText).join(',');
  switch (operator) {
    case 'In':
      return `${key} in (${list})`;
    case 'NotIn':
      return `${key} notin (${list})`;
    case 'Exists':
      return key;
    default:
      return `!${key}`;
  }
}
