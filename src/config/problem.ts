/**
 * What is wrong with a configuration: where, what would be right, and what stands there.
 *
 * Pure. A problem is data; how it is shown is one function, so that the log, the Event and `cairn check` agree.
 * @module
 */

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** In the text that was parsed, from 1. */
  readonly line: number;
  readonly want: string;
  /** What the text says there, as far as it could be read; undefined where nothing stands. */
  readonly got: unknown;
}

/** `address-pools.2.addresses.0: want "first-last", got "10.0.0.300"`, without the line: who shows it knows the file. */
export function renderProblem({ path, want, got }: Problem): string {
  const where = path.length === 0 ? '' : `${path.map(renderStep).join('.')}: `;
  return `${where}want ${want}, got ${renderGot(got)}`;
}

/** Every problem on a line of its own, with its line number first: for an Event or a log. */
export const renderProblems = (problems: readonly Problem[]): string =>
  problems.map((problem) => `line ${problem.line}: ${renderProblem(problem)}`).join('\n');

/** In the order of the text; on one line, items by their number. */
export const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  [...problems].sort((a, b) => a.line - b.line || comparePaths(a.path, b.path));

/** Keys of one mapping keep the order they came in: theirs is that of the text, or of the schema. */
function comparePaths(a: Path, b: Path): number {
  const at = a.findIndex((step, index) => step !== b[index]);
  const [one, other] = [a[at], b[at]];
  return typeof one === 'number' && typeof other === 'number' ? one - other : 0;
}

/** A key that would not read well between dots, such as an address or a label, is quoted. */
const renderStep = (step: string | number): string =>
  typeof step === 'number' || /^[A-Za-z0-9_-]+$/.test(step) ? `${step}` : JSON.stringify(shorten(step));

/** Never more than a glimpse: a value may be as large as the text, and an Event may not. */
function renderGot(got: unknown): string {
  if (got === undefined) return 'nothing';
  if (typeof got === 'string') return JSON.stringify(shorten(got));
  if (Array.isArray(got)) return 'a list';
  return typeof got === 'object' && got !== null ? 'a mapping' : String(got);
}

const MAX_SHOWN_CHARACTERS = 100;
const shorten = (text: string): string =>
  text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS - 1)}…`;
