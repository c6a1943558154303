/**
 * What may happen to an allocator: steps as numbers into lists of configurations, Services, edits and foreign statuses.
 *
 * Add to a list only at its end: the sequences of `failed-sequences.ts` are such numbers too.
 * @module
 */
import fc from 'fast-check';
import type { Labels } from '../../src/values/labels.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { config } from '../support/config.js';
import type { ServiceParts } from '../support/objects.js';

export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
export const KEYS = NAMES.map((name) => serviceKey('shop', name));

const four = (addresses: string, rest = '') => `{name: a, protocol: layer2, addresses: [${addresses}]${rest}}`;
const FOUR = '192.0.2.1-192.0.2.3';
const SIX = '"2001:db8::1-2001:db8::2"';
/** Small enough to be full often: grown, shrunk, split, renamed, reserved, slow to reuse, closed, of one family or both. */
export const CONFIGS = [
  [four(FOUR)],
  [four(`${FOUR}, ${SIX}`)],
  [four('192.0.2.1-192.0.2.6')],
  [four('192.0.2.2')],
  [four('192.0.2.2, "2001:db8::/64"')],
  [four('192.0.2.1'), '{name: b, protocol: layer2, addresses: [192.0.2.2-192.0.2.4]}'],
  [four(FOUR), `{name: b, protocol: layer2, addresses: [${SIX}]}`],
  [`{name: b, protocol: layer2, addresses: [${FOUR}, ${SIX}]}`],
  [four(`192.0.2.1-192.0.2.4, ${SIX}`, ', reserved: {192.0.2.1: shop/c, "2001:db8::1": shop/c}')],
  [four(`${FOUR}, ${SIX}`, ', reuse-delay: 10s')],
  [four(FOUR, ', retired: true')],
  [four(`${FOUR}, ${SIX}`, ', service-selectors: [{match-labels: {tier: edge}}]')],
  [
    four(FOUR, ', auto-assign: false'),
    '{name: b, protocol: layer2, addresses: [192.0.2.255/32], avoid-buggy-ips: true}',
  ],
  [four(FOUR, ', priority: 20'), '{name: b, protocol: layer2, addresses: [198.51.100.1, "2001:db8::2"], priority: 10}'],
  [four(FOUR, ', namespace-selectors: [{match-labels: {team: blue}}]')],
  ['{name: b, protocol: layer2, addresses: [198.51.100.1, 198.51.100.2]}'],
  [four('192.0.2.1-192.0.2.2'), '{name: b, protocol: bgp, addresses: [192.0.2.3, "2001:db8::2"]}'],
].map((pools) => config(`address-pools: [${pools.join(', ')}]`));

const annotated = (name: string, text: string | undefined) => (before: Service) => {
  const { [`cairn.dev/${name}`]: _, ...annotations } = before.meta.annotations;
  const added = text === undefined ? {} : { [`cairn.dev/${name}`]: text };
  return { ...before, meta: { ...before.meta, annotations: { ...annotations, ...added } } };
};
const asking = (loadBalancerIP: string) => (before: Service) => ({ ...before, loadBalancerIP });
const ports = (...each: readonly number[]) => ({
  ports: each.map((port) => ({ name: `p${port}`, protocol: 'TCP' as const, port, nodePort: 0 })),
});
const key = (text: string) => ({ annotations: { 'cairn.dev/allow-shared-ip': text } });
const BOTH = { ipFamilies: ['IPv4', 'IPv6'] } as const;

