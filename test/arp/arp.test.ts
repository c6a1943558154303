import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  ARP_BYTES,
  type ArpPacket,
  announcement,
  announcementReply,
  decodeArp,
  encodeArp,
  isProbe,
  probe,
  replyTo,
  request,
} from '../../src/arp/arp.js';
import { err, ok } from '../../src/values/result.js';
import { hex, ip, mac, noiseFrom } from '../support/values.js';

// Addresses reserved for documentation: RFC 5737 (IPv4), RFC 9542 (MAC).
const SELF = mac('00:00:5e:00:53:01');
const ASKER = mac('00:00:5e:00:53:0a');
const VIP = ip('192.0.2.240');
const WHO_HAS: ArpPacket = {
  operation: 'request',
  senderMac: ASKER,
  senderIp: ip('192.0.2.1'),
  targetMac: mac('00:00:00:00:00:00'),
  targetIp: VIP,
};
const WIRE = hex(`0001 0800 06 04 0001
                  00005e00530a c0000201
                  000000000000 c00002f0`);

/** `WIRE` with the bytes at `at` replaced. */
const patched = (at: number, patch: string) => {
  const wire = WIRE.slice();
  wire.set(hex(patch), at);
  return wire;
};
/** The same bytes behind an Ethernet header: a view that does not start at its buffer's byte 0. */
const framed = Uint8Array.of(...new Uint8Array(14), ...WIRE);
const notOurs = err({ kind: 'not-ipv4-over-ethernet' });

describe('decodeArp', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads a request',               wire: WIRE,                      want: ok(WHO_HAS) },
    { name: 'reads a reply',                 wire: patched(6, '0002'),        want: ok({ ...WHO_HAS, operation: 'reply' }) },
    { name: 'reads the target MAC',          wire: patched(18, 'ffffffffffff'), want: ok({ ...WHO_HAS, targetMac: 'ff:ff:ff:ff:ff:ff' }) },
    { name: 'reads addresses above 2^31',    wire: patched(14, 'ffffffff'),   want: ok({ ...WHO_HAS, senderIp: ip('255.255.255.255') }) },
    { name: 'reads a group sender',          wire: patched(8, '0300005e5301'), want: ok({ ...WHO_HAS, senderMac: '03:00:00:5e:53:01' }) },
    { name: 'ignores frame padding',         wire: Uint8Array.of(...WIRE, 0), want: ok(WHO_HAS) },
    { name: 'reads inside a frame',          wire: framed.subarray(14),       want: ok(WHO_HAS) },
    { name: 'refuses an empty payload',      wire: hex(''),                   want: err({ kind: 'truncated', gotBytes: 0 }) },
    { name: 'refuses one byte short',        wire: WIRE.slice(0, 27),         want: err({ kind: 'truncated', gotBytes: 27 }) },
    { name: 'refuses short inside a frame',  wire: framed.subarray(14, 41),   want: err({ kind: 'truncated', gotBytes: 27 }) },
    { name: 'refuses another hardware',      wire: patched(0, '0006'),        want: notOurs },
    { name: 'refuses IPv6 inside ARP',       wire: patched(2, '86dd'),        want: notOurs },
    { name: 'refuses a false MAC length',    wire: patched(4, 'ff'),          want: notOurs },
    { name: 'refuses a false IP length',     wire: patched(5, '10'),          want: notOurs },
    { name: 'refuses operation 0',           wire: patched(6, '0000'),        want: err({ kind: 'unknown-operation', code: 0 }) },
    { name: 'refuses RARP, code 3',          wire: patched(6, '0003'),        want: err({ kind: 'unknown-operation', code: 3 }) },
    { name: 'refuses an operation of which only the low byte is known', wire: patched(6, '0101'), want: err({ kind: 'unknown-operation', code: 257 }) },
  ];
  for (const { name, wire, want } of cases) {
    it(name, () => assert.deepEqual(decodeArp(wire), want));
  }
});

describe('encodeArp', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'writes a request for an address',  packet: request(ASKER, ip('192.0.2.1'), VIP), wire: WIRE },
    { name: 'writes a probe without a sender',  packet: probe(SELF, VIP),                     wire: hex('0001080006040001 00005e005301 00000000 000000000000 c00002f0') },
    { name: 'writes an announcement',           packet: announcement(SELF, VIP),              wire: hex('0001080006040001 00005e005301 c00002f0 000000000000 c00002f0') },
    { name: 'writes an announcing reply whose target hardware address is the sender\'s',
                                                packet: announcementReply(SELF, VIP),         wire: hex('0001080006040002 00005e005301 c00002f0 00005e005301 c00002f0') },
    { name: 'writes a reply to who asked',      packet: replyTo(WHO_HAS, SELF),               wire: hex('0001080006040002 00005e005301 c00002f0 00005e00530a c0000201') },
    { name: 'writes a reply to a probe',        packet: replyTo(probe(ASKER, VIP), SELF),     wire: hex('0001080006040002 00005e005301 c00002f0 00005e00530a 00000000') },
  ];
  for (const { name, packet, wire } of cases) {
    it(name, () => assert.deepEqual(encodeArp(packet), wire));
  }
});

describe('isProbe', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'knows a probe',                       packet: probe(SELF, VIP),                                  want: true },
    { name: 'knows a question from an address',    packet: WHO_HAS,                                           want: false },
    { name: 'takes no reply for a probe',          packet: { ...probe(SELF, VIP), operation: 'reply' } as const, want: false },
  ];
  for (const { name, packet, want } of cases) {
    it(name, () => assert.equal(isProbe(packet), want));
  }
});

describe('decodeArp with encodeArp', () => {
  it('gives back every byte of 1000 random packets', () => {
    const noise = noiseFrom(826);
    for (let n = 0; n < 1000; n++) {
      const wire = Uint8Array.of(...WIRE.subarray(0, 8), ...noise(ARP_BYTES - 8));
      const decoded = decodeArp(wire);
      assert.ok(decoded.ok);
      assert.deepEqual(encodeArp(decoded.value), wire);
    }
  });

  it('never throws, whatever follows a good preamble, up to a full frame', () => {
    const noise = noiseFrom(826);
    for (let length = 0; length < 1500; length++) {
      decodeArp(Uint8Array.of(...WIRE.subarray(0, 6), ...noise(length)));
    }
  });
});
