/**
 * The plan of `forwarding.ts` as one nftables transaction: the text for `nft -f -`.
 *
 * Pure and deterministic: the same plan is the same text, so an unchanged one is not written again. A table of our own is
 * replaced as a whole, or not at all; no other table is ever named. A packet costs one look-up whatever the number of
 * Services, and the kernel takes 15,000 endpoints in a third of a second, as there is no chain and no set for each Service:
 * - `services` leads from (address, protocol, port) to the chain for that number of endpoints,
 * - which draws one of them by number from `endpoints`.
 *
 * Only the first packet of a connection comes to the nat chains; conntrack sends the others after it, also while the
 * table is replaced. Nothing is marked, so no other program's bits are touched: postrouting asks conntrack where a
 * connection was meant to go. The chains come 5 before the standard priorities, so that a kube-proxy that takes these
 * addresses too (Kubernetes before 1.30 knows no `ipMode`) finds the work done.
 *
 * Needs Linux 5.13 (`reject` in prerouting), as kube-proxy's nftables mode does.
 *
 * Sources: nft(8); the kernel's nf_nat: the first nat chain that decides is the one that counts.
 * @module
 */
import { formatIPv4, type IPv4 } from '../values/ipv4.js';
import type { Protocol } from '../values/objects.js';
import type { Backend } from './endpoints.js';
import type { Forward, ForwardingPlan } from './forwarding.js';

export const FAMILY = 'ip';
const DEFAULT_NAMESPACE = 'cairn-system';
const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
type ProtocolWord = (typeof PROTOCOLS)[number];

/**
 * Network plugins' names for the node's ends of pods, and for a bridge of pods. The Node's podCIDRs are not enough: Calico
 * and Cilium give their pods other addresses.
 */
const POD_INTERFACES = ['cali*', 'cni*', 'lxc*', 'veth*'];

/** Two installations on one cluster have a table each: neither may replace the other's. */
export const tableFor = (namespace: string): string =>
  namespace === DEFAULT_NAMESPACE ? 'cairn' : `cairn-${namespace}`;

/** Without a table before, too. */
export const renderRemoval = (table: string): string =>
  `add table ${FAMILY} ${table}\ndelete table ${FAMILY} ${table}\n`;

export function renderRuleset(table: string, plan: ForwardingPlan): string {
  const { forwards, whole, podNetworks } = plan;
  const answered = forwards.filter(({ inside }) => inside.length > 0);
  const local = answered.filter(({ policy }) => policy === 'Local');
  const localTargets = local.filter(({ outside }) => outside.length > 0);
  return `${renderRemoval(table)}table ${FAMILY} ${table} {
	comment "made by cairn speaker, which replaces it on every change"

${[
  set('set whole-addresses', 'type ipv4_addr', whole.map(formatIPv4)),
  set('set without-endpoints', `type ${KEY}`, forwards.filter((forward) => forward.inside.length === 0).map(keyOf)),
  set('map services', `type ${KEY} : verdict`, answered.map(serviceElement)),
  // From inside the cluster, policy Local means no more than that nothing is masqueraded.
  set(
    'map local-from-inside',
    `type ${KEY} : verdict`,
    local.map((each) => `${keyOf(each)} : ${drawn(each, 'inside')}`),
  ),
  set('map endpoints', ENDPOINT_TYPE, elementsOf(answered, 'inside')),
  set('map local-endpoints', ENDPOINT_TYPE, elementsOf(localTargets, 'outside')),
  ...PROTOCOLS.flatMap((protocol) => [
    set(`set to-masquerade-${protocol}`, PORT_TYPE, originals(answered, protocol, 'Cluster')),
    set(`set keep-client-${protocol}`, PORT_TYPE, originals(answered, protocol, 'Local')),
  ]),
  set('set own-pods', 'type ipv4_addr . ipv4_addr', hairpins(local)),
  ...drawChains(answered, 'inside', 'endpoints'),
  ...drawChains(localTargets, 'outside', 'local-endpoints'),
].join('\n')}
	chain prerouting {
		type nat hook prerouting priority dstnat - 5; policy accept;
${[...podNetworks.map((network) => `ip saddr ${network}`), ...POD_INTERFACES.map((name) => `iifname "${name}"`)]
  .map((match) => `		${match} goto from-inside\n`)
  .join('')}		ip daddr . meta l4proto . th dport vmap @services
	}

	chain output {
		type nat hook output priority -105; policy accept;
		goto from-inside
	}

	chain from-inside {
		ip daddr . meta l4proto . th dport vmap @local-from-inside
		ip daddr . meta l4proto . th dport vmap @services
	}

	chain postrouting {
		type nat hook postrouting priority srcnat - 5; policy accept;
		ct status & dnat == 0 return
${PROTOCOLS.map(masquerading).join('')}		ip saddr . ip daddr @own-pods masquerade fully-random
	}

	chain refuse-forwarded {
		type filter hook prerouting priority dstnat + 5; policy accept;
		goto refuse
	}

	chain refuse-own {
		type filter hook output priority -95; policy accept;
		goto refuse
	}

	chain refuse {
		meta l4proto != { tcp, udp, sctp } return
		ip daddr . meta l4proto . th dport @without-endpoints goto refuse-at-once
		ip daddr @whole-addresses goto refuse-at-once
	}

	chain refuse-at-once {
		ct state invalid drop
		ct state != new return
		meta l4proto tcp reject with tcp reset
		reject with icmp port-unreachable
	}
}
`;
}

