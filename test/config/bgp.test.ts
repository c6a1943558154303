import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { shortestPrefixIn } from '../../src/config/advertisements.js';
import type { BgpPeer } from '../../src/config/config.js';
import { config, onlyPool, problemsOf } from '../support/config.js';
import { address, range } from '../support/values.js';

const PEER = 'my-asn: 64512, peer-asn: 64513, peer-address: 192.0.2.1';
const withPeer = (rest: string) => `peers: [{${PEER}${rest === '' ? '' : `, ${rest}`}}]`;
const withPeers = (...rests: string[]) => `peers:\n${rests.map((rest) => `- {${rest}}\n`).join('')}`;
const withProfile = (rest: string) => `bfd-profiles: [{name: fast${rest === '' ? '' : `, ${rest}`}}]`;
const withAdvertisements = (addresses: string, ...advertisements: string[]) =>
  `address-pools: [{name: a, protocol: bgp, addresses: [${addresses}], bgp-advertisements: [${advertisements.join(', ')}]}]`;

const PLAIN_PEER: BgpPeer = {
  myAsn: 64_512,
  peerAsn: 64_513,
  peerAddress: address('192.0.2.1'),
  peerPort: 179,
  sourceAddress: undefined,
  holdTimeMs: 90_000,
  keepaliveTimeMs: 30_000,
  routerId: undefined,
  nodeSelectors: [],
  password: '',
  bfdProfile: undefined,
  ebgpMultihop: false,
};
const asn = 'a whole number from 1 to 4294967295';

