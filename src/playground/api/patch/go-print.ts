/**
 * A JSON value as Go prints it with `%v`, which is how upstream quotes one in some messages: `map[name:web ports:[80 81]]`.
 * @module
 */
export function goPrint(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goPrint).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([name, item]) => `${name}:${goPrint(item)}`).join(' ')}]`;
}
