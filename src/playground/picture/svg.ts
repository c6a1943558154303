/**
 * Lines of the picture as an SVG file: what a terminal would show, readable on light and on dark pages.
 *
 * Pure. No script, no font from elsewhere; each line is one text element whose length is given, so that columns stay in line
 * whichever monospaced font the reader has.
 * @module
 */
import { type Line, type Tone, widthOf } from './spans.js';

const CELL_WIDTH = 7.2;
const LINE_HEIGHT = 16;
const FONT_SIZE = 12;
const MARGIN = 14;

/** A terminal is dark on every page; these are told apart by people who see few colours, too. */
const BACKGROUND = '#14181d';
const COLORS: Readonly<Record<Tone, string>> = {
  plain: '#d5dbe1',
  dim: '#8b97a3',
  bold: '#ffffff',
  good: '#7bd88f',
  bad: '#ff7b85',
  warn: '#f0c060',
  accent: '#6fc3e8',
  bar: '#6fc3e8',
};
const HEAVY: ReadonlySet<Tone> = new Set(['bold', 'bad']);

export function renderSvg(lines: readonly Line[], title: string): string {
  const columns = Math.max(1, ...lines.map(widthOf));
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = lines.flatMap((line, at) => (widthOf(line) === 0 ? [] : [textOf(line, at)]));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" xml:space="preserve">
${texts.join('\n')}
</g>
</svg>
`;
}

/** Each span is placed by itself: a font whose blanks are narrower does not move what follows. */
function textOf(line: Line, at: number): string {
  const y = MARGIN + at * LINE_HEIGHT + FONT_SIZE;
  let column = 0;
  return line
    .flatMap(({ text, tone }) => {
      const leading = text.length - text.trimStart().length;
      const shown = text.trim();
      const x = MARGIN + (column + leading) * CELL_WIDTH;
      column += text.length;
      if (shown === '') return [];
      const weight = HEAVY.has(tone) ? ' font-weight="bold"' : '';
      const length = `textLength="${round(shown.length * CELL_WIDTH)}" lengthAdjust="spacingAndGlyphs"`;
      return [`<text x="${round(x)}" y="${y}" ${length} fill="${COLORS[tone]}"${weight}>${escaped(shown)}</text>`];
    })
    .join('');
}

const round = (n: number): string => String(Math.round(n * 10) / 10);

const escaped = (text: string): string =>
  text.replace(/[<>&"]/g, (found) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[found] ?? found);
