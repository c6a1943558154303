import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Config, Pool } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import { formatRange } from '../../src/values/range.js';
import { config, onlyPool, problemsOf } from '../support/config.js';
import { address, pool, range } from '../support/values.js';

const PLAIN_POOL: Pool = {
  name: pool('default'),
  protocol: 'layer2',
  ranges: [range('192.0.2.0/28')],
  autoAssign: true,
  avoidBuggyIps: false,
  priority: undefined,
  namespaces: [],
  namespaceSelectors: [],
  serviceSelectors: [],
  nodeSelectors: [],
  interfaces: [],
  reserved: new Map(),
  reuseDelayMs: 0,
  retired: false,
  conflictCheck: true,
  bgpAdvertisements: [],
};

const EMPTY: Config = {
  pools: [],
  announcements: {
    intervalMs: 60_000,
    ping: false,
    caretaker: true,
    uplinkCheck: false,
    excludeInterfaces: ['veth*', 'cali*', 'docker*', 'cni*', 'flannel*', 'kube-ipvs*', 'lo'],
  },
  forwarding: { mode: 'kube-proxy' },
  bgp: { peers: [], bfdProfiles: new Map(), communities: new Map() },
};

const poolWith = (line: string) => `
address-pools:
- name: default
  protocol: layer2
  addresses: [192.0.2.0/28]
  ${line}
`;

