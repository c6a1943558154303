/**
 * Documents for MetalLB v0.12, valid and not, and what becomes of them here. Where Cairn is stricter or wider on purpose,
 * docs/migration.md says so.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Config } from '../../src/config/config.js';
import { config, onlyPool, problemsOf } from '../support/config.js';
import { address, pool, range } from '../support/values.js';

const PEER = 'my-asn: 64512, peer-asn: 64513, peer-address: 192.0.2.1';
const peers = (...rests: readonly string[]) =>
  `peers:\n${rests.map((rest) => `- {${PEER}${rest === '' ? '' : `, ${rest}`}}\n`).join('')}`;
const advertised = (advertisements: string, addresses = '10.0.0.0/24') =>
  `address-pools: [{name: a, protocol: bgp, addresses: [${addresses}], bgp-advertisements: [${advertisements}]}]`;
const AD = 'address-pools.0.bgp-advertisements';

/** Every key that MetalLB v0.12 knows, but for those of its FRR mode. */
const EVERYTHING = `
peers:
- my-asn: 65001
  peer-asn: 65100
  peer-address: 198.51.100.1
  peer-port: 1790
  source-address: 198.51.100.20
  hold-time: 45s
  router-id: 198.51.100.20
  password: "s3cret"
  ebgp-multihop: true
- my-asn: 65002
  peer-asn: 65002
  peer-address: 2001:db8::1
  node-selectors:
  - match-labels: {zone: west}
    match-expressions:
    - {key: rack, operator: NotIn, values: [r7, r9]}
    - {key: example.com/edge, operator: Exists}
  - match-labels: {zone: east}
bgp-communities:
  far: 65100:7
address-pools:
- name: routed
  protocol: bgp
  addresses: [203.0.113.0/26, 198.51.100.128/25]
  avoid-buggy-ips: true
  auto-assign: false
  bgp-advertisements:
  - aggregation-length: 26
    localpref: 120
    communities: [far, "65100:8"]
  - {}
- name: segment
  protocol: layer2
  addresses:
  - 192.0.2.10 - 192.0.2.40
  - 192.0.2.64/27
  - 2001:db8:0:5::/64
`;

const UNSET = { receiveIntervalMs: undefined, transmitIntervalMs: undefined, detectMultiplier: undefined };
/** What MetalLB has no key for is as it is where nothing is said of it, which parse.test.ts spells out. */
const PLAIN_POOL = onlyPool('address-pools: [{name: a, protocol: layer2, addresses: [192.0.2.1]}]');
const WANT: Pick<Config, 'pools' | 'bgp'> = {
  pools: [
    {
      ...PLAIN_POOL,
      name: pool('routed'),
      protocol: 'bgp',
      ranges: [range('203.0.113.0/26'), range('198.51.100.128/25')],
      autoAssign: false,
      avoidBuggyIps: true,
      bgpAdvertisements: [
        {
          aggregationLength: 26,
          aggregationLengthV6: 128,
          localPref: 120,
          communities: new Set([0xfe4c_0007, 0xfe4c_0008]),
        },
        { aggregationLength: 32, aggregationLengthV6: 128, localPref: 0, communities: new Set() },
      ],
    },
    {
      ...PLAIN_POOL,
      name: pool('segment'),
      protocol: 'layer2',
      ranges: [range('192.0.2.10-192.0.2.40'), range('192.0.2.64-192.0.2.95'), range('2001:db8:0:5::/64')],
      autoAssign: true,
      avoidBuggyIps: false,
      bgpAdvertisements: [],
    },
  ],
  bgp: {
    peers: [
      {
        myAsn: 65_001,
        peerAsn: 65_100,
        peerAddress: address('198.51.100.1'),
        peerPort: 1_790,
        sourceAddress: address('198.51.100.20'),
        holdTimeMs: 45_000,
        keepaliveTimeMs: 15_000,
        routerId: address('198.51.100.20'),
        nodeSelectors: [],
        password: 's3cret',
        bfdProfile: undefined,
        ebgpMultihop: true,
      },
      {
        myAsn: 65_002,
        peerAsn: 65_002,
        peerAddress: address('2001:db8::1'),
        peerPort: 179,
        sourceAddress: undefined,
        holdTimeMs: 90_000,
        keepaliveTimeMs: 30_000,
        routerId: undefined,
        nodeSelectors: [
          {
            matchLabels: { zone: 'west' },
            matchExpressions: [
              { key: 'rack', operator: 'NotIn', values: ['r7', 'r9'] },
              { key: 'example.com/edge', operator: 'Exists' },
            ],
          },
          { matchLabels: { zone: 'east' }, matchExpressions: [] },
        ],
        password: '',
        bfdProfile: undefined,
        ebgpMultihop: false,
      },
    ],
    bfdProfiles: new Map(),
    communities: new Map([['far', 0xfe4c_0007]]),
  },
};

