/**
 * What is wrong with a configuration: where, what would be right, and what stands there.
 *
 * Pure. A problem is data; how it is shown is one function, so that the log, the Event and `cairn check` agree.
 * @module
 */

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** In the text that was parsed, from 1. */
  readonly line: number;
  readonly want: string;
  /** What the text says there, as far as it could be read; undefined where nothing stands. */
  readonly got: unknown;
}
