import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatIPv6, mappedIPv4, parseIPv6, toIPv6 } from '../../src/values/ipv6.js';
import { chanceFrom, ip, ip6 } from '../support/values.js';

describe('parseIPv6', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads eight groups',                  text: '2001:db8:1:2:3:4:5:6',      want: 0x20010db8_00010002_00030004_00050006n },
    { name: 'reads capitals and leading zeros',    text: '2001:0DB8::00F0',           want: 0x20010db8_00000000_00000000_000000f0n },
    { name: 'reads the unspecified address',       text: '::',                        want: 0n },
    { name: 'reads the loopback address',          text: '::1',                       want: 1n },
    { name: 'reads a gap at the end',              text: 'ff02::',                    want: 0xff02n << 112n },
    { name: 'reads a gap of one group',            text: '1:2:3::5:6:7:8',            want: 0x00010002_00030000_00050006_00070008n },
    { name: 'reads the greatest',                  text: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', want: (1n << 128n) - 1n },
    { name: 'reads a dotted quad at the end',      text: '64:ff9b::192.0.2.1',        want: 0x0064ff9b_00000000_00000000_c0000201n },
    { name: 'reads a dotted quad after six groups', text: '0:0:0:0:0:ffff:192.0.2.1', want: 0xffff_c0000201n },
    { name: 'refuses nothing at all',              text: '',                          want: undefined },
    { name: 'refuses one colon',                   text: ':',                         want: undefined },
    { name: 'refuses three colons',                text: ':::',                       want: undefined },
    { name: 'refuses two gaps',                    text: '2001::db8::1',              want: undefined },
    { name: 'refuses a gap of no group',           text: '1:2:3:4::5:6:7:8',          want: undefined },
    { name: 'refuses a gap beside eight groups',   text: '::1:2:3:4:5:6:7:8',         want: undefined },
    { name: 'refuses seven groups',                text: '1:2:3:4:5:6:7',             want: undefined },
    { name: 'refuses nine groups',                 text: '1:2:3:4:5:6:7:8:9',         want: undefined },
    { name: 'refuses a colon before',              text: ':1:2:3:4:5:6:7',            want: undefined },
    { name: 'refuses a colon after',               text: '1:2:3:4:5:6:7:',            want: undefined },
    { name: 'refuses five digits',                 text: '2001:db8::12345',           want: undefined },
    { name: 'refuses other letters',               text: '2001:db8::g',               want: undefined },
    { name: 'refuses a zone',                      text: 'fe80::1%eth0',              want: undefined },
    { name: 'refuses brackets',                    text: '[2001:db8::1]',             want: undefined },
    { name: 'refuses a prefix',                    text: '2001:db8::/32',             want: undefined },
    { name: 'refuses a space after',               text: '2001:db8::1 ',              want: undefined },
    { name: 'refuses a dotted quad in the middle', text: '::192.0.2.1:1',             want: undefined },
    { name: 'refuses a dotted quad before a gap',  text: '192.0.2.1::',               want: undefined },
    { name: 'refuses a dotted quad with an octal', text: '::ffff:192.0.2.01',         want: undefined },
    { name: 'refuses a dotted quad that is one group too many', text: '1:2:3:4:5:6:7:192.0.2.1', want: undefined },
    { name: 'refuses IPv4',                        text: '192.0.2.1',                 want: undefined },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(parseIPv6(text), want));
  }
});

describe('formatIPv6', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'leaves out leading zeros (RFC 5952 §4.1)',               text: '2001:0db8::0001',                want: '2001:db8::1' },
    { name: 'shortens as much as it can (§4.2.1)',                    text: '2001:db8:0:0:0:0:2:1',           want: '2001:db8::2:1' },
    { name: 'shortens no single group (§4.2.2)',                      text: '2001:db8::1:1:1:1:1',            want: '2001:db8:0:1:1:1:1:1' },
    { name: 'shortens the longest run (§4.2.3)',                      text: '2001:0:0:1:0:0:0:1',             want: '2001:0:0:1::1' },
    { name: 'shortens the first of two runs (§4.2.3)',                text: '2001:db8:0:0:1:0:0:1',           want: '2001:db8::1:0:0:1' },
    { name: 'writes lower case (§4.3)',                               text: '2001:DB8::ABCD:EF',              want: '2001:db8::abcd:ef' },
    { name: 'keeps the dotted quad of an IPv4-mapped address (§5)',   text: '::ffff:c000:201',                want: '::ffff:192.0.2.1' },
    { name: 'writes no dotted quad for other prefixes',               text: '64:ff9b::192.0.2.1',             want: '64:ff9b::c000:201' },
    { name: 'writes the unspecified address',                         text: '0:0:0:0:0:0:0:0',                want: '::' },
    { name: 'writes a run at the start',                              text: '0:0:0:0:0:0:0:1',                want: '::1' },
    { name: 'writes a run at the end',                                text: 'ff02:1:0:0:0:0:0:0',             want: 'ff02:1::' },
    { name: 'writes eight groups',                                    text: '1:2:3:4:5:6:7:8',                want: '1:2:3:4:5:6:7:8' },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(formatIPv6(ip6(text)), want));
  }

  it('writes what parseIPv6 reads, for 1000 random addresses with many zeros', () => {
    const chance = chanceFrom(5952);
    const group = () => (chance() < 0.6 ? 0n : BigInt(Math.floor(chance() * 0x1_0000)));
    for (let n = 0; n < 1000; n++) {
      const address = toIPv6(Array.from({ length: 8 }, group).reduce((value, bits) => (value << 16n) | bits, 0n));
      assert.equal(parseIPv6(formatIPv6(address)), address);
    }
  });
});

describe('mappedIPv4', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'finds the address in ::ffff:0:0/96',     text: '::ffff:192.0.2.1',   want: ip('192.0.2.1') },
    { name: 'finds none in the old compatible form',  text: '::192.0.2.1',        want: undefined },
    { name: 'finds none behind other bits',           text: '1::ffff:192.0.2.1',  want: undefined },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(mappedIPv4(ip6(text)), want));
  }
});

describe('toIPv6', () => {
  for (const value of [0n, (1n << 128n) - 1n]) {
    it(`takes ${value}`, () => assert.equal(toIPv6(value), value));
  }
  for (const value of [-1n, 1n << 128n]) {
    it(`throws on ${value}`, () => assert.throws(() => toIPv6(value), RangeError));
  }
});
