/**
 * YAML text to nodes that can be walked without fear.
 *
 * Pure; never throws, whatever the text. After this, nesting is bounded and every alias knows its target, or there is a
 * problem. Aliases are not expanded here, so a text that would expand without end costs no more than its own length.
 *
 * Sources: YAML 1.1 and 1.2 as the `yaml` package reads them.
 * @module
 */
import { type Alias, Composer, CST, type Document, isAlias, isCollection, isPair, LineCounter, Parser } from 'yaml';
import { type Directive, wrongDirectives } from './directives.js';
import type { Problem } from './problem.js';

/** No key of a configuration lies deeper than eight levels, and none of a Kubernetes object as deep as this. */
const MAX_DEPTH = 64;
/** One slip can make every character after it a problem of its own; the first few tell. */
const MAX_SYNTAX_PROBLEMS = 20;

export interface YamlDocument {
  readonly root: unknown;
  /** The node that an alias stands for; undefined where its anchor does not come before it. */
  readonly targets: ReadonlyMap<Alias, unknown>;
  /** The line, from 1, of a position in the text. */
  lineAt(offset: number): number;
  /** What makes it no YAML. Whoever finds one reads no further. */
  readonly problems: readonly Problem[];
}

/** The documents of a stream, one after the other: whoever wants the first alone never reads the rest. */
export function* readDocuments(text: string): Generator<YamlDocument> {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  // Values are not resolved by the package: what `yes` means depends on the key it stands under.
  const composer = new Composer({
    lineCounter: lines,
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'failsafe',
    // Comparing each key with each other one takes time in the square of their number.
    uniqueKeys: false,
    version: '1.1',
  });
  let tooDeep: number | undefined;
  let directives: Directive[] = [];
  /** For each document that the composer has seen and not given yet. */
  const before: (readonly Directive[])[] = [];
  const tokens = function* (): Generator<CST.Token> {
    for (const token of new Parser(lines.addNewLine).parse(text)) {
      if (token.type === 'directive') directives.push(token);
      const deep = tokenDeeperThan(token, MAX_DEPTH);
      // The composer calls itself once per level: it must not see this one.
      if (deep !== undefined) {
        tooDeep = deep;
        continue;
      }
      if (token.type === 'document') {
        before.push(directives);
        directives = [];
      }
      yield token;
    }
  };
  for (const document of composer.compose(tokens(), true, text.length)) {
    yield read(document, tooDeep, before.shift() ?? directives, lineAt);
    tooDeep = undefined;
  }
}

function read(
  document: Document,
  tooDeep: number | undefined,
  directives: readonly Directive[],
  lineAt: (offset: number) => number,
): YamlDocument {
  const problem = (offset: number, want: string, got: unknown): Problem => ({
    path: [],
    line: lineAt(offset),
    want,
    got,
  });
  const problems = document.errors
    .slice(0, MAX_SYNTAX_PROBLEMS)
    .map((error) => problem(error.pos[0], 'well-formed YAML', error.message));
  for (const { offset, source, want } of wrongDirectives(directives).slice(0, MAX_SYNTAX_PROBLEMS)) {
    problems.push(problem(offset, want, source));
  }
  if (tooDeep !== undefined) problems.push(problem(tooDeep, `at most ${MAX_DEPTH} levels of nesting`, 'more'));
  const targets = problems.length === 0 ? resolveAliases(document.contents) : new Map<Alias, unknown>();
  return { root: document.contents, targets, lineAt, problems };
}

/** Where the first collection begins that lies deeper than `limit`. Keeps its own stack: depth is what it guards. */
function tokenDeeperThan(token: CST.Token, limit: number): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token, depth: 0 }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { token, depth } = at;
    if (token.type === 'document' && token.value !== undefined) open.push({ token: token.value, depth });
    if (!CST.isCollection(token)) continue;
    if (depth >= limit) return token.offset;
    for (const { key, value } of token.items) {
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
  return undefined;
}

/** An anchor may be given again: an alias stands for the last one before it. */
function resolveAliases(root: unknown): ReadonlyMap<Alias, unknown> {
  const anchors = new Map<string, unknown>();
  const targets = new Map<Alias, unknown>();
  const walk = (node: unknown): void => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source));
    else if (isPair(node)) {
      walk(node.key);
      walk(node.value);
    } else if (typeof node === 'object' && node !== null) {
      if ('anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node);
      if (isCollection(node)) node.items.forEach(walk);
    }
  };
  walk(root);
  return targets;
}
