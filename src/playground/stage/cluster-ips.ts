/**
 * Cluster IPs and node ports where no kube-proxy runs: what a playground's pods expect of any cluster, as an nftables ruleset.
 *
 * Pure. A stand-in: IPv4, endpoints drawn at random, no affinity, no policy Local, no hairpin. LoadBalancer addresses are not here:
 * those are Cairn's own matter (`forwarding.mode: nftables`), whose table comes first.
 * @module
 */
import type { ApiObject } from '../cluster/api.js';

export const TABLE = 'playground-cluster-ips';
/** On packets to a node port: their answers have to come back this way. */
const MARK = '0x43';

export function renderClusterIps(services: Iterable<ApiObject>, slices: Iterable<ApiObject>): string {
  const ofIPv4 = [...slices].filter(({ addressType }) => addressType === 'IPv4');
  const clusterIps: string[] = [];
  const nodePorts: string[] = [];
  for (const { metadata, spec } of services) {
    if (!/^\d+(?:\.\d+){3}$/.test(spec.clusterIP ?? '')) continue;
    for (const port of spec.ports ?? []) {
      const protocol: string = (port.protocol ?? 'TCP').toLowerCase();
      const own = ofIPv4.filter((slice) => serviceOf(slice) === `${metadata.namespace}/${metadata.name}`);
      const targets = targetsOf(own, port);
      if (targets.length === 0) continue;
      clusterIps.push(`ip daddr ${spec.clusterIP} ${protocol} dport ${port.port} ${dnatTo(targets)}`);
      if (port.nodePort) nodePorts.push(`${protocol} dport ${port.nodePort} meta mark set ${MARK} ${dnatTo(targets)}`);
    }
  }
  return `add table ip ${TABLE}
delete table ip ${TABLE}
table ip ${TABLE} {
  chain cluster-ips {
    ${clusterIps.join('\n    ')}
  }
  chain node-ports {
    ${nodePorts.join('\n    ')}
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump cluster-ips
    fib daddr type local jump node-ports
  }
  chain output {
    type nat hook output priority -100; policy accept;
    jump cluster-ips
    fib daddr type local jump node-ports
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    meta mark ${MARK} masquerade
  }
}
`;
}

const serviceOf = ({ metadata }: ApiObject): string =>
  `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`;

/** `address . port` of each ready endpoint, in order. */
function targetsOf(slices: readonly ApiObject[], port: ApiObject): readonly string[] {
  const targets = slices.flatMap(({ ports, endpoints }) => {
    const target = ports?.find((each: ApiObject) => (each.name ?? '') === (port.name ?? ''))?.port;
    const ready = (endpoints ?? []).filter(({ conditions }: ApiObject) => conditions?.ready !== false);
    return target === undefined ? [] : ready.map(({ addresses }: ApiObject) => `${addresses[0]} . ${target}`);
  });
  return [...new Set<string>(targets)].sort();
}

const dnatTo = (targets: readonly string[]): string =>
  `dnat to numgen random mod ${targets.length} map { ${targets.map((target, at) => `${at} : ${target}`).join(', ')} }`;
