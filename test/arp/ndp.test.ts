import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { icmpv6Checksum } from '../../src/arp/checksum.js';
import {
  type Advertisement,
  advertisement,
  advertisementTo,
  decodeNdp,
  duplicateAddressDetection,
  encodeNdp,
  groupMac,
  type NdpMessage,
  type Solicitation,
  solicitation,
  solicitedNodeGroup,
} from '../../src/arp/ndp.js';
import { err, ok } from '../../src/values/result.js';
import { chanceFrom, hex, ip6, mac, noiseFrom } from '../support/values.js';

// Addresses reserved for documentation: RFC 3849 (IPv6), RFC 9542 (MAC).
const ASKER = mac('00:00:5e:00:53:01');
const HOLDER = mac('00:00:5e:00:53:02');
const TARGET = ip6('2001:db8::f0');

// What a Linux 6 host sent on a virtual cable, from its IPv6 header on.
const WHO_HAS_WIRE = hex(`60000000 0020 3a ff
  20010db8000000000000000000000001 ff0200000000000000000001ff0000f0
  87 00 6b4a 00000000 20010db80000000000000000000000f0 01 01 00005e005301`);
const IS_AT_WIRE = hex(`60000000 0020 3a ff
  20010db80000000000000000000000f0 20010db8000000000000000000000001
  88 00 d994 60000000 20010db80000000000000000000000f0 02 01 00005e005302`);
/** Duplicate address detection with the nonce option of RFC 7527. */
const DAD_WIRE = hex(`60000000 0020 3a ff
  00000000000000000000000000000000 ff0200000000000000000001ff0000f0
  87 00 f981 00000000 20010db80000000000000000000000f0 0e 01 20a39fcf8311`);

const WHO_HAS: Solicitation = {
  kind: 'solicitation',
  source: ip6('2001:db8::1'),
  destination: ip6('ff02::1:ff00:f0'),
  target: TARGET,
  sourceLink: ASKER,
};
const IS_AT: Advertisement = {
  kind: 'advertisement',
  source: TARGET,
  destination: ip6('2001:db8::1'),
  target: TARGET,
  router: false,
  solicited: true,
  override: true,
  targetLink: HOLDER,
};
const DAD: Solicitation = { ...WHO_HAS, source: ip6('::'), sourceLink: undefined };

type Patches = Record<number, string>;

/** `wire` with bytes replaced and its checksum put right again, so that one defect is tested at a time. */
function patched(wire: Uint8Array, patches: Patches): Uint8Array {
  const copy = wire.slice();
  for (const [at, patch] of Object.entries(patches)) copy.set(hex(patch), Number(at));
  return summed(copy);
}
function summed(packet: Uint8Array): Uint8Array {
  packet.set([0, 0], 42);
  new DataView(packet.buffer).setUint16(42, icmpv6Checksum(packet));
  return packet;
}
/** `wire` up to its options, then these. */
function withOptions(wire: Uint8Array, options: string): Uint8Array {
  const packet = Uint8Array.of(...wire.subarray(0, 64), ...hex(options));
  packet[5] = packet.length - 40;
  return summed(packet);
}
const offset = (wire: Uint8Array) => Uint8Array.of(...new Uint8Array(14), ...wire).subarray(14);
const truncated = (gotBytes: number) => err({ kind: 'truncated', gotBytes });
const unknownType = (type: number) => err({ kind: 'unknown-type', type });

