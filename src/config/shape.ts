/**
 * Holds a decoded configuration to its schema: the problems of shape, and a draft that has none.
 *
 * Pure. What is wrong is cut out of the draft, and everything else stays at its place, so that one slip does not hide
 * what is wrong elsewhere. What could not be read at all, or stands under a misspelt key, and was reported for that, is not
 * reported as missing too.
 * @module
 */
import type { Decoded } from './decode.js';
import type { Path, Problem } from './problem.js';
import { type ConfigDraft, configSchema } from './schema.js';
import type { Tree } from './tree.js';

export interface Shaped {
  readonly draft: ConfigDraft;
  readonly problems: readonly Problem[];
}

/** Cuts into `decoded.tree`, which nobody else uses. */
export function shape(decoded: Decoded): Shaped {
  const result = configSchema.safeParse(decoded.tree);
  const wrong = (result.success ? [] : result.error.issues).map(({ path: keys, message }): Problem => {
    // Keys of YAML are text and positions are numbers: there are no symbols here.
    const path = keys.filter((step) => typeof step !== 'symbol');
    return { path, line: decoded.lineOf(path), want: message, got: valueAt(decoded.tree, path) };
  });
  for (const { path } of wrong) cut(decoded.tree, path);
  const unread = [...decoded.problems.map(({ path }) => path), ...decoded.misspelt];
  const reported = new Set(unread.map((path) => JSON.stringify(path)));
  const problems = wrong.filter(({ path, got }) => got !== undefined || !reported.has(JSON.stringify(path)));
  // What the schema objected to is gone and the rest it has checked: this is what a draft is.
  return { draft: decoded.tree as ConfigDraft, problems };
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined), root);
}

/** What is cut out leaves an undefined: items keep their numbers, and a wrong key is not the same as none. */
function cut(tree: Tree, path: Path): void {
  const last = path.at(-1);
  const holder = valueAt(tree, path.slice(0, -1));
  if (last === undefined || !isObject(holder)) return;
  holder[last] = undefined;
}

const isObject = (value: unknown): value is Tree => typeof value === 'object' && value !== null;
