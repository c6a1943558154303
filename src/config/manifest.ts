/**
 * Where a file keeps its configuration: the text inside a ConfigMap, and which line of the file each of its lines is.
 *
 * Pure; never throws. A file is either a configuration as such, or Kubernetes objects as `kubectl apply` takes them and
 * `kubectl get -o yaml` prints them, in YAML or JSON, other objects among them.
 *
 * Source: docs/design.md §3 and §4 (the key `config`), YAML 1.2 §7.3 and §8.1 (how a scalar's lines become text).
 * @module
 */
import { isAlias, isMap, isScalar, isSeq, type Scalar, type YAMLMap } from 'yaml';
import type { ConfigMap } from '../values/objects.js';
import { err, ok, type Result } from '../values/result.js';
import { readDocuments, type YamlDocument } from './document.js';
import type { Path, Problem } from './problem.js';
import { textOf } from './scalars.js';

/** The key of the ConfigMap whose value is the configuration, as in MetalLB. */
export const CONFIG_KEY = 'config';
/** What the manifests in `deploy/` call the ConfigMap: it goes before others in one file. */
const USUAL_NAME = 'cairn-config';

/** The configuration in a ConfigMap from the API; undefined where it has none. */
export const configTextOf = (configMap: ConfigMap): string | undefined =>
  Object.hasOwn(configMap.data, CONFIG_KEY) ? configMap.data[CONFIG_KEY] : undefined;

export interface ConfigSource {
  readonly text: string;
  /** The line of the file on which a line of the text stands. */
  fileLine(line: number): number;
}

/** The configurations in a file. What keeps it from being read is a problem at a line of the file. */
export function findConfigs(file: string): Result<readonly ConfigSource[], readonly Problem[]> {
  const documents = [...readDocuments(file)];
  const objects = documents.flatMap((document) => objectsOf(document, file));
  if (objects.length === 0) return ok([{ text: file, fileLine: (line) => line }]);

  const broken = documents.flatMap(({ problems }) => problems);
  if (broken.length > 0) return err(broken);
  const configMaps = objects.filter(({ root }) => textAt(root, 'kind') === 'ConfigMap');
  const holders = configMaps.filter(({ root }) => mapAt(root, 'data')?.has(CONFIG_KEY));
  const usual = holders.filter(({ root }) => textAt(mapAt(root, 'metadata'), 'name') === USUAL_NAME);
  if (holders.length === 0) {
    return err([noConfigIn(configMaps, objects)]);
  }
  return allOk((usual.length > 0 ? usual : holders).map(sourceOf));
}

/** Said of the object that comes nearest to one that has it. */
function noConfigIn([configMap]: readonly KubeObject[], objects: readonly KubeObject[]): Problem {
  if (configMap !== undefined) {
    const want = 'the configuration as text: a "|" and the address-pools indented below';
    return { path: [...configMap.path, 'data', CONFIG_KEY], line: configMap.line, want, got: undefined };
  }
  const want = `a ConfigMap with the key ${JSON.stringify(CONFIG_KEY)} under data`;
  const custom = objects.find(({ root }) => textAt(root, 'apiVersion')?.startsWith('metallb.io/'));
  const nearest = custom ?? objects[0];
  const advice =
    custom === undefined ? '' : " (of MetalLB's custom resources docs/migration.md tells how to write them as one)";
  return { path: [], line: nearest?.line ?? 1, want: want + advice, got: nearest && textAt(nearest.root, 'kind') };
}

/** A Kubernetes object in a file, or in a List in a file. */
interface KubeObject {
  readonly root: YAMLMap;
  readonly document: YamlDocument;
  readonly file: string;
  readonly path: Path;
  readonly line: number;
}

function objectsOf(document: YamlDocument, file: string): readonly KubeObject[] {
  const { root } = document;
  if (!isMap(root) || !root.has('apiVersion') || !root.has('kind')) return [];
  const items = textAt(root, 'kind')?.endsWith('List') ? root.get('items') : undefined;
  const roots = isSeq(items) ? items.items.filter(isMap) : [root];
  return roots.map((item, at) => ({
    root: item,
    document,
    file,
    path: item === root ? [] : ['items', at],
    line: document.lineAt(item.range?.[0] ?? 0),
  }));
}

function sourceOf({ root, document, file, path }: KubeObject): Result<ConfigSource, Problem> {
  const value = mapAt(root, 'data')?.get(CONFIG_KEY, true) as unknown;
  const node = isAlias(value) ? document.targets.get(value) : value;
  const line = document.lineAt(startOf(value) ?? startOf(root) ?? 0);
  if (!isScalar(node)) {
    const want = `text: a "|" after "${CONFIG_KEY}:" and the configuration indented below`;
    const got = isMap(node) ? {} : isSeq(node) ? [] : undefined;
    return err({ path: [...path, 'data', CONFIG_KEY], line, want, got });
  }
  const lines = linesOf(node, file, document.lineAt(startOf(node) ?? 0));
  return ok({ text: textOf(node), fileLine: lines });
}

/** The line of the file for each line of a scalar's text. */
function linesOf(node: Scalar, file: string, firstLine: number): (line: number) => number {
  const [start = 0, end = start] = node.range ?? [];
  switch (node.type) {
    case 'BLOCK_LITERAL':
      // Below the indicator, line for line.
      return (line) => firstLine + line;
    case 'BLOCK_FOLDED':
      // A configuration does not survive folding: its first line is where to look.
      return () => firstLine;
    default: {
      const starts = foldedLines(file.slice(start, end), firstLine, node.type === 'QUOTE_DOUBLE');
      return (line) => starts[Math.min(line, starts.length) - 1] ?? firstLine;
    }
  }
}

/**
 * The line on which each line of a flow scalar's text begins: an escaped `\n` begins one, and so does a blank line; any
 * other line break is a space, or nothing after a backslash.
 */
function foldedLines(source: string, firstLine: number, hasEscapes: boolean): readonly number[] {
  const starts = [firstLine];
  let line = firstLine;
  let isEmpty = true;
  let breaks = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (character === '\n') {
      line++;
      if (++breaks > 1) starts.push(line);
      isEmpty ||= breaks > 1;
      continue;
    }
    if (character === ' ' || character === '\t' || character === '\r') continue;
    breaks = 0;
    const escaped = character === '\\' && hasEscapes ? source[++at] : undefined;
    if (escaped === '\n') {
      line++;
      continue;
    }
    // Where the text of a line goes on below its beginning, what can be seen of it stands there.
    if (isEmpty) starts[starts.length - 1] = line;
    isEmpty = escaped === 'n';
    if (isEmpty) starts.push(line);
  }
  return starts;
}

const startOf = (node: unknown): number | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;

function textAt(map: YAMLMap | undefined, key: string): string | undefined {
  const node = map?.get(key, true) as unknown;
  return isScalar(node) ? textOf(node) : undefined;
}

function mapAt(map: YAMLMap, key: string): YAMLMap | undefined {
  const node = map.get(key, true) as unknown;
  return isMap(node) ? node : undefined;
}

function allOk<T, E>(results: readonly Result<T, E>[]): Result<readonly T[], readonly E[]> {
  const errors = results.flatMap((result) => (result.ok ? [] : [result.error]));
  return errors.length > 0 ? err(errors) : ok(results.flatMap((result) => (result.ok ? [result.value] : [])));
}
