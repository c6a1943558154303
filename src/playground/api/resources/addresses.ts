/**
 * Addresses and blocks as the API server reads and judges them, which is not how Cairn does: it tells apart text that is no
 * address from text that two readers could take for two.
 *
 * Source: `k8s.io/apimachinery` pkg/util/validation ip.go, with the feature StrictIPCIDRValidation (on since 1.36).
 * @module
 */
import { type Address, bitsOf, type Family, familyOf, formatAddress, parseAddress } from '../../../values/address.js';
import { mappedIPv4, parseIPv6 } from '../../../values/ipv6.js';
import type { Cause } from '../status.js';
import { invalid } from './causes.js';

export interface Block {
  readonly family: Family;
  /** The first address of the block. */
  readonly base: bigint;
  readonly prefixLength: number;
}

/** Far more than any address has, with leading zeros too: the search for those takes the square of the length. */
const MAX_CHARACTERS = 256;

/** Leading zeros of an IPv4 octet count as decimal, as they once did. */
export const parseLoosely = (text: string): Address | undefined =>
  text.length > MAX_CHARACTERS ? undefined : parseAddress(text.replaceAll(/(^|\.|:)0+(?=\d+(?:\.|$))/g, '$1'));

const isMapped = (text: string) => {
  const ipv6 = parseIPv6(text);
  return ipv6 !== undefined && mappedIPv4(ipv6) !== undefined;
};

/** Of a field that may also hold another form than the canonical one; what `old` had already is left alone. */
export function validateAddress(field: string, text: string, old: readonly string[] = []): readonly Cause[] {
  if (old.includes(text)) return [];
  if (parseLoosely(text) === undefined) {
    return [invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  }
  if (parseAddress(text) === undefined) return [invalid(field, text, 'must not have leading 0s')];
  return isMapped(text) ? [invalid(field, text, 'must not be an IPv4-mapped IPv6 address')] : [];
}

/** Of a field that may hold the canonical form alone. */
export function validateCanonicalAddress(field: string, text: string): readonly Cause[] {
  const causes = validateAddress(field, text);
  const address = parseAddress(text);
  if (causes.length > 0 || address === undefined || formatAddress(address) === text) return causes;
  return [invalid(field, text, `must be in canonical form ("${formatAddress(address)}")`)];
}

/** What a packet cannot be sent to from elsewhere. */
export function validateEndpointAddress(field: string, text: string): readonly Cause[] {
  const address = parseLoosely(text);
  if (address === undefined) return [invalid(field, text, 'must be a valid IP address')];
  const family = familyOf(address);
  const inside = (ipv4: string, ipv6: string) => contains(parseBlock(family === 'IPv4' ? ipv4 : ipv6), address);
  const rules = [
    { rule: `may not be unspecified (${text})`, broken: inside('0.0.0.0/32', '::/128') },
    { rule: 'may not be in the loopback range (127.0.0.0/8, ::1/128)', broken: inside('127.0.0.0/8', '::1/128') },
    {
      rule: 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      broken: inside('169.254.0.0/16', 'fe80::/10'),
    },
    {
      rule: 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
      broken: inside('224.0.0.0/24', 'ff02::/16'),
    },
  ];
  return rules.filter(({ broken }) => broken).map(({ rule }) => invalid(field, text, rule));
}

/** Of a field that may also hold another form than the canonical one; what `old` had already is left alone. */
export function validateBlock(field: string, text: string, old: readonly string[] = []): readonly Cause[] {
  if (old.includes(text)) return [];
  const [head = '', length = '', ...rest] = text.split('/');
  const address = parseLoosely(head);
  const family = head.includes(':') ? 'IPv6' : 'IPv4';
  if (address === undefined || rest.length > 0 || !/^\d+$/.test(length) || Number(length) > bitsOf(family)) {
    return [invalid(field, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
  }
  if (parseAddress(head) === undefined || /^0\d/.test(length)) {
    return [invalid(field, text, 'must not have leading 0s in IP or prefix length')];
  }
  if (isMapped(head)) return [invalid(field, text, 'must not have an IPv4-mapped IPv6 address')];
  return parseBlock(text) === undefined
    ? [invalid(field, text, 'must not have bits set beyond the prefix length')]
    : [];
}

/** Of a field that may hold the canonical form alone. */
export function validateCanonicalBlock(field: string, text: string): readonly Cause[] {
  const causes = validateBlock(field, text);
  const [head = '', length] = text.split('/');
  const address = parseAddress(head);
  if (causes.length > 0 || address === undefined || formatAddress(address) === head) return causes;
  return [invalid(field, text, `must be in canonical form ("${formatAddress(address)}/${length}")`)];
}

/** Reads `address/length` with no bits set behind the prefix; anything else is undefined. */
export function parseBlock(text: string): Block | undefined {
  const [head = '', length = '', ...rest] = text.split('/');
  const address = parseAddress(head);
  if (address === undefined || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const family = familyOf(address);
  const hostBits = bitsOf(family) - Number(length);
  const base = BigInt(address);
  return hostBits < 0 || base & ((1n << BigInt(hostBits)) - 1n)
    ? undefined
    : { family, base, prefixLength: Number(length) };
}

export const sizeOf = (block: Block): bigint => 1n << BigInt(bitsOf(block.family) - block.prefixLength);

export const contains = (block: Block | undefined, address: Address): boolean =>
  block !== undefined &&
  block.family === familyOf(address) &&
  BigInt(address) >= block.base &&
  BigInt(address) < block.base + sizeOf(block);
