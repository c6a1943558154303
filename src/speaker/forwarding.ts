/**
 * Which packets this node should send on to which pods (`forwarding.mode: nftables`): a plan, as data.
 *
 * Pure. Every node has the whole plan, whoever owns an address: connections of a node's own pods and programs are sent on
 * where they begin, and a node that takes an address over has its rules already. `forwarding-ruleset.ts` writes the
 * plan down for the kernel. IPv4 alone: an address of the other family is passed over, and so are its endpoints.
 *
 * Sources: docs/design.md §1 and §5; kube-proxy's behaviour for `status.loadBalancer.ingress` in Kubernetes 1.36.
 * @module
 */
import type { IPv4 } from '../values/ipv4.js';
import type { ServiceKey } from '../values/names.js';
import type { Protocol, Service } from '../values/objects.js';
import { formatPrefix, parsePrefix } from '../values/range.js';
import { compareText } from '../values/text.js';
import type { Backend, Endpoints } from './endpoints.js';

/** An address and the Services of ours that hold it. */
export interface ServedServices {
  readonly address: IPv4;
  /** The one that held it first comes first: it has the ports that two of them ask for. */
  readonly services: readonly Service[];
  /** Some node's own address, which has more ports than those of Services. */
  readonly isNodeAddress: boolean;
}

/** One port of one address. */
export interface Forward {
  readonly address: IPv4;
  readonly protocol: Protocol;
  readonly port: number;
  readonly service: ServiceKey;
  /** `spec.externalTrafficPolicy`. `Local`: the pods see who asks, so nothing is masqueraded for them. */
  readonly policy: 'Cluster' | 'Local';
  /** Who gets connections of this node's own pods and programs: with either policy, all of the cluster's. */
  readonly inside: readonly Backend[];
  /** Who gets connections that come from outside; with policy `Local` this node's alone. */
  readonly outside: readonly Backend[];
  /** Whose connections are not dead yet. */
  readonly serving: readonly Backend[];
}

export interface ForwardingPlan {
  /** In the order of address, protocol and port. */
  readonly forwards: readonly Forward[];
  /** Addresses that are Services' alone: there, what is no port of a Service is refused. */
  readonly whole: readonly IPv4[];
  /** The networks of this node's pods, where the API knows them. */
  readonly podNetworks: readonly string[];
}

export interface ForwardingFacts {
  readonly served: Iterable<ServedServices>;
  readonly endpoints: Pick<Endpoints, 'backendsOf'>;
  /** Of this node, as text. */
  readonly podCIDRs: readonly string[];
}

const MAX_PORT = 65_535;

export function planForwarding({ served, endpoints, podCIDRs }: ForwardingFacts): ForwardingPlan {
  const forwards: Forward[] = [];
  const whole: IPv4[] = [];
  for (const { address, services, isNodeAddress } of served) {
    if (!isNodeAddress) whole.push(address);
    const taken = new Set<string>();
    for (const { key, ports, externalTrafficPolicy: policy } of services) {
      for (const { name, protocol, port } of ports) {
        if (port < 1 || port > MAX_PORT || taken.has(`${protocol} ${port}`)) continue;
        taken.add(`${protocol} ${port}`);
        const { everywhere, local, serving } = endpoints.backendsOf(key, { name, protocol });
        const outside = policy === 'Local' ? local : everywhere;
        forwards.push({ address, protocol, port, service: key, policy, inside: everywhere, outside, serving });
      }
    }
  }
  forwards.sort((a, b) => a.address - b.address || compareText(a.protocol, b.protocol) || a.port - b.port);
  return { forwards, whole: whole.sort((a, b) => a - b), podNetworks: networksIn(podCIDRs) };
}

/** Those of IPv4, in their canonical form; what is no network is passed over. */
function networksIn(podCIDRs: readonly string[]): readonly string[] {
  const networks = podCIDRs.flatMap((text) => {
    const prefix = parsePrefix(text);
    return prefix.ok && typeof prefix.value.network === 'number' ? [formatPrefix(prefix.value)] : [];
  });
  return [...new Set(networks)].sort(compareText);
}
