/**
 * How long to wait before the next try: longer after each failure, and never the same for everybody.
 *
 * Pure: chance is an argument.
 * @module
 */

export interface BackoffShape {
  readonly firstMs: number;
  readonly maxMs: number;
  /** The part of each delay that chance may take away, so that those who failed together do not come back together. */
  readonly jitterRatio: number;
}

/** The delay after `failures` failures in a row, the first of them being 1. Doubles up to `maxMs`. */
export function backoffMs({ firstMs, maxMs, jitterRatio }: BackoffShape, failures: number, random: number): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1));
  return fullMs * (1 - jitterRatio * random);
}
