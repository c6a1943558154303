/**
 * Claims as they stand in a frame: who holds which address, in which term.
 *
 * Pure. A table that does not fit one frame is sent in parts; a change alone is a list without a table around it.
 *
 * Source: docs/protocol.md ("Words and frames", rule 3).
 * @module
 */
import { type Address, isIPv4 } from '../values/address.js';
import { toIPv4 } from '../values/ipv4.js';
import { toIPv6 } from '../values/ipv6.js';
import { MAX_MESSAGE_BYTES } from './envelope.js';
import type { FieldReader, FieldWriter } from './fields.js';

/** On the wire the position in this list, so new words are added at its end. */
const STATES = ['probing', 'owned', 'offered', 'released'] as const;

export interface Claim {
  readonly address: Address;
  readonly term: number;
  readonly state: (typeof STATES)[number];
  /** 64 bits over the UIDs of the Services that hold the address, as 16 hexadecimal digits. */
  readonly services: string;
}

/** Terms are 32 bits on the wire: enough for a claim in every second of a century. */
export const MAX_TERM = 0xffff_ffff;

export interface ClaimsMessage {
  readonly kind: 'claims';
  /** A part of the whole table, or undefined where only these addresses changed. */
  readonly table: TablePart | undefined;
  readonly claims: readonly Claim[];
}

export interface TablePart {
  /** The same for all parts of one table. */
  readonly id: number;
  readonly part: number;
  readonly parts: number;
}

const SERVICES_BYTES = 8;
const IPV6_FLAG = 0x80;
/** State, the longer family's address, term and Services. */
const MAX_CLAIM_BYTES = 1 + 16 + 4 + SERVICES_BYTES;
/** Table id, part, parts and the number of claims. */
const CLAIMS_HEADER_BYTES = 10;
/** How many claims fit one frame, whichever family they are of. */
export const MAX_CLAIMS = Math.floor((MAX_MESSAGE_BYTES - CLAIMS_HEADER_BYTES) / MAX_CLAIM_BYTES);

/** Messages that hold all of `claims`: one at least, so that an empty table can be told. */
export function tableMessages(id: number, claims: readonly Claim[]): readonly ClaimsMessage[] {
  const chunks = chunksOf(claims);
  const parts = Math.max(1, chunks.length);
  return Array.from({ length: parts }, (_, part) => ({
    kind: 'claims',
    table: { id, part, parts },
    claims: chunks[part] ?? [],
  }));
}

/** Messages that tell of these claims and of no others. */
export const changeMessages = (claims: readonly Claim[]): readonly ClaimsMessage[] =>
  chunksOf(claims).map((chunk) => ({ kind: 'claims', table: undefined, claims: chunk }));

function chunksOf(claims: readonly Claim[]): readonly (readonly Claim[])[] {
  const chunks: (readonly Claim[])[] = [];
  for (let at = 0; at < claims.length; at += MAX_CLAIMS) chunks.push(claims.slice(at, at + MAX_CLAIMS));
  return chunks;
}

export function writeClaims(message: ClaimsMessage, writer: FieldWriter): void {
  const { id, part, parts } = message.table ?? { id: 0, part: 0, parts: 0 };
  writer.uint32(id).uint16(part).uint16(parts).uint16(message.claims.length);
  for (const claim of message.claims) writeClaim(claim, writer);
}

/** Inverse of {@link writeClaims}; undefined for what no speaker would write. */
export function readClaims(reader: FieldReader): ClaimsMessage | undefined {
  const id = reader.uint32();
  const part = reader.uint16();
  const parts = reader.uint16();
  const count = reader.uint16();
  if (count > MAX_CLAIMS || (parts > 0 && part >= parts)) return undefined;
  const claims: Claim[] = [];
  for (let n = 0; n < count; n++) {
    const claim = readClaim(reader);
    if (claim === undefined || !reader.complete) return undefined;
    claims.push(claim);
  }
  return { kind: 'claims', table: parts === 0 ? undefined : { id, part, parts }, claims };
}

export function writeClaim(claim: Claim, writer: FieldWriter): void {
  const { address } = claim;
  const state = STATES.indexOf(claim.state);
  if (isIPv4(address)) writer.uint8(state).uint32(address);
  else writer.uint8(state | IPV6_FLAG).hex(address.toString(16).padStart(32, '0'));
  writer.uint32(claim.term).hex(claim.services);
}

function readClaim(reader: FieldReader): Claim | undefined {
  const head = reader.uint8();
  const state = STATES[head & ~IPV6_FLAG];
  if (state === undefined) return undefined;
  const address = (head & IPV6_FLAG) === 0 ? toIPv4(reader.uint32()) : toIPv6(BigInt(`0x${reader.hex(16)}`));
  return { address, term: reader.uint32(), state, services: reader.hex(SERVICES_BYTES) };
}