describe('decodeNdp', () => {
  // biome-ignore format: table
  const cases = [
    { name: "reads a Linux host's solicitation",          wire: WHO_HAS_WIRE, want: ok(WHO_HAS) },
    { name: "reads a Linux host's advertisement",         wire: IS_AT_WIRE,   want: ok(IS_AT) },
    { name: "reads a Linux host's duplicate detection",   wire: DAD_WIRE,     want: ok(DAD) },
    { name: 'ignores frame padding',                      wire: Uint8Array.of(...WHO_HAS_WIRE, 1, 2), want: ok(WHO_HAS) },
    { name: 'reads inside a frame',                       wire: offset(IS_AT_WIRE),                   want: ok(IS_AT) },
    { name: 'ignores traffic class and flow label',       wire: patched(WHO_HAS_WIRE, { 0: '6fffffff' }), want: ok(WHO_HAS) },
    { name: 'ignores the reserved bits of an answer',     wire: patched(IS_AT_WIRE, { 44: '7fffffff' }),  want: ok(IS_AT) },
    { name: 'reads the router flag',                      wire: patched(IS_AT_WIRE, { 44: '80' }), want: ok({ ...IS_AT, router: true, solicited: false, override: false }) },
    { name: 'reads the solicited flag',                   wire: patched(IS_AT_WIRE, { 44: '40' }), want: ok({ ...IS_AT, override: false }) },
    { name: 'reads the override flag',                    wire: patched(IS_AT_WIRE, { 44: '20' }), want: ok({ ...IS_AT, solicited: false }) },
    { name: 'reads no option at all',                     wire: withOptions(WHO_HAS_WIRE, ''),     want: ok({ ...WHO_HAS, sourceLink: undefined }) },
    { name: 'takes no target option for a source',        wire: patched(WHO_HAS_WIRE, { 64: '02' }), want: ok({ ...WHO_HAS, sourceLink: undefined }) },
    { name: 'takes no source option for a target',        wire: patched(IS_AT_WIRE, { 64: '01' }),   want: ok({ ...IS_AT, targetLink: undefined }) },
    { name: 'skips an unknown option of two units',       wire: withOptions(WHO_HAS_WIRE, 'fd02 0000000000000000000000000000 0101 00005e005301'), want: ok(WHO_HAS) },
    { name: 'skips a link address of another length',     wire: withOptions(WHO_HAS_WIRE, '0102 0000000000000000000000000000'), want: ok({ ...WHO_HAS, sourceLink: undefined }) },
    { name: 'takes the first of two link addresses',      wire: withOptions(WHO_HAS_WIRE, '0101 00005e005301 0101 00005e0053ff'), want: ok(WHO_HAS) },
    { name: 'refuses nothing at all',                     wire: hex(''),                      want: truncated(0) },
    { name: 'refuses half an IPv6 header',                wire: WHO_HAS_WIRE.slice(0, 39),    want: truncated(39) },
    { name: 'refuses an IPv6 header alone',               wire: WHO_HAS_WIRE.slice(0, 40),    want: truncated(40) },
    { name: 'refuses less than its length says',          wire: WHO_HAS_WIRE.slice(0, 71),    want: truncated(71) },
    { name: 'refuses less than that inside a frame',      wire: offset(WHO_HAS_WIRE).subarray(0, 71), want: truncated(71) },
    { name: 'refuses a payload too short for a target',   wire: patched(WHO_HAS_WIRE, { 4: '0017' }), want: truncated(63) },
    { name: 'refuses IPv4',                               wire: patched(WHO_HAS_WIRE, { 0: '45' }),   want: err({ kind: 'not-ipv6', version: 4 }) },
    { name: 'refuses UDP',                                wire: patched(WHO_HAS_WIRE, { 6: '11' }),   want: err({ kind: 'not-icmpv6', nextHeader: 17 }) },
    { name: 'refuses a fragment',                         wire: patched(WHO_HAS_WIRE, { 6: '2c' }),   want: err({ kind: 'not-icmpv6', nextHeader: 44 }) },
    { name: 'refuses what a router forwarded',            wire: patched(WHO_HAS_WIRE, { 7: 'fe' }),   want: err({ kind: 'forwarded', hopLimit: 254 }) },
    { name: 'refuses a router solicitation',              wire: patched(WHO_HAS_WIRE, { 40: '85' }),  want: unknownType(133) },
    { name: 'refuses a redirect',                         wire: patched(WHO_HAS_WIRE, { 40: '89' }),  want: unknownType(137) },
    { name: 'refuses another code',                       wire: patched(WHO_HAS_WIRE, { 41: '01' }),  want: err({ kind: 'unknown-code', code: 1 }) },
    { name: 'refuses a multicast target',                 wire: patched(WHO_HAS_WIRE, { 48: 'ff02' }), want: err({ kind: 'multicast-target' }) },
    { name: 'refuses an option of length zero',           wire: patched(WHO_HAS_WIRE, { 65: '00' }),   want: err({ kind: 'zero-length-option' }) },
    { name: 'refuses a length of zero after a good one',  wire: withOptions(WHO_HAS_WIRE, '0101 00005e005301 0100 000000000000'), want: err({ kind: 'zero-length-option' }) },
    { name: 'refuses an option past the end',             wire: patched(WHO_HAS_WIRE, { 65: '02' }),   want: err({ kind: 'option-overrun' }) },
    { name: 'refuses an option without a length',         wire: withOptions(WHO_HAS_WIRE, '01'),       want: err({ kind: 'option-overrun' }) },
    { name: 'refuses a duplicate detection with a link address', wire: patched(DAD_WIRE, { 64: '01' }), want: err({ kind: 'unspecified-source' }) },
    { name: 'refuses a duplicate detection to all nodes', wire: patched(DAD_WIRE, { 24: 'ff020000000000000000000000000001' }), want: err({ kind: 'unspecified-source' }) },
    { name: 'refuses a solicited answer to all nodes',    wire: patched(IS_AT_WIRE, { 24: 'ff020000000000000000000000000001' }), want: err({ kind: 'solicited-multicast' }) },
  ];
  for (const { name, wire, want } of cases) {
    it(name, () => assert.deepEqual(decodeNdp(wire), want));
  }

  it('refuses a change of any bit that the checksum covers', () => {
    for (let at = 8; at < WHO_HAS_WIRE.length; at++) {
      // The type and the code are looked at first, and have their own reasons.
      if (at === 40 || at === 41) continue;
      for (let bit = 0; bit < 8; bit++) {
        const wire = WHO_HAS_WIRE.slice();
        wire[at] = (wire[at] as number) ^ (1 << bit);
        assert.deepEqual(decodeNdp(wire), err({ kind: 'bad-checksum' }), `byte ${at}, bit ${bit}`);
      }
    }
  });
});

