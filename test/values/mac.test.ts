import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { BROADCAST, isGroup, macBytes, macFrom, NO_MAC, parseMac, writeMac } from '../../src/values/mac.js';
import { hex, mac, noiseFrom } from '../support/values.js';

describe('parseMac', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads six pairs',              text: '00:00:5e:00:53:01',    want: '00:00:5e:00:53:01' },
    { name: 'reads capitals as lower case', text: '00:00:5E:00:53:AF',    want: '00:00:5e:00:53:af' },
    { name: 'refuses nothing at all',       text: '',                     want: undefined },
    { name: 'refuses dashes',               text: '00-00-5e-00-53-01',    want: undefined },
    { name: 'refuses dots',                 text: '0000.5e00.5301',       want: undefined },
    { name: 'refuses single digits',        text: '0:0:5e:0:53:1',        want: undefined },
    { name: 'refuses five pairs',           text: '00:00:5e:00:53',       want: undefined },
    { name: 'refuses seven pairs',          text: '00:00:5e:00:53:01:02', want: undefined },
    { name: 'refuses another letter',       text: '00:00:5g:00:53:01',    want: undefined },
    { name: 'refuses a line end after',     text: '00:00:5e:00:53:01\n',  want: undefined },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(parseMac(text), want));
  }
});

describe('macFrom', () => {
  it('reads six bytes from the start', () => assert.equal(macFrom(hex('00005e0053af ff')), '00:00:5e:00:53:af'));
  it('reads six bytes further on', () => assert.equal(macFrom(hex('ffff 0a0b5e0053af'), 2), '0a:0b:5e:00:53:af'));
  it('throws on a buffer that is one byte short', () => assert.throws(() => macFrom(hex('0000 5e00'), 0), RangeError));
  it('throws past the end', () => assert.throws(() => macFrom(hex('00005e0053af'), 1), RangeError));
});

describe('writeMac', () => {
  it('writes at its place and nowhere else', () => {
    const bytes = hex('1111 222222222222 33');
    writeMac(mac('00:9a:5e:f0:53:0f'), bytes, 2);
    assert.deepEqual(bytes, hex('1111 009a5ef0530f 33'));
  });
  it('throws where there is no room', () => assert.throws(() => writeMac(BROADCAST, new Uint8Array(7), 2), RangeError));
  it('gives back 1000 random addresses', () => {
    const noise = noiseFrom(9542);
    for (let n = 0; n < 1000; n++) {
      const bytes = noise(6);
      assert.deepEqual(macBytes(macFrom(bytes)), bytes);
    }
  });
});

describe('isGroup', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'knows broadcast',                    mac: BROADCAST,                want: true },
    { name: 'knows IPv6 multicast',               mac: mac('33:33:00:00:00:01'), want: true },
    { name: 'knows a locally administered group', mac: mac('03:00:00:00:00:00'), want: true },
    { name: 'knows a letter as the second digit', mac: mac('0b:00:00:00:00:00'), want: true },
    { name: 'takes a host for no group',          mac: mac('00:00:5e:00:53:01'), want: false },
    { name: 'looks at no other byte',             mac: mac('02:01:01:01:01:01'), want: false },
    { name: 'takes the local bit for no group',   mac: mac('fa:00:00:00:00:00'), want: false },
    { name: 'takes the unknown address for none', mac: NO_MAC,                   want: false },
  ];
  for (const { name, mac, want } of cases) {
    it(name, () => assert.equal(isGroup(mac), want));
  }
});
