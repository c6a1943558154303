/**
 * Whether kube-proxy on this node works: traffic for an address goes into its chains, so where they are stale another
 * node should have the address.
 *
 * A proxy that has never answered is no reason for anything: the cluster may have another service proxy, without this
 * endpoint.
 *
 * Source: kube-proxy's `--healthz-bind-address` (0.0.0.0:10256); docs/design.md §7 (5 s of failing checks).
 * @module
 */
import { request } from 'node:http';
import type { Clock } from '../kube/clock.js';
import { sleep } from '../kube/clock.js';
import type { ProxyHealth } from '../speaker/node-refusals.js';

const PORT = 10_256;
const PATH = '/healthz';
const CHECK_INTERVAL_MS = 1_000;
const CHECK_TIMEOUT_MS = 1_000;
const UNHEALTHY_AFTER_MS = 5_000;
/** After a stall of this process the clock alone would condemn the proxy on a single failed check. */
const UNHEALTHY_AFTER_CHECKS = 4;

/** One check: the HTTP status, or undefined where nobody answered. */
export type CheckProxy = (hosts: readonly string[], signal: AbortSignal) => Promise<number | undefined>;

/** Judges one check after another. */
export class ProxyJudge {
  #health: ProxyHealth = 'absent';
  #failingSinceMs: number | undefined;
  #failures = 0;

  judge(status: number | undefined, nowMs: number): ProxyHealth {
    if (status === undefined && this.#health === 'absent' && this.#failingSinceMs === undefined) return 'absent';
    if (status === 200) {
      this.#failingSinceMs = undefined;
      this.#failures = 0;
      this.#health = 'healthy';
      return this.#health;
    }
    this.#failingSinceMs ??= nowMs;
    this.#failures++;
    const long = nowMs - this.#failingSinceMs >= UNHEALTHY_AFTER_MS;
    if (long && this.#failures >= UNHEALTHY_AFTER_CHECKS) this.#health = 'unhealthy';
    return this.#health;
  }
}

export interface ProxyPollerOptions {
  readonly clock: Clock;
  readonly check: CheckProxy;
  /** The Node's own addresses: kube-proxy may listen on one of them alone. */
  readonly nodeAddresses: () => readonly string[];
  /** Called when the judgement changes. */
  readonly onChange: (health: ProxyHealth) => void;
}

/** Checks once a second until `signal` aborts. Never rejects. */
export async function pollProxy(options: ProxyPollerOptions, signal: AbortSignal): Promise<void> {
  const judge = new ProxyJudge();
  let known: ProxyHealth = 'absent';
  while (!signal.aborted) {
    const status = await options.check(['127.0.0.1', ...options.nodeAddresses()], signal);
    if (signal.aborted) return;
    const health = judge.judge(status, options.clock.monotonicMs());
    if (health !== known) options.onChange(health);
    known = health;
    await sleep(options.clock, CHECK_INTERVAL_MS, signal);
  }
}

/** Asks one host after another until one answers; the speaker is in the node's network, so loopback reaches the proxy. */
export const checkProxyOverHttp: CheckProxy = async (hosts, signal) => {
  for (const host of hosts) {
    const status = await statusOf(host, signal);
    if (status !== undefined) return status;
  }
  return undefined;
};

const statusOf = (host: string, signal: AbortSignal): Promise<number | undefined> =>
  new Promise((resolve) => {
    const asked = request({ host, port: PORT, path: PATH, agent: false, signal }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    const tooLate = setTimeout(() => asked.destroy(), CHECK_TIMEOUT_MS);
    // Refused, cut and too late are all the same here: nobody answered.
    asked.on('error', () => resolve(undefined));
    asked.on('close', () => {
      clearTimeout(tooLate);
      resolve(undefined);
    });
    asked.end();
  });