describe('parseConfig', () => {
  const empties = ['', '\n', '# nothing\n', '---\n', '{}', '~', 'address-pools: []', 'address-pools:\npeers: ~\n'];
  for (const text of empties) {
    it(`takes ${JSON.stringify(text)} for a configuration without pools`, () => assert.deepEqual(config(text), EMPTY));
  }

  it('fills in every default of a pool', () => {
    assert.deepEqual(config(poolWith('')), { ...EMPTY, pools: [PLAIN_POOL] });
  });

  it('reads every key that is beyond MetalLB', () => {
    const text = `
address-pools:
- name: default
  protocol: layer2
  addresses: [192.168.1.240-192.168.1.250, 2001:db8:0:1::/120, 192.168.1.7]
  auto-assign: false
  avoid-buggy-ips: true
  priority: 10
  namespaces: [shop]
  namespace-selectors: [{match-labels: {team: shop}}]
  service-selectors: [{match-labels: {tier: edge}}, {match-expressions: [{key: rack, operator: NotIn, values: [a, b]}]}]
  node-selectors: [{match-labels: {rack: a}, match-expressions: [{key: example.com/gpu, operator: Exists}]}]
  interfaces: [eth0, "enp*"]
  reserved: {192.168.1.245: shop/web, "2001:db8:0:1::5": shop/web}
  reuse-delay: 5m
  retired: true
  conflict-check: false
announcements: {interval: 90s, ping: true, caretaker: false, uplink-check: true, exclude-interfaces: [lo]}
forwarding: {mode: nftables}
`;
    const shopWeb = serviceKey('shop', 'web');
    assert.deepEqual(config(text), {
      pools: [
        {
          name: pool('default'),
          protocol: 'layer2',
          ranges: [range('192.168.1.240-192.168.1.250'), range('2001:db8:0:1::/120'), range('192.168.1.7')],
          autoAssign: false,
          avoidBuggyIps: true,
          priority: 10,
          namespaces: ['shop'],
          namespaceSelectors: [{ matchLabels: { team: 'shop' }, matchExpressions: [] }],
          serviceSelectors: [
            { matchLabels: { tier: 'edge' }, matchExpressions: [] },
            { matchLabels: {}, matchExpressions: [{ key: 'rack', operator: 'NotIn', values: ['a', 'b'] }] },
          ],
          nodeSelectors: [
            { matchLabels: { rack: 'a' }, matchExpressions: [{ key: 'example.com/gpu', operator: 'Exists' }] },
          ],
          interfaces: ['eth0', 'enp*'],
          reserved: new Map([
            [address('192.168.1.245'), shopWeb],
            [address('2001:db8:0:1::5'), shopWeb],
          ]),
          reuseDelayMs: 300_000,
          retired: true,
          conflictCheck: false,
          bgpAdvertisements: [],
        },
      ],
      announcements: {
        intervalMs: 90_000,
        ping: true,
        caretaker: false,
        uplinkCheck: true,
        excludeInterfaces: ['lo'],
      },
      forwarding: { mode: 'nftables' },
      bgp: EMPTY.bgp,
    });
  });

  it('keeps pools in the order written', () => {
    const text = ['b', 'a', 'c'].map((name, at) => `- {name: ${name}, protocol: layer2, addresses: [10.0.0.${at}]}`);
    const names = config(`address-pools:\n${text.join('\n')}`).pools.map(({ name }) => name);
    assert.deepEqual(names, ['b', 'a', 'c']);
  });

  it('costs nothing in the size of a pool', () => {
    const text = 'address-pools: [{name: all, protocol: layer2, addresses: ["::/0", 0.0.0.0/0]}]';
    assert.equal(onlyPool(text).ranges.length, 3);
  });

  it('reads no address under two names: IPv4-mapped ones are in no IPv6 range', () => {
    const text = 'address-pools: [{name: all, protocol: layer2, addresses: ["::/0"]}]';
    const { ranges } = onlyPool(text);
    assert.deepEqual(ranges.map(formatRange), [
      '::-::fffe:ffff:ffff',
      '::1:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    ]);
  });

  // biome-ignore format: table
  const ranges = [
    { name: 'reads a prefix with host bits set',   written: '192.0.2.77/28',               want: '192.0.2.64/28' },
    { name: 'reads blanks around a dash',          written: '"192.0.2.1 - 192.0.2.9"',     want: '192.0.2.1-192.0.2.9' },
    { name: 'reads one address, first and last',   written: '192.0.2.4-192.0.2.4',         want: '192.0.2.4' },
    { name: 'reads a bare address',                written: '192.0.2.4',                   want: '192.0.2.4' },
    { name: 'reads IPv6 in capitals and in full',  written: '2001:DB8:0:0:0:0:0:1',        want: '2001:db8::1' },
    { name: 'reads IPv4 in the clothes of IPv6',   written: '"::ffff:192.0.2.4"',          want: '192.0.2.4' },
    { name: 'reads an IPv6 range',                 written: '2001:db8::1-2001:db8::ff',    want: '2001:db8::1-2001:db8::ff' },
  ];
  for (const { name, written, want } of ranges) {
    it(name, () => {
      const text = `address-pools: [{name: a, protocol: layer2, addresses: [${written}]}]`;
      assert.deepEqual(onlyPool(text).ranges, [range(want)]);
    });
  }

  it('reads text as it stands, whatever YAML would make of it', () => {
    for (const name of ['yes', '010', '1.10', '12:30', '0x1F', '2001-01-01']) {
      assert.equal(onlyPool(`address-pools: [{name: ${name}, protocol: layer2, addresses: [10.0.0.1]}]`).name, name);
    }
  });

  it('reads the booleans of YAML 1.1', () => {
    assert.equal(onlyPool(poolWith('auto-assign: off')).autoAssign, false);
    assert.equal(onlyPool(poolWith('avoid-buggy-ips: Yes')).avoidBuggyIps, true);
  });

  it('takes a key without a value for a key that is not there', () => {
    assert.deepEqual(onlyPool(poolWith('auto-assign:\n  reserved: ~')), PLAIN_POOL);
  });

  it('reads the first document of several alone, as MetalLB does', () => {
    assert.deepEqual(config(`${poolWith('')}---\nnot: [ours`).pools, [PLAIN_POOL]);
  });

  it('takes priorities below zero, and octal ones as YAML 1.1 means them', () => {
    assert.equal(onlyPool(poolWith('priority: -1')).priority, -1);
    assert.equal(onlyPool(poolWith('priority: 010')).priority, 8);
  });

  it('takes a text up to the limit of a ConfigMap and none beyond', () => {
    const spare = 1_048_576 - 'address-pools: []\n# '.length;
    assert.deepEqual(problemsOf(`address-pools: []\n# ${'x'.repeat(spare)}`), []);
    assert.deepEqual(problemsOf(`address-pools: []\n# ${'x'.repeat(spare + 1)}`), [
      'line 1: want at most 1048576 bytes, got 1048577',
    ]);
    assert.deepEqual(problemsOf(`# ${'é'.repeat(524_288)}`), ['line 1: want at most 1048576 bytes, got 1048578']);
  });
});
