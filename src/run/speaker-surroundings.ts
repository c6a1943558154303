/**
 * The world around a speaker: the API server, the links, kube-proxy, the kernel's rules, time.
 * @module
 */
import { type ApiClient, connect } from '../kube/client.js';
import { type Clock, systemClock } from '../kube/clock.js';
import type { LinkSideOptions } from '../linux/link-messages.js';
import { type LinkSide, startLinkSide } from '../linux/link-side.js';
import type { SpeakerFlags } from './flags.js';
import { FORWARDING_KERNEL, type ForwardingKernel } from './forwarding-kernel.js';
import { type ReadListeners, readProcListeners } from './host-listeners.js';
import { type CheckProxy, checkProxyOverHttp } from './proxy-health.js';

/** What a speaker meets outside of itself; tests give others. */
export interface Surroundings {
  readonly connect: (flags: SpeakerFlags) => ApiClient;
  readonly startLinkSide: (options: LinkSideOptions) => LinkSide;
  readonly checkProxy: CheckProxy;
  readonly forwarding: ForwardingKernel;
  readonly readListeners: ReadListeners;
  readonly clock: Clock;
}

export const REAL_SURROUNDINGS: Surroundings = {
  connect,
  startLinkSide,
  checkProxy: checkProxyOverHttp,
  forwarding: FORWARDING_KERNEL,
  readListeners: readProcListeners,
  clock: systemClock,
};