export const PARTS: readonly ServiceParts[] = [
  {},
  {},
  { meta: { labels: { tier: 'edge' } } },
  { loadBalancerIP: '192.0.2.2' },
  { loadBalancerIP: '203.0.113.9' },
  { meta: { annotations: { 'cairn.dev/address-pool': 'b' } } },
  { ipFamilies: ['IPv6'] },
  { ...BOTH, ipFamilyPolicy: 'PreferDualStack' },
  { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' },
  { ...BOTH, ipFamilyPolicy: 'RequireDualStack' },
  { ...ports(80), meta: key('k') },
  { ...ports(443), meta: key('k') },
  { ...ports(80), ...BOTH, ipFamilyPolicy: 'PreferDualStack', meta: key('k') },
  { ...ports(53), ...BOTH, ipFamilyPolicy: 'RequireDualStack', meta: key('k') },
  { ...ports(8080), externalTrafficPolicy: 'Local', selector: { app: 'web' }, meta: key('k') },
  { ...ports(443), meta: key('k'), loadBalancerIP: '192.0.2.1' },
  { loadBalancerClass: 'cairn.dev/lb' },
  { loadBalancerClass: 'metallb', ips: ['192.0.2.2'] },
  { loadBalancerClass: 'metallb', ips: ['192.0.2.1', '2001:db8::1'], meta: key('k') },
  { ips: ['192.0.2.3'] },
  { ips: ['192.0.2.1', '2001:db8::2'], ...BOTH, ipFamilyPolicy: 'PreferDualStack' },
  { ips: ['203.0.113.9'] },
  { ips: ['203.0.113.9'], meta: { annotations: { 'metallb.io/ip-allocated-from-pool': 'x' } } },
];

export const EDITS: readonly ((before: Service) => Service)[] = [
  asking(''),
  asking('192.0.2.1'),
  asking('192.0.2.3'),
  asking('nonsense'),
  (before) => ({ ...before, type: before.type === 'LoadBalancer' ? 'ClusterIP' : 'LoadBalancer' }),
  (before) => ({ ...before, meta: { ...before.meta, labels: { tier: 'edge' } } }),
  (before) => ({ ...before, meta: { ...before.meta, deleting: true } }),
  annotated('address-pool', 'a'),
  annotated('address-pool', undefined),
  annotated('allow-shared-ip', undefined),
  annotated('allow-shared-ip', 'k'),
  annotated('allow-shared-ip', 'other'),
  annotated('loadBalancerIPs', '192.0.2.2,2001:db8::2'),
  annotated('loadBalancerIPs', undefined),
  (before) => ({ ...before, ...ports(80) }),
  (before) => ({ ...before, ...ports(80, 443) }),
  (before) => ({ ...before, ...ports(8443) }),
  (before) => ({ ...before, externalTrafficPolicy: before.externalTrafficPolicy === 'Local' ? 'Cluster' : 'Local' }),
  (before) => ({ ...before, selector: { app: 'web' } }),
  // As the API server does it: the first family stays.
  (before) => ({ ...before, ipFamilyPolicy: 'SingleStack', ipFamilies: before.ipFamilies.slice(0, 1) }),
  (before) => ({ ...before, ipFamilyPolicy: 'PreferDualStack', ipFamilies: bothFrom(before) }),
  (before) => ({ ...before, ipFamilyPolicy: 'RequireDualStack', ipFamilies: bothFrom(before) }),
  annotated('give-up', '192.0.2.1'),
  annotated('give-up', '192.0.2.2,2001:db8::1'),
  annotated('give-up', undefined),
  // By way of another type, which empties the status: the class of a LoadBalancer does not change.
  (before) => ({ ...before, type: 'LoadBalancer', loadBalancerClass: 'metallb', ingress: [] }),
  (before) => ({ ...before, type: 'LoadBalancer', loadBalancerClass: undefined, ingress: [] }),
  (before) => ({ ...before, type: 'LoadBalancer', loadBalancerClass: 'cairn.dev/lb', ingress: [] }),
  // As somebody who replaces it by a manifest without them does it.
  (before) => ({ ...before, meta: { ...before.meta, annotations: withoutOurs(before) } }),
];

const withoutOurs = ({ meta }: Service) =>
  Object.fromEntries(
    Object.entries(meta.annotations).filter(
      ([name]) => !['served-by', 'allocated-from-pool', 'shared-as'].includes(name.replace('cairn.dev/', '')),
    ),
  );

/** What somebody else writes into a status. */
export const RIVALS: readonly (readonly string[])[] = [
  [],
  ['203.0.113.7'],
  ['lb.example.com'],
  ['192.0.2.1'],
  ['192.0.2.2'],
  ['192.0.2.3'],
  ['2001:db8::1'],
  ['192.0.2.1', '2001:db8::2'],
  ['203.0.113.7', '2001:db8::9'],
];

/** What is known of the namespace. */
export const LABELS: readonly (Labels | undefined)[] = [{ team: 'red' }, { team: 'blue' }, undefined];

const bothFrom = ({ ipFamilies }: Service) =>
  ipFamilies[0] === 'IPv6' ? (['IPv6', 'IPv4'] as const) : (['IPv4', 'IPv6'] as const);

const which = fc.nat({ max: NAMES.length - 1 });
const how = (list: readonly unknown[]) => fc.nat({ max: list.length - 1 });
/** What happens to Services while nobody leads. */
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('overwrite' as const), which, how: how(RIVALS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('create' as const), which, how: how(PARTS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), which, how: how(EDITS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace status' as const), which, how: how(RIVALS) }) },
);
export type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;
export const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('create' as const), which, how: how(PARTS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('edit' as const), which, how: how(EDITS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('arrive' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('old' as const), which, how: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('config' as const), how: how(CONFIGS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), how: fc.nat({ max: 15 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take over' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('overwrite' as const), which, how: how(RIVALS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('namespace' as const), how: how(LABELS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace status' as const), which, how: how(RIVALS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unled' as const), acts: fc.array(act, { maxLength: 4 }) }) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export const create = (which: number, how: number): Step => ({ do: 'create', which, how });
export const remove = (which: number): Step => ({ do: 'remove', which });
export const edit = (which: number, how: number): Step => ({ do: 'edit', which, how });
export const send = (which: number): Step => ({ do: 'send', which });
export const arrive = (which: number): Step => ({ do: 'arrive', which });
export const overwrite = (which: number, how: number): Step => ({ do: 'overwrite', which, how });
export const to = (how: number): Step => ({ do: 'config', how });
export const settle: Step = { do: 'settle' };
