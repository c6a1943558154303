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
  /** Grants this much from now on. */
  restart(limitMs: number): void;
  /** Has to be called in the end: a timer and a listener are held until then. */
  clear(): void;
}

export function startDeadline(clock: Clock, limitMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const stop = () => controller.abort(outer?.reason);
  let endMs = 0;
  let cancel = () => {};
  const restart = (ms: number) => {
    cancel();
    endMs = clock.monotonicMs() + ms;
    cancel = clock.after(ms, () => {
      controller.abort(new ApiError(0, 'Timeout', `no answer within ${Math.round(ms / 100) / 10} s`));
    });
  };
  restart(limitMs);
  if (outer?.aborted) stop();
  outer?.addEventListener('abort', stop);
  return {
    signal: controller.signal,
    leftMs: () => endMs - clock.monotonicMs(),
    restart,
    clear() {
      cancel();
      outer?.removeEventListener('abort', stop);
    },
  };
}
