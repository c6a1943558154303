/**
 * Whether the API server keeps `ipMode`, with which a Service's address is taken from kube-proxy, and what is not to be
 * done where it does not (Kubernetes before 1.30).
 *
 * Known from what came back of a write; before the first one, from the server's version. Who runs `forwarding.mode:
 * nftables` there is told once for each time of leading. A node's own address is not given there before it is known that
 * no program of the node loses a port by it, as nothing could keep kube-proxy from taking that.
 *
 * Source: KEP-1860; docs/design.md §4 and §5.
 * @module
 */
import type { Told } from '../allocator/conditions.js';
import { ApiError } from '../kube/api-error.js';
import type { ApiClient } from '../kube/client.js';
import type { EventRecorder } from '../kube/events.js';
import { record, text } from '../kube/json.js';
import type { Log } from '../kube/log.js';
import { type Address, formatAddress } from '../values/address.js';
import type { ConfigMap, Service } from '../values/objects.js';

export interface IpModeOptions {
  readonly client: ApiClient;
  readonly log: Log;
  readonly events: Pick<EventRecorder, 'record'>;
  /** `namespace/name` of the ConfigMap with the configuration. */
  readonly configName: string;
}

/** KEP-1860: on by default from here on. */
const KEPT_SINCE_MINOR = 30;

/** The condition's reason for a Service that waits for a node's word on its own ports. */
export const NODE_ADDRESS_WITHHELD = 'NodeAddressWithheld';

export class IpMode {
  readonly #options: IpModeOptions;
  #isKept: boolean | undefined;
  #isDropTold = false;

  constructor(options: IpModeOptions) {
    this.#options = options;
  }

  /** Undefined: not known before {@link IpMode.ask}. */
  get isKept(): boolean | undefined {
    return this.#isKept;
  }

  async ask(signal: AbortSignal): Promise<void> {
    try {
      const version = record(await this.#options.client.request('GET', '/version', { signal }));
      const minor = Number.parseInt(text(version['minor']), 10);
      this.#isKept ??= Number.isNaN(minor) || minor >= KEPT_SINCE_MINOR || text(version['major']) !== '1';
    } catch (error) {
      // Who may not know the version learns it from the first write.
      if (!(error instanceof ApiError) || error.status < 400 || error.status >= 500) throw error;
      this.#isKept ??= true;
    }
  }

  /** What came back of a write with addresses, each of which had a mode. */
  learn({ ingress }: Service): void {
    this.#isKept = ingress.every(({ ipMode }) => ipMode !== '');
  }

  /** To whom `forwarding.mode: nftables` does not do all that it says. */
  tellDropped(configMap: ConfigMap | undefined): void {
    const { log, events, configName } = this.#options;
    if (this.#isDropTold || configMap === undefined) return;
    this.#isDropTold = true;
    const message =
      "the API server knows no ipMode (Kubernetes 1.30 does), so the cluster's service proxy cannot be told to leave " +
      "addresses to forwarding.mode nftables; Cairn's rules come before those of kube-proxy, but not before a proxy " +
      'that works outside of netfilter';
    log.warn({ configMap: configName }, message);
    events.record(
      { kind: 'ConfigMap', meta: configMap.meta },
      { type: 'Warning', reason: 'IpModeUnknown', message, about: 'ipMode' },
    );
  }
}

/** What a Service is told whose addresses, these, cannot be left to their nodes. */
export function nodeAddressComplaint(addresses: readonly Address[]): Told {
  const which = addresses.map(formatAddress).join(', ');
  const message =
    `${which} is a node's own address, and is given as soon as that node's speaker says that no program there has a ` +
    'port of the Service: this API server knows no ipMode (Kubernetes 1.30 does), so kube-proxy would take the port away';
  return { status: 'False', reason: NODE_ADDRESS_WITHHELD, message };
}
