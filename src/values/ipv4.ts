/**
 * IPv4 addresses as unsigned 32-bit numbers.
 *
 * Pure. Parsing is strict on purpose: `010.0.0.1` is octal to some programs and decimal to others, so it is neither
 * here, and an address that two readers could take for two hosts never enters the program.
 *
 * Source: RFC 6943 §3.1.1 (why the loose forms are dangerous), RFC 4632 §3.1 (dotted-decimal notation).
 * @module
 */
declare const brand: unique symbol;

/** An unsigned 32-bit number in host order: `===`, `<` and Map keys compare addresses. */
export type IPv4 = number & { readonly [brand]: 'IPv4' };

/** Number of bits in an address, and so the longest prefix length. */
export const IPV4_BITS = 32;

const MAX = 0xffff_ffff;
const OCTET = '(0|[1-9][0-9]{0,2})';
const DOTTED_QUAD = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

/** Reads exactly four decimal octets without leading zeros; anything else is `undefined`. */
export function parseIPv4(text: string): IPv4 | undefined {
  const quad = DOTTED_QUAD.exec(text);
  if (quad === null) return undefined;
  let value = 0;
  for (let at = 1; at <= 4; at++) {
    const octet = Number(quad[at]);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value as IPv4;
}

/** Inverse of {@link parseIPv4}. */
export const formatIPv4 = (ip: IPv4): string => `${ip >>> 24}.${(ip >>> 16) & 0xff}.${(ip >>> 8) & 0xff}.${ip & 0xff}`;

/** Brands a number that is already an address, such as one read from a frame. Throws on any other: a bug, not input. */
export function toIPv4(value: number): IPv4 {
  if (!Number.isInteger(value) || value < 0 || value > MAX) throw new RangeError(`not an IPv4 address: ${value}`);
  return value as IPv4;
}
