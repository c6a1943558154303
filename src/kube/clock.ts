/**
 * Time and chance for everything that talks to the API server. Loops take one as an argument, so that tests step it.
 *
 * The monotonic time measures spans; the wall time, which jumps, is for what people or the API read. What outlives a
 * process has that one alone, and is read from the API once (`run/term-time.ts`).
 * @module
 */

export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970; may jump either way. */
  wallMs(): number;
  /** In [0, 1). */
  random(): number;
  /** Calls `callback` once, `delayMs` from now. Returns what calls it off. */
  after(delayMs: number, callback: () => void): () => void;
}

/** setTimeout takes more for 1. Whoever waits for 24 days and is woken early looks again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or at once when `signal` aborts: whoever loops asks the signal next. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = () => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(delayMs, wake);
    signal.addEventListener('abort', wake);
  });
}

/** What `work` answers, or undefined as soon as `signal` aborts. Leaves nothing at the signal, however often it is called. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let leave = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined);
  });
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** `ms` as `2026-07-01T12:00:00Z`: what `metav1.Time` holds. */
export const toTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `ms` as `2026-07-01T12:00:00.000000Z`: what `metav1.MicroTime` holds. */
export const toMicroTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}000Z`;
