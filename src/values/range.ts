/**
 * Prefixes and ranges of addresses: what a pool is made of.
 *
 * Pure, and constant in the size of a range: nothing here walks over addresses.
 *
 * Sources: RFC 4632 §3.1 and RFC 4291 §2.3 (prefix notation).
 * @module
 */
import { type Address, bitsOf, type Family, familyOf, formatAddress, isIPv4, parseAddress } from './address.js';
import { toIPv4 } from './ipv4.js';
import { type IPv6, toIPv6 } from './ipv6.js';
import { err, ok, type Result } from './result.js';

/** `first` to `last`, both included, both of one family, `first <= last`. */
export interface Range {
  readonly first: Address;
  readonly last: Address;
}

/** A network: an address whose host bits are zero, and how many bits are the network's. */
export interface Prefix {
  readonly network: Address;
  readonly length: number;
}

/** Why a text is no range. `want` of the problem that a user reads is made from this. */
export type RangeDefect =
  | { readonly kind: 'not-an-address'; readonly text: string }
  | { readonly kind: 'bad-length'; readonly text: string; readonly maxBits: number }
  | { readonly kind: 'host-bits-set'; readonly network: Address; readonly length: number }
  | { readonly kind: 'mixed-families' }
  | { readonly kind: 'reversed' };

const LENGTH = /^(?:0|[1-9][0-9]{0,2})$/;

/** Reads `address/length`. Host bits may be set, as MetalLB allows: they are cleared in what is returned. */
export function parsePrefix(text: string): Result<Prefix, RangeDefect> {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return err({ kind: 'not-an-address', text: slash < 0 ? text : text.slice(0, slash) });
  const maxBits = bitsOf(familyOf(address));
  const lengthText = slash < 0 ? '' : text.slice(slash + 1);
  const length = Number(lengthText);
  if (!LENGTH.test(lengthText) || length > maxBits) return err({ kind: 'bad-length', text: lengthText, maxBits });
  return ok({ network: prefixOf(address, length).network, length });
}

/** Reads `first-last`, `address/length` or a bare address; spaces around the dash are allowed. */
export function parseRange(text: string): Result<Range, RangeDefect> {
  if (text.includes('/')) {
    const prefix = parsePrefix(text.trim());
    return prefix.ok ? ok(rangeOf(prefix.value)) : prefix;
  }
  const ends = text.split('-').map((end) => end.trim());
  const [first, last = first] = ends.map((end) => parseAddress(end));
  if (first === undefined || ends.length > 2) return err({ kind: 'not-an-address', text: ends[0] ?? '' });
  if (last === undefined) return err({ kind: 'not-an-address', text: ends[1] ?? '' });
  if (familyOf(first) !== familyOf(last)) return err({ kind: 'mixed-families' });
  if (first > last) return err({ kind: 'reversed' });
  return ok({ first, last });
}

/** The prefix of this length that holds `address`. */
export function prefixOf(address: Address, length: number): Prefix {
  return { network: shiftOut(address, bitsOf(familyOf(address)) - length), length };
}

/** Clears the lowest `hostBits` bits. */
function shiftOut(address: Address, hostBits: number): Address {
  if (isIPv4(address)) return toIPv4(hostBits === 32 ? 0 : ((address >>> hostBits) << hostBits) >>> 0);
  const bits = BigInt(hostBits);
  return toIPv6(((address as IPv6) >> bits) << bits);
}

/** The addresses of a prefix, its first and last included. */
export function rangeOf(prefix: Prefix): Range {
  const hostBits = bitsOf(familyOf(prefix.network)) - prefix.length;
  return { first: prefix.network, last: offset(prefix.network, (1n << BigInt(hostBits)) - 1n) };
}

/** The address `by` further on. Throws past the end of the family: callers stay inside a range. */
export const offset = (address: Address, by: bigint): Address =>
  isIPv4(address) ? toIPv4(Number(BigInt(address) + by)) : toIPv6((address as IPv6) + by);

export const familyOfRange = (range: Range): Family => familyOf(range.first);

/** How many addresses a range has. */
export const sizeOf = (range: Range): bigint => BigInt(range.last) - BigInt(range.first) + 1n;

export const rangeHolds = (range: Range, address: Address): boolean =>
  typeof range.first === typeof address && range.first <= address && address <= range.last;

export const rangesOverlap = (a: Range, b: Range): boolean =>
  typeof a.first === typeof b.first && a.first <= b.last && b.first <= a.last;

export const prefixHolds = (prefix: Prefix, address: Address): boolean =>
  familyOf(prefix.network) === familyOf(address) && prefixOf(address, prefix.length).network === prefix.network;

export const formatRange = (range: Range): string =>
  range.first === range.last
    ? formatAddress(range.first)
    : `${formatAddress(range.first)}-${formatAddress(range.last)}`;

export const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix.network)}/${prefix.length}`;
