/**
 * The Internet checksum, and the one of ICMPv6 with its pseudo-header.
 *
 * Pure. Reads a packet where it lies: nothing is copied, no pseudo-header is built.
 *
 * Sources: RFC 1071 (the sum), RFC 8200 §8.1 (pseudo-header), RFC 4443 §2.3 (what ICMPv6 covers).
 * @module
 */

/** RFC 8200 §3: an IPv6 header without extension headers. */
const IPV6_HEADER_BYTES = 40;
/** RFC 8200 §3: source and destination lie together at the header's end. */
const IPV6_ADDRESSES_AT = 8;
/** RFC 4443 §1. */
const ICMPV6 = 58;

/** The one's complement sum of big-endian 16-bit words; an odd last byte counts as the high one. */
export function onesComplementSum(bytes: Uint8Array, from: number, to: number, start: number): number {
  let sum = start;
  const even = to - ((to - from) & 1);
  for (let at = from; at < even; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  if (even < to) sum += (bytes[even] as number) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/**
 * The checksum of an IPv6 packet whose header is followed directly by ICMPv6, up to the array's end.
 *
 * With zeros in the checksum field this is the value to put there. Over a packet whose checksum is right it is 0, and
 * over any other it is not: one function serves both directions.
 */
export function icmpv6Checksum(packet: Uint8Array): number {
  const pseudo = packet.length - IPV6_HEADER_BYTES + ICMPV6;
  const addresses = onesComplementSum(packet, IPV6_ADDRESSES_AT, IPV6_HEADER_BYTES, pseudo);
  return ~onesComplementSum(packet, IPV6_HEADER_BYTES, packet.length, addresses) & 0xffff;
}