describe('a BGP peer', () => {
  // biome-ignore format: table
  const cases: { name: string; rest: string; want: Partial<BgpPeer> }[] = [
    { name: 'has defaults',                       rest: '',                                             want: {} },
    { name: 'keeps port 179 for port 0',          rest: 'peer-port: 0',                                 want: {} },
    { name: 'takes empty texts for no texts',     rest: 'hold-time: "", keepalive-time: "", router-id: "", source-address: "", bfd-profile: ""', want: {} },
    { name: 'may hold for ever',                  rest: 'hold-time: 0s',                                want: { holdTimeMs: 0, keepaliveTimeMs: 0 } },
    { name: 'rounds half a second of hold time to nothing', rest: 'hold-time: 500ms',                   want: { holdTimeMs: 0, keepaliveTimeMs: 0 } },
    { name: 'rounds times down to whole seconds', rest: 'hold-time: 3.9s, keepalive-time: 1500ms',      want: { holdTimeMs: 3_000, keepaliveTimeMs: 1_000 } },
    { name: 'keeps alive in whole seconds',       rest: 'hold-time: 10s',                                       want: { holdTimeMs: 10_000, keepaliveTimeMs: 3_000 } },
    { name: 'may never keep alive',               rest: 'keepalive-time: 0s',                                   want: { keepaliveTimeMs: 0 } },
    { name: 'may keep alive as slowly as it holds', rest: 'hold-time: 9s, keepalive-time: 9s',          want: { holdTimeMs: 9_000, keepaliveTimeMs: 9_000 } },
    { name: 'has addresses of its own',           rest: 'source-address: 192.0.2.9, router-id: 10.0.0.1', want: { sourceAddress: address('192.0.2.9'), routerId: address('10.0.0.1') } },
    { name: 'may be far',                         rest: 'ebgp-multihop: true, peer-port: 1179',         want: { ebgpMultihop: true, peerPort: 1_179 } },
    { name: 'has a password that looks like a number', rest: 'password: 0123',                          want: { password: '0123' } },
    { name: 'is for some nodes',                  rest: 'node-selectors: [{match-labels: {rack: a}}]',  want: { nodeSelectors: [{ matchLabels: { rack: 'a' }, matchExpressions: [] }] } },
  ];
  for (const { name, rest, want } of cases) {
    it(name, () => assert.deepEqual(config(withPeer(rest)).bgp.peers, [{ ...PLAIN_PEER, ...want }]));
  }

  // biome-ignore format: table
  const refusals: { name: string; text: string; want: readonly string[] }[] = [
    { name: 'no AS numbers',                text: 'peers: [{peer-address: 192.0.2.1}]',                     want: [`peers.0.my-asn: want ${asn}, got nothing`, `peers.0.peer-asn: want ${asn}, got nothing`] },
    { name: 'the AS number 0',              text: 'peers: [{my-asn: 0, peer-asn: 1, peer-address: ::1}]',   want: [`peers.0.my-asn: want ${asn}, got 0`] },
    { name: 'an AS number beyond 32 bits',  text: 'peers: [{my-asn: 1, peer-asn: 4294967296, peer-address: ::1}]', want: [`peers.0.peer-asn: want ${asn}, got 4294967296`] },
    { name: 'no address',                   text: 'peers: [{my-asn: 1, peer-asn: 1}]',                      want: ['peers.0.peer-address: want an IP address, got nothing'] },
    { name: 'a name for an address',        text: 'peers: [{my-asn: 1, peer-asn: 1, peer-address: tor}]',   want: ['peers.0.peer-address: want an IP address, got "tor"'] },
    { name: 'a port beyond 16 bits',        text: withPeer('peer-port: 65536'),                             want: ['peers.0.peer-port: want a whole number from 0 to 65535, got 65536'] },
    { name: 'a source that is no address',  text: withPeer('source-address: eth0'),                         want: ['peers.0.source-address: want an IP address, got "eth0"'] },
    { name: 'a router-id that is none',     text: withPeer('router-id: 7'),                                 want: ['peers.0.router-id: want an IP address, got "7"'] },
    { name: 'a hold time of two seconds',   text: withPeer('hold-time: 2999ms'),                            want: ['peers.0.hold-time: want a duration of 0, or of 3s and longer, got "2999ms"'] },
    { name: 'a hold time without a unit',   text: withPeer('hold-time: 90'),                                want: ['peers.0.hold-time: want a duration of 0, or of 3s and longer, got "90"'] },
    { name: 'a keepalive above the hold time', text: withPeer('hold-time: 9s, keepalive-time: 10s'),        want: ['peers.0.keepalive-time: want a duration such as "30s", not longer than hold-time, got "10s"'] },
    { name: 'a keepalive where it holds for ever', text: withPeer('hold-time: 0s, keepalive-time: 1s'),         want: ['peers.0.keepalive-time: want a duration such as "30s", not longer than hold-time, got "1s"'] },
    { name: 'a hold time that is none',     text: withPeer('hold-time: foo'),                               want: ['peers.0.hold-time: want a duration of 0, or of 3s and longer, got "foo"'] },
    { name: 'a hold time below zero',       text: withPeer('hold-time: -5s'),                               want: ['peers.0.hold-time: want a duration of 0, or of 3s and longer, got "-5s"'] },
    { name: 'half a second below zero',     text: withPeer('hold-time: -500ms'),                            want: ['peers.0.hold-time: want a duration of 0, or of 3s and longer, got "-500ms"'] },
    { name: 'a keepalive that is none',     text: withPeer('keepalive-time: foo'),                          want: ['peers.0.keepalive-time: want a duration such as "30s", not longer than hold-time, got "foo"'] },
    { name: 'multihop within an AS',        text: 'peers: [{my-asn: 1, peer-asn: 1, peer-address: ::1, ebgp-multihop: yes}]', want: ['peers.0.ebgp-multihop: want false for an iBGP peer, whose my-asn is its peer-asn, got true'] },
    { name: 'a BFD profile that is not there', text: withPeer('bfd-profile: slow'),                         want: ['peers.0.bfd-profile: want the name of one of bfd-profiles, got "slow"'] },
  ];
  for (const { name, text, want } of refusals) {
    it(`refuses ${name}`, () =>
      assert.deepEqual(
        problemsOf(text),
        want.map((rest) => `line 1: ${rest}`),
      ));
  }

  it('refuses to be written twice, however it is spelt', () => {
    assert.deepEqual(problemsOf(withPeers(PEER, `${PEER}, hold-time: 1m30s`)), [
      'line 3: peers.1: want a peer that differs from peers.0, got a mapping',
    ]);
    assert.deepEqual(problemsOf(withPeers(PEER, `${PEER}, hold-time: 1m`)), []);
  });
});

