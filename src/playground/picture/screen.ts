/**
 * Lines on a terminal: the alternate screen, rewritten in place, only where a line has changed.
 *
 * Sources: ECMA-48 (CSI H, K, m), xterm's private modes 1049 (alternate screen) and 25 (cursor), no-color.org.
 * @module
 */
import type { Line, Tone } from './spans.js';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?1049l\x1b[?25h\x1b[0m';
const PLAIN = '\x1b[0m';

const CODES: Readonly<Record<Tone, string>> = {
  plain: '',
  dim: '\x1b[2m',
  bold: '\x1b[1m',
  good: '\x1b[32m',
  bad: '\x1b[31;1m',
  warn: '\x1b[33m',
  accent: '\x1b[36m',
  bar: '\x1b[34m',
};

/** What of it is no colour. */
const WITHOUT_COLOUR: Readonly<Record<Tone, string>> = {
  ...CODES,
  good: '',
  bad: '\x1b[1m',
  warn: '',
  accent: '',
  bar: '',
};

/** NO_COLOR with any text in it asks programs for none. */
export const wantsColour = (env: NodeJS.ProcessEnv): boolean => (env['NO_COLOR'] ?? '') === '';

export interface Output {
  write(text: string): unknown;
}

export class Screen {
  readonly #out: Output;
  readonly #codes: Readonly<Record<Tone, string>>;
  #shown: readonly string[] = [];

  constructor(out: Output, inColour = true) {
    this.#out = out;
    this.#codes = inColour ? CODES : WITHOUT_COLOUR;
  }

  enter(): void {
    this.#out.write(ENTER);
  }

  /** May be called twice. */
  leave(): void {
    this.#out.write(LEAVE);
  }

  /** After a change of size nothing that is shown counts any more. */
  forget(): void {
    this.#shown = [];
    this.#out.write('\x1b[2J');
  }

  show(lines: readonly Line[]): void {
    const texts = lines.map((line) => ansi(line, this.#codes));
    const changed = texts.flatMap((text, at) => (text === this.#shown[at] ? [] : `\x1b[${at + 1};1H${text}\x1b[K`));
    if (changed.length > 0) this.#out.write(changed.join(''));
    this.#shown = texts;
  }
}

/** Control characters would move the cursor: what a server answered is not to be trusted with that. */
const ansi = (line: Line, codes: Readonly<Record<Tone, string>>): string =>
  line.map(({ text, tone }) => (codes[tone] === '' ? clean(text) : `${codes[tone]}${clean(text)}${PLAIN}`)).join('');

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
const clean = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '·');
