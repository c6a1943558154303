/**
 * What a plain YAML scalar means to MetalLB's reader.
 *
 * Pure. YAML 1.1 as `gopkg.in/yaml.v2` has it, not as its specification does: `yes` and `on` are booleans and so are
 * `y` and `n`; numbers may be hexadecimal, binary, octal (with or without an `o`) and carry underscores; sexagesimal
 * numbers do not exist, so `65535:65282` is text.
 *
 * Source: `resolve.go` of gopkg.in/yaml.v2.
 * @module
 */

export type Meaning =
  | { readonly kind: 'text' }
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Precise up to 2^53; every limit in the configuration lies far below. */
  | { readonly kind: 'int' | 'float'; readonly value: number };

const TEXT: Meaning = { kind: 'text' };
const NULL: Meaning = { kind: 'null' };

const spellings = (...words: string[]) => words.flatMap((word) => [word, capitalize(word), word.toUpperCase()]);
const capitalize = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const entries = (words: readonly string[], meaning: Meaning) => words.map((word) => [word, meaning] as const);

const WORDS: ReadonlyMap<string, Meaning> = new Map([
  ...entries(['', '~', ...spellings('null')], NULL),
  ...entries(spellings('y', 'yes', 'true', 'on'), { kind: 'bool', value: true }),
  ...entries(spellings('n', 'no', 'false', 'off'), { kind: 'bool', value: false }),
  ...entries(['.nan', '.NaN', '.NAN'], { kind: 'float', value: Number.NaN }),
  ...entries(['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'], { kind: 'float', value: Number.POSITIVE_INFINITY }),
  ...entries(['-.inf', '-.Inf', '-.INF'], { kind: 'float', value: Number.NEGATIVE_INFINITY }),
]);

const DECIMAL = /^[-+]?(?:0|[1-9][0-9]*)$/;
const PREFIXED = /^([-+]?)0([xXbBoO]?)([0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const BASES: Readonly<Record<string, { readonly base: number; readonly digits: RegExp }>> = {
  '': { base: 8, digits: /^[0-7]+$/ },
  o: { base: 8, digits: /^[0-7]+$/ },
  b: { base: 2, digits: /^[01]+$/ },
  x: { base: 16, digits: /^[0-9a-fA-F]+$/ },
};
/** Longer than any number with a use: what it means makes no difference, and matching it would only cost time. */
const MAX_NUMBER_CHARACTERS = 100;

/** The meaning of a scalar that is written without quotes and without a tag. */
export function meaningOf(source: string): Meaning {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  if (source.length > MAX_NUMBER_CHARACTERS || !/^[-+.0-9]/.test(source)) return TEXT;
  // Underscores count in a number that begins with its point, and so spoil it.
  return numberOf(source.startsWith('.') ? source : source.replaceAll('_', ''));
}

function numberOf(source: string): Meaning {
  if (DECIMAL.test(source)) return { kind: 'int', value: Number(source) };
  const [, sign, letter = '', digits = ''] = PREFIXED.exec(source) ?? [];
  const notation = BASES[letter.toLowerCase()];
  if (sign !== undefined && notation?.digits.test(digits)) {
    return { kind: 'int', value: Number.parseInt(`${sign}${digits}`, notation.base) };
  }
  // `08` is no octal number, and so, as in yaml.v2, the float 8.
  return FLOAT.test(source) ? { kind: 'float', value: Number(source) } : TEXT;
}
