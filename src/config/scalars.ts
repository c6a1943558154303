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
const BINARY = 'tag:yaml.org,2002:binary';

/** What stands in the text, or what its base64 stands for; for base64 that cannot be read, as it stands. */
export const textOf = (node: Scalar): string =>
  (node.tag === BINARY ? textOfBase64(node.source ?? '') : undefined) ?? node.source ?? '';

const KIND_OF_TAG: Readonly<Record<string, Exclude<Meaning['kind'], 'text'>>> = {
  'tag:yaml.org,2002:bool': 'bool',
  'tag:yaml.org,2002:float': 'float',
  'tag:yaml.org,2002:int': 'int',
  'tag:yaml.org,2002:null': 'null',
};

/** Undefined for what is no base64 (RFC 4648 §4, line breaks left out), and for bytes that are no text. */
function textOfBase64(source: string): string | undefined {
  const encoded = source.replaceAll(/[\r\n]/g, '');
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return undefined;
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Quotes and most tags make text of a scalar; a few tags insist on a kind, and quotes then do not matter. */
export function meaning(node: Scalar): Meaning | { readonly kind: 'misfit'; readonly tag: string } {
  if (isPlain(node)) return meaningOf(textOf(node));
  if (node.tag === BINARY && textOfBase64(node.source ?? '') === undefined) return { kind: 'misfit', tag: '!!binary' };
  const kind = node.tag === undefined ? undefined : KIND_OF_TAG[node.tag];
  if (kind === undefined) return { kind: 'text' };
  const what = meaningOf(textOf(node));
  const fits = what.kind === kind || (kind === 'float' && what.kind === 'int');
  return fits ? what : { kind: 'misfit', tag: `!!${kind}` };
}
