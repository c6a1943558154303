/**
 * Interface names and the patterns that a configuration has for them.
 *
 * Pure. Source: docs/design.md §4 (`interfaces`, `exclude-interfaces`).
 * @module
 */

/** Whether an interface is called like this. `*` stands for any characters, also none. */
export function matchesName(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === name;
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

/** Whether any pattern of `exclude-interfaces` names it: nothing is sent on such an interface, and nothing is read. */
export const isExcluded = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matchesName(pattern, name));
