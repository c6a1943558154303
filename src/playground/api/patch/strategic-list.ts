/**
 * How lists merge in a strategic merge patch: objects by a key, scalars as a set, and the order of both.
 * @module
 */
import { isObject } from '../json.js';
import type { JsonObject } from '../object.js';
import { goPrint } from './go-print.js';
import { directiveOf, PatchDefect } from './strategic-parts.js';

/** Scalars: each once, those of the patch in the patch's order. */
export function mergeValues(held: readonly unknown[], given: readonly unknown[]): unknown[] {
  return inOrder([...new Set([...held, ...given])], { first: given, rest: held }, undefined);
}

/** Objects: `merge` joins those with the same key; `$patch` deletes one, or replaces the whole list. */
export function mergeElements(
  held: readonly JsonObject[],
  given: readonly JsonObject[],
  mergeKey: string,
  merge: (one: JsonObject, other: JsonObject) => JsonObject,
): unknown[] {
  const plain = given.filter((item) => directiveOf(item) === undefined);
  const deleted = new Set(given.filter(isDeletion).map((item) => keyOf(item, mergeKey)));
  if (given.some((item) => directiveOf(item) === 'replace')) return plain;
  const kept = held.filter((item) => !deleted.has(item[mergeKey]));
  const merged: JsonObject[] = [...kept];
  const places = firstPlaces(merged.map((item): unknown => item[mergeKey]));
  for (const item of plain) {
    const key = keyOf(item, mergeKey);
    const at = places.get(key);
    if (at === undefined) places.set(key, merged.push(item) - 1);
    else merged[at] = merge(merged[at] as JsonObject, item);
  }
  return inOrder(merged, { first: plain, rest: kept }, mergeKey);
}

/** Where each stands first. */
function firstPlaces(ids: readonly unknown[]): Map<unknown, number> {
  const places = new Map<unknown, number>();
  ids.forEach((id, at) => {
    if (!places.has(id)) places.set(id, at);
  });
  return places;
}

function isDeletion(item: JsonObject): boolean {
  const directive = directiveOf(item);
  if (directive === 'merge') throw new PatchDefect('merging lists cannot yet be specified in the patch');
  if (directive !== undefined && directive !== 'delete' && directive !== 'replace')
    throw new PatchDefect(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(item)}`);
  return directive === 'delete';
}

function keyOf(item: JsonObject, mergeKey: string): unknown {
  if (!(mergeKey in item))
    throw new PatchDefect(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  return item[mergeKey];
}

/**
 * Puts what `first` names in its order, and the others, which only the server knows, in that of `rest`. A server-only element
 * comes before the next named one that it preceded in `rest`.
 */
export function inOrder(
  list: readonly unknown[],
  { first, rest }: { first: readonly unknown[]; rest: readonly unknown[] },
  mergeKey: string | undefined,
): unknown[] {
  const idOf = (item: unknown) => (mergeKey === undefined || !isObject(item) ? item : item[mergeKey]);
  const positionIn = (order: readonly unknown[]) => {
    const places = firstPlaces(order.map(idOf));
    return (item: unknown) => places.get(idOf(item)) ?? -1;
  };
  const inFirst = positionIn(first);
  const inRest = positionIn(rest);
  const named = list.filter((item) => inFirst(item) >= 0).sort((a, b) => inFirst(a) - inFirst(b));
  const others = list.filter((item) => inFirst(item) < 0).sort((a, b) => inRest(a) - inRest(b));
  const merged: unknown[] = [];
  for (const item of named) {
    while (others.length > 0 && inRest(item) >= 0 && inRest(others[0]) >= 0 && inRest(others[0]) < inRest(item))
      merged.push(others.shift());
    merged.push(item);
  }
  return [...merged, ...others];
}

/** Whether the elements are objects or scalars; a mixture cannot be merged. */
export function ofOneKind(
  all: readonly unknown[],
  { held, given }: { held: readonly unknown[]; given: readonly unknown[] },
): 'object' | 'scalar' {
  const kinds = new Set(all.map((item) => (isObject(item) ? 'object' : typeof item)));
  if (kinds.size > 1) throw new PatchDefect(`list element types are not identical: ${goPrint([held, given])}`);
  return kinds.has('object') ? 'object' : 'scalar';
}
