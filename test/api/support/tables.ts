/**
 * What kubectl prints, in a form that two runs have in common.
 * @module
 */

/** The cells of each line. kubectl parts columns by three spaces; a cell itself never has two in a row. */
export const cells = (printed: string): readonly (readonly string[])[] =>
  printed
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd().split(/ {2,}/));

/** Each line's cells, with every age replaced by `AGE`. Only for tables whose other cells are no spans of time. */
export const agelessCells = (printed: string): readonly (readonly string[])[] =>
  cells(printed).map((line) => line.map((cell) => (/^([0-9]+[smh])+$/.test(cell) ? 'AGE' : cell)));

/** `Name: value` lines of `kubectl describe`, up to the first line that is none of them; the last of a name wins. */
export function fieldsOf(described: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const line of described.split('\n')) {
    const [, name, value] = /^([A-Za-z][-A-Za-z ()]*):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields[name] = (value as string).trimEnd();
  }
  return fields;
}