describe('encodeNdp', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'writes the solicitation of a Linux host', message: solicitation(ASKER, ip6('2001:db8::1'), TARGET), wire: WHO_HAS_WIRE },
    { name: 'writes the answer of a Linux host',       message: advertisementTo(WHO_HAS, HOLDER),                wire: IS_AT_WIRE },
    { name: 'writes a duplicate address detection',    message: duplicateAddressDetection(TARGET),               wire: withOptions(DAD_WIRE, '') },
    { name: 'writes an unasked advertisement',         message: advertisement(HOLDER, TARGET),                   wire: patched(IS_AT_WIRE, { 24: 'ff020000000000000000000000000001', 44: '20' }) },
    { name: 'defends an address before everybody',     message: advertisementTo(DAD, HOLDER),                    wire: patched(IS_AT_WIRE, { 24: 'ff020000000000000000000000000001', 44: '20' }) },
    { name: 'writes the router flag',                  message: { ...IS_AT, router: true },                      wire: patched(IS_AT_WIRE, { 44: 'e0' }) },
  ];
  for (const { name, message, wire } of cases) {
    it(name, () => assert.deepEqual(encodeNdp(message), wire));
  }
});

describe('solicitedNodeGroup', () => {
  // biome-ignore format: table
  const cases = [
    { name: "gives RFC 4291's example",  ip: '4037::01:800:200e:8c6c', group: 'ff02::1:ff0e:8c6c', groupAt: '33:33:ff:0e:8c:6c' },
    { name: 'keeps the highest of 24 bits', ip: '2001:db8::ff80:0',    group: 'ff02::1:ff80:0',    groupAt: '33:33:ff:80:00:00' },
    { name: 'takes nothing above them',  ip: 'ffff:ffff:ffff:ffff:ffff:ffff:ff00:1', group: 'ff02::1:ff00:1', groupAt: '33:33:ff:00:00:01' },
  ];
  for (const { name, ip, group, groupAt } of cases) {
    it(name, () => assert.deepEqual(solicitedNodeGroup(ip6(ip)), ip6(group)));
    it(`${name}, as a MAC address`, () => assert.equal(groupMac(ip6(group)), mac(groupAt)));
  }
  it('has a MAC address for all nodes', () => assert.equal(groupMac(ip6('ff02::1')), mac('33:33:00:00:00:01')));
});

describe('decodeNdp with encodeNdp', () => {
  it('gives back 1000 random messages', () => {
    const noise = noiseFrom(4861);
    const chance = chanceFrom(4861);
    for (let n = 0; n < 1000; n++) {
      const message = randomMessage(noise, chance);
      assert.deepEqual(decodeNdp(encodeNdp(message)), ok(message));
    }
  });
});

function randomMessage(noise: (length: number) => Uint8Array, chance: () => number): NdpMessage {
  const unicast = () => ip6(Array.from(noise(8), (byte) => `20${byte.toString(16).padStart(2, '0')}`).join(':'));
  const link =
    chance() < 0.5 ? undefined : mac(Array.from(noise(6), (byte) => byte.toString(16).padStart(2, '0')).join(':'));
  const ends = { source: unicast(), destination: unicast(), target: unicast() };
  if (chance() < 0.5) return { kind: 'solicitation', ...ends, sourceLink: link };
  const flags = { router: chance() < 0.5, solicited: chance() < 0.5, override: chance() < 0.5 };
  return { kind: 'advertisement', ...ends, ...flags, targetLink: link };
}
