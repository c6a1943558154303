/**
 * When an owner says unasked that an address is its own.
 *
 * Pure. Source: docs/protocol.md rule 3 and "Frames that hosts understand", docs/design.md §7 ("Announcing").
 * @module
 */

/**
 * From the claim on. The second covers a lost frame; the third comes when a Linux host that learned of another owner
 * just before the first one listens again (its `locktime` is 1 s). Then once a second until 5 s have passed.
 */
const BURST_AT_MS = [0, 250, 1_200, 2_200, 3_200, 4_200, 5_000] as const;
/** Owners that started together drift apart, so that their repeats do not come as one burst for ever. */
const JITTER_RATIO = 0.1;

/** Where an owner stands in its announcements of one address. */
export interface Cadence {
  readonly startMs: number;
  /** How many of the burst were sent. */
  readonly sent: number;
  readonly nextMs: number;
}

/** At once: after a claim, and again whenever a rival was heard. */
export const startCadence = (nowMs: number): Cadence => ({ startMs: nowMs, sent: 0, nextMs: nowMs });

/** `chance` is from 0 up to 1. */
export function afterAnnouncing(cadence: Cadence, nowMs: number, intervalMs: number, chance: number): Cadence {
  const sent = cadence.sent + 1;
  const offsetMs = BURST_AT_MS[sent];
  if (offsetMs !== undefined) return { ...cadence, sent, nextMs: Math.max(nowMs, cadence.startMs + offsetMs) };
  return { ...cadence, sent, nextMs: nowMs + intervalMs * (1 - JITTER_RATIO + 2 * JITTER_RATIO * chance) };
}

/** Nobody listens now: the same announcement a while later. */
export const postponed = (cadence: Cadence, nowMs: number, byMs: number): Cadence => ({
  ...cadence,
  nextMs: nowMs + byMs,
});
