/**
 * Collects what the makers of values have to object to, with the line of each.
 *
 * Pure.
 * @module
 */
import type { Path, Problem } from './problem.js';

export class Findings {
  readonly #problems: Problem[] = [];
  readonly #lineOf: (path: Path) => number;

  constructor(lineOf: (path: Path) => number) {
    this.#lineOf = lineOf;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  add(path: Path, want: string, got: unknown): void {
    this.#problems.push({ path, line: this.#lineOf(path), want, got });
  }

  /** What `parse` makes of a text, or undefined and a problem. A text that was cut out is undefined without one. */
  read<T>(text: string | undefined, path: Path, want: string, parse: (text: string) => T | undefined): T | undefined {
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) this.add(path, want, text);
    return value;
  }
}
