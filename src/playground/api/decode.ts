/**
 * The body of a write: bytes to an object of the kind that the URL names, or why not, in upstream's words.
 *
 * Source: `k8s.io/apiserver` pkg/endpoints/handlers rest.go and create.go.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { duplicateFields } from './duplicates.js';
import type { BodyFormat } from './negotiate.js';
import type { JsonObject } from './object.js';
import type { Resource } from './resource.js';
import { checkFields, wordFor } from './schema/fields.js';
import { apiVersionOf, type GroupVersionKind } from './schema/kind.js';
import { badRequest, type Status } from './status.js';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface Decoded {
  readonly object: JsonObject;
  readonly warnings: readonly string[];
}

/** Of a text that is no JSON upstream tells this many characters. */
const SUMMARY_CHARACTERS = 30;

/** No object of Kubernetes is nearly as deep, and all that works on objects goes down into them. Upstream reads 10,000 levels. */
const MAX_DEPTH = 200;

/** The yaml package is loaded when somebody sends YAML. */
export async function parseBody(text: string, format: BodyFormat): Promise<Result<unknown, string>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (format === 'json') return err(syntaxWords(error as Error));
    const { parse } = await import('yaml');
    try {
      value = parse(text);
    } catch (yamlError) {
      return err(`error converting YAML to JSON: yaml: ${(yamlError as Error).message}`);
    }
  }
  return isTooDeep(value) ? err('exceeded max depth') : ok(value);
}

/** Without recursion, which is what has to be kept from such a value. */
function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}

const syntaxWords = ({ message }: Error): string =>
  /Unexpected end|Unterminated|Expected .* (?:at|after) .*\(line \d+ column \d+\)$/.test(message) &&
  !message.includes('Unexpected token')
    ? 'unexpected end of JSON input'
    : message;

/** The object, with apiVersion and kind, without the fields that its kind does not have. */
export function decodeObject(
  parsed: Result<unknown, string>,
  text: string,
  kind: GroupVersionKind,
  resources: readonly Resource[],
  fieldValidation: FieldValidation,
): Result<Decoded, Status> {
  const unrecognized = (why: string) =>
    err(
      badRequest(
        `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: ${why} (${summaryOf(text)})`,
      ),
    );
  if (!parsed.ok) return unrecognized(parsed.error);
  const value = parsed.value ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) return unrecognized(notAnObject(value));
  const object = value as JsonObject;
  const other = otherKind(object, kind, resources);
  if (other !== undefined) return err(badRequest(other));

  const checked = checkFields({ ...object, apiVersion: apiVersionOf(kind), kind: kind.kind }, kind);
  if (!checked.ok) return checked;
  const unknown = [...checked.value.unknown, ...(fieldValidation === 'Ignore' ? [] : duplicatesIn(text))];
  if (fieldValidation === 'Strict' && unknown.length > 0)
    return err(badRequest(`${handledAs(kind, kind)}: strict decoding error: ${unknown.join(', ')}`));
  return ok({ object: checked.value.object, warnings: fieldValidation === 'Ignore' ? [] : unknown });
}

/** YAML is refused with a field given twice. */
const duplicatesIn = (text: string): readonly string[] => (/^\s*\{/.test(text) ? duplicateFields(text) : []);

const handledAs = (got: { kind: string; version: string }, want: GroupVersionKind): string =>
  `${got.kind} in version ${JSON.stringify(got.version)} cannot be handled as a ${want.kind}`;

const notAnObject = (value: unknown): string =>
  `json: cannot unmarshal ${wordFor(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;

function summaryOf(text: string): string {
  if (text === '') return '<empty>';
  const shown = text.startsWith('{') ? text : Buffer.from(text).toString('hex');
  const limit = text.startsWith('{') ? SUMMARY_CHARACTERS : 2 * SUMMARY_CHARACTERS;
  return shown.length > limit ? `${shown.slice(0, limit)} ...` : shown;
}

/** Why an object that names a kind of its own is not the one wanted. */
function otherKind(object: JsonObject, want: GroupVersionKind, resources: readonly Resource[]): string | undefined {
  const apiVersion = String(object['apiVersion'] || apiVersionOf(want));
  const kind = String(object['kind'] || want.kind);
  if (apiVersion === apiVersionOf(want) && kind === want.kind) return undefined;
  const version = apiVersion.split('/').at(-1) ?? '';
  const known = resources.some((resource) => apiVersionOf(resource) === apiVersion && resource.kind === kind);
  const why = known
    ? `converting (${version}.${kind}) to (${internalGroup(want.group)}.${want.kind}): unknown conversion`
    : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  return `${handledAs({ kind, version }, want)}: ${why}`;
}

const internalGroup = (group: string): string => (group === '' ? 'core' : (group.split('.')[0] ?? ''));
