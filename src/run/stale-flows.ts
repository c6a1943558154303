/**
 * Removes UDP connections that lead to endpoints that are gone, each time the forwarding rules have changed.
 *
 * Afterwards, not before: until the rules are replaced a client's next datagram would make the same connection again.
 * @module
 */
import type { Log } from '../kube/log.js';
import { isStale, mayHaveStaleFlows, type UdpTargets } from '../speaker/forwarding-flows.js';
import type { ForwardingKernel } from './forwarding-kernel.js';

export interface StaleFlowsOptions {
  readonly kernel: Pick<ForwardingKernel, 'listUdpFlows' | 'removeUdpFlow'>;
  readonly log: Log;
}

export class StaleFlows {
  readonly #options: StaleFlowsOptions;
  #before: UdpTargets | undefined;
  #isTold = false;

  constructor({ kernel, log }: StaleFlowsOptions) {
    this.#options = { kernel, log };
  }

  /** The rules lead to `now`. Never rejects: without this a client that falls silent for a while is well again, too. */
  async forget(now: UdpTargets): Promise<void> {
    const { kernel, log } = this.#options;
    const before = this.#before;
    this.#before = now;
    if (!mayHaveStaleFlows(before, now)) return;
    try {
      const stale = (await kernel.listUdpFlows()).filter((flow) => isStale(flow, before, now));
      for (const flow of stale) await kernel.removeUdpFlow(flow);
      if (stale.length > 0) log.info({ count: stale.length }, 'removed UDP connections to endpoints that are gone');
    } catch (error) {
      if (this.#isTold) return;
      this.#isTold = true;
      log.warn(
        { err: error },
        'UDP clients of an endpoint that is gone lose what they send until they pause for a while',
      );
    }
  }

  /** There are no rules any more. */
  reset(): void {
    this.#before = undefined;
  }
}