describe('BGP as either of MetalLB’s modes takes it', () => {
  const other = 'my-asn: 64999, peer-asn: 64513, peer-address: 192.0.2.2';
  const because = (what: string) => `as ${what} needs MetalLB's FRR mode`;
  // biome-ignore format: table
  const cases: { name: string; text: string; want: readonly string[] }[] = [
    { name: 'lets native peers differ',                text: withPeers(PEER, `${other}, router-id: 1.1.1.1`),           want: [] },
    { name: 'lets native peers have one address',      text: withPeers(PEER, `${PEER}, peer-port: 1179`),               want: [] },
    { name: 'lets one FRR peer have a router-id',      text: withPeer('router-id: 1.1.1.1, keepalive-time: 10s'),       want: [] },
    { name: 'holds peers with a keepalive to one AS',  text: withPeers(`${PEER}, keepalive-time: 10s`, other),          want: [`line 3: peers.1.my-asn: want the my-asn of peers.0, ${because('keepalive-time')}, got 64999`] },
    { name: 'holds peers with BFD to one router-id',   text: `${withPeers(PEER, 'my-asn: 64512, peer-asn: 1, peer-address: ::1, router-id: 1.1.1.1')}${withProfile('')}`, want: [`line 3: peers.1.router-id: want the router-id of peers.0, ${because('bfd-profiles')}, got "1.1.1.1"`] },
    { name: 'holds peers of IPv6 pools to one address each', text: `${withPeers(PEER, `${PEER}, peer-port: 1179`)}${withAdvertisements('2001:db8::/64')}`, want: [`line 3: peers.1.peer-address: want another address than peers.0, ${because('an IPv6 range in a bgp pool')}, got "192.0.2.1"`] },
    { name: 'holds peers that name a profile to one AS', text: withPeers(`${PEER}, bfd-profile: fast`, other),          want: ['line 2: peers.0.bfd-profile: want the name of one of bfd-profiles, got "fast"', `line 3: peers.1.my-asn: want the my-asn of peers.0, ${because('bfd-profile')}, got 64999`] },
    { name: 'holds the second to the router-id of the first', text: `${withPeers(`${PEER}, router-id: 1.1.1.1`, 'my-asn: 64512, peer-asn: 1, peer-address: ::1')}${withProfile('')}`, want: [`line 3: peers.1.router-id: want the router-id of peers.0, ${because('bfd-profiles')}, got ""`] },
    { name: 'compares addresses as they are written',  text: `${withPeers('my-asn: 1, peer-asn: 2, peer-address: 2001:db8::1', 'my-asn: 1, peer-asn: 2, peer-address: 2001:DB8::1, peer-port: 1179')}${withProfile('')}`, want: [] },
    { name: 'needs no FRR for an IPv6 length alone',   text: `${withPeers(PEER, other)}${withAdvertisements('10.0.0.0/24', '{aggregation-length-v6: 64}')}`, want: [] },
    { name: 'lets IPv6 in layer2 pools be',            text: `${withPeers(PEER, other)}address-pools: [{name: a, protocol: layer2, addresses: [2001:db8::/64]}]`, want: [] },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.deepEqual(problemsOf(text), want));
  }
});

describe('a BFD profile', () => {
  it('leaves to the daemon what is not written', () => {
    assert.deepEqual(config(withProfile('')).bgp.bfdProfiles.get('fast'), {
      receiveIntervalMs: undefined,
      transmitIntervalMs: undefined,
      detectMultiplier: undefined,
      echoIntervalMs: undefined,
      echoMode: false,
      passiveMode: false,
      minimumTtl: undefined,
    });
  });

  // biome-ignore format: table
  const limits = [
    { key: 'receive-interval',  min: 10, max: 60_000 },
    { key: 'transmit-interval', min: 10, max: 60_000 },
    { key: 'echo-interval',     min: 10, max: 60_000 },
    { key: 'detect-multiplier', min: 2,  max: 255 },
    { key: 'minimum-ttl',       min: 1,  max: 254 },
  ];
  for (const { key, min, max } of limits) {
    it(`holds ${key} to ${min}…${max}`, () => {
      for (const right of [min, max]) assert.deepEqual(problemsOf(withProfile(`${key}: ${right}`)), []);
      for (const wrong of [min - 1, max + 1]) {
        assert.deepEqual(problemsOf(withProfile(`${key}: ${wrong}`)), [
          `line 1: bfd-profiles.0.${key}: want a whole number from ${min} to ${max}, got ${wrong}`,
        ]);
      }
    });
  }

  it('has a name, and one of its own', () => {
    assert.deepEqual(problemsOf('bfd-profiles: [{}, {name: a}, {name: a}]'), [
      'line 1: bfd-profiles.0.name: want a name, got nothing',
      'line 1: bfd-profiles.2.name: want a name other than that of bfd-profiles.1, got "a"',
    ]);
  });

  it('exists for its peers even when something else is wrong with it', () => {
    const text = `${withPeer('bfd-profile: fast')}\n${withProfile('minimum-ttl: 0')}`;
    assert.deepEqual(problemsOf(text), [
      'line 2: bfd-profiles.0.minimum-ttl: want a whole number from 1 to 254, got 0',
    ]);
  });
});

