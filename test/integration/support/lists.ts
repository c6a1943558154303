/**
 * What the model's steps choose from: configurations, Services as they are created, edits, writes of others.
 *
 * Rows name their steps by numbers into these lists, so that new entries come last.
 * @module
 */
import type { JsonObject } from '../../../src/playground/api/object.js';
import { address } from '../../support/values.js';

export const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/** In the namespace `shop`, but for those that say another. */
export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'bank/g', 'bank/h', 'late/i', 'late/j'] as const;

/** Of these the Services come together with the namespace. */
export const LATE = 'late';

const FOUR = '192.0.2.1-192.0.2.3';
const SIX = '"2001:db8::1-2001:db8::2"';
const pool = (name: string, addresses: string, rest = '') =>
  `{name: ${name}, protocol: layer2, addresses: [${addresses}]${rest}}`;
/** Large pools for some namespaces alone, before a small one for all. */
export const SELECTIVE: readonly (readonly string[])[] = [
  [pool('a', '198.18.0.0/22', ', namespace-selectors: [{match-labels: {team: blue}}]'), pool('b', FOUR)],
  [
    pool('a', FOUR),
    pool('b', '198.18.0.0/22', ', priority: 20, namespace-selectors: [{match-labels: {team: blue}}]'),
    pool(
      'c',
      '198.18.4.0/22',
      ', priority: 10, namespace-selectors: [{match-expressions: [{key: team, operator: Exists}]}]',
    ),
  ],
];
/** Small enough to be full often: grown, shrunk, split, renamed, reserved, slow to reuse, closed, of one family or both. */
export const CONFIGS: readonly (readonly string[])[] = [
  [pool('a', `${FOUR}, ${SIX}`)],
  [pool('a', '192.0.2.1-192.0.2.6')],
  [pool('a', '192.0.2.2')],
  [pool('a', '192.0.2.1'), pool('b', '192.0.2.2-192.0.2.4')],
  [pool('b', `${FOUR}, ${SIX}`)],
  [pool('a', `192.0.2.1-192.0.2.4, ${SIX}`, ', reserved: {192.0.2.1: shop/c}')],
  [pool('a', `${FOUR}, ${SIX}`, ', reuse-delay: 10s')],
  [pool('a', FOUR, ', retired: true'), pool('b', '198.51.100.1', ', auto-assign: false')],
  [pool('a', FOUR, ', namespace-selectors: [{match-labels: {team: blue}}]')],
  [pool('a', FOUR, ', service-selectors: [{match-labels: {tier: edge}}]'), pool('b', '198.51.100.1, 198.51.100.2')],
  [pool('a', FOUR, ', priority: 20'), pool('b', `198.51.100.1, ${SIX}`, ', priority: 10')],
  [pool('a', FOUR, ', namespaces: [bank]'), pool('b', '198.51.100.1-198.51.100.2', ', namespaces: [shop]')],
  [pool('a', '192.0.2.0-192.0.2.2, 198.51.100.254-198.51.101.0', ', avoid-buggy-ips: true')],
  ['{name: a, protocol: bgp, addresses: [192.0.2.1-192.0.2.2]}', pool('b', '192.0.2.3-192.0.2.4')],
  [pool('a', '192.0.2.0/30, "2001:db8::/64"', ', reserved: {"2001:db8::1": shop/a, 192.0.2.2: bank/g}')],
  [pool('a', '192.0.2.1-192.0.2.2', ', reuse-delay: 30s'), pool('b', '192.0.2.3', ', reuse-delay: 5s')],
  [
    pool('a', FOUR, ', service-selectors: [{match-expressions: [{key: tier, operator: NotIn, values: [edge]}]}]'),
    pool('b', SIX, ', namespace-selectors: [{match-expressions: [{key: team, operator: Exists}]}]'),
  ],
  [pool('c', '203.0.113.0/29'), pool('a', FOUR, ', reserved: {192.0.2.3: bank/h}, retired: true')],
  [],
  ...SELECTIVE,
  [pool('a', `${FOUR}, 203.0.113.7`, ', reuse-delay: 168h')],
];

/** Each with a problem, so that nothing changes. */
export const BROKEN: readonly string[] = [
  'address-pools:\n- name: a\n  protocol: layer3\n',
  `address-pools: [${pool('a', FOUR)}, ${pool('b', '192.0.2.3-192.0.2.9')}]`,
  `address-pools: [${pool('a', FOUR)}, ${pool('a', '198.51.100.1')}]`,
  `address-pools: [${pool('a', FOUR, ', reserved: {192.0.2.9: shop/a}')}]`,
  `address-pools: [${pool('a', '192.0.2.010')}]`,
  `address-pools: [${pool('a', FOUR, ', reuse-delay: soon')}]`,
  'address-pools: [',
  '',
];

