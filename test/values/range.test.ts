import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatAddress } from '../../src/values/address.js';
import {
  familyOfRange,
  formatPrefix,
  formatRange,
  offset,
  parsePrefix,
  parseRange,
  prefixHolds,
  prefixOf,
  rangeHolds,
  rangesOverlap,
  sizeOf,
  withoutMapped,
} from '../../src/values/range.js';
import { err } from '../../src/values/result.js';
import { address, chanceFrom, prefix, range } from '../support/values.js';

const notAnAddress = (text: string) => err({ kind: 'not-an-address', text });
const badLength = (text: string, maxBits = 32) => err({ kind: 'bad-length', text, maxBits });
const mixed = err({ kind: 'mixed-families' });
const reversed = err({ kind: 'reversed' });

describe('withoutMapped', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'leaves IPv4 alone',                     text: '0.0.0.0/0',                       want: ['0.0.0.0-255.255.255.255'] },
    { name: 'leaves IPv6 beside them alone',         text: '2001:db8::/64',                   want: ['2001:db8::-2001:db8::ffff:ffff:ffff:ffff'] },
    { name: 'leaves what ends right before alone',   text: '::1-::fffe:ffff:ffff',            want: ['::1-::fffe:ffff:ffff'] },
    { name: 'leaves what begins right behind alone', text: '::1:0:0:0-::1:0:0:9',             want: ['::1:0:0:0-::1:0:0:9'] },
    { name: 'cuts them out of the middle',           text: '::fffe:ffff:ffff-::1:0:0:1',      want: ['::fffe:ffff:ffff', '::1:0:0:0-::1:0:0:1'] },
  ] as const;
  for (const { name, text, want } of cases) {
    it(name, () => assert.deepEqual(withoutMapped(range(text)).map(formatRange), want));
  }
});

