/**
 * A controller as `cairn controller --leader-elect=false` wires it, over an API and a clock of the test's.
 * @module
 */
import pino from 'pino';
import { Registry } from 'prom-client';
import type { ApiClient } from '../../src/kube/client.js';
import type { Clock } from '../../src/kube/clock.js';
import { runController } from '../../src/run/controller.js';
import { Health } from '../../src/run/health.js';

export interface LoneControllerOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly health?: Health;
}

/** Runs until `signal` aborts. */
export const runAlone = (api: ApiClient, { clock, signal, health = new Health() }: LoneControllerOptions) =>
  runController(
    {
      kubeconfig: undefined,
      namespace: 'cairn-system',
      configMap: 'cairn-config',
      loadBalancerClass: 'cairn.dev/lb',
      defaultClass: true,
      metricsAddress: { host: '127.0.0.1', port: 0 },
      logLevel: 'info',
      leaderElect: false,
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
    },
    { log: pino({ level: 'silent' }), registry: new Registry(), health, signal },
    { clock, connect: () => api, collectGarbage: () => {} },
  );