describe('a BGP advertisement', () => {
  it('is there with defaults for a bgp pool without any', () => {
    const asIs = { aggregationLength: 32, aggregationLengthV6: 128, localPref: 0, communities: new Set() };
    assert.deepEqual(onlyPool(withAdvertisements('10.0.0.0/24')).bgpAdvertisements, [asIs]);
    assert.deepEqual(onlyPool(withAdvertisements('10.0.0.0/24', '{}')).bgpAdvertisements, [asIs]);
  });

  it('has each length by default, also in a pool of both families, and a null is one with defaults', () => {
    const asIs = { aggregationLength: 32, aggregationLengthV6: 128, localPref: 0, communities: new Set() };
    const text = withAdvertisements('10.0.0.0/24, "2001:db8::/64"', '~', '{aggregation-length: 24, localpref: 5}');
    assert.deepEqual(onlyPool(text).bgpAdvertisements, [asIs, { ...asIs, aggregationLength: 24, localPref: 5 }]);
  });

  it('knows a community by its name before its number, and takes one under both', () => {
    const text = `${withAdvertisements('10.0.0.0/24', '{communities: ["1:2"]}', '{communities: [far, "5:6"]}')}
bgp-communities: {"1:2": 3:4, far: 5:6}`;
    const communities = onlyPool(text).bgpAdvertisements.map((each) => each.communities);
    assert.deepEqual(communities, [new Set([3 * 65_536 + 4]), new Set([5 * 65_536 + 6])]);
  });

  it('measures a prefix in the clothes of IPv6 as the IPv4 that it is, which MetalLB does not', () => {
    assert.deepEqual(problemsOf(withAdvertisements('"::ffff:10.0.0.0/104"', '{aggregation-length: 8}')), []);
  });

  it('knows communities by number and by name, which sexagesimal numbers do not spoil', () => {
    const text = `${withAdvertisements('10.0.0.0/24', '{localpref: 7, communities: [no-export, 12:30, "007:1"]}')}
bgp-communities: {no-export: 65535:65281}`;
    const [advertisement] = onlyPool(text).bgpAdvertisements;
    assert.deepEqual(advertisement?.communities, new Set([0xffff_ff01, 12 * 65_536 + 30, 7 * 65_536 + 1]));
    assert.equal(advertisement?.localPref, 7);
  });

  const at = 'address-pools.0.bgp-advertisements';
  const community = 'two numbers from 0 to 65535 as "number:number"';
  // biome-ignore format: table
  const cases: { name: string; text: string; want: readonly string[] }[] = [
    { name: 'in a layer2 pool',               text: 'address-pools: [{name: a, protocol: layer2, addresses: [10.0.0.1], bgp-advertisements: [{}]}]', want: [`${at}: want no bgp-advertisements in a layer2 pool, got a list`] },
    { name: 'that is there twice',            text: withAdvertisements('10.0.0.0/24', '{localpref: 1}', '{localpref: 1}'),     want: [`${at}.1: want an advertisement that differs from ${at}.0, got a mapping`] },
    { name: 'of more than 32 bits',           text: withAdvertisements('10.0.0.0/24', '{aggregation-length: 33}'),             want: [`${at}.0.aggregation-length: want a whole number from 0 to 32, got 33`] },
    { name: 'of more than 128 bits',          text: withAdvertisements('10.0.0.0/24', '{aggregation-length-v6: 129}'),         want: [`${at}.0.aggregation-length-v6: want a whole number from 0 to 128, got 129`] },
    { name: 'of a negative length',           text: withAdvertisements('10.0.0.0/24', '{aggregation-length: -1}'),             want: [`${at}.0.aggregation-length: want a whole number from 0 to 32, got -1`] },
    { name: 'of a negative length, also for the other family', text: withAdvertisements('2001:db8::/64', '{aggregation-length: -1}'), want: [`${at}.0.aggregation-length: want a whole number from 0 to 32, got -1`] },
    { name: 'shorter than a prefix',          text: withAdvertisements('10.0.0.0/24, 10.0.1.0/28', '{aggregation-length: 26}'), want: [`${at}.0.aggregation-length: want at least 28, the shortest prefix that fits into 10.0.1.0-10.0.1.15, got 26`] },
    { name: 'shorter than an IPv6 prefix',    text: withAdvertisements('2001:db8::/64', '{aggregation-length-v6: 63}'),        want: [`${at}.0.aggregation-length-v6: want at least 64, the shortest prefix that fits into 2001:db8::-2001:db8::ffff:ffff:ffff:ffff, got 63`] },
    { name: 'with a preference beyond 32 bits', text: withAdvertisements('10.0.0.0/24', '{localpref: 4294967296}'),            want: [`${at}.0.localpref: want a whole number from 0 to 4294967295, got 4294967296`] },
    { name: 'with a community twice',         text: withAdvertisements('10.0.0.0/24', '{communities: ["1:2", "1:2"]}'),        want: [`${at}.0.communities.1: want each community once, got "1:2"`] },
    { name: 'with an unknown community',      text: withAdvertisements('10.0.0.0/24', '{communities: [none]}'),                want: [`${at}.0.communities.0: want a name from bgp-communities, or ${community}, got "none"`] },
    { name: 'with a community out of limits', text: withAdvertisements('10.0.0.0/24', '{communities: ["65536:1"]}'),           want: [`${at}.0.communities.0: want a name from bgp-communities, or ${community}, got "65536:1"`] },
    { name: 'with a second part out of limits', text: withAdvertisements('10.0.0.0/24', '{communities: ["1:99999999"]}'),      want: [`${at}.0.communities.0: want a name from bgp-communities, or ${community}, got "1:99999999"`] },
    { name: 'with a community with a sign',   text: withAdvertisements('10.0.0.0/24', '{communities: ["+1:2"]}'),              want: [`${at}.0.communities.0: want a name from bgp-communities, or ${community}, got "+1:2"`] },
    { name: 'with a large community',         text: withAdvertisements('10.0.0.0/24', '{communities: ["1:2:3"]}'),             want: [`${at}.0.communities.0: want a name from bgp-communities, or ${community}, got "1:2:3"`] },
  ];
  for (const { name, text, want } of cases) {
    it(`is refused ${name}`, () =>
      assert.deepEqual(
        problemsOf(text),
        want.map((rest) => `line 1: ${rest}`),
      ));
  }

  it('may be shorter than the odd ends of a range', () => {
    assert.deepEqual(problemsOf(withAdvertisements('3.3.3.2-3.3.3.254', '{aggregation-length: 26}')), []);
    assert.equal(problemsOf(withAdvertisements('3.3.3.2-3.3.3.254', '{aggregation-length: 25}')).length, 1);
  });
});

