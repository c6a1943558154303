/**
 * IPv6 addresses as unsigned 128-bit bigints.
 *
 * Pure. Zone ids are refused: an external address has no interface of its own.
 *
 * Sources: RFC 4291 §2.2 (text forms), RFC 5952 (the one canonical form that is written).
 * @module
 */
import { formatIPv4, type IPv4, parseIPv4, toIPv4 } from './ipv4.js';

declare const brand: unique symbol;

/** An unsigned 128-bit bigint: `===`, `<` and Map keys compare addresses. */
export type IPv6 = bigint & { readonly [brand]: 'IPv6' };

/** Number of bits in an address, and so the longest prefix length. */
export const IPV6_BITS = 128;

const MAX = (1n << 128n) - 1n;
const GROUPS = 8;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
/** RFC 4291 §2.5.5.2: `::ffff:0:0/96`, the form in which RFC 5952 §5 keeps the dotted quad. */
const MAPPED = 0xffffn;

/** Reads any RFC 4291 text form but a zone id; anything else is `undefined`. */
export function parseIPv6(text: string): IPv6 | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;

  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) as IPv6;
}

/** The groups of one side of `::`; only the end of the whole address may be a dotted quad. */
function groupsOf(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [at, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const quad = endsAddress && at === parts.length - 1 ? parseIPv4(part) : undefined;
    if (quad === undefined) return undefined;
    groups.push(quad >>> 16, quad & 0xffff);
  }
  return groups;
}

/** Writes the canonical form of RFC 5952: lower case, no leading zeros, the first longest run of zeros as `::`. */
export function formatIPv6(ip: IPv6): string {
  const ipv4 = mappedIPv4(ip);
  if (ipv4 !== undefined) return `::ffff:${formatIPv4(ipv4)}`;
  const groups = Array.from({ length: GROUPS }, (_, at) => Number((ip >> BigInt(16 * (GROUPS - 1 - at))) & 0xffffn));
  const run = longestZeroRun(groups);
  const write = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return write(groups);
  return `${write(groups.slice(0, run.start))}::${write(groups.slice(run.start + run.length))}`;
}

/** The IPv4 address that an IPv4-mapped one stands for; undefined for any other. */
export const mappedIPv4 = (ip: IPv6): IPv4 | undefined =>
  ip >> 32n === MAPPED ? toIPv4(Number(ip & 0xffff_ffffn)) : undefined;

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== 0) start = at + 1;
    else if (at + 1 - start > best.length) best = { start, length: at + 1 - start };
  }
  return best;
}

/** Brands a bigint that is already an address, such as one read from a frame. Throws on any other: a bug, not input. */
export function toIPv6(value: bigint): IPv6 {
  if (value < 0n || value > MAX) throw new RangeError(`not an IPv6 address: ${value}`);
  return value as IPv6;
}
