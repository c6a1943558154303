/**
 * Label selectors as they stand in a URL: `app=web,tier in (front,back),!canary`.
 *
 * Pure. Source: `k8s.io/apimachinery` pkg/labels selector.go: its grammar, and its words for what is not in it.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';

export type Labels = Readonly<Record<string, string>>;
export type LabelSelector = (labels: Labels) => boolean;

type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

interface Token {
  readonly kind: 'identifier' | 'end' | Operator | '(' | ')' | ',' | '>' | '<';
  readonly text: string;
}

const WORD = /[^\s=!(),<>]+/y;
const SYMBOLS = ['==', '!=', '=', '!', '(', ')', ',', '>', '<'] as const;

/** Source: apimachinery util/validation. */
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const MAX_CHARACTERS = 63;
const MAX_PREFIX_CHARACTERS = 253;
const NAME_WORDS =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const PREFIX_WORDS =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE_WORDS =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** The error is a sentence for a 400. The empty selector takes everything. */
export function parseLabelSelector(text: string): Result<LabelSelector, string> {
  try {
    const requirements = parse(tokensOf(text));
    return ok((labels) => requirements.every((requirement) => matches(requirement, labels)));
  } catch (error) {
    if (error instanceof SelectorError) return err(error.message);
    throw error;
  }
}

/** Never leaves this file: a parser of five levels is easier to read without a Result at each. */
class SelectorError extends Error {}

function matches({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value);
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) > Number(values[0]);
    case 'lt':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) < Number(values[0]);
  }
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text.charAt(at))) {
      at++;
      continue;
    }
    const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
    if (symbol !== undefined) {
      tokens.push({ kind: symbol, text: symbol });
      at += symbol.length;
      continue;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0] ?? '';
    tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
    at += word.length;
  }
  return [...tokens, { kind: 'end', text: '' }];
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next one; where a value is due, `in` and `notin` are mere words. */
  peek(as: 'value' | 'operator' = 'value'): Token {
    const token = this.#tokens[this.#at] ?? { kind: 'end', text: '' };
    const isWord = token.kind === 'in' || token.kind === 'notin';
    return as === 'value' && isWord ? { kind: 'identifier', text: token.text } : token;
  }

  take(as: 'value' | 'operator' = 'value'): Token {
    const token = this.peek(as);
    this.#at++;
    return token;
  }
}

function parse(tokens: readonly Token[]): readonly Requirement[] {
  const reader = new Reader(tokens);
  const requirements: Requirement[] = [];
  if (reader.peek().kind === 'end') return requirements;
  while (true) {
    const { kind, text } = reader.peek();
    if (kind !== 'identifier' && kind !== '!')
      throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
    try {
      requirements.push(parseRequirement(reader));
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
    const after = reader.take();
    if (after.kind === 'end') return requirements;
    if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
    const next = reader.peek();
    if (next.kind !== 'identifier' && next.kind !== '!')
      throw new SelectorError(`found '${next.text}', expected: identifier after ','`);
  }
}

function parseRequirement(reader: Reader): Requirement {
  const isAbsent = reader.peek().kind === '!';
  if (isAbsent) reader.take();
  const { kind, text: key } = reader.take();
  if (kind !== 'identifier') throw new SelectorError(`found '${key}', expected: identifier`);
  checkKey(key);
  const next = reader.peek().kind;
  if (isAbsent) return { key, operator: '!', values: [] };
  if (next === 'end' || next === ',') return { key, operator: 'exists', values: [] };
  const operator = parseOperator(reader);
  const values = operator === 'in' || operator === 'notin' ? parseValues(reader) : [parseValue(reader)];
  values.forEach((value, at) => {
    checkValue(key, value, at, operator);
  });
  return { key, operator, values };
}

function parseOperator(reader: Reader): Operator {
  const { kind, text } = reader.take('operator');
  switch (kind) {
    case 'in':
    case 'notin':
    case '=':
    case '==':
    case '!=':
      return kind;
    case '>':
      return 'gt';
    case '<':
      return 'lt';
    default:
      throw new SelectorError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

/** `(a, b)`; a value that is left out is the empty one. */
function parseValues(reader: Reader): readonly string[] {
  const open = reader.take();
  if (open.kind !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
  const values = new Set<string>();
  while (true) {
    const { kind, text } = reader.peek();
    if (kind === 'identifier') {
      reader.take();
      values.add(text);
    } else if (kind === ',' || kind === ')') {
      values.add('');
    } else {
      throw new SelectorError(`found '${text}', expected: ',', ')' or identifier`);
    }
    const after = reader.take();
    if (after.kind === ')') return [...values].sort();
    if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
  }
}

function parseValue(reader: Reader): string {
  const next = reader.peek();
  if (next.kind === 'end' || next.kind === ',') return '';
  const { kind, text } = reader.take();
  if (kind !== 'identifier') throw new SelectorError(`found '${text}', expected: identifier`);
  return text;
}

function checkKey(key: string): void {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const wrong: string[] = [];
  if (parts.length > 2) {
    wrong.push(
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    );
  } else {
    if (prefix === '') wrong.push('prefix part must be non-empty');
    else if (prefix !== undefined && (prefix.length > MAX_PREFIX_CHARACTERS || !PREFIX.test(prefix)))
      wrong.push(PREFIX_WORDS);
    if (name === '') wrong.push('name part must be non-empty');
    else if (name.length > MAX_CHARACTERS) wrong.push(`name part must be no more than ${MAX_CHARACTERS} bytes`);
    if (!NAME.test(name)) wrong.push(NAME_WORDS);
  }
  if (wrong.length > 0) throw new SelectorError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${wrong.join('; ')}`);
}

function checkValue(key: string, value: string, at: number, operator: Operator): void {
  const where = `values[${at}][${key}]: Invalid value: ${JSON.stringify(value)}`;
  if ((operator === 'gt' || operator === 'lt') && !/^-?\d+$/.test(value))
    throw new SelectorError(
      `values[${at}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  if (value.length > MAX_CHARACTERS) throw new SelectorError(`${where}: must be no more than ${MAX_CHARACTERS} bytes`);
  if (!VALUE.test(value)) throw new SelectorError(`${where}: ${VALUE_WORDS}`);
}
