/**
 * Who comes first for an address: an order of the nodes that every node computes alike, with no word exchanged.
 *
 * Pure. The order decides who tries first, never who may: each node judges only its own candidacy (rule 1).
 *
 * Source: docs/protocol.md, rules 1 and 3; FNV-1a (draft-eastlake-fnv) and MurmurHash3's finalizer for the mixing.
 * @module
 */
import { type Address, isIPv4 } from '../values/address.js';
import type { NodeName } from '../values/names.js';

/**
 * A node's weight for an address, 32 bits. Not a cryptographic hash: whoever can speak on the segment at all gains
 * nothing by weighing more, and 5,000 addresses are weighed against 25 peers within milliseconds.
 */
export function weightOf(node: NodeName, address: Address): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < node.length; at++) hash = Math.imul(hash ^ node.charCodeAt(at), 0x0100_0193);
  if (isIPv4(address)) return mix(hash ^ mix(address));
  for (let shift = 0n; shift < 128n; shift += 32n) hash = mix(hash ^ Number((address >> shift) & 0xffff_ffffn));
  return hash;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Whether `one` comes before `other` for this address. Two nodes of equal weight are told apart by name. */
export function outranks(one: NodeName, other: NodeName, address: Address): boolean {
  const left = weightOf(one, address);
  const right = weightOf(other, address);
  return left === right ? one > other : left > right;
}

/** How many of `others` come before `self`: 0 is first. A node that is heard on two links counts once. */
export function rankOf(self: NodeName, others: ReadonlySet<NodeName>, address: Address): number {
  let rank = 0;
  for (const other of others) if (other !== self && outranks(other, self, address)) rank += 1;
  return rank;
}

export interface Bid {
  readonly node: NodeName;
  readonly term: number;
}

/** Rule 3: which of two claims stays. Only what both frames carry decides, so both nodes find the same. */
export const prevails = (one: Bid, other: Bid, address: Address): boolean =>
  one.term === other.term ? outranks(one.node, other.node, address) : one.term > other.term;
