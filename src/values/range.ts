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
import { IPV6_BITS, type IPv6, toIPv6 } from './ipv6.js';
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
  | { readonly kind: 'mixed-families' }
  | { readonly kind: 'reversed' };

const LENGTH = /^(?:0|[1-9][0-9]{0,2})$/;

/** Reads `address/length`. Host bits may be set, as MetalLB allows: they are cleared in what is returned. */
export function parsePrefix(text: string): Result<Prefix, RangeDefect> {
  const [addressText, lengthText] = splitOnce(text, '/');
  const address = parseAddress(addressText);
  if (address === undefined) return err({ kind: 'not-an-address', text: addressText });
  const maxBits = bitsOf(familyOf(address));
  // An IPv4 address that was written as IPv4-mapped has its prefix length counted from the front of the IPv6 form.
  const bitsBefore = addressText.includes(':') ? IPV6_BITS - maxBits : 0;
  const length = Number(lengthText) - bitsBefore;
  if (lengthText === undefined || !LENGTH.test(lengthText) || length < 0 || length > maxBits) {
    return err({ kind: 'bad-length', text: lengthText ?? '', maxBits });
  }
  return ok(prefixOf(address, length));
}

/** Reads `first-last`, `address/length` or a bare address; spaces are allowed around `first` and `last` alone. */
export function parseRange(text: string): Result<Range, RangeDefect> {
  const [firstText, lastText] = splitOnce(text, '-');
  if (lastText === undefined && text.includes('/')) {
    const prefix = parsePrefix(text);
    return prefix.ok ? ok(rangeOf(prefix.value)) : prefix;
  }
  const first = parseEnd(lastText === undefined ? firstText : firstText.trim());
  const last = lastText === undefined ? first : parseEnd(lastText.trim());
  if (!first.ok) return first;
  if (!last.ok) return last;
  if (familyOf(first.value) !== familyOf(last.value)) return err({ kind: 'mixed-families' });
  if (first.value > last.value) return err({ kind: 'reversed' });
  return ok({ first: first.value, last: last.value });
}

function parseEnd(text: string): Result<Address, RangeDefect> {
  const address = parseAddress(text);
  return address === undefined ? err({ kind: 'not-an-address', text }) : ok(address);
}

/** What stands before and after the first `by`; undefined after where there is none. */
function splitOnce(text: string, by: string): readonly [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
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

/** `::ffff:0:0/96`, RFC 4291 §2.5.5.2. */
const MAPPED: Range = rangeOf({ network: toIPv6(0xffff_0000_0000n), length: 96 });

/** The range but for its IPv4-mapped addresses, which are other texts of IPv4 ones: in one part, in two, or nothing. */
export function withoutMapped(range: Range): readonly Range[] {
  if (!rangesOverlap(range, MAPPED)) return [range];
  const before = { first: range.first, last: offset(MAPPED.first, -1n) };
  const behind = { first: offset(MAPPED.last, 1n), last: range.last };
  return [before, behind].filter(({ first, last }) => first <= last);
}

export const formatRange = (range: Range): string =>
  range.first === range.last
    ? formatAddress(range.first)
    : `${formatAddress(range.first)}-${formatAddress(range.last)}`;

export const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix.network)}/${prefix.length}`;
