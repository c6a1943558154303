/**
 * A time limit that can be asked how much of it is left, and started anew.
 * @module
 */
import { ApiError } from './api-error.js';
import type { Clock } from './clock.js';

export interface Deadline {
  /** Aborts with the caller's signal, or with an ApiError `Timeout` when the time is up. */
  readonly signal: AbortSignal;
  leftMs(): number;
  /** Grants the whole limit again. */
  restart(): void;
  /** Has to be called in the end: a timer and a listener are held until then. */
  clear(): void;
}

export function startDeadline(clock: Clock, limitMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const expire = () => controller.abort(new ApiError(0, 'Timeout', `no answer within ${limitMs / 1_000} s`));
  const stop = () => controller.abort(outer?.reason);
  let startedMs = clock.monotonicMs();
  let cancel = clock.after(limitMs, expire);
  if (outer?.aborted) stop();
  outer?.addEventListener('abort', stop);
  return {
    signal: controller.signal,
    leftMs: () => startedMs + limitMs - clock.monotonicMs(),
    restart() {
      cancel();
      startedMs = clock.monotonicMs();
      cancel = clock.after(limitMs, expire);
    },
    clear() {
      cancel();
      outer?.removeEventListener('abort', stop);
    },
  };
}
