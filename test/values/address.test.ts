import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { bitsOf, compareAddresses, familyOf, formatAddress, isIPv6, parseAddress } from '../../src/values/address.js';
import { address, ip, ip6 } from '../support/values.js';

describe('parseAddress', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads IPv4',                            text: '192.0.2.1',           want: ip('192.0.2.1'),      again: '192.0.2.1' },
    { name: 'reads IPv6',                            text: '2001:DB8::1',         want: ip6('2001:db8::1'),   again: '2001:db8::1' },
    { name: 'reads an IPv4-mapped address as IPv4',  text: '::ffff:192.0.2.1',    want: ip('192.0.2.1'),      again: '192.0.2.1' },
    { name: 'reads the same in hexadecimal as IPv4', text: '::ffff:c000:201',     want: ip('192.0.2.1'),      again: '192.0.2.1' },
    { name: 'reads the old compatible form as IPv6', text: '::192.0.2.1',         want: ip6('::192.0.2.1'),   again: '::c000:201' },
  ];
  for (const { name, text, want, again } of cases) {
    it(name, () => assert.equal(parseAddress(text), want));
    it(`${name}, and writes it again`, () => assert.equal(formatAddress(want), again));
  }
  for (const text of ['', '192.0.2.01', '2001:db8::1%eth0', 'example.org', '192.0.2.1-192.0.2.9']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseAddress(text), undefined));
  }
});

describe('familyOf', () => {
  it('knows IPv4', () => assert.equal(familyOf(ip('192.0.2.1')), 'IPv4'));
  it('knows IPv6', () => assert.equal(familyOf(ip6('2001:db8::1')), 'IPv6'));
  it('agrees with isIPv6', () => assert.deepEqual(['192.0.2.1', '::1'].map(address).map(isIPv6), [false, true]));
  it('gives IPv4 32 bits', () => assert.equal(bitsOf('IPv4'), 32));
  it('gives IPv6 128 bits', () => assert.equal(bitsOf('IPv6'), 128));
});

describe('compareAddresses', () => {
  it('puts IPv4 before IPv6, and each in the order of its values', () => {
    const sorted = ['9.0.0.1', '10.0.0.1', '200.0.0.1', '::1', '2001:db8::9', '2001:db8::10'].map(address);
    assert.deepEqual([...sorted].reverse().sort(compareAddresses), sorted);
  });
  it('finds an address equal to itself', () => assert.equal(compareAddresses(ip('192.0.2.1'), ip('192.0.2.1')), 0));
});
