/**
 * Lines on a terminal: the alternate screen, rewritten in place, only where a line has changed.
 *
 * Source: ECMA-48 (CSI H, K, m), xterm's private modes 1049 (alternate screen) and 25 (cursor).
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

export interface Output {
  write(text: string): unknown;
}

export class Screen {
  readonly #out: Output;
  #shown: readonly string[] = [];

  constructor(out: Output) {
    this.#out = out;
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
    const texts = lines.map(ansi);
    const changed = texts.flatMap((text, at) => (text === this.#shown[at] ? [] : `\x1b[${at + 1};1H${text}\x1b[K`));
    if (changed.length > 0) this.#out.write(changed.join(''));
    this.#shown = texts;
  }
}

/** Control characters would move the cursor: what a server answered is not to be trusted with that. */
const ansi = (line: Line): string =>
  line.map(({ text, tone }) => (tone === 'plain' ? clean(text) : `${CODES[tone]}${clean(text)}${PLAIN}`)).join('');

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
const clean = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '·');
