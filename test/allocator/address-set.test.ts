import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { AddressSet } from '../../src/allocator/address-set.js';
import type { Address } from '../../src/values/address.js';
import { toIPv4 } from '../../src/values/ipv4.js';
import { toIPv6 } from '../../src/values/ipv6.js';
import { address } from '../support/values.js';

const setOf = (...texts: readonly string[]): AddressSet => {
  const set = new AddressSet();
  for (const text of texts) set.add(address(text));
  return set;
};

describe('AddressSet', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'begins at the address itself when nothing is there', held: [],                                       from: '192.0.2.7', gap: '192.0.2.7', member: undefined },
    { name: 'steps over a lonely address',                        held: ['192.0.2.7'],                            from: '192.0.2.7', gap: '192.0.2.8', member: '192.0.2.7' },
    { name: 'steps over a whole run',                             held: ['192.0.2.7', '192.0.2.9', '192.0.2.8'],  from: '192.0.2.7', gap: '192.0.2.10', member: '192.0.2.7' },
    { name: 'stops at the hole between two runs',                 held: ['192.0.2.7', '192.0.2.9'],               from: '192.0.2.7', gap: '192.0.2.8', member: '192.0.2.7' },
    { name: 'does not see what lies below',                       held: ['192.0.2.1'],                            from: '192.0.2.7', gap: '192.0.2.7', member: undefined },
    { name: 'crosses an octet',                                   held: ['192.0.2.255'],                          from: '192.0.2.255', gap: '192.0.3.0', member: '192.0.2.255' },
    { name: 'finds a member further up',                          held: ['192.0.2.9'],                            from: '192.0.2.7', gap: '192.0.2.7', member: '192.0.2.9' },
    { name: 'crosses from one 48-bit block of IPv6 to the next', held: ['2001:db8::ffff:ffff:ffff'],                 from: '2001:db8::ffff:ffff:ffff', gap: '2001:db8:0:0:1::', member: '2001:db8::ffff:ffff:ffff' },
    { name: 'crosses into a block that begins with a run',  held: ['2001:db8::ffff:ffff:ffff', '2001:db8:0:0:1::'], from: '2001:db8::ffff:ffff:ffff', gap: '2001:db8:0:0:1::1', member: '2001:db8::ffff:ffff:ffff' },
    { name: 'finds a member some blocks up',                held: ['2001:db8:1::'],                                 from: '2001:db8::1', gap: '2001:db8::1', member: '2001:db8:1::' },
    { name: 'begins in a block below all that is held',     held: ['2001:db8:1::'],                                 from: '::', gap: '::', member: '2001:db8:1::' },
    { name: 'counts in IPv6 as well',                             held: ['2001:db8::', '2001:db8::1'],            from: '2001:db8::', gap: '2001:db8::2', member: '2001:db8::' },
  ];
  for (const { name, held, from, gap, member } of cases) {
    it(name, () => {
      const set = setOf(...held);
      assert.equal(set.firstGap(address(from)), address(gap));
      assert.equal(set.firstMember(address(from)), member === undefined ? undefined : address(member));
    });
  }

  it('splits a run when a middle address leaves it', () => {
    const set = setOf('192.0.2.1', '192.0.2.2', '192.0.2.3');
    set.delete(address('192.0.2.2'));
    assert.deepEqual(
      ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((text) => set.has(address(text))),
      [true, false, true],
    );
  });

  it('gives no gap past the last address of the family', () => {
    const last = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
    assert.equal(setOf(last).firstGap(address(last)), undefined);
    assert.equal(setOf('255.255.255.255').firstGap(address('255.255.255.255')), undefined);
  });

  // Small numbers crowd into runs; the stride of 2 keeps them apart, so that chunks split.
  const steps = fc.array(fc.record({ add: fc.boolean(), at: fc.nat({ max: 1_500 }) }), { maxLength: 2_000 });
  const kinds: readonly { readonly name: string; readonly make: (n: number) => Address }[] = [
    { name: 'crowded IPv4', make: (n) => toIPv4(0xc000_0200 + (n % 60)) },
    { name: 'lonely IPv4', make: (n) => toIPv4(0xc000_0200 + 2 * n) },
    { name: 'lonely IPv6', make: (n) => toIPv6((0x2001_0db8n << 96n) + 2n * BigInt(n)) },
  ];
  for (const { name, make } of kinds) {
    it(`agrees with a plain set after any steps: ${name}`, () => {
      fc.assert(
        fc.property(steps, (all) => {
          const set = new AddressSet();
          const plain = new Set<Address>();
          for (const { add, at } of all) {
            if (add) {
              set.add(make(at));
              plain.add(make(at));
            } else {
              set.delete(make(at));
              plain.delete(make(at));
            }
          }
          for (let n = 0; n <= 1_500; n += 7) assert.equal(set.has(make(n)), plain.has(make(n)));
          const sorted = [...plain].sort((a, b) => (a < b ? -1 : 1));
          const from = make(20);
          assert.equal(
            set.firstMember(from),
            sorted.find((each) => each >= from),
          );
          const gap = set.firstGap(from);
          assert.equal(gap !== undefined && plain.has(gap), false);
        }),
        { seed: 3, numRuns: 60 },
      );
    });
  }
});
