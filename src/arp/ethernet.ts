/**
 * Ethernet II headers: bytes to values and back.
 *
 * Pure. The payload of a decoded frame is a view of the frame, never a copy: who keeps it longer than the receive
 * buffer lives has to copy it.
 *
 * Sources: RFC 894 (encapsulation, padding), IEEE 802.3 §3.2.6 (type or length), IEEE 802.1Q §9.6 (tag).
 * @module
 */
import { type Mac, macFrom, writeMac } from '../values/mac.js';
import { err, ok, type Result } from '../values/result.js';

/** Destination, source and EtherType. */
export const ETHERNET_BYTES = 14;

/** RFC 894: a frame carries at least 46 bytes of payload. Without the 4-byte check sequence, which the card adds. */
export const MIN_FRAME_BYTES = ETHERNET_BYTES + 46;

/** IANA "IEEE 802 Numbers"; 0x88b5 is IEEE 802's first EtherType for local experiments, and Cairn's own. */
export const ETHERTYPE = { arp: 0x0806, ipv6: 0x86dd, cairn: 0x88b5 } as const;

/** IEEE 802.3 §3.2.6: a smaller number is the length of an 802.2 frame, such as a spanning-tree one. */
const MIN_ETHERTYPE = 0x0600;
/** IEEE 802.1Q §9.5, table 9-1: customer tag and service tag. */
const TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8]);
const TAG_BYTES = 4;

export interface EthernetHeader {
  readonly destination: Mac;
  readonly source: Mac;
  readonly etherType: number;
}

export interface EthernetFrame extends EthernetHeader {
  /** What follows the header, padding included: a view of the frame. */
  readonly payload: Uint8Array;
}

/** Why bytes are not a frame we can use. */
export type EthernetDefect =
  | { readonly kind: 'truncated'; readonly gotBytes: number }
  /** Belongs to another network that shares the wire. */
  | { readonly kind: 'vlan-tagged'; readonly vlan: number }
  | { readonly kind: 'length-not-type'; readonly length: number };

/** Reads the header. Never throws. */
export function decodeEthernet(frame: Uint8Array): Result<EthernetFrame, EthernetDefect> {
  if (frame.length < ETHERNET_BYTES) return err({ kind: 'truncated', gotBytes: frame.length });
  const etherType = uint16(frame, 12);
  if (TAGS.has(etherType)) {
    if (frame.length < ETHERNET_BYTES + TAG_BYTES) return err({ kind: 'truncated', gotBytes: frame.length });
    return err({ kind: 'vlan-tagged', vlan: uint16(frame, 14) & 0x0fff });
  }
  if (etherType < MIN_ETHERTYPE) return err({ kind: 'length-not-type', length: etherType });
  return ok({
    destination: macFrom(frame, 0),
    source: macFrom(frame, 6),
    etherType,
    payload: frame.subarray(ETHERNET_BYTES),
  });
}

/** A whole frame, filled with zeros up to {@link MIN_FRAME_BYTES} so that no card sends what its buffer held before. */
export function encodeEthernet(header: EthernetHeader, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(Math.max(ETHERNET_BYTES + payload.length, MIN_FRAME_BYTES));
  writeMac(header.destination, frame, 0);
  writeMac(header.source, frame, 6);
  frame[12] = header.etherType >>> 8;
  frame[13] = header.etherType;
  frame.set(payload, ETHERNET_BYTES);
  return frame;
}

const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
