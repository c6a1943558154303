/**
 * Addresses as a Service's status shows them, each with who forwards to it: kube-proxy, or Cairn's own rules.
 *
 * Pure. Source: docs/design.md §5; KEP-1860 for `ipMode`.
 * @module
 */
import type { Forwarding } from '../config/config.js';
import { type Address, formatAddress } from '../values/address.js';
import type { Ingress, Service } from '../values/objects.js';

/** Who is to forward. */
export interface IngressFacts {
  /**
   * The configuration's mode; undefined where that says nothing (`hand-over.ts`): a Service then keeps the `ipMode` that
   * it has.
   */
  readonly forwarding: Forwarding['mode'] | undefined;
  /** Addresses that kube-proxy has to leave alone, as programs of the node need them (`node-address.ts`); none where absent. */
  readonly leftToNode?: readonly Address[];
}

/** `VIP` has kube-proxy take the address on every node; `Proxy` has it leave the address alone, for Cairn's own rules. */
const IP_MODES = { 'kube-proxy': 'VIP', nftables: 'Proxy' } as const satisfies Record<Forwarding['mode'], string>;

export const ingressOf = (
  addresses: readonly Address[],
  service: Service,
  { forwarding, leftToNode }: IngressFacts,
): readonly Ingress[] =>
  addresses.map((address) => {
    const ip = formatAddress(address);
    const before = service.ingress.find((entry) => entry.ip === ip)?.ipMode || 'VIP';
    const mode = leftToNode?.includes(address) ? 'nftables' : forwarding;
    return { ip, hostname: '', ipMode: mode === undefined ? before : IP_MODES[mode] };
  });

export const hasSameAddresses = (one: readonly Ingress[], other: readonly Ingress[]): boolean =>
  one.length === other.length &&
  one.every(({ ip, hostname }, at) => ip === other[at]?.ip && hostname === other[at].hostname);

/** Before Kubernetes 1.30 the API drops `ipMode`: read back absent is no difference. */
export const hasSameModes = (one: readonly Ingress[], other: readonly Ingress[]): boolean =>
  one.every(({ ipMode }, at) => ipMode === '' || ipMode === other[at]?.ipMode);
