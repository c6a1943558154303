/**
 * What both daemons have around them: a log, metrics, health, and an end.
 *
 * A daemon's work resolves once its signal has aborted and everything it started has ended; it rejects when it cannot
 * go on, and the process then ends with exit code 1 for whoever supervises it to start it again.
 * @module
 */
import type { Registry } from 'prom-client';
import { systemClock } from '../kube/clock.js';
import type { DaemonFlags, ExitCode } from './flags.js';
import { Health, serveHealth } from './health.js';
import { type Logger, openLog } from './log.js';
import { LogLines } from './log-lines.js';
import { openMetrics } from './metrics.js';
import { stopOnSignals } from './stop.js';
import { VERSION } from './version.js';

/** What a daemon's work is given. */
export interface Daemon {
  readonly log: Logger;
  /** Metrics registered here are served; names begin with `cairn_`. */
  readonly registry: Registry;
  /** Served as `/healthz` and `/readyz` from before the work starts. */
  readonly health: Health;
  readonly signal: AbortSignal;
}

/** Runs the work until a signal comes or it fails. Never rejects. */
export async function runDaemon<F extends DaemonFlags>(
  name: 'controller' | 'speaker',
  flags: F,
  work: (flags: F, daemon: Daemon) => Promise<void>,
): Promise<ExitCode> {
  const lines = new LogLines(process.stdout, systemClock);
  // However the process ends: by a second signal too, and by what nobody caught.
  process.on('exit', () => lines.flush());
  const log = await openLog({ level: flags.logLevel, daemon: name, destination: lines });
  const exit = (code: 1) => process.exit(code);
  const stop = stopOnSignals({ source: process, clock: systemClock, log, exit });
  const registry = openMetrics({ version: VERSION, daemon: name });
  const health = new Health();
  try {
    const server = await serveHealth(flags.metricsAddress, health, registry);
    log.info({ version: VERSION, node: process.version, flags, metrics: server.address }, 'starting');
    try {
      await work(flags, { log, registry, health, signal: stop.signal });
      log.info('stopped');
      return 0;
    } finally {
      server.close();
    }
  } catch (error) {
    log.fatal({ err: error }, 'cannot go on');
    return 1;
  } finally {
    stop.release();
  }
}
