import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { encodeArp, request } from '../../src/arp/arp.js';
import { ETHERTYPE, encodeEthernet } from '../../src/arp/ethernet.js';
import { ARP_FILTER, assemble, BEAT_FILTER, encodeProgram } from '../../src/linux/bpf.js';
import { BROADCAST } from '../../src/values/mac.js';
import { hex, ip, mac } from '../support/values.js';
import { runFilter } from './bpf-machine.js';

const FROM = mac('00:00:5e:00:53:01');
const header = (etherType: number) => ({ destination: BROADCAST, source: FROM, etherType });
const ARP = encodeEthernet(header(ETHERTYPE.arp), encodeArp(request(FROM, ip('192.0.2.1'), ip('192.0.2.240'))));
const BEAT = encodeEthernet(header(ETHERTYPE.cairn), new Uint8Array(100));
const IPV6 = encodeEthernet(header(ETHERTYPE.ipv6), new Uint8Array(64));
const PACKET = { toUs: 0, broadcast: 1, multicast: 2, toOther: 3, outgoing: 4, loopback: 5 };

const patched = (bytes: Uint8Array, at: number, patch: string) => {
  const copy = bytes.slice();
  copy.set(hex(patch), at);
  return copy;
};

describe('the filters', () => {
  const plain = { packetType: PACKET.broadcast, vlanTag: undefined };
  const both = { arp: true, beat: true };
  const none = { arp: false, beat: false };
  // biome-ignore format: table
  const wires = [
    { name: 'a broadcast',                        wire: plain,                                        want: both },
    { name: 'a frame to this host',               wire: { ...plain, packetType: PACKET.toUs },        want: both },
    { name: 'a multicast',                        wire: { ...plain, packetType: PACKET.multicast },   want: both },
    { name: 'a frame to another host',            wire: { ...plain, packetType: PACKET.toOther },     want: none },
    { name: 'our own frame on its way out',       wire: { ...plain, packetType: PACKET.outgoing },    want: none },
    { name: 'a looped-back frame',                wire: { ...plain, packetType: PACKET.loopback },    want: none },
    { name: 'a frame of a VLAN',                  wire: { ...plain, vlanTag: 5 },                     want: none },
    { name: 'a frame of a VLAN, with a priority', wire: { ...plain, vlanTag: 0xe005 },                want: none },
    { name: 'a frame with a priority only',       wire: { ...plain, vlanTag: 0xe000 },                want: both },
  ];
  for (const { name, wire, want } of wires) {
    it(`${want.arp ? 'pass' : 'refuse'} ${name}`, () => {
      assert.equal(runFilter(ARP_FILTER, { frame: ARP, ...wire }) > 0, want.arp);
      assert.equal(runFilter(BEAT_FILTER, { frame: BEAT, ...wire }) > 0, want.beat);
    });
  }

  // biome-ignore format: table
  const frames = [
    { name: 'an ARP request',                    frame: ARP,                        want: { arp: true, beat: false } },
    { name: 'an ARP reply',                      frame: patched(ARP, 20, '0002'),   want: { arp: true, beat: false } },
    { name: 'a speaker\'s frame',                frame: BEAT,                       want: { arp: false, beat: true } },
    { name: 'an IPv6 packet',                    frame: IPV6,                       want: none },
    { name: 'ARP operation 0',                   frame: patched(ARP, 20, '0000'),   want: none },
    { name: 'a reverse ARP request',             frame: patched(ARP, 20, '0003'),   want: none },
    { name: 'ARP for another link layer',        frame: patched(ARP, 14, '0006'),   want: none },
    { name: 'ARP for another network protocol',  frame: patched(ARP, 16, '0806'),   want: none },
    { name: 'ARP with long hardware addresses',  frame: patched(ARP, 18, '08'),     want: none },
    { name: 'ARP with short protocol addresses', frame: patched(ARP, 19, '02'),     want: none },
    { name: 'ARP that ends before its operation', frame: ARP.subarray(0, 21),       want: none },
    { name: 'a frame without an EtherType',      frame: ARP.subarray(0, 13),        want: none },
  ];
  for (const { name, frame, want } of frames) {
    it(`tell ${name} from the rest`, () => {
      assert.equal(runFilter(ARP_FILTER, { frame, ...plain }) > 0, want.arp, 'ARP');
      assert.equal(runFilter(BEAT_FILTER, { frame, ...plain }) > 0, want.beat, 'beats');
    });
  }

  it('give the whole of a long frame', () => {
    const frame = encodeEthernet(header(ETHERTYPE.cairn), new Uint8Array(8_986));
    assert.ok(runFilter(BEAT_FILTER, { frame, ...plain }) >= frame.length);
  });
});

describe('assemble', () => {
  it('jumps to the rejection from wherever a test fails', () => {
    const program = assemble([
      { do: 'load', size: 'loadHalf', at: 12 },
      { do: 'want-equal', value: 0x0806 },
      { do: 'want-at-least', value: 1 },
    ]);
    assert.deepEqual(program, [
      { code: 0x28, jumpTrue: 0, jumpFalse: 0, k: 12 },
      { code: 0x15, jumpTrue: 0, jumpFalse: 2, k: 0x0806 },
      { code: 0x35, jumpTrue: 0, jumpFalse: 1, k: 1 },
      { code: 0x06, jumpTrue: 0, jumpFalse: 0, k: 0xffff },
      { code: 0x06, jumpTrue: 0, jumpFalse: 0, k: 0 },
    ]);
  });
});

describe('encodeProgram', () => {
  it('writes struct sock_filter', () => {
    const program = [{ code: 0x15, jumpTrue: 1, jumpFalse: 2, k: 0xffff_f004 }];
    assert.deepEqual(new Uint8Array(encodeProgram(program)), hex('1500 01 02 04f0ffff'));
  });
});
