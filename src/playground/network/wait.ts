/**
 * Waiting for something to become true, with an end and a sentence for it. Tests never sleep for a guessed time.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** A safety limit, not an expectation. Default 60 s. */
  readonly timeoutMs?: number;
  /** Default 50 ms. */
  readonly everyMs?: number;
}

/**
 * Asks `probe` again and again until it answers something other than `undefined`, `null` or `false`, and answers that.
 * What the probe throws counts as "not yet" and is told when the time is up.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const { timeoutMs = 60_000, everyMs = 50 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeoutMs / 1000} s: ${what}`, last === undefined ? undefined : { cause: last });
    }
    await sleep(everyMs);
  }
}