const KEY = 'ipv4_addr . inet_proto . inet_service';
const PORT_TYPE = 'type ipv4_addr . inet_service';
const ENDPOINT_TYPE = 'typeof ip daddr . meta l4proto . th dport . numgen random mod 65536 : ip daddr . th dport';

type Side = 'inside' | 'outside';

const wordOf = (protocol: Protocol): ProtocolWord => protocol.toLowerCase() as ProtocolWord;
const keyOf = ({ address, protocol, port }: Forward): string =>
  `${formatIPv4(address)} . ${wordOf(protocol)} . ${port}`;

/** `nft` refuses an empty list of elements. */
function set(what: string, type: string, elements: readonly string[]): string {
  const lines =
    elements.length === 0 ? '' : `		elements = {\n${elements.map((each) => `			${each},\n`).join('')}		}\n`;
  return `	${what} {\n		${type}\n${lines}	}\n`;
}

/** With policy Local and endpoints on other nodes alone, silence: the client's next try finds the node that has one. */
function serviceElement(forward: Forward): string {
  const verdict = forward.outside.length === 0 ? 'drop' : drawn(forward, 'outside');
  return `${keyOf(forward)} comment "${forward.service.replace(/[^-a-z0-9./]/g, '?')}" : ${verdict}`;
}

/** Policy Cluster has one list of endpoints for both sides. */
const drawn = (forward: Forward, side: Side): string =>
  `goto ${chainName(wordOf(forward.protocol), forward[side].length, isLocal(forward, side))}`;
const isLocal = ({ policy }: Forward, side: Side): boolean => policy === 'Local' && side === 'outside';
const chainName = (protocol: ProtocolWord, count: number, local: boolean): string =>
  `${local ? 'local-' : ''}${protocol}-to-one-of-${count}`;

const elementsOf = (forwards: readonly Forward[], side: Side): readonly string[] =>
  forwards.flatMap((forward) =>
    forward[side].map(({ address, port }, at) => `${keyOf(forward)} . ${at} : ${formatIPv4(address)} . ${port}`),
  );

/** One for each protocol and number of endpoints that occurs. */
function drawChains(forwards: readonly Forward[], side: Side, map: string): readonly string[] {
  const counts = new Map<ProtocolWord, Set<number>>();
  for (const forward of forwards) {
    const protocol = wordOf(forward.protocol);
    counts.set(protocol, (counts.get(protocol) ?? new Set()).add(forward[side].length));
  }
  return PROTOCOLS.flatMap((protocol) =>
    [...(counts.get(protocol) ?? [])]
      .sort((a, b) => a - b)
      .map((count) => {
        const key = `ip daddr . meta l4proto . th dport . numgen random mod ${count}`;
        const name = chainName(protocol, count, map === 'local-endpoints');
        return `	chain ${name} {\n		meta l4proto ${protocol} dnat ip to ${key} map @${map}\n	}\n`;
      }),
  );
}

const originals = (
  forwards: readonly Forward[],
  protocol: ProtocolWord,
  policy: Forward['policy'],
): readonly string[] =>
  forwards
    .filter((forward) => wordOf(forward.protocol) === protocol && forward.policy === policy)
    .map(({ address, port }) => `${formatIPv4(address)} . ${port}`);

/** With policy Local the node's own programs are masqueraded: which source they chose fits the address, not the pod. */
const masquerading = (protocol: ProtocolWord): string => {
  const original = `meta l4proto ${protocol} ct original ip daddr . ct original proto-dst`;
  return `		${original} @to-masquerade-${protocol} masquerade fully-random
		${original} @keep-client-${protocol} fib saddr type local masquerade fully-random
`;
};

/** A pod that reaches itself through the address would answer itself directly. With policy Cluster it is masqueraded anyway. */
function hairpins(local: readonly Forward[]): readonly string[] {
  const pods = new Set(local.flatMap(({ inside }) => inside.filter(isHere).map(({ address }) => address)));
  return [...pods].sort((a: IPv4, b: IPv4) => a - b).map((pod) => `${formatIPv4(pod)} . ${formatIPv4(pod)}`);
}

const isHere = ({ local }: Backend): boolean => local;
