/**
 * Reads TypeScript source as text, to say what it imports and which globals it touches.
 *
 * Text and not a compiler: a type-only import is one that a compiler may drop, and the rules of the rooms count it too.
 * @module
 */
import { posix } from 'node:path';

export interface SourceFile {
  /** With forward slashes, from the project's root: `src/arp/arp.ts`. */
  readonly path: string;
  readonly text: string;
}

/** Comments, quoted strings and regular expressions: what may hold words that are no code. */
const NO_CODE =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[=(,:[!&|?;{}]\s*|return )\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;
const isComment = (text: string): boolean => text.startsWith('/*') || text.startsWith('//');

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')` and `require('x')`, type-only ones too. */
const SPECIFIER = /\b(?:from|import)\s*(?:\(\s*)?['"]([^'"\n]+)['"]|\brequire\(\s*['"]([^'"\n]+)['"]/g;

/** Every module that a source names, in order. */
export function importsIn(text: string): string[] {
  const code = text.replace(NO_CODE, (piece) => (isComment(piece) ? ' ' : piece));
  return [...code.matchAll(SPECIFIER)].map((match) => match[1] ?? match[2] ?? '');
}

/** The code alone. Template literals stay, as they hold code; quoted strings, comments and patterns go. */
export const codeIn = (text: string): string =>
  text.replace(NO_CODE, (piece) => (isComment(piece) ? ' ' : piece.startsWith('/') ? '/ /' : "''"));

/** The project's own file that a relative specifier means; undefined for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}
