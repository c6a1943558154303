/**
 * Strategic merge patch, as kubectl and client-go send it: lists merge by a key of their elements, and directives delete, replace
 * and order.
 *
 * Source: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md and
 * the design "preserve order in strategic merge patch" (directives, order, precedence).
 * @module
 */
import { err, ok, type Result } from '../../../values/result.js';
import { isObject } from '../json.js';
import type { ApiObject, JsonObject } from '../object.js';
import { plainName } from '../schema/models.js';
import { type Field, type FieldType, fieldsOf, type ObjectType } from '../schema/types.js';
import { badRequest, plainError, type Status } from '../status.js';
import { goPrint } from './go-print.js';
import { inOrder, mergeElements, mergeValues, ofOneKind } from './strategic-list.js';
import { directiveOf, PatchDefect, withoutDirectives } from './strategic-parts.js';

const DELETE_FROM = '$deleteFromPrimitiveList/';
const ELEMENT_ORDER = '$setElementOrder/';
const RETAIN_KEYS = '$retainKeys';
const PATCH = '$patch';

/** `current` with `patch` merged in; neither is changed. */
export function strategicMerge(
  current: ApiObject,
  patch: JsonObject,
  type: FieldType | undefined,
): Result<JsonObject, Status> {
  try {
    return ok(structuredClone(mergeMaps(current, patch, type)));
  } catch (error) {
    if (!(error instanceof PatchDefect)) throw error;
    return err(error.blamesClient ? badRequest(error.message) : plainError(error.message));
  }
}

/** Promises not to change `original` or `patch`; the result shares parts with both. */
function mergeMaps(original: JsonObject, patch: JsonObject, type: FieldType | undefined): JsonObject {
  if (PATCH in patch) return mergeByDirective(patch);
  const merged = new Map(Object.entries(original));
  const asked = new Map(Object.entries(patch));
  retainKeys(merged, asked);
  setElementOrders(merged, asked, type);
  for (const [name, value] of asked) {
    if (name.startsWith(DELETE_FROM)) deleteFromList(merged, name.slice(DELETE_FROM.length), value);
    else if (value === null) merged.delete(name);
    else mergeField(merged, name, value, type);
  }
  return Object.fromEntries(merged);
}

function mergeByDirective(patch: JsonObject): JsonObject {
  const { [PATCH]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw new PatchDefect(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(patch)}`);
}

/** Drops from `merged` what `$retainKeys` does not list. */
function retainKeys(merged: Map<string, unknown>, asked: Map<string, unknown>): void {
  if (!asked.has(RETAIN_KEYS)) return;
  const listed = asked.get(RETAIN_KEYS);
  asked.delete(RETAIN_KEYS);
  const malformed = new PatchDefect('invalid patch format of retainKeys', { blamesClient: true });
  if (!Array.isArray(listed)) throw malformed;
  const isDirective = (name: string) => name.startsWith(DELETE_FROM) || name.startsWith(ELEMENT_ORDER);
  for (const [name, value] of asked)
    if (value !== null && !isDirective(name) && !listed.includes(name)) throw malformed;
  for (const name of [...merged.keys()]) if (!listed.includes(name)) merged.delete(name);
}

/** Merges the lists for which the patch also names an order; they are then done. */
function setElementOrders(
  merged: Map<string, unknown>,
  asked: Map<string, unknown>,
  type: FieldType | undefined,
): void {
  for (const [directive, order] of [...asked]) {
    if (!directive.startsWith(ELEMENT_ORDER)) continue;
    asked.delete(directive);
    const name = directive.slice(ELEMENT_ORDER.length);
    const wanted = asList(order);
    const field = fieldOf(type, name);
    if (field === undefined && type?.is === 'object') throw unknownList(type, name);
    const given = asked.has(name) ? asList(asked.get(name)) : undefined;
    const held = merged.has(name) ? asList(merged.get(name)) : undefined;
    asked.delete(name);
    if (given !== undefined) checkOrder(given, wanted, field?.patch.mergeKey);
    if (held === undefined && given === undefined) continue;
    const list = combine(held, given, field);
    merged.set(name, inOrder(list, { first: wanted, rest: held ?? [] }, field?.patch.mergeKey));
  }
}

function combine(held: unknown[] | undefined, given: unknown[] | undefined, field: Field | undefined): unknown[] {
  if (given === undefined) return held ?? [];
  return held === undefined ? (withoutDirectives(given) as unknown[]) : mergeLists(held, given, field);
}

/** The elements of the patch must stand in the order that the patch asks for. */
function checkOrder(given: readonly unknown[], wanted: readonly unknown[], mergeKey: string | undefined): void {
  if (given.length === 0 || wanted.length === 0) return;
  const idOf = (item: unknown) => (mergeKey === undefined ? item : (item as JsonObject)?.[mergeKey]);
  let at = 0;
  for (const item of given.filter((candidate) => directiveOf(candidate) === undefined)) {
    while (at < wanted.length && idOf(wanted[at]) !== idOf(item)) at++;
    if (at++ === wanted.length) {
      const lists = `The order in patch list:\n${goPrint(given)}\n doesn't match $setElementOrder list:\n${goPrint(wanted)}\n`;
      throw new PatchDefect(lists);
    }
  }
}

function deleteFromList(merged: Map<string, unknown>, name: string, values: unknown): void {
  const held = merged.get(name);
  if (!Array.isArray(held) || !Array.isArray(values)) return;
  const gone = new Set<unknown>(values);
  merged.set(
    name,
    held.filter((value) => !gone.has(value)),
  );
}

function mergeField(merged: Map<string, unknown>, name: string, value: unknown, type: FieldType | undefined): void {
  const held = merged.get(name);
  const field = fieldOf(type, name);
  if (isObject(held) && isObject(value)) merged.set(name, mergeMaps(held, value, field?.type));
  else if (Array.isArray(held) && Array.isArray(value)) merged.set(name, mergeLists(held, value, field));
  else if (isObject(value) && PATCH in value) merged.delete(name);
  else merged.set(name, withoutDirectives(withoutNulls(value)));
}

function mergeLists(held: unknown[], given: unknown[], field: Field | undefined): unknown[] {
  if (field === undefined || !field.patch.merge) return given;
  if (held.length === 0 && given.length === 0) return held;
  if (ofOneKind([...held, ...given], { held, given }) !== 'object') return mergeValues(held, given);
  const { mergeKey } = field.patch;
  const elementType = field.type.is === 'list' ? field.type.of : undefined;
  if (mergeKey === undefined) return given;
  return mergeElements(held as JsonObject[], given as JsonObject[], mergeKey, (one, other) =>
    mergeMaps(one, other, elementType),
  );
}

function fieldOf(type: FieldType | undefined, name: string): Field | undefined {
  if (type?.is === 'object') return fieldsOf(type.model).get(name);
  if (type?.is !== 'map') return undefined;
  return { name, id: '', type: type.of, patch: { merge: false, retainKeys: false } };
}

const unknownList = ({ model }: ObjectType, name: string) =>
  new PatchDefect(`unable to find api field in struct ${plainName(model)} for the json field ${JSON.stringify(name)}`);

function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const kinds: Readonly<Record<string, string>> = {
    number: 'int64',
    boolean: 'bool',
    object: 'map[string]interface {}',
  };
  const got = value === null ? '%!s(<nil>)' : (kinds[typeof value] ?? typeof value);
  throw new PatchDefect(`expected a []interface {}, but received a ${got}`);
}

/** Where there was nothing, a null in the patch deletes nothing and is dropped. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutNulls(item)]));
}
