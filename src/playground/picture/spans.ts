/**
 * Styled text in lines: what the view makes, and the screen and the SVG draw.
 *
 * Pure. A character is one column: everything shown is ASCII, box drawing or a few arrows.
 * @module
 */
export type Tone = 'plain' | 'dim' | 'bold' | 'good' | 'bad' | 'warn' | 'accent' | 'bar';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}
export type Line = readonly Span[];

export const span = (text: string, tone: Tone = 'plain'): Span => ({ text, tone });

export const widthOf = (line: Line): number => line.reduce((sum, { text }) => sum + text.length, 0);

/** No wider than `columns`; what is cut off ends in an ellipsis. */
export function truncate(line: Line, columns: number): Line {
  if (widthOf(line) <= columns) return line;
  const fitted: Span[] = [];
  let left = columns;
  for (const each of line) {
    if (each.text.length >= left) {
      if (left > 0)
        fitted.push({
          ...each,
          text: each.text.length > left || each !== line.at(-1) ? `${each.text.slice(0, left - 1)}…` : each.text,
        });
      return fitted;
    }
    fitted.push(each);
    left -= each.text.length;
  }
  return fitted;
}

const GAP = 2;

/** Columns as wide as their widest cell, two blanks apart; the last is not padded. */
export function columns(rows: readonly (readonly Span[])[], indent = 2): readonly Line[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => row[at]?.text.length ?? 0)));
  return rows.map((row) => [
    span(' '.repeat(indent)),
    ...row.map((cell, at) =>
      at === row.length - 1 ? cell : { ...cell, text: cell.text.padEnd((widths[at] ?? 0) + GAP) },
    ),
  ]);
}

/** `left` at the left, `right` at the right end, at least a blank between. */
export function apart(left: Line, right: Line, width: number): Line {
  const between = Math.max(1, width - widthOf(left) - widthOf(right));
  return truncate([...left, span(' '.repeat(between)), ...right], width);
}