describe('the name of a community', () => {
  it('stands for two numbers', () => {
    assert.deepEqual(problemsOf('bgp-communities:\n  a: 1:2\n  b: ~\n  c: 1\n  d: 1:99999999\n  e: +1:2\n'), [
      'line 3: bgp-communities.b: want two numbers from 0 to 65535 as "number:number", got ""',
      'line 4: bgp-communities.c: want two numbers from 0 to 65535 as "number:number", got "1"',
      'line 5: bgp-communities.d: want two numbers from 0 to 65535 as "number:number", got "1:99999999"',
      'line 6: bgp-communities.e: want two numbers from 0 to 65535 as "number:number", got "+1:2"',
    ]);
  });

  it('may be __proto__', () => {
    assert.deepEqual(config('bgp-communities: {__proto__: 0:7}').bgp.communities, new Map([['__proto__', 7]]));
  });
});

describe('shortestPrefixIn', () => {
  // biome-ignore format: table
  const cases = [
    { text: '10.0.0.1',            want: 32 },
    { text: '10.0.0.1-10.0.0.2',   want: 32 },
    { text: '10.0.0.2-10.0.0.3',   want: 31 },
    { text: '10.0.0.1-10.0.0.254', want: 26 },
    { text: '0.0.0.0/0',           want: 0 },
    { text: '2001:db8::/64',       want: 64 },
    { text: '::/0',                want: 0 },
  ];
  for (const { text, want } of cases) {
    it(`is ${want} for ${text}`, () => assert.equal(shortestPrefixIn(range(text)), want));
  }
});