type Change = (service: JsonObject) => void;
const annotated =
  (name: string, text: string | undefined, prefix = 'cairn.dev'): Change =>
  ({ metadata }) => {
    const { [`${prefix}/${name}`]: _, ...rest } = metadata.annotations ?? {};
    metadata.annotations = text === undefined ? rest : { ...rest, [`${prefix}/${name}`]: text };
  };
const labelled =
  (labels: JsonObject): Change =>
  ({ metadata }) => {
    metadata.labels = labels;
  };
const specified =
  (fields: JsonObject): Change =>
  ({ spec }) => {
    Object.assign(spec, fields);
  };
const ports = (...each: readonly number[]) => ({ ports: each.map((port) => ({ name: `p${port}`, port })) });
const udp = (port: number) => ({ ports: [{ name: 'u', port, protocol: 'UDP' }] });
const shared = { metadata: { annotations: { 'cairn.dev/allow-shared-ip': 'k' } } };
const withType = (type: string): Change => specified({ type });
const LOCAL = { externalTrafficPolicy: 'Local' };
const OURS = { loadBalancerClass: 'cairn.dev/lb' };
const OTHERS = { loadBalancerClass: 'other.example/lb' };

export interface Parts {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
}

export const PARTS: readonly Parts[] = [
  {},
  {},
  { metadata: { labels: { tier: 'edge' } } },
  { spec: { loadBalancerIP: '192.0.2.2' } },
  { spec: { loadBalancerIP: '203.0.113.9' } },
  { metadata: { annotations: { 'cairn.dev/address-pool': 'b' } } },
  { spec: { ipFamilyPolicy: 'PreferDualStack' } },
  { spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] } },
  { ...shared, spec: ports(80) },
  { ...shared, spec: ports(443) },
  { ...shared, spec: { ...ports(8080), ...LOCAL, selector: { app: 'web' } } },
  { spec: OURS },
  { spec: OTHERS },
  { ...shared, spec: udp(80) },
  { ...shared, spec: { ...ports(8081), ...LOCAL, selector: { app: 'web' } } },
  { spec: { ipFamilies: ['IPv6'] } },
  { metadata: { annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.1' } } },
  { metadata: { annotations: { 'metallb.io/address-pool': 'a' } } },
  { metadata: { finalizers: ['example.com/slow'] } },
  { spec: { ...OURS, ipFamilyPolicy: 'PreferDualStack' } },
];

export const EDITS: readonly Change[] = [
  specified({ loadBalancerIP: '192.0.2.1' }),
  specified({ loadBalancerIP: '192.0.2.3' }),
  specified({ loadBalancerIP: undefined }),
  withType('ClusterIP'),
  withType('NodePort'),
  withType('LoadBalancer'),
  annotated('address-pool', 'a'),
  annotated('address-pool', 'b'),
  annotated('address-pool', undefined),
  annotated('allow-shared-ip', 'k'),
  annotated('allow-shared-ip', undefined),
  annotated('loadBalancerIPs', '192.0.2.2'),
  annotated('loadBalancerIPs', 'nonsense'),
  annotated('loadBalancerIPs', undefined),
  specified(ports(80)),
  specified(ports(80, 443)),
  labelled({ tier: 'edge' }),
  annotated('nobody-reads-this', 'x'),
  labelled({}),
  specified({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], clusterIPs: undefined }),
  specified({ ipFamilyPolicy: 'PreferDualStack' }),
  specified({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: undefined }),
  ({ spec }) => {
    spec.ipFamilyPolicy = 'SingleStack';
    spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
    spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
  },
  specified(LOCAL),
  specified({ externalTrafficPolicy: 'Cluster' }),
  specified({ selector: { app: 'web' } }),
  specified({ selector: { app: 'other' } }),
  specified({ selector: undefined }),
  specified(udp(80)),
  specified(udp(443)),
  annotated('give-up', '192.0.2.1'),
  annotated('give-up', '192.0.2.2, 2001:db8::1'),
  annotated('give-up', undefined),
  annotated('allow-shared-ip', 'other'),
  annotated('loadBalancerIPs', '192.0.2.1', 'metallb.io'),
  annotated('loadBalancerIPs', '192.0.2.3', 'metallb.universe.tf'),
  annotated('loadBalancerIPs', undefined, 'metallb.io'),
  annotated('loadBalancerIPs', undefined, 'metallb.universe.tf'),
  annotated('address-pool', 'a', 'metallb.io'),
  annotated('address-pool', 'b', 'metallb.universe.tf'),
  annotated('address-pool', undefined, 'metallb.io'),
  annotated('address-pool', undefined, 'metallb.universe.tf'),
  annotated('allow-shared-ip', 'k', 'metallb.io'),
  annotated('allow-shared-ip', 'k', 'metallb.universe.tf'),
  annotated('allow-shared-ip', undefined, 'metallb.io'),
  annotated('allow-shared-ip', undefined, 'metallb.universe.tf'),
  annotated('loadBalancerIPs', '192.0.2.2,2001:db8::2'),
  annotated('loadBalancerIPs', '192.0.2.1,192.0.2.2'),
  annotated('address-pool', 'nowhere'),
  annotated('allow-shared-ip', 'k'),
  specified({ type: 'ClusterIP', loadBalancerClass: undefined }),
  specified({ type: 'LoadBalancer', ...OURS }),
  specified({ type: 'LoadBalancer', ...OTHERS }),
  specified({ sessionAffinity: 'ClientIP' }),
  ({ metadata }) => {
    metadata.finalizers = metadata.finalizers === undefined ? ['example.com/slow'] : undefined;
  },
];

