/**
 * Answers of two servers made comparable: what each server makes up by itself is replaced by what it is.
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { Json } from './http.js';
import type { World } from './world.js';

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const byManager = (one: Json, other: Json) =>
  one.manager.localeCompare(other.manager) || (one.subresource ?? '').localeCompare(other.subresource ?? '');
const isOfRange = (text: string) => /^(10\.0\.|fd00:10::)/.test(text) && (isIPv4(text) || isIPv6(text));

/**
 * Uids, times, versions, the case's namespace, allocated addresses and node ports; everything else stays. Entries of
 * `managedFields` are put in the order of their managers: by itself a server sorts them by the second of their writes
 * first, and the two servers need not write within the same second.
 */
export function normalised(world: World, value: Json): Json {
  const text = (each: string) =>
    isOfRange(each)
      ? `<an IPv${isIPv4(each) ? 4 : 6}>`
      : each
          .replaceAll(world.namespace, '<namespace>')
          .replaceAll(world.unique(''), '-<case>')
          .replace(UID, '<uid>')
          .replace(TIME, '<time>');
  const visit = (each: Json, key: string): Json => {
    if (key === 'resourceVersion' && typeof each === 'string') return '<version>';
    if (/nodePort$/i.test(key) && each >= 30_000) return '<node port>';
    if (typeof each === 'string') return text(each);
    if (key === 'managedFields') return each.map((item: Json) => visit(item, '')).sort(byManager);
    if (Array.isArray(each)) return each.map((item) => visit(item, ''));
    if (each === null || typeof each !== 'object') return each;
    return Object.fromEntries(Object.entries(each).map(([name, inner]) => [text(name), visit(inner, name)]));
  };
  return visit(value, '');
}
