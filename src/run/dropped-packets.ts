/**
 * Warns where a node drops all that the rules would send on to pods, as the kernel does unless it is told to forward.
 * @module
 */
import type { Log } from '../kube/log.js';
import type { ForwardingKernel } from './forwarding-kernel.js';

export class DroppedPackets {
  readonly #kernel: Pick<ForwardingKernel, 'forwardsPackets'>;
  readonly #log: Log;
  #isTold = false;

  constructor({ kernel, log }: { readonly kernel: Pick<ForwardingKernel, 'forwardsPackets'>; readonly log: Log }) {
    this.#kernel = kernel;
    this.#log = log;
  }

  /** Never rejects; says it once for each time that it becomes so. */
  async look(): Promise<void> {
    const drops = await this.#kernel.forwardsPackets().then(
      (forwards) => !forwards,
      () => false,
    );
    if (drops && !this.#isTold)
      this.#log.warn(
        { ip_forward: 0 },
        'this node drops what it should send on to pods: set net.ipv4.ip_forward to 1 with sysctl',
      );
    this.#isTold = drops;
  }
}
