/**
 * YAML nodes to plain values, as the schema's types ask for them.
 *
 * Pure; never throws. Like MetalLB's reader this decodes towards a type: where the schema wants text, `yes` and `010`
 * are text as they stand; where it wants a boolean or a number, they are that. Merges (`<<`) happen where they stand,
 * so that a later key wins, and an empty value is the same as none. A scalar or collection that does not fit is passed
 * on as it is: the schema says what is wrong with it. Defaults are filled in, and nothing is shared between two places.
 *
 * Source: `decode.go` of gopkg.in/yaml.v2, in its strict mode.
 * @module
 */
import { type Alias, isAlias, isMap, isPair, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import * as z from 'zod';
import type { YamlDocument } from './document.js';
import type { Path, Problem } from './problem.js';
import { isMergeKey, meaning, textOf } from './scalars.js';
import { nearest } from './spelling.js';
import { bare, emptyTree, isTree, type Tree, withDefaults } from './tree.js';

/** yaml.v2 stops between 396,000 and 400,000 values that are reached through aliases, and calls that excessive. */
const MAX_ALIASED = 400_000;
/** Aliases of merges of aliases… each level is a call. A configuration has eight levels. */
const MAX_DEPTH = 200;

export interface Decoded {
  readonly tree: Tree;
  readonly problems: readonly Problem[];
  /** Where what stands under an unknown key was probably meant to be: each is in a problem already. */
  readonly misspelt: readonly Path[];
  /** False: reading stopped in the middle, and what is missing from the tree may stand in the text. */
  readonly complete: boolean;
  /** The line of what stands at a path, or of the nearest thing around it that stands anywhere. */
  lineOf(path: Path): number;
}

export function decode(document: YamlDocument, schema: z.ZodObject): Decoded {
  const decoder = new Decoder(document);
  const value = decoder.value(document.root, schema, [], undefined);
  const problems = [...decoder.problems];
  // A document that is empty says nothing, which is allowed.
  if (value !== undefined && !isTree(value)) {
    problems.push({ path: [], line: decoder.lineOf(value, []), want: 'a mapping', got: value });
  }
  const tree = isTree(value) ? value : withDefaults(emptyTree(), schema);
  const { misspelt, stopped } = decoder;
  return { tree, problems, misspelt, complete: !stopped, lineOf: (path) => decoder.lineOf(value, path) };
}

class Decoder {
  readonly problems: Problem[] = [];
  readonly misspelt: Path[] = [];
  readonly #document: YamlDocument;
  /** For each collection made here, the lines of its keys or items. */
  readonly #lines = new Map<object, Map<string | number, number>>();
  readonly #open = new Set<unknown>();
  #aliasDepth = 0;
  #aliased = 0;
  #depth = 0;
  /** Set once: everything after it would be noise, and could be without end. */
  #stopped = false;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  lineOf(root: unknown, path: Path): number {
    let at = root;
    let line = this.#lineOfNode(this.#document.root);
    for (const step of path) {
      if (typeof at !== 'object' || at === null) return line;
      line = this.#lines.get(at)?.get(step) ?? line;
      at = (at as Tree)[step];
    }
    return line;
  }

  /** The value of a node; `before` is what a merge has already put in its place. Undefined: nothing stands there. */
  value(node: unknown, schema: z.ZodType, path: Path, before: unknown): unknown {
    if (this.#aliasDepth > 0 && ++this.#aliased > MAX_ALIASED) {
      this.#stop(node, path, `at most ${MAX_ALIASED} values through aliases`, 'more');
    }
    if (this.#depth >= MAX_DEPTH) this.#stop(node, path, `at most ${MAX_DEPTH} levels of aliases and merges`, 'more');
    if (this.#stopped) return undefined;
    this.#depth++;
    const value = isAlias(node)
      ? this.#throughAlias(node, path, (target) => this.value(target, schema, path, before))
      : this.#plainValue(node, schema, path, before);
    this.#depth--;
    return value;
  }

  #plainValue(node: unknown, schema: z.ZodType, path: Path, before: unknown): unknown {
    if (isMap(node)) return this.#mapping(node, bare(schema), path, before);
    if (isSeq(node)) return this.#sequence(node.items, bare(schema), path);
    return isScalar(node) ? this.#scalar(node, bare(schema), path) : undefined;
  }

  #throughAlias<T>(alias: Alias, path: Path, then: (target: unknown) => T): T | undefined {
    const target = this.#document.targets.get(alias);
    if (target === undefined) {
      this.#report(alias, path, `an anchor &${alias.source} before this alias`, `*${alias.source}`);
      return undefined;
    }
    if (this.#open.has(target)) {
      this.#report(alias, path, 'an alias of something that does not hold it', `*${alias.source}`);
      return undefined;
    }
    this.#open.add(target);
    this.#aliasDepth++;
    const value = then(target);
    this.#aliasDepth--;
    this.#open.delete(target);
    return value;
  }

  #mapping(node: YAMLMap, schema: z.ZodType, path: Path, before: unknown): unknown {
    if (!(schema instanceof z.ZodObject || schema instanceof z.ZodRecord)) return emptyTree();
    const tree = isTree(before) ? before : emptyTree();
    this.#fill(tree, node, schema, path);
    // Also in the middle of a merge: whatever is written later stands in a default's place.
    return schema instanceof z.ZodObject ? withDefaults(tree, schema) : tree;
  }

  #fill(tree: Tree, node: YAMLMap, schema: z.ZodObject | z.ZodRecord, path: Path): void {
    const seen = new Set<string>();
    for (const pair of node.items) {
      if (this.#stopped) return;
      if (isMergeKey(pair.key)) {
        this.#merge(tree, pair.value, schema, path);
        continue;
      }
      const key = this.#key(pair, path);
      if (key === undefined) continue;
      const line = this.#lineOfNode(pair.key ?? pair.value ?? node);
      // In a table a merged key is taken already; in a mapping of known keys a later one wins.
      if (seen.has(key) || (schema instanceof z.ZodRecord && Object.hasOwn(tree, key))) {
        this.problems.push({ path: [...path, key], line, want: 'each key once', got: key });
        continue;
      }
      seen.add(key);
      this.#set(tree, key, pair.value, schema, [...path, key], line);
    }
  }

  #set(tree: Tree, key: string, node: unknown, schema: z.ZodObject | z.ZodRecord, path: Path, line: number): void {
    if (schema instanceof z.ZodRecord) {
      this.#linesOf(tree).set(key, line);
      const value = this.#valueOrZero(node, schema.valueType as z.ZodType, path);
      if (value !== undefined) tree[key] = value;
      return;
    }
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
    const part = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (part === undefined) {
      const known = Object.keys(shape);
      const meant = nearest(key, known);
      if (meant !== undefined) this.misspelt.push([...path.slice(0, -1), meant]);
      this.problems.push({ path, line, want: wantKnown(meant, known), got: key });
      return;
    }
    this.#linesOf(tree).set(key, line);
    const value = this.value(node, part, path, tree[key]);
    if (value === undefined) delete tree[key];
    else tree[key] = value;
  }

  #merge(tree: Tree, node: unknown, schema: z.ZodObject | z.ZodRecord, path: Path): void {
    // Of several, the first has the last word.
    const sources = isSeq(node) ? [...node.items].reverse() : [node];
    for (const source of sources) {
      const target = isAlias(source) ? this.#document.targets.get(source) : source;
      // Through `value`, which counts and bounds: what comes back is `tree` itself, filled.
      if (isMap(target)) this.value(source, schema, path, tree);
      else if (isAlias(source) && target === undefined) this.#throughAlias(source, path, () => undefined);
      else this.#report(source ?? node, [...path, '<<'], 'a mapping or a list of mappings', this.#glimpse(target));
    }
  }

  #key({ key }: Pair<unknown, unknown>, path: Path): string | undefined {
    const node = isAlias(key) ? this.#document.targets.get(key) : key;
    if (node === null) return '';
    if (!isScalar(node)) {
      this.#report(key, path, 'a key that is text', this.#glimpse(node));
      return undefined;
    }
    const what = meaning(node);
    if (what.kind !== 'misfit') return what.kind === 'null' ? '' : textOf(node);
    this.#report(key, path, `a key that fits its tag ${what.tag}`, textOf(node));
    return undefined;
  }

  #sequence(nodes: readonly unknown[], schema: z.ZodType, path: Path): unknown {
    const items: unknown[] = [];
    if (!(schema instanceof z.ZodArray)) return items;
    const element = schema.element as z.ZodType;
    for (const [at, node] of nodes.entries()) {
      if (this.#stopped) break;
      this.#linesOf(items).set(at, this.#lineOfNode(node));
      // `{a: b}` in a flow sequence may be written `a: b`; the package then gives the pair alone.
      items.push(isPair(node) ? emptyTree() : this.#valueOrZero(node, element, [...path, at]));
    }
    return items;
  }

  /** An item that says nothing is Go's zero value to yaml.v2. Undefined: it says something wrong, and that is reported. */
  #valueOrZero(node: unknown, schema: z.ZodType, path: Path): unknown {
    const problemsBefore = this.problems.length;
    const value = this.value(node, schema, path, undefined);
    if (value !== undefined || this.problems.length > problemsBefore) return value;
    const type = bare(schema);
    return type instanceof z.ZodObject ? withDefaults(emptyTree(), type) : '';
  }

  #scalar(node: Scalar, schema: z.ZodType, path: Path): unknown {
    const what = meaning(node);
    if (what.kind === 'misfit') {
      this.#report(node, path, `a value that fits its tag ${what.tag}`, textOf(node));
      return undefined;
    }
    if (what.kind === 'null') return undefined;
    if (what.kind === 'bool' && schema instanceof z.ZodBoolean) return what.value;
    if ((what.kind === 'int' || what.kind === 'float') && schema instanceof z.ZodNumber) {
      // A number with a fraction loses it, as in yaml.v2; one without end stays what no limit allows.
      return Math.trunc(what.value);
    }
    return textOf(node);
  }

  #linesOf(collection: object): Map<string | number, number> {
    const lines = this.#lines.get(collection) ?? new Map<string | number, number>();
    this.#lines.set(collection, lines);
    return lines;
  }

  #lineOfNode(node: unknown): number {
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    const start = Array.isArray(range) ? range[0] : 0;
    return this.#document.lineAt(typeof start === 'number' ? start : 0);
  }

  #glimpse(node: unknown): unknown {
    if (isScalar(node)) return textOf(node);
    return isSeq(node) ? [] : isMap(node) ? {} : undefined;
  }

  #report(node: unknown, path: Path, want: string, got: unknown): void {
    this.problems.push({ path, line: this.#lineOfNode(node), want, got });
  }

  #stop(node: unknown, path: Path, want: string, got: unknown): void {
    if (!this.#stopped) this.#report(node, path, want, got);
    this.#stopped = true;
  }
}

const wantKnown = (meant: string | undefined, known: readonly string[]): string =>
  meant === undefined ? `one of the keys ${known.join(', ')}` : `a known key (is it ${JSON.stringify(meant)}?)`;
