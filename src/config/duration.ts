/**
 * Durations as Go writes them: `90s`, `1m30s`, `1.5h`.
 *
 * Pure. Source: `time.ParseDuration`.
 * @module
 */
const MS_PER: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/y;
/** A Go duration counts nanoseconds in 63 bits. */
const MAX_MS = 2 ** 63 / 1e6;
/** Any sensible duration is far shorter. */
const MAX_CHARACTERS = 100;

/** Milliseconds, or undefined for what is no duration or a negative one. A number needs its unit, but for `0`. */
export function parseDurationMs(text: string): number | undefined {
  const unsigned = text.replace(/^\+/, '');
  if (unsigned === '0') return 0;
  if (unsigned === '' || unsigned.length > MAX_CHARACTERS) return undefined;
  let totalMs = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < unsigned.length) {
    const [, number = '', unit = ''] = PART.exec(unsigned) ?? [];
    const unitMs = MS_PER[unit];
    if (unitMs === undefined) return undefined;
    totalMs += Number(number) * unitMs;
  }
  return totalMs < MAX_MS ? totalMs : undefined;
}