/** What somebody else writes into a status. */
export const STATUSES: readonly (readonly JsonObject[])[] = [
  [],
  [{ ip: '203.0.113.7' }],
  [{ ip: '192.0.2.1' }],
  [{ ip: '192.0.2.3' }],
  [{ ip: '192.0.2.2' }, { ip: '2001:db8::1' }],
  [{ hostname: 'lb.example.com' }],
];

export const LABELS: readonly Readonly<Record<string, string>>[] = [{ team: 'blue' }, {}, { team: 'red' }];

const CLAIMED = '192.0.2.1,192.0.2.2,192.0.2.3,198.18.0.1';
const forged = (installation: string) => ({
  'cairn.dev/served-by': `${installation} ${CLAIMED}`,
  'cairn.dev/allocated-from-pool': 'a',
});
/** What nobody was given says that it was: manifests that were copied, or written by somebody who wants a pool for himself. */
export const FORGED: readonly Required<Parts>[] = [
  { metadata: { annotations: forged('cairn-system') }, spec: { type: 'ClusterIP' } },
  { metadata: { annotations: forged('cairn-system') }, spec: OTHERS },
  { metadata: { annotations: forged('cairn-system') }, spec: {} },
  { metadata: { annotations: forged('cairn-system') }, spec: { type: 'NodePort' } },
  { metadata: { annotations: forged('cairn-other') }, spec: OTHERS },
  {
    metadata: { annotations: { ...forged('cairn-system'), 'cairn.dev/announced-by': '192.0.2.1=n1' } },
    spec: { type: 'ExternalName', externalName: 'example.com' },
  },
];

/** What the second node is and what its speaker says: addresses of the Node, and what the report calls its own and taken. */
export const SECOND_NODE: readonly SecondNode[] = [
  { has: [], own: ['192.0.2.1', '192.0.2.2', '192.0.2.3'], taken: [80, 443, 8080] },
  { has: [], own: ['192.0.2.1', '192.0.2.2'], taken: [] },
  { has: ['198.51.100.9'], own: ['192.0.2.1', '198.51.100.9'], taken: [80] },
  { has: [], own: [], taken: [80] },
  { has: ['192.0.2.2'], own: ['192.0.2.2'], taken: [80] },
  { has: ['192.0.2.2'], own: ['192.0.2.2'], taken: [] },
  { has: ['192.0.2.2'], own: ['192.0.2.1', '192.0.2.2', '192.0.2.3'], taken: [80] },
  { has: ['192.0.2.3'], own: ['192.0.2.2'], taken: [80] },
];

export interface SecondNode {
  readonly has: readonly string[];
  readonly own: readonly string[];
  readonly taken: readonly number[];
}

/** Addresses that strangers answer for. */
export const STRANGERS = [[], ['192.0.2.1'], ['192.0.2.2', '192.0.2.3'], [], ['198.51.100.1']].map((ips) =>
  ips.map(address),
);
