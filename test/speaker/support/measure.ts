/**
 * Figures and words over what happened on a simulated segment.
 * @module
 */
import type { SimulatedSegment, TestNode } from './segment.js';

/** The value that this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** How long until the client gets an answer from anybody but the owner that was. */
export function msUntilAnswered(segment: SimulatedSegment, was: TestNode, limitMs: number): number {
  const from = segment.answers.length;
  return segment.runUntil(() => {
    const last = segment.answers.at(-1);
    return segment.answers.length > from && last !== undefined && last.mac !== was.mac;
  }, limitMs);
}

/** The longest time from one answer to the next, among the last so many. */
export function longestGapMs(segment: SimulatedSegment, fromAnswer: number): number {
  const answers = segment.answers.slice(fromAnswer);
  return Math.max(...answers.slice(1).map((answer, n) => answer.atMs - (answers[n]?.atMs ?? 0)));
}

/** A segment whose addresses have owners, and which had some time to itself since. */
export function settle(segment: SimulatedSegment, quietMs = 2_000): SimulatedSegment {
  segment.runUntil(() => segment.settled(), 20_000);
  segment.runFor(quietMs);
  return segment;
}
