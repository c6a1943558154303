/**
 * The wiring of one pod: a namespace with an address, reachable from its node only.
 *
 * Pure: answers the `ip -batch` commands for the node's side and for the pod's. Point to point with fixed neighbour
 * entries, as Calico does it, so that no ARP runs between node and pod and the node needs no second address.
 * @module
 */
import { parseIPv4 } from '../../values/ipv4.js';
import type { Mac } from '../../values/mac.js';

/** The pod's next hop. Link-local (RFC 3927) and never on an interface: the fixed neighbour entry is all that is needed. */
const NEXT_HOP = '169.254.1.1';
/** The node's end of every pod link; Calico uses the same for the same reason. */
const NODE_END_MAC = 'ee:ee:ee:ee:ee:ee' as Mac;

export interface PodNetwork {
  readonly mac: Mac;
  /** To run in the node's namespace. */
  readonly node: readonly string[];
  /** To run in the pod's, after that. */
  readonly pod: readonly string[];
}

export function podNetwork(pod: { readonly namespace: string; readonly address: string }): PodNetwork {
  const ip = parseIPv4(pod.address);
  if (ip === undefined) throw new Error(`${pod.address} is no IPv4 address`);
  const hex = ip.toString(16).padStart(8, '0');
  const link = `veth${hex}`;
  const mac = `02:01:${hex.match(/../g)?.join(':')}` as Mac;
  return {
    mac,
    node: [
      `netns add ${pod.namespace}`,
      `link add ${link} address ${NODE_END_MAC} type veth peer name eth0 address ${mac} netns ${pod.namespace}`,
      `link set ${link} up`,
      `neigh replace ${pod.address} lladdr ${mac} dev ${link} nud permanent`,
      `route replace ${pod.address}/32 dev ${link}`,
    ],
    pod: [
      'link set lo up',
      `addr add ${pod.address}/32 dev eth0`,
      'link set eth0 up',
      `neigh replace ${NEXT_HOP} lladdr ${NODE_END_MAC} dev eth0 nud permanent`,
      `route add ${NEXT_HOP} dev eth0 scope link`,
      `route add default via ${NEXT_HOP}`,
    ],
  };
}