describe('parseRange', () => {
  // biome-ignore format: table
  const reads = [
    { name: 'reads first and last',               text: '192.0.2.240-192.0.2.250',     want: ['192.0.2.240', '192.0.2.250', 11n] },
    { name: 'reads them around spaces',           text: ' 192.0.2.240  -  192.0.2.250 ', want: ['192.0.2.240', '192.0.2.250', 11n] },
    { name: 'reads a range of one',               text: '192.0.2.7-192.0.2.7',         want: ['192.0.2.7', '192.0.2.7', 1n] },
    { name: 'reads a bare address',               text: '192.0.2.7',                   want: ['192.0.2.7', '192.0.2.7', 1n] },
    { name: 'reads a bare IPv6 address',          text: '2001:db8::7',                 want: ['2001:db8::7', '2001:db8::7', 1n] },
    { name: 'reads a prefix',                     text: '192.0.2.0/24',                want: ['192.0.2.0', '192.0.2.255', 256n] },
    { name: 'reads a prefix with host bits',      text: '192.0.2.77/28',               want: ['192.0.2.64', '192.0.2.79', 16n] },
    { name: 'reads a prefix of one address',      text: '192.0.2.7/32',                want: ['192.0.2.7', '192.0.2.7', 1n] },
    { name: 'reads the prefix of all addresses',  text: '0.0.0.0/0',                   want: ['0.0.0.0', '255.255.255.255', 2n ** 32n] },
    { name: 'reads an IPv6 prefix',               text: '2001:db8:0:1::ff/120',        want: ['2001:db8:0:1::', '2001:db8:0:1::ff', 256n] },
    { name: 'reads a /64',                        text: '2001:db8::/64',               want: ['2001:db8::', '2001:db8::ffff:ffff:ffff:ffff', 2n ** 64n] },
    { name: 'reads all of IPv6',                  text: '::/0',                        want: ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 2n ** 128n] },
    { name: 'reads an IPv4-mapped end as IPv4',   text: '192.0.2.1-::ffff:192.0.2.9',  want: ['192.0.2.1', '192.0.2.9', 9n] },
    { name: 'reads an IPv4-mapped prefix as IPv4', text: '::ffff:192.0.2.0/120',       want: ['192.0.2.0', '192.0.2.255', 256n] },
  ] as const;
  for (const { name, text, want } of reads) {
    it(name, () => {
      const read = range(text);
      assert.deepEqual([formatAddress(read.first), formatAddress(read.last), sizeOf(read)], want);
    });
  }

  // biome-ignore format: table
  const refusals = [
    { name: 'refuses nothing at all',                  text: '',                             want: notAnAddress('') },
    { name: 'refuses a name',                          text: 'example',                      want: notAnAddress('example') },
    { name: 'refuses an octal first',                  text: '010.0.0.1-10.0.0.9',           want: notAnAddress('010.0.0.1') },
    { name: 'refuses a last that is no address',       text: '10.0.0.1-10.0.0.300',          want: notAnAddress('10.0.0.300') },
    { name: 'refuses a last octet alone',              text: '10.0.0.1-9',                   want: notAnAddress('9') },
    { name: 'refuses a missing last',                  text: '10.0.0.1-',                    want: notAnAddress('') },
    { name: 'refuses a missing first',                 text: '-10.0.0.1',                    want: notAnAddress('') },
    { name: 'refuses three ends',                      text: '10.0.0.1-10.0.0.2-10.0.0.3',   want: notAnAddress('10.0.0.2-10.0.0.3') },
    { name: 'refuses prefixes as ends',                text: '10.0.0.0/24-10.0.1.0/24',      want: notAnAddress('10.0.0.0/24') },
    { name: 'refuses a zone',                          text: 'fe80::1%eth0',                 want: notAnAddress('fe80::1%eth0') },
    { name: 'refuses spaces around a prefix',          text: ' 192.0.2.0/24',                want: notAnAddress(' 192.0.2.0') },
    { name: 'refuses spaces around a bare address',    text: '192.0.2.1 ',                   want: notAnAddress('192.0.2.1 ') },
    { name: 'refuses a range across families',         text: '10.0.0.1-2001:db8::1',         want: mixed },
    { name: 'refuses the same the other way around',   text: '2001:db8::1-10.0.0.1',         want: mixed },
    { name: 'refuses a range that runs backwards',     text: '10.0.0.9-10.0.0.1',            want: reversed },
    { name: 'refuses to compare addresses as text',    text: '10.0.0.10-10.0.0.9',           want: reversed },
    { name: 'refuses an IPv6 range backwards',         text: '2001:db8::10-2001:db8::9',     want: reversed },
    { name: 'refuses a prefix of 33 bits',             text: '10.0.0.0/33',                  want: badLength('33') },
    { name: 'refuses an IPv6 prefix of 129 bits',      text: '2001:db8::/129',               want: badLength('129', 128) },
    { name: 'refuses a missing length',                text: '10.0.0.0/',                    want: badLength('') },
    { name: 'refuses a length with a leading zero',    text: '10.0.0.0/08',                  want: badLength('08') },
    { name: 'refuses a netmask',                       text: '10.0.0.0/255.0.0.0',           want: badLength('255.0.0.0') },
    { name: 'refuses a length in hexadecimal',         text: '10.0.0.0/0x8',                 want: badLength('0x8') },
    { name: 'refuses two lengths',                     text: '10.0.0.0/8/9',                 want: badLength('8/9') },
    { name: 'refuses an IPv4-mapped prefix that is wider than IPv4', text: '::ffff:10.0.0.0/95', want: badLength('95') },
  ];
  for (const { name, text, want } of refusals) {
    it(name, () => assert.deepEqual(parseRange(text), want));
  }
});

describe('parsePrefix', () => {
  it('refuses an address without a length', () => assert.deepEqual(parsePrefix('10.0.0.0'), badLength('')));
  it('clears host bits', () => assert.equal(formatPrefix(prefix('10.1.2.3/8')), '10.0.0.0/8'));
  it('keeps the highest bit', () => assert.equal(formatPrefix(prefix('203.0.113.255/1')), '128.0.0.0/1'));
  it('clears all bits of a length of zero', () => assert.equal(formatPrefix(prefix('203.0.113.255/0')), '0.0.0.0/0'));
  it('writes IPv6', () => assert.equal(formatPrefix(prefix('2001:db8::1/33')), '2001:db8::/33'));
});

