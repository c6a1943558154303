/**
 * ARP for IPv4 over Ethernet: bytes to values and back.
 *
 * Pure. The packet socket lives in `linux/`; nothing here reads a clock or the network, and nothing decides whether an
 * answer is due.
 *
 * Sources: RFC 826 (layout, operations), RFC 5227 §1.1 (probe), §2.3 and §3 (announcement).
 * @module
 */
import { type IPv4, toIPv4 } from '../values/ipv4.js';
import { type Mac, macFrom, NO_MAC, writeMac } from '../values/mac.js';
import { err, ok, type Result } from '../values/result.js';

/** Length of the packet in bytes, after the 14-byte Ethernet header. */
export const ARP_BYTES = 28;

/** RFC 826: hardware 1 (Ethernet), protocol 0x0800 (IPv4). */
const ETHERNET_IPV4 = 0x0001_0800;
/** RFC 826: address lengths in bytes, 6 of a MAC and 4 of an IPv4 address. */
const ADDRESS_LENGTHS = 0x0604;
const CODE = { request: 1, reply: 2 } as const;

/** RFC 5227 §1.1: the all-zero sender of a probe, which nobody may learn from. */
export const NO_IPV4 = toIPv4(0);

export interface ArpPacket {
  readonly operation: keyof typeof CODE;
  /** Whatever the sender wrote; a group address too, as some clusters answer with one for an address they hold. */
  readonly senderMac: Mac;
  readonly senderIp: IPv4;
  readonly targetMac: Mac;
  readonly targetIp: IPv4;
}

/** Why bytes are not a packet we can use. Any host on the link can send each of these. */
export type ArpDefect =
  | { readonly kind: 'truncated'; readonly gotBytes: number }
  | { readonly kind: 'not-ipv4-over-ethernet' }
  | { readonly kind: 'unknown-operation'; readonly code: number };

/** Reads the first 28 bytes; what follows is Ethernet padding. Never throws. */
export function decodeArp(bytes: Uint8Array): Result<ArpPacket, ArpDefect> {
  if (bytes.length < ARP_BYTES) return err({ kind: 'truncated', gotBytes: bytes.length });
  const view = new DataView(bytes.buffer, bytes.byteOffset, ARP_BYTES);
  if (view.getUint32(0) !== ETHERNET_IPV4 || view.getUint16(4) !== ADDRESS_LENGTHS) {
    return err({ kind: 'not-ipv4-over-ethernet' });
  }
  const code = view.getUint16(6);
  if (code !== CODE.request && code !== CODE.reply) return err({ kind: 'unknown-operation', code });

  return ok({
    operation: code === CODE.request ? 'request' : 'reply',
    senderMac: macFrom(bytes, 8),
    senderIp: toIPv4(view.getUint32(14)),
    targetMac: macFrom(bytes, 18),
    targetIp: toIPv4(view.getUint32(24)),
  });
}

/** Inverse of {@link decodeArp}. Cannot fail: every `ArpPacket` has a wire form. */
export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ETHERNET_IPV4);
  view.setUint16(4, ADDRESS_LENGTHS);
  view.setUint16(6, CODE[packet.operation]);
  writeMac(packet.senderMac, bytes, 8);
  view.setUint32(14, packet.senderIp);
  writeMac(packet.targetMac, bytes, 18);
  view.setUint32(24, packet.targetIp);
  return bytes;
}

/** "Who has `targetIp`? Tell `senderIp`": what a host asks that wants to send. */
export function request(senderMac: Mac, senderIp: IPv4, targetIp: IPv4): ArpPacket {
  return { operation: 'request', senderMac, senderIp, targetMac: NO_MAC, targetIp };
}

/** "Does anybody have `ip`?", asked so that no cache learns from the question: RFC 5227 §1.1. */
export function probe(mac: Mac, ip: IPv4): ArpPacket {
  return request(mac, NO_IPV4, ip);
}

export const isProbe = (packet: ArpPacket): boolean => packet.operation === 'request' && packet.senderIp === NO_IPV4;

/** "`asked.targetIp` is at `mac`", to whoever asked; its operation is taken to be a request. */
export function replyTo(asked: ArpPacket, mac: Mac): ArpPacket {
  return {
    operation: 'reply',
    senderMac: mac,
    senderIp: asked.targetIp,
    targetMac: asked.senderMac,
    targetIp: asked.senderIp,
  };
}

/** "This address is mine now": a request for `ip`, from `ip`, so neighbours update their caches: RFC 5227 §3. */
export function announcement(mac: Mac, ip: IPv4): ArpPacket {
  return request(mac, ip, ip);
}

/**
 * The same as a reply, for neighbours that learn from replies alone. The target hardware address is the sender's: with
 * ff or 0 there Linux ignores the packet within a second of the entry's last change (`locktime`).
 */
export function announcementReply(mac: Mac, ip: IPv4): ArpPacket {
  return { operation: 'reply', senderMac: mac, senderIp: ip, targetMac: mac, targetIp: ip };
}
