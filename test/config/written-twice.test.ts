/**
 * What MetalLB v0.12 takes for the same peer or advertisement written twice, and refuses: peers are compared as they are
 * understood, advertisements as they are written.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { onlyPool, problemsOf } from '../support/config.js';

const PEER = 'my-asn: 64512, peer-asn: 64513, peer-address: 192.0.2.1';
const peers = (...rests: readonly string[]) =>
  `peers:\n${rests.map((rest) => `- {${PEER}${rest === '' ? '' : `, ${rest}`}}\n`).join('')}`;
const advertised = (advertisements: string) =>
  `address-pools: [{name: a, protocol: bgp, addresses: [10.0.0.0/24], bgp-advertisements: [${advertisements}]}]`;
const AD = 'address-pools.0.bgp-advertisements';

describe('a peer that is written twice for MetalLB', () => {
  const twice = 'peers.1: want a peer that differs from peers.0, got a mapping';
  const selecting = (selector: string) => `node-selectors: [${selector}]`;
  const AB = '{match-labels: {a: x, b: y}}';
  const IN = (values: string) => selecting(`{match-expressions: [{key: a, operator: In, values: [${values}]}]}`);
  const TWO_KEYS = ['{key: a, operator: Exists}', '{key: b, operator: Exists}'];
  const ONE_KEY = ['{key: a, operator: Exists}', '{key: a, operator: NotIn, values: [x]}'];
  const expressions = (each: readonly string[]) => selecting(`{match-expressions: [${each.join(', ')}]}`);
  // biome-ignore format: table
  const cases: { name: string; one: string; other: string; same: boolean }[] = [
    { name: 'no selectors and an empty one',            one: '',                               other: selecting('{}'),                        same: true },
    { name: 'no selectors and none in a list',          one: '',                               other: selecting(''),                          same: true },
    { name: 'an empty selector and one that is null',   one: selecting('{}'),                  other: selecting('~'),                         same: true },
    { name: 'an empty selector and one of nothing',     one: selecting('{}'),                  other: selecting('{match-labels: {}, match-expressions: []}'), same: true },
    { name: 'one empty selector and two',               one: selecting('{}'),                  other: selecting('{}, {}'),                    same: false },
    { name: 'labels in another order',                  one: selecting(AB),                    other: selecting('{match-labels: {b: y, a: x}}'), same: true },
    { name: 'expressions in another order',             one: expressions(TWO_KEYS),            other: expressions(TWO_KEYS.toReversed()),     same: true },
    { name: 'expressions of one key in another order',  one: expressions(ONE_KEY),             other: expressions(ONE_KEY.toReversed()),      same: false },
    { name: 'a label and an expression that says it',   one: selecting('{match-labels: {a: x}}'), other: IN('x'),                             same: false },
    { name: 'values in another order',                  one: IN('x, y'),                       other: IN('y, x'),                             same: false },
    { name: 'selectors in another order',               one: selecting(`${AB}, {}`),           other: selecting(`{}, ${AB}`),                 same: false },
    { name: 'an address and its IPv6 form',             one: 'source-address: 10.0.0.1',       other: 'source-address: "::ffff:10.0.0.1"',    same: true },
    { name: 'one hold time in two units',               one: 'hold-time: 120s',                other: 'hold-time: 2m',                        same: true },
    { name: 'another password',                         one: '',                               other: 'password: x',                          same: false },
  ];
  for (const { name, one, other, same } of cases) {
    it(`${same ? 'is refused' : 'is two peers'}: ${name}`, () =>
      assert.deepEqual(problemsOf(peers(one, other)), same ? [`line 3: ${twice}`] : []));
  }
});

describe('an advertisement that is written twice for MetalLB', () => {
  const twice = `line 1: ${AD}.1: want an advertisement that differs from ${AD}.0, got a mapping`;
  // biome-ignore format: table
  const cases: { name: string; advertisements: string; same: boolean }[] = [
    { name: 'nothing and nothing',                  advertisements: '{}, {}',                                                 same: true },
    { name: 'nothing and a null',                   advertisements: '{}, ~',                                                  same: true },
    { name: 'a null value and none',                advertisements: '{localpref: ~}, {}',                                     same: true },
    { name: 'keys in another order',                advertisements: '{localpref: 1, aggregation-length: 30}, {aggregation-length: 30, localpref: 1}', same: true },
    { name: 'one number in two notations',          advertisements: '{localpref: 16}, {localpref: 0x10}',                     same: true },
    { name: 'a default that is written in one',     advertisements: '{}, {aggregation-length: 32}',                           same: false },
    { name: 'a default for IPv6',                   advertisements: '{}, {aggregation-length-v6: 128}',                       same: false },
    { name: 'a preference of 0',                    advertisements: '{}, {localpref: 0}',                                     same: false },
    { name: 'an empty list of communities',         advertisements: '{localpref: 1}, {localpref: 1, communities: []}',        same: false },
    { name: 'communities in another order',         advertisements: '{communities: ["1:2", "3:4"]}, {communities: ["3:4", "1:2"]}', same: false },
  ];
  for (const { name, advertisements, same } of cases) {
    it(`${same ? 'is refused' : 'is two'}: ${name}`, () =>
      assert.deepEqual(problemsOf(advertised(advertisements)), same ? [twice] : []));
  }

  it('is not one of two of which one has a value that is wrong', () => {
    assert.deepEqual(problemsOf(advertised('{localpref: -1}, {}')), [
      `line 1: ${AD}.0.localpref: want a whole number from 0 to 4294967295, got -1`,
    ]);
  });

  it('is two that mean the same, where they are spelt differently', () => {
    const [one, other] = onlyPool(
      advertised('~, {aggregation-length: 32, aggregation-length-v6: 128}'),
    ).bgpAdvertisements;
    assert.deepEqual(one, other);
  });
});
