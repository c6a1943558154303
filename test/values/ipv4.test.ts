import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatIPv4, parseIPv4, toIPv4 } from '../../src/values/ipv4.js';
import { chanceFrom } from '../support/values.js';

describe('parseIPv4', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads an address',                     text: '192.0.2.240',     want: 0xc00002f0 },
    { name: 'reads the least',                      text: '0.0.0.0',         want: 0 },
    { name: 'reads the greatest as unsigned',       text: '255.255.255.255', want: 0xffffffff },
    { name: 'refuses nothing at all',               text: '',                want: undefined },
    { name: 'refuses three octets',                 text: '192.0.2',         want: undefined },
    { name: 'refuses five octets',                  text: '192.0.2.1.1',     want: undefined },
    { name: 'refuses one number',                   text: '3221226224',      want: undefined },
    { name: 'refuses an octet above 255',           text: '192.0.2.256',     want: undefined },
    { name: 'refuses an octet of four digits',      text: '192.0.2.1000',    want: undefined },
    { name: 'refuses an octal octet',               text: '010.0.0.1',       want: undefined },
    { name: 'refuses two zeros',                    text: '192.0.2.00',      want: undefined },
    { name: 'refuses a hexadecimal octet',          text: '0xc0.0.2.1',      want: undefined },
    { name: 'refuses an empty octet',               text: '192..2.1',        want: undefined },
    { name: 'refuses a dot at the end',             text: '192.0.2.1.',      want: undefined },
    { name: 'refuses a negative octet',             text: '192.0.2.-1',      want: undefined },
    { name: 'refuses a plus sign',                  text: '192.0.2.+1',      want: undefined },
    { name: 'refuses an exponent',                  text: '192.0.2.1e1',     want: undefined },
    { name: 'refuses a space before',               text: ' 192.0.2.1',      want: undefined },
    { name: 'refuses a line end after',             text: '192.0.2.1\n',     want: undefined },
    { name: 'refuses digits of another script',     text: '192.0.2.١',       want: undefined },
    { name: 'refuses a prefix',                     text: '192.0.2.0/24',    want: undefined },
    { name: 'refuses IPv6',                         text: '2001:db8::1',     want: undefined },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(parseIPv4(text), want));
  }
});

describe('formatIPv4 with parseIPv4', () => {
  it('gives back 1000 random addresses', () => {
    const chance = chanceFrom(4632);
    for (let n = 0; n < 1000; n++) {
      const ip = toIPv4(Math.floor(chance() * 2 ** 32));
      assert.equal(parseIPv4(formatIPv4(ip)), ip);
    }
  });
  it('writes octets from the highest', () => assert.equal(formatIPv4(toIPv4(0xfe0a0b0c)), '254.10.11.12'));
});

describe('toIPv4', () => {
  for (const value of [0, 2 ** 32 - 1]) {
    it(`takes ${value}`, () => assert.equal(toIPv4(value), value));
  }
  for (const value of [-1, 2 ** 32, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`throws on ${value}`, () => assert.throws(() => toIPv4(value), RangeError));
  }
});
