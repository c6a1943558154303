/**
 * An address of either family. An IPv4 is a number and an IPv6 a bigint, so the value itself tells its family.
 *
 * Pure.
 * @module
 */
import { formatIPv4, IPV4_BITS, type IPv4, parseIPv4 } from './ipv4.js';
import { formatIPv6, IPV6_BITS, type IPv6, mappedIPv4, parseIPv6 } from './ipv6.js';

export type Address = IPv4 | IPv6;

/** The word of Kubernetes' `spec.ipFamilies`. */
export type Family = 'IPv4' | 'IPv6';

export const isIPv4 = (address: Address): address is IPv4 => typeof address === 'number';
export const isIPv6 = (address: Address): address is IPv6 => typeof address === 'bigint';
export const familyOf = (address: Address): Family => (isIPv4(address) ? 'IPv4' : 'IPv6');
export const bitsOf = (family: Family): number => (family === 'IPv4' ? IPV4_BITS : IPV6_BITS);

/**
 * Reads an IPv4 or an IPv6 address in its strict text form; anything else is `undefined`. An IPv4-mapped address is the
 * IPv4 one, as it is to every program that keeps addresses in Go's `net.IP`: the API server, kube-proxy and MetalLB.
 */
export function parseAddress(text: string): Address | undefined {
  const ipv4 = parseIPv4(text);
  if (ipv4 !== undefined) return ipv4;
  const ipv6 = parseIPv6(text);
  return ipv6 === undefined ? undefined : (mappedIPv4(ipv6) ?? ipv6);
}

/** Inverse of {@link parseAddress}, in the canonical form. */
export const formatAddress = (address: Address): string =>
  isIPv4(address) ? formatIPv4(address) : formatIPv6(address as IPv6);

/** Orders addresses: IPv4 before IPv6, then by value. */
export function compareAddresses(a: Address, b: Address): number {
  if (typeof a !== typeof b) return isIPv4(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
