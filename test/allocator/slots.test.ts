import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Pools } from '../../src/allocator/pools.js';
import { nextSlot, slotIn } from '../../src/allocator/slots.js';
import { type Address, type Family, formatAddress } from '../../src/values/address.js';
import { offset } from '../../src/values/range.js';
import { config } from '../support/config.js';
import { address } from '../support/values.js';

const poolsOf = (...each: readonly string[]): Pools =>
  new Pools(
    config(
      `address-pools: [${each.map((list, at) => `{name: p${at}, protocol: layer2, addresses: [${list}]}`).join(', ')}]`,
    ).pools,
  );

/** All addresses of a pool, slot by slot. */
function walked(pools: Pools, at: number, family: Family): string {
  const pool = pools.all[at] ?? assert.fail();
  const stretch = pools.slots.stretch(pool, family);
  if (stretch === undefined) return 'none';
  const found: string[] = [];
  for (let slot = stretch.first; ; slot = nextSlot(slot)) {
    const each = pools.slots.addressAt(slot);
    const part = pools.slots.partOf(each);
    assert.ok(part?.pool === pool && slotIn(part, each) === slot, formatAddress(each));
    found.push(formatAddress(each));
    if (slot === stretch.last) return found.join(' ');
  }
}

describe('slots', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; pools: Pools; family?: Family; want: readonly string[] }[] = [
    { name: 'one range',                              pools: poolsOf('192.0.2.1-192.0.2.2'),                           want: ['192.0.2.1 192.0.2.2'] },
    { name: 'ranges in the order written',            pools: poolsOf('192.0.2.8, 192.0.2.1-192.0.2.2, 192.0.2.4/31'),  want: ['192.0.2.8 192.0.2.1 192.0.2.2 192.0.2.4 192.0.2.5'] },
    { name: 'pools that lie between each other',      pools: poolsOf('192.0.2.1, 192.0.2.3', '192.0.2.2, 192.0.2.0'),  want: ['192.0.2.1 192.0.2.3', '192.0.2.2 192.0.2.0'] },
    { name: 'the last address before others',         pools: poolsOf('255.255.255.255, 192.0.2.1', '0.0.0.0'),         want: ['255.255.255.255 192.0.2.1', '0.0.0.0'] },
    { name: 'both families',                          pools: poolsOf('192.0.2.1, "2001:db8::1"', '"2001:db8::"'),      want: ['192.0.2.1', 'none'] },
    { name: 'IPv6 in the order written',              pools: poolsOf('192.0.2.1, "2001:db8::1"', '"2001:db8::"'),      family: 'IPv6', want: ['2001:db8::1', '2001:db8::'] },
    { name: 'the last IPv6 address before others',    pools: poolsOf('"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1"'), family: 'IPv6', want: ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ::1'] },
  ];
  for (const { name, pools, family = 'IPv4', want } of cases) {
    it(`are neighbours for ${name}`, () =>
      assert.deepEqual(
        pools.all.map((_, at) => walked(pools, at, family)),
        want,
      ));
  }

  it('are there for the whole of both families', () => {
    const all = poolsOf('0.0.0.0/1, 128.0.0.0/1', '"8000::/1", "::/1"');
    for (const each of ['0.0.0.0', '255.255.255.255', '8000::', '7fff::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']) {
      const part = all.slots.partOf(address(each)) ?? assert.fail(each);
      assert.equal(formatAddress(all.slots.addressAt(slotIn(part, address(each)))), each);
    }
  });

  it('tell addresses of pools from all others, and have no two for one', () => {
    // In each /27 a range of its first half, the ranges in any order, those before the cut another pool's.
    const ranges = fc.uniqueArray(fc.tuple(fc.nat(15), fc.nat(15), fc.nat(15)), { selector: ([block]) => block });
    const base = address('192.0.2.0');
    fc.assert(
      fc.property(ranges, fc.nat(15), (some, cut) => {
        const ends = some.map(([block, a, b]): readonly [Address, Address] => [
          offset(base, BigInt(32 * block + Math.min(a, b))),
          offset(base, BigInt(32 * block + Math.max(a, b))),
        ]);
        const texts = ends.map((each) => each.map(formatAddress).join('-'));
        const lists = [texts.slice(0, cut), texts.slice(cut)].filter((list) => list.length > 0);
        const pools = poolsOf(...lists.map((list) => list.join(', ')));
        const listed = lists.map((_, at) => walked(pools, at, 'IPv4').split(' '));
        const inPools = new Set(listed.flat());
        assert.equal(inPools.size, listed.flat().length);
        for (let n = 0n; n < 512n; n++) {
          const each = offset(base, n);
          const isIn = ends.some(([first, last]) => first <= each && each <= last);
          assert.equal(pools.slots.partOf(each) !== undefined, isIn);
          assert.equal(inPools.has(formatAddress(each)), isIn);
        }
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
