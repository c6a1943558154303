/**
 * Literals for tests. A slip in one throws while the test file loads, so no test can pass because of it.
 * @module
 */
import { type Address, parseAddress } from '../../src/values/address.js';
import { type IPv4, parseIPv4 } from '../../src/values/ipv4.js';
import { type IPv6, parseIPv6 } from '../../src/values/ipv6.js';
import { type Mac, parseMac } from '../../src/values/mac.js';
import { type NodeName, type PoolName, parseNodeName, parsePoolName } from '../../src/values/names.js';
import { type Prefix, parsePrefix, parseRange, type Range } from '../../src/values/range.js';

function literal<T>(kind: string, text: string, value: T | undefined): T {
  if (value === undefined) throw new TypeError(`a test says ${JSON.stringify(text)} where it wants ${kind}`);
  return value;
}

export const ip = (text: string): IPv4 => literal('an IPv4 address', text, parseIPv4(text));
export const ip6 = (text: string): IPv6 => literal('an IPv6 address', text, parseIPv6(text));
export const address = (text: string): Address => literal('an address', text, parseAddress(text));
export const mac = (text: string): Mac => literal('a MAC address', text, parseMac(text));
export const node = (text: string): NodeName => literal('a node name', text, parseNodeName(text));
export const pool = (text: string): PoolName => literal('a pool name', text, parsePoolName(text));

export function range(text: string): Range {
  const parsed = parseRange(text);
  return literal('a range', text, parsed.ok ? parsed.value : undefined);
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  return literal('a prefix', text, parsed.ok ? parsed.value : undefined);
}

/** Bytes as the RFC draws them: pairs of hexadecimal digits, with white space anywhere between the pairs. */
export function hex(text: string): Uint8Array {
  const pairs = text.match(/[0-9a-fA-F]{2}|\S/g) ?? [];
  const bytes = pairs.map((pair) => (pair.length === 2 ? Number.parseInt(pair, 16) : undefined));
  return Uint8Array.from(bytes.map((byte) => literal('pairs of hexadecimal digits', text, byte)));
}

/** Numbers from 0 up to but not including 1, the same ones for the same seed (the mulberry32 generator). */
export function chanceFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random bytes, the same ones for the same seed, so that a failing run can be repeated. */
export function noiseFrom(seed: number): (length: number) => Uint8Array {
  const chance = chanceFrom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(chance() * 256));
}