describe('prefixHolds', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'holds its first address',      prefix: '192.0.2.64/28',  address: '192.0.2.64',   want: true },
    { name: 'holds its last address',       prefix: '192.0.2.64/28',  address: '192.0.2.79',   want: true },
    { name: 'lacks the one before',         prefix: '192.0.2.64/28',  address: '192.0.2.63',   want: false },
    { name: 'lacks the one after',          prefix: '192.0.2.64/28',  address: '192.0.2.80',   want: false },
    { name: 'holds everything at length 0', prefix: '0.0.0.0/0',      address: '203.0.113.1',  want: true },
    { name: 'holds one at full length',     prefix: '192.0.2.1/32',   address: '192.0.2.1',    want: true },
    { name: 'lacks others at full length',  prefix: '192.0.2.1/32',   address: '192.0.2.0',    want: false },
    { name: 'holds IPv6',                   prefix: '2001:db8::/64',  address: '2001:db8::9',  want: true },
    { name: 'lacks another /64',            prefix: '2001:db8::/64',  address: '2001:db8:0:1::', want: false },
    { name: 'lacks the other family',       prefix: '0.0.0.0/0',      address: '::1',          want: false },
  ];
  for (const row of cases) {
    it(row.name, () => assert.equal(prefixHolds(prefix(row.prefix), address(row.address)), row.want));
  }

  it('agrees with the range of the prefix, for 1000 random ones', () => {
    const chance = chanceFrom(4291);
    for (let n = 0; n < 1000; n++) {
      const length = Math.floor(chance() * 33);
      const near = offset(address('128.0.0.0'), BigInt(Math.floor((chance() - 0.5) * 2 ** (chance() * 31))));
      const one = prefixOf(near, length);
      const other = offset(address('128.0.0.0'), BigInt(Math.floor((chance() - 0.5) * 2 ** (chance() * 31))));
      assert.equal(prefixHolds(one, other), rangeHolds(range(formatPrefix(one)), other), formatPrefix(one));
    }
  });
});

describe('rangeHolds', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'holds the first',         range: '10.0.0.9-10.0.0.11', address: '10.0.0.9',  want: true },
    { name: 'holds the last',          range: '10.0.0.9-10.0.0.11', address: '10.0.0.11', want: true },
    { name: 'lacks the one before',    range: '10.0.0.9-10.0.0.11', address: '10.0.0.8',  want: false },
    { name: 'lacks the one after',     range: '10.0.0.9-10.0.0.11', address: '10.0.0.12', want: false },
    { name: 'lacks an IPv6 address of the same value', range: '0.0.0.0-255.255.255.255', address: '::1', want: false },
    { name: 'lacks an IPv4 address of the same value', range: '::/64',                   address: '0.0.0.1', want: false },
  ];
  for (const row of cases) {
    it(row.name, () => assert.equal(rangeHolds(range(row.range), address(row.address)), row.want));
  }
});

describe('rangesOverlap', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'finds two that touch in one address',  a: '10.0.0.1-10.0.0.5', b: '10.0.0.5-10.0.0.9', want: true },
    { name: 'finds none between neighbours',        a: '10.0.0.1-10.0.0.4', b: '10.0.0.5-10.0.0.9', want: false },
    { name: 'finds one inside another',             a: '10.0.0.0/8',        b: '10.1.0.0/16',       want: true },
    { name: 'finds a range in itself',              a: '2001:db8::/64',     b: '2001:db8::/64',     want: true },
    { name: 'finds none across families',           a: '0.0.0.0/0',         b: '::/0',              want: false },
  ];
  for (const { name, a, b, want } of cases) {
    it(name, () => assert.equal(rangesOverlap(range(a), range(b)), want));
    it(`${name}, the other way around`, () => assert.equal(rangesOverlap(range(b), range(a)), want));
  }
});

describe('formatRange', () => {
  for (const text of ['192.0.2.1', '192.0.2.1-192.0.2.9', '2001:db8::1-2001:db8::f']) {
    it(`gives back ${text}`, () => assert.equal(formatRange(range(text)), text));
  }
});

describe('offset', () => {
  it('walks on', () => assert.equal(offset(address('10.0.0.255'), 1n), address('10.0.1.0')));
  it('walks on in IPv6', () => assert.equal(offset(address('2001:db8::ffff'), 1n), address('2001:db8::1:0')));
  it('throws past the last IPv4 address', () =>
    assert.throws(() => offset(address('255.255.255.255'), 1n), RangeError));
  it('throws past the last IPv6 address', () => assert.throws(() => offset(range('::/0').last, 1n), RangeError));
});

describe('familyOfRange', () => {
  it('is IPv4 for addresses of IPv4', () => assert.equal(familyOfRange(range('10.0.0.0/8')), 'IPv4'));
  it('is IPv6 for addresses of IPv6', () => assert.equal(familyOfRange(range('::/8')), 'IPv6'));
});
