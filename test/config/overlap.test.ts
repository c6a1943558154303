import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { findOverlaps, holderOf, type Placed } from '../../src/config/overlap.js';
import type { Address } from '../../src/values/address.js';
import { toIPv4 } from '../../src/values/ipv4.js';
import { toIPv6 } from '../../src/values/ipv6.js';
import { type Range, rangeHolds, rangesOverlap } from '../../src/values/range.js';
import { address, range } from '../support/values.js';

const SEED = 4632;

const placed = (texts: readonly string[]): readonly Placed<number>[] =>
  texts.map((text, place) => ({ range: range(text), place }));
const pairs = (ranges: readonly Placed<number>[]) =>
  findOverlaps(ranges).map(({ first, second }) => [first.place, second.place]);

describe('findOverlaps', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'finds none in none',                       ranges: [],                                                    want: [] },
    { name: 'leaves neighbours alone',                  ranges: ['10.0.0.0/25', '10.0.0.128/25', '10.0.1.0'],          want: [] },
    { name: 'finds one shared address',                 ranges: ['10.0.0.1-10.0.0.5', '10.0.0.5-10.0.0.9'],            want: [[0, 1]] },
    { name: 'finds a range inside another',             ranges: ['10.0.0.7', '10.0.0.0/24'],                           want: [[0, 1]] },
    { name: 'finds the same range twice',               ranges: ['10.0.0.0/24', '10.0.0.0-10.0.0.255'],                want: [[0, 1]] },
    { name: 'finds what reaches over one in between',   ranges: ['10.0.0.0/16', '10.0.1.0/24', '10.0.2.0/24'],         want: [[0, 1], [0, 2]] },
    { name: 'never mixes families',                     ranges: ['0.0.0.0/0', '::/0'],                                 want: [] },
    { name: 'finds IPv6 overlaps after IPv4 ranges',    ranges: ['255.255.255.255', '2001:db8::/64', '2001:db8::1'],   want: [[1, 2]] },
  ];
  for (const { name, ranges, want } of cases) {
    it(name, () => assert.deepEqual(pairs(placed(ranges)), want));
  }

  it('names every range that overlaps another, and only those', () => {
    fc.assert(
      fc.property(fc.array(someRange(), { maxLength: 12 }), (ranges) => {
        const all = ranges.map((range, place) => ({ range, place }));
        const clashes = (a: Placed<number>) => all.some((b) => a !== b && rangesOverlap(a.range, b.range));
        const named = new Set(findOverlaps(all).flatMap(({ first, second }) => [first, second]));
        assert.deepEqual(
          all.filter((one) => named.has(one)),
          all.filter(clashes),
        );
        for (const { first, second } of findOverlaps(all)) assert.ok(first.place < second.place);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it('takes no time in the size of ranges, and little in their number', () => {
    const many = Array.from({ length: 50_000 }, (_, at) => ({
      range: { first: toIPv4(at * 4), last: toIPv4(at * 4 + 3) },
      place: at,
    }));
    assert.deepEqual(findOverlaps([...many, { range: range('2001:db8::/32'), place: -1 }]), []);
  });
});

describe('holderOf', () => {
  it('says what asking each range says', () => {
    fc.assert(
      fc.property(fc.array(someRange(), { maxLength: 10 }), someAddress(), (ranges, wanted) => {
        assert.equal(
          holderOf(ranges)(wanted),
          ranges.some((each) => rangeHolds(each, wanted)),
        );
      }),
      { seed: SEED, numRuns: 3_000 },
    );
  });

  it('finds an address in a large range below smaller ones', () => {
    const holds = holderOf([range('10.0.0.0/8'), range('10.1.0.0/24')]);
    assert.equal(holds(address('10.200.0.1')), true);
    assert.equal(holds(address('11.0.0.0')), false);
  });
});

/** A narrow space, so that ranges meet. */
function someAddress(): fc.Arbitrary<Address> {
  return fc.tuple(fc.boolean(), fc.nat(40)).map(([v6, value]) => (v6 ? toIPv6(BigInt(value)) : toIPv4(value)));
}

function someRange(): fc.Arbitrary<Range> {
  return fc.tuple(fc.boolean(), fc.nat(40), fc.nat(10)).map(([v6, start, size]) => {
    const at = (value: number): Address => (v6 ? toIPv6(BigInt(value)) : toIPv4(value));
    return { first: at(start), last: at(start + size) };
  });
}
