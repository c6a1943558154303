/**
 * When kube-proxy may be told to leave an address to the speakers' own rules (`ipMode: Proxy`).
 *
 * kube-proxy drops its rules for the address within milliseconds of reading it, so every speaker must have its own before:
 * a change of `forwarding.mode` then loses no packet. Where a speaker says that it cannot set them, such as for want of a
 * capability, kube-proxy keeps the address until it can. An address that kube-proxy never had is nothing to wait for.
 * @module
 */
import type { Forwarding } from '../config/config.js';
import { WITHOUT_RULES } from '../speaker/report-changes.js';
import type { SpeakerReports } from '../speaker/reports.js';
import type { Address } from '../values/address.js';
import type { Service } from '../values/objects.js';

/** A speaker that reads the configuration now lists all endpoints and writes its rules: a second or so, on a large cluster more. */
const RULES_ARE_TRIED_WITHIN_MS = 5_000;

export class HandOver {
  #mode: Forwarding['mode'] | undefined;
  #changedMs = 0;

  /** The mode in force; whoever begins to lead does not know since when it is. */
  modeIs(mode: Forwarding['mode'] | undefined, nowMs: number): void {
    if (mode === undefined || mode === this.#mode) return;
    this.#mode = mode;
    this.#changedMs = nowMs;
  }

  /** 0: now, or it is kube-proxy's to have. Undefined: when the speakers report something else. */
  waitMs(service: Service, addresses: readonly Address[], reports: SpeakerReports, nowMs: number): number | undefined {
    if (this.#mode !== 'nftables' || service.ingress.every(({ ipMode }) => ipMode !== 'VIP')) return 0;
    const restMs = this.#changedMs + RULES_ARE_TRIED_WITHIN_MS - nowMs;
    if (restMs > 0) return restMs;
    const isWithoutRules = reports
      .running()
      .some((node) =>
        addresses.some((address) => reports.refusalsOf(node, address).some(({ reason }) => WITHOUT_RULES.has(reason))),
      );
    return isWithoutRules ? undefined : 0;
  }
}
