import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  decodeEthernet,
  ETHERNET_BYTES,
  ETHERTYPE,
  type EthernetHeader,
  encodeEthernet,
  MIN_FRAME_BYTES,
} from '../../src/arp/ethernet.js';
import { BROADCAST } from '../../src/values/mac.js';
import { err, ok } from '../../src/values/result.js';
import { hex, mac, noiseFrom } from '../support/values.js';

const HEADER: EthernetHeader = {
  destination: BROADCAST,
  source: mac('00:00:5e:00:53:01'),
  etherType: ETHERTYPE.arp,
};
const WIRE = hex('ffffffffffff 00005e005301 0806');

/** The header with another type, and what follows it. */
const typed = (typeAndRest: string) => Uint8Array.of(...WIRE.subarray(0, 12), ...hex(typeAndRest));
const offset = (wire: Uint8Array) => Uint8Array.of(1, 2, 3, ...wire).subarray(3);
const typeOf = (etherType: number) => encodeEthernet({ ...HEADER, etherType }, hex('')).subarray(12, 14);
const read = (etherType: number, payload: string) => ok({ ...HEADER, etherType, payload: hex(payload) });

describe('decodeEthernet', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads ARP',                         wire: typed('0806 0001'),        want: read(0x0806, '0001') },
    { name: 'reads IPv6',                        wire: typed('86dd 60'),          want: read(0x86dd, '60') },
    { name: "reads Cairn's own",                 wire: typed('88b5 01'),          want: read(0x88b5, '01') },
    { name: 'reads a header with no payload',    wire: WIRE,                      want: read(0x0806, '') },
    { name: 'reads the least EtherType',         wire: typed('0600'),             want: read(0x0600, '') },
    { name: 'reads in the middle of a buffer',   wire: offset(typed('0806 0001')), want: read(0x0806, '0001') },
    { name: 'refuses nothing at all',            wire: hex(''),                   want: err({ kind: 'truncated', gotBytes: 0 }) },
    { name: 'refuses one byte short',            wire: WIRE.subarray(0, 13),      want: err({ kind: 'truncated', gotBytes: 13 }) },
    { name: 'refuses a customer tag',            wire: typed('8100 0064 0806'),   want: err({ kind: 'vlan-tagged', vlan: 100 }) },
    { name: 'refuses a tag that only has a priority', wire: typed('8100 e000 0806'), want: err({ kind: 'vlan-tagged', vlan: 0 }) },
    { name: 'refuses a service tag',             wire: typed('88a8 ffff 8100'),   want: err({ kind: 'vlan-tagged', vlan: 4095 }) },
    { name: 'refuses half a tag',                wire: typed('8100 0064 08'),     want: err({ kind: 'truncated', gotBytes: 17 }) },
    { name: 'refuses an 802.3 length',           wire: typed('0026 424203'),      want: err({ kind: 'length-not-type', length: 0x26 }) },
    { name: 'refuses the greatest length',       wire: typed('05ff'),             want: err({ kind: 'length-not-type', length: 0x5ff }) },
  ];
  for (const { name, wire, want } of cases) {
    it(name, () => assert.deepEqual(decodeEthernet(wire), want));
  }

  it('copies no payload', () => {
    const frame = encodeEthernet(HEADER, hex('01 02'));
    const decoded = decodeEthernet(frame);
    assert.ok(decoded.ok);
    assert.equal(decoded.value.payload.buffer, frame.buffer);
  });

  it('never throws, whatever the bytes are', () => {
    const noise = noiseFrom(894);
    for (let length = 0; length < 1500; length++) decodeEthernet(noise(length));
  });
});

describe('encodeEthernet', () => {
  it('writes ARP as 0806', () => assert.deepEqual(encodeEthernet(HEADER, hex('')).subarray(0, 14), WIRE));
  it('writes IPv6 as 86dd', () => assert.deepEqual(typeOf(ETHERTYPE.ipv6), hex('86dd')));
  it("writes Cairn's own as 88b5", () => assert.deepEqual(typeOf(ETHERTYPE.cairn), hex('88b5')));

  it('fills a short frame with zeros up to 60 bytes', () => {
    const frame = encodeEthernet(HEADER, hex('0a0b'));
    assert.deepEqual(frame, Uint8Array.of(...WIRE, 0x0a, 0x0b, ...new Uint8Array(44)));
    assert.equal(frame.length, MIN_FRAME_BYTES);
  });

  it('adds nothing to a payload of 46 bytes and more', () => {
    for (const bytes of [46, 47, 1500]) {
      assert.equal(encodeEthernet(HEADER, new Uint8Array(bytes)).length, ETHERNET_BYTES + bytes);
    }
  });

  it('writes what decodeEthernet reads, for 1000 random frames', () => {
    const noise = noiseFrom(894);
    for (let n = 0; n < 1000; n++) {
      const wire = Uint8Array.of(...noise(12), 0x88, 0xb5, ...noise(46 + n));
      const decoded = decodeEthernet(wire);
      assert.ok(decoded.ok);
      assert.deepEqual(encodeEthernet(decoded.value, decoded.value.payload), wire);
    }
  });
});
