/**
 * Scalars of the `yaml` package, with their quotes and tags, to what they mean to MetalLB's reader.
 *
 * Pure. Source: `decode.go` of gopkg.in/yaml.v2.
 * @module
 */
import { isScalar, type Scalar } from 'yaml';
import { type Meaning, meaningOf } from './yaml11.js';

export const isMergeKey = (key: unknown): boolean =>
  isScalar(key) && key.source === '<<' && (isPlain(key) || key.tag === 'tag:yaml.org,2002:merge');
const isPlain = (node: Scalar): boolean => node.type === 'PLAIN' && node.tag === undefined;
export const textOf = (node: Scalar): string => node.source ?? '';

const KIND_OF_TAG: Readonly<Record<string, Exclude<Meaning['kind'], 'text'>>> = {
  'tag:yaml.org,2002:bool': 'bool',
  'tag:yaml.org,2002:float': 'float',
  'tag:yaml.org,2002:int': 'int',
  'tag:yaml.org,2002:null': 'null',
};

/** Quotes and most tags make text of a scalar; a few tags insist on a kind, and quotes then do not matter. */
export function meaning(node: Scalar): Meaning | { readonly kind: 'misfit'; readonly tag: string } {
  if (isPlain(node)) return meaningOf(textOf(node));
  const kind = node.tag === undefined ? undefined : KIND_OF_TAG[node.tag];
  if (kind === undefined) return { kind: 'text' };
  const what = meaningOf(textOf(node));
  const fits = what.kind === kind || (kind === 'float' && what.kind === 'int');
  return fits ? what : { kind: 'misfit', tag: `!!${kind}` };
}
