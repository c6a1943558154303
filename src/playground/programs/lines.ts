/**
 * What every lab program has: JSON lines on stdout, and an end that SIGTERM or SIGINT brings.
 * @module
 */

/** One line. */
export function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Aborted by SIGTERM, SIGINT, or after `afterMs`. */
export function untilStopped(afterMs?: number): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (afterMs !== undefined) setTimeout(stop, afterMs).unref();
  return controller.signal;
}

/** The `share` quantile (0 to 1) of the numbers, or `undefined` of none. */
export function quantile(numbers: readonly number[], share: number): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000;
