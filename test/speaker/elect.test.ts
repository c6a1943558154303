import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { outranks, prevails, rankOf, weightOf } from '../../src/speaker/elect.js';
import { toIPv4 } from '../../src/values/ipv4.js';
import { ip, ip6, node } from '../support/values.js';

const VIP = ip('192.0.2.240');
const NODES = ['a', 'b', 'c', 'd', 'e'].map(node);
const others = (self: string) => new Set(NODES.filter((name) => name !== self));

describe('rankOf', () => {
  it('gives each node another rank, and all of them the same order', () => {
    for (let n = 0; n < 500; n++) {
      const ranks = NODES.map((name) => rankOf(name, others(name), toIPv4(n)));
      assert.deepEqual(ranks.toSorted(), [0, 1, 2, 3, 4]);
    }
  });

  it('makes every node first for about its share of the addresses', () => {
    const firsts = NODES.map((name) => Array.from({ length: 5_000 }, (_, n) => rankOf(name, others(name), toIPv4(n))));
    for (const ranks of firsts) {
      const share = ranks.filter((rank) => rank === 0).length / ranks.length;
      assert.ok(share > 0.17 && share < 0.23, `${share}`);
    }
  });

  it('takes no notice of the node itself among the others', () => {
    assert.equal(rankOf(node('a'), new Set(NODES), VIP), rankOf(node('a'), others('a'), VIP));
  });

  it('makes a node that is alone the first', () => assert.equal(rankOf(node('a'), new Set(), VIP), 0));
});

describe('weightOf', () => {
  it('differs from address to address, of either family', () => {
    const weights = new Set(Array.from({ length: 1_000 }, (_, n) => weightOf(node('a'), toIPv4(n))));
    assert.equal(weights.size, 1_000);
    assert.notEqual(weightOf(node('a'), ip6('2001:db8::1')), weightOf(node('a'), ip6('2001:db8::2')));
    assert.notEqual(weightOf(node('a'), ip6('2001:db8::1')), weightOf(node('a'), ip6('2001:db9::1')));
  });

  // Speakers of different versions on one segment have to agree: a change here is a change of the protocol.
  it('stays what it is', () => {
    assert.deepEqual([weightOf(node('a'), VIP), weightOf(node('node-1'), VIP)], [1850615199, 4192753753]);
  });
});

describe('prevails', () => {
  const [first, second] = outranks(node('a'), node('b'), VIP) ? ['a', 'b'] : ['b', 'a'];
  const bid = (name = '', term = 1) => ({ node: node(name), term });
  // biome-ignore format: table
  const cases = [
    { name: 'lets the higher term stay',                       one: bid(second, 2), other: bid(first, 1), want: true },
    { name: 'lets the lower term go',                          one: bid(first, 1), other: bid(second, 2), want: false },
    { name: 'lets the first in order stay in one term',        one: bid(first),    other: bid(second),    want: true },
    { name: 'lets the second in order go in one term',         one: bid(second),   other: bid(first),     want: false },
    { name: 'never lets a claim prevail over itself',          one: bid(first),    other: bid(first),     want: false },
  ];
  for (const { name, one, other, want } of cases) {
    it(name, () => assert.equal(prevails(one, other, VIP), want));
  }
});