describe('a ConfigMap of MetalLB v0.12', () => {
  it('means every key of its native mode', () => {
    const { pools, bgp } = config(EVERYTHING);
    assert.deepEqual({ pools, bgp }, WANT);
  });

  it('means every key of a BFD profile, and a peer names one', () => {
    const text = `bfd-profiles:
- {name: fast, receive-interval: 35, transmit-interval: 45, detect-multiplier: 4, echo-interval: 62, echo-mode: yes, passive-mode: on, minimum-ttl: 200}
- {name: slow, receive-interval: 60000}
${peers('bfd-profile: fast, keepalive-time: 20s')}`;
    const { bfdProfiles, peers: read } = config(text).bgp;
    assert.deepEqual(
      bfdProfiles,
      new Map([
        [
          'fast',
          {
            receiveIntervalMs: 35,
            transmitIntervalMs: 45,
            detectMultiplier: 4,
            echoIntervalMs: 62,
            echoMode: true,
            passiveMode: true,
            minimumTtl: 200,
          },
        ],
        [
          'slow',
          {
            ...UNSET,
            receiveIntervalMs: 60_000,
            echoIntervalMs: undefined,
            echoMode: false,
            passiveMode: false,
            minimumTtl: undefined,
          },
        ],
      ]),
    );
    assert.deepEqual(
      read.map(({ bfdProfile, keepaliveTimeMs }) => [bfdProfile, keepaliveTimeMs]),
      [['fast', 20_000]],
    );
  });

  // biome-ignore format: table
  const elsewhere: { name: string; text: string; want: string }[] = [
    { name: 'of the whole, that no release had',  text: 'peer-autodiscovery: {from-labels: []}',          want: 'line 1: peer-autodiscovery: want one of the keys address-pools, ' },
    { name: 'of an old pool',                     text: 'address-pools: [{name: a, protocol: layer2, addresses: [10.0.0.1], arp-network: 10.0.0.0/24}]', want: 'line 1: address-pools.0.arp-network: want one of the keys name, protocol, ' },
    { name: 'of a later peer',                    text: peers('holdTime: 30s'),                           want: 'line 2: peers.0.holdTime: want a known key (is it "hold-time"?)' },
    { name: 'of a later AS number',               text: peers('myASN: 7'),                                want: 'line 2: peers.0.myASN: want a known key (is it "my-asn"?)' },
    { name: 'of a later advertisement',           text: advertised('{localPref: 7}'),                     want: `line 1: ${AD}.0.localPref: want a known key (is it "localpref"?)` },
    { name: 'of an advertisement, from nowhere',  text: advertised('{peers: [a]}'),                       want: `line 1: ${AD}.0.peers: want one of the keys aggregation-length, ` },
    { name: 'of a later BFD profile',             text: 'bfd-profiles: [{name: a, echoMode: true}]',      want: 'line 1: bfd-profiles.0.echoMode: want a known key (is it "echo-mode"?)' },
    { name: 'of a selector as Kubernetes has it', text: peers('node-selectors: [{matchLabels: {a: b}}]'), want: 'line 2: peers.0.node-selectors.0.matchLabels: want a known key (is it "match-labels"?)' },
    { name: 'of an expression, from nowhere',     text: peers('node-selectors: [{match-expressions: [{key: a, operator: Exists, value: b}]}]'), want: 'line 2: peers.0.node-selectors.0.match-expressions.0.value: want a known key (is it "values"?)' },
  ];
  for (const { name, text, want } of elsewhere) {
    it(`has one problem with a key ${name}`, () => {
      const problems = problemsOf(text);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.ok(problems[0]?.startsWith(want), problems[0]);
    });
  }
});

describe('a peer with node-selectors of MetalLB', () => {
  const operators = '"In", "NotIn", "Exists" or "DoesNotExist"';
  // biome-ignore format: table
  const cases: { name: string; selectors: string; want: readonly string[] }[] = [
    { name: 'none',                      selectors: '[]',                                       want: [] },
    { name: 'an empty one',              selectors: '[{}]',                                     want: [] },
    { name: 'a null',                    selectors: '[~]',                                      want: [] },
    { name: 'a label that is a mapping', selectors: '[{match-labels: {foo: {bar: baz}}}]',      want: ['match-labels.foo: want text, got a mapping'] },
    { name: 'no key',                    selectors: '[{match-expressions: [{operator: In, values: [a]}]}]', want: ['match-expressions.0.key: want a label key, got nothing'] },
    { name: 'no operator',               selectors: '[{match-expressions: [{key: a, values: [a]}]}]', want: [`match-expressions.0.operator: want ${operators}, got nothing`] },
    { name: 'an unknown operator',       selectors: '[{match-expressions: [{key: a, operator: Around, values: [a]}]}]', want: [`match-expressions.0.operator: want ${operators}, got "Around"`] },
  ];
  for (const { name, selectors, want } of cases) {
    const expected = want.map((rest) => `line 2: peers.0.node-selectors.0.${rest}`);
    it(`${want.length === 0 ? 'takes' : 'refuses'} ${name}`, () =>
      assert.deepEqual(problemsOf(peers(`node-selectors: ${selectors}`)), expected));
  }
});
