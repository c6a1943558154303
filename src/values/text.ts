/**
 * Text in one order for everybody.
 * @module
 */

/** By code unit, whatever the locale: every process sorts alike. 0 for equal ones alone. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
