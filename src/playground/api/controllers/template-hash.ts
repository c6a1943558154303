/**
 * The `pod-template-hash` of a Deployment's ReplicaSets: ten letters and digits that differ when the pod template does.
 *
 * Pure. Looks like upstream's and serves like it, but is not the same value: upstream hashes how Go prints the template.
 * @module
 */
import type { JsonObject } from '../object.js';

export const TEMPLATE_HASH = 'pod-template-hash';

/** Upstream's alphabet: no vowels and nothing that looks like one, so that no word comes about. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** `collisions`: how often a hash was found to belong to another template already. */
export function templateHash(template: JsonObject, collisions: number | undefined): string {
  const digits = String(fnv1a(`${inOrder(template)}${collisions ?? ''}`)).padStart(10, '0');
  return [...digits].map((digit) => LETTERS[digit.charCodeAt(0) % LETTERS.length]).join('');
}

/** 32 bits. Source: http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** JSON whose fields are sorted, so that equal templates are equal text. */
export function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${inOrder(inner)}`).join()}}`;
}
