/**
 * What both halves of the strategic merge (objects in strategic.ts, lists in strategic-list.ts) need.
 * @module
 */
import { isObject } from '../json.js';

/** The patch cannot be merged. Never leaves this folder: {@link strategicMerge} answers it as a Status. */
export class PatchDefect extends Error {
  override readonly name = 'PatchDefect';
  /** Whether upstream calls it a bad request; for the others it answers 500. */
  readonly blamesClient: boolean;

  constructor(message: string, { blamesClient = false }: { blamesClient?: boolean } = {}) {
    super(message);
    this.blamesClient = blamesClient;
  }
}

/** `delete`, `replace`, … of an element of a list. */
export const directiveOf = (item: unknown): unknown => (isObject(item) ? item['$patch'] : undefined);

/** Objects with a directive are left out, wherever they are. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => directiveOf(item) === undefined).map(withoutDirectives);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => directiveOf(item) === undefined);
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutDirectives(item)]));
}
