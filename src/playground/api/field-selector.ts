/**
 * Field selectors as they stand in a URL: `metadata.name=web,status.phase!=Running`.
 *
 * Pure. Source: `k8s.io/apimachinery` pkg/fields selector.go; which fields there are: each kind's `Strategy.fields`.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import type { ApiObject } from './object.js';
import type { Resource } from './resource.js';

export interface FieldSelector {
  matches(object: ApiObject): boolean;
  readonly isEmpty: boolean;
}

interface Term {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** An object that has nothing but the parts that every kind with fields of its own has: tells which fields a kind knows. */
const NOTHING: ApiObject = {
  apiVersion: '',
  kind: '',
  metadata: { name: '', uid: '', resourceVersion: '', creationTimestamp: '' },
  spec: {},
  status: {},
  involvedObject: {},
  regarding: {},
  source: {},
};

/** The error is a sentence for a 400. */
export function parseFieldSelector(text: string, resource: Resource): Result<FieldSelector, string> {
  const terms: Term[] = [];
  for (const part of splitAtCommas(text)) {
    if (part === '') continue;
    const term = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
    if (term === null) return err(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field = '', operator = '', raw = ''] = term;
    const value = unescaped(raw);
    if (!value.ok) return value;
    terms.push({ field, isEqual: operator !== '!=', value: value.value });
  }
  const known = Object.keys(fieldsOf(resource, NOTHING));
  const unknown = terms.find(({ field }) => !known.includes(field));
  if (unknown !== undefined) return err(unknownField(unknown.field, resource));
  return ok({
    isEmpty: terms.length === 0,
    matches: (object) => {
      const fields = terms.length === 0 ? {} : fieldsOf(resource, object);
      return terms.every(({ field, isEqual, value }) => ((fields[field] ?? '') === value) === isEqual);
    },
  });
}

function fieldsOf(resource: Resource, object: ApiObject): Readonly<Record<string, string>> {
  const { name, namespace = '' } = object.metadata;
  return { 'metadata.name': name, 'metadata.namespace': namespace, ...resource.strategy.fields?.(object) };
}

/** Kinds with fields of their own have words of their own. Source: each group's conversion.go. */
function unknownField(field: string, resource: Resource): string {
  return resource.strategy.fields === undefined
    ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
    : `field label not supported: ${field}`;
}

/** A comma behind a backslash belongs to the value. */
function splitAtCommas(text: string): readonly string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter === ',') parts.push('');
    else if (letter === '\\') parts[parts.length - 1] += letter + text.charAt(++at);
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

function unescaped(raw: string): Result<string, string> {
  let value = '';
  for (let at = 0; at < raw.length; at++) {
    const letter = raw.charAt(at);
    if (letter === ',' || letter === '=')
      return err(`invalid field selector: unescaped character in value: ${letter.charCodeAt(0)}`);
    if (letter !== '\\') {
      value += letter;
      continue;
    }
    const next = raw.charAt(++at);
    if (next !== '\\' && next !== ',' && next !== '=')
      return err(`invalid field selector: invalid escape sequence: \\${next}`);
    value += next;
  }
  return ok(value);
}
