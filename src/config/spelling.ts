/**
 * Which known word somebody meant.
 *
 * Pure.
 * @module
 */

const MAX_SLIPS = 2;

/** The one word that differs in case and hyphens alone, or in at most two letters; undefined where none does. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const same = known.find((candidate) => loose(candidate) === loose(word));
  if (same !== undefined) return same;
  const close = known
    .filter((candidate) => Math.abs(candidate.length - word.length) <= MAX_SLIPS)
    .map((candidate) => ({ candidate, slips: slipsBetween(word, candidate) }))
    // In a short word two slips leave nothing of it.
    .filter(({ candidate, slips }) => slips <= Math.min(MAX_SLIPS, candidate.length / 3))
    .sort((a, b) => a.slips - b.slips);
  return close[0]?.candidate;
}

/** `autoAssign`, as MetalLB's later resources have it, is `auto-assign` here. */
const loose = (word: string): string => word.replaceAll(/[-_]/g, '').toLowerCase();

/** Levenshtein's distance: letters put in, left out or changed. */
function slipsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
