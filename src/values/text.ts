/**
 * Text in one order for everybody, and safe to look at.
 * @module
 */

/** By code unit, whatever the locale: every process sorts alike. 0 for equal ones alone. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What would begin a line, or draw, on the terminal of a reader is shown by its code. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, codeOf);

const codeOf = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`;
