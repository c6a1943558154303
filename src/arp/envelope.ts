/**
 * What every frame of the speakers' protocol has around its message: version, cluster, sender, sequence, and the tag.
 *
 * Pure. The tag is computed over all of the rest, the sending link's MAC included, so a frame that comes from another
 * Ethernet source than it says was rewritten on its way. Who may be believed is decided in `speaker/members.ts`: a frame
 * that opens is genuine, but may be a replay.
 *
 * Sources: docs/protocol.md ("Words and frames"), RFC 2104 (HMAC).
 * @module
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Mac, macBytes, macFrom } from '../values/mac.js';
import { type NodeName, parseNodeName } from '../values/names.js';
import { err, ok, type Result } from '../values/result.js';
import { FieldReader, FieldWriter } from './fields.js';

declare const brand: unique symbol;

/** 128 random bits drawn at each start of a speaker, as 32 hexadecimal digits. */
export type Epoch = string & { readonly [brand]: 'Epoch' };
/** 64 random bits, as 16 hexadecimal digits: whoever sends them back has read the frame they were in. */
export type Nonce = string & { readonly [brand]: 'Nonce' };
/** The first 32 bits of a key's SHA-256. */
export type KeyId = number & { readonly [brand]: 'KeyId' };
/** The first 64 bits of a cluster id's SHA-256, as 16 hexadecimal digits. */
export type ClusterTag = string & { readonly [brand]: 'ClusterTag' };

export const VERSION = 1;
export const EPOCH_BYTES = 16;
export const NONCE_BYTES = 8;
const CLUSTER_BYTES = 8;
/** SHA-256, not shortened. */
const TAG_BYTES = 32;
/** The key id of a frame without a tag. */
const UNSIGNED = 0;

/** IEEE 802.3: what a frame may carry where nobody raised the MTU. */
export const MAX_PAYLOAD_BYTES = 1_500;
/** Header with the longest node name (253 bytes), and the tag: what a message may not use. */
export const MAX_MESSAGE_BYTES = MAX_PAYLOAD_BYTES - 52 - 253 - TAG_BYTES;

export interface Key {
  readonly id: KeyId;
  readonly secret: Uint8Array;
}

export interface Sender {
  readonly node: NodeName;
  /** The sender's own ifindex: it tells two links of one node apart. */
  readonly link: number;
  readonly mac: Mac;
  readonly epoch: Epoch;
  /** Counts the frames that left this link since the epoch began. */
  readonly sequence: number;
}

/** A frame that was opened: its message is still bytes. */
export interface Opened {
  readonly sender: Sender;
  readonly kind: number;
  readonly body: Uint8Array;
}

/** Why a payload was not opened. Any host on the link can send each of these. */
export type EnvelopeDefect =
  | { readonly kind: 'truncated'; readonly gotBytes: number }
  /** A newer or older speaker: present on the link, though we cannot read what it says. */
  | { readonly kind: 'unknown-version'; readonly version: number; readonly present: Mac }
  /** Signed with a key that we do not have, or not signed: present on the link as well. */
  | { readonly kind: 'unknown-key'; readonly keyId: number; readonly present: Mac }
  | { readonly kind: 'other-cluster' }
  | { readonly kind: 'bad-tag' }
  | { readonly kind: 'bad-node-name' };

/** The speaker at this MAC lives, whatever it says: it must never be taken for dead. */
export const presenceIn = (defect: { readonly kind: string; readonly present?: Mac }): Mac | undefined =>
  defect.present;

export const toEpoch = (random: Uint8Array): Epoch => hexOf(random, EPOCH_BYTES) as Epoch;
export const toNonce = (random: Uint8Array): Nonce => hexOf(random, NONCE_BYTES) as Nonce;

export const clusterTag = (clusterId: string): ClusterTag =>
  hexOf(createHash('sha256').update(clusterId).digest().subarray(0, CLUSTER_BYTES), CLUSTER_BYTES) as ClusterTag;

export function toKey(secret: Uint8Array): Key {
  const digest = createHash('sha256').update('cairn key id\0').update(secret).digest();
  // 0 stands for "unsigned", and one key in four thousand million would have it.
  return { id: (digest.readUInt32BE(0) || 1) as KeyId, secret };
}

/** Writes a frame's payload. `key` is undefined where frames are unsigned. */
export function seal(
  sender: Sender,
  kind: number,
  body: Uint8Array,
  cluster: ClusterTag,
  key: Key | undefined,
): Uint8Array {
  const name = new TextEncoder().encode(sender.node);
  const header = new FieldWriter()
    .uint8(VERSION)
    .uint8(kind)
    .uint16(body.length)
    .uint32(key?.id ?? UNSIGNED)
    .hex(cluster)
    .hex(sender.epoch)
    .uint53(sender.sequence)
    .uint32(sender.link)
    .bytes(macBytes(sender.mac))
    .uint8(name.length)
    .bytes(name)
    .toBytes();
  const payload = new Uint8Array(header.length + body.length + (key === undefined ? 0 : TAG_BYTES));
  payload.set(header, 0);
  payload.set(body, header.length);
  if (key !== undefined) {
    const end = header.length + body.length;
    payload.set(tagOf(payload.subarray(0, end), key), end);
  }
  return payload;
}

/**
 * Inverse of {@link seal}; what follows the frame is Ethernet padding. Never throws.
 *
 * Without keys unsigned frames are read, and signed ones are not: somebody's secret file is missing, and to trust
 * whoever leaves the tag out would make the others' tags worthless.
 */
export function open(
  payload: Uint8Array,
  source: Mac,
  cluster: ClusterTag,
  keys: ReadonlyMap<number, Key>,
): Result<Opened, EnvelopeDefect> {
  const reader = new FieldReader(payload);
  const version = reader.uint8();
  if (!reader.complete) return err({ kind: 'truncated', gotBytes: payload.length });
  if (version !== VERSION) return err({ kind: 'unknown-version', version, present: source });

  const kind = reader.uint8();
  const bodyBytes = reader.uint16();
  const keyId = reader.uint32();
  const from = reader.hex(CLUSTER_BYTES);
  const epoch = reader.hex(EPOCH_BYTES) as Epoch;
  const sequence = reader.uint53();
  const link = reader.uint32();
  const mac = macFrom(reader.bytes(6));
  const name = reader.bytes(reader.uint8());
  const body = reader.bytes(bodyBytes);
  if (!reader.complete) return err({ kind: 'truncated', gotBytes: payload.length });
  if (from !== cluster) return err({ kind: 'other-cluster' });

  const key = keys.get(keyId);
  if (keyId === UNSIGNED ? keys.size > 0 : key === undefined) {
    return err({ kind: 'unknown-key', keyId, present: source });
  }
  if (key !== undefined) {
    const end = payload.length - reader.left;
    const tag = reader.bytes(TAG_BYTES);
    if (!reader.complete) return err({ kind: 'truncated', gotBytes: payload.length });
    if (!timingSafeEqual(tag, tagOf(payload.subarray(0, end), key))) return err({ kind: 'bad-tag' });
  }
  const node = parseNodeName(new TextDecoder().decode(name));
  if (node === undefined) return err({ kind: 'bad-node-name' });
  return ok({ sender: { node, link, mac, epoch, sequence }, kind, body });
}

const tagOf = (bytes: Uint8Array, key: Key): Uint8Array => createHmac('sha256', key.secret).update(bytes).digest();

const hexOf = (bytes: Uint8Array, length: number): string => new FieldReader(bytes).hex(length);
