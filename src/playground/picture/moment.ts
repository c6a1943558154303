/**
 * A moment as the picture shows it: the time of day, UTC as in the API's own timestamps.
 *
 * Pure.
 * @module
 */
export function clockTime(epochMs: number, to: 'seconds' | 'milliseconds'): string {
  return new Date(epochMs).toISOString().slice(11, to === 'seconds' ? 19 : 23);
}
