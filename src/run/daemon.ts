/**
 * What `main.ts` hands to a daemon: where to log, what to count, how to say how it is, and when to stop.
 *
 * A daemon resolves once `signal` has aborted and everything it started has ended; it rejects when it cannot go on.
 * @module
 */

import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Health } from './health.js';

export interface Daemon {
  readonly log: Logger;
  /** Metrics registered here are served; names begin with `cairn_`. */
  readonly registry: Registry;
  /** Served as `/healthz` and `/readyz` from before the daemon starts. */
  readonly health: Health;
  readonly signal: AbortSignal;
}
