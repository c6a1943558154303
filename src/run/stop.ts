/**
 * Signals as an AbortSignal: the only place that listens for them.
 *
 * The first SIGTERM or SIGINT asks everything to end; work that has not after the limit is left behind, and so is it on
 * a second signal.
 * @module
 */
import type { Clock } from '../kube/clock.js';
import type { Log } from '../kube/log.js';

/** A daemon ends within 2 s of SIGTERM (docs/design.md §3 has kubelet's 30 s; an address should not wait for those). */
const STOP_LIMIT_MS = 1_800;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface StopOptions {
  /** `process`, but for tests. */
  readonly source: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the process at once. */
  readonly exit: (code: 1) => void;
}

export interface Stop {
  /** Aborts on the first signal. */
  readonly signal: AbortSignal;
  /** Leaves signals to Node again and calls the limit off. */
  release(): void;
}

export function stopOnSignals({ source, clock, log, exit }: StopOptions): Stop {
  const controller = new AbortController();
  let cancelLimit = () => {};
  const hear = (name: string) => {
    if (controller.signal.aborted) {
      log.warn({ signal: name }, 'a second signal: ending at once');
      exit(1);
      return;
    }
    log.info({ signal: name }, 'stopping');
    cancelLimit = clock.after(STOP_LIMIT_MS, () => {
      log.error({ limitMs: STOP_LIMIT_MS }, 'some work did not end in time: ending without it');
      exit(1);
    });
    controller.abort(new Error(`${name} came`));
  };
  for (const name of SIGNALS) source.on(name, hear);
  return {
    signal: controller.signal,
    release() {
      cancelLimit();
      for (const name of SIGNALS) source.off(name, hear);
    },
  };
}
