/**
 * The speakers' own messages (EtherType 0x88B5): values to frames and back.
 *
 * Pure. A decoder returns a named defect and never throws; one message fits one frame of MTU 1500.
 *
 * Source: docs/protocol.md ("Words and frames", rules 1 to 5 and 10).
 * @module
 */
import { type IPv4, toIPv4 } from '../values/ipv4.js';
import { BROADCAST, type Mac } from '../values/mac.js';
import { err, ok, type Result } from '../values/result.js';
import { type ClaimsMessage, readClaims, writeClaims } from './claims.js';
import {
  type ClusterTag,
  type EnvelopeDefect,
  EPOCH_BYTES,
  type Epoch,
  type Key,
  type KeyId,
  NONCE_BYTES,
  type Nonce,
  open,
  type Sender,
  seal,
} from './envelope.js';
import { ETHERTYPE, encodeEthernet } from './ethernet.js';
import { FieldReader, FieldWriter } from './fields.js';

/** On the wire the position in these lists, so new words are added at their ends. */
const KINDS = ['beat', 'hello', 'claims', 'claims-wanted', 'ask', 'answer'] as const;
const STATES = ['running', 'leaving', 'aside'] as const;

/** "I am here." A `hello` is the same and asks everybody for theirs, and for their claims. */
export interface BeatMessage {
  readonly kind: 'beat' | 'hello';
  /** `aside`: alive, but could not take an address in its turn: nobody need wait for it. */
  readonly state: (typeof STATES)[number];
  /** How long until the next one, at most. */
  readonly intervalMs: number;
  /** Counts beats and hellos alone: a gap in it is a lost broadcast, which a gap in the frames' sequence is not. */
  readonly beat: number;
  /** An address that the sender's kernel answers ARP for on this link. */
  readonly nodeAddress: IPv4 | undefined;
  /** How many claims the sender's table has, and a sum over them, so that a lost claims frame is noticed. */
  readonly claimCount: number;
  readonly claimsDigest: string;
  /** To be sent back: proves that the echo is no replay. */
  readonly nonce: Nonce;
  readonly echoes: readonly Nonce[];
  /** The keys that the sender can verify with. */
  readonly keyIds: readonly KeyId[];
}

/** "Send me your whole table": to the speaker of this epoch. */
export interface ClaimsWantedMessage {
  readonly kind: 'claims-wanted';
  readonly epoch: Epoch;
}

/** One link of one start of a speaker, as others name it. */
export interface Subject {
  readonly epoch: Epoch;
  readonly link: number;
}

/** "I have not heard this one: is it alive?" To everybody, and to the subject itself: rule 4's suspicion. */
export interface AskMessage {
  readonly kind: 'ask';
  readonly about: Subject;
  readonly nonce: Nonce;
}

/** The subject itself, or a peer that heard it within its interval (`heard`, a veto), or one that did not either. */
export interface AnswerMessage {
  readonly kind: 'answer';
  readonly about: Subject;
  readonly nonce: Nonce;
  readonly heard: boolean;
}

export type Message = BeatMessage | ClaimsMessage | ClaimsWantedMessage | AskMessage | AnswerMessage;

export interface SpeakerFrame {
  readonly sender: Sender;
  readonly message: Message;
}

/** Why a payload is not a message. What an {@link EnvelopeDefect} says of presence holds here too. */
export type SpeakerDefect =
  | EnvelopeDefect
  | { readonly kind: 'unknown-kind'; readonly code: number }
  | { readonly kind: 'malformed'; readonly message: Message['kind'] };

/** So many nonces and key ids fit beside the rest of a beat. */
export const MAX_ECHOES = 96;
export const MAX_KEY_IDS = 8;
const DIGEST_BYTES = 8;

/** A whole Ethernet frame. */
export function encodeMessage(
  sender: Sender,
  message: Message,
  cluster: ClusterTag,
  key: Key | undefined,
  to: Mac = BROADCAST,
): Uint8Array {
  const writer = new FieldWriter();
  writeMessage(message, writer);
  const payload = seal(sender, KINDS.indexOf(message.kind), writer.toBytes(), cluster, key);
  return encodeEthernet({ destination: to, source: sender.mac, etherType: ETHERTYPE.cairn }, payload);
}

/** Reads the payload of a frame that came from `source`. Never throws. */
export function decodeMessage(
  payload: Uint8Array,
  source: Mac,
  cluster: ClusterTag,
  keys: ReadonlyMap<number, Key>,
): Result<SpeakerFrame, SpeakerDefect> {
  const opened = open(payload, source, cluster, keys);
  if (!opened.ok) return opened;
  const { sender, kind: code, body } = opened.value;
  const kind = KINDS[code];
  if (kind === undefined) return err({ kind: 'unknown-kind', code });
  const reader = new FieldReader(body);
  const message = readMessage(kind, reader);
  if (message === undefined || !reader.spent) return err({ kind: 'malformed', message: kind });
  return ok({ sender, message });
}

function writeMessage(message: Message, writer: FieldWriter): void {
  switch (message.kind) {
    case 'beat':
    case 'hello':
      writeBeat(message, writer);
      return;
    case 'claims':
      writeClaims(message, writer);
      return;
    case 'claims-wanted':
      writer.hex(message.epoch);
      return;
    case 'ask':
    case 'answer':
      writer.hex(message.about.epoch).uint32(message.about.link).hex(message.nonce);
      if (message.kind === 'answer') writer.uint8(message.heard ? 1 : 0);
  }
}

function readMessage(kind: Message['kind'], reader: FieldReader): Message | undefined {
  switch (kind) {
    case 'beat':
    case 'hello':
      return readBeat(kind, reader);
    case 'claims':
      return readClaims(reader);
    case 'claims-wanted':
      return { kind, epoch: reader.hex(EPOCH_BYTES) as Epoch };
    case 'ask':
    case 'answer': {
      const about = { epoch: reader.hex(EPOCH_BYTES) as Epoch, link: reader.uint32() };
      const nonce = reader.hex(NONCE_BYTES) as Nonce;
      return kind === 'ask' ? { kind, about, nonce } : { kind, about, nonce, heard: reader.uint8() === 1 };
    }
  }
}

function writeBeat(message: BeatMessage, writer: FieldWriter): void {
  writer
    .uint8(STATES.indexOf(message.state))
    .uint16(message.intervalMs)
    .uint53(message.beat)
    .uint32(message.nodeAddress ?? 0)
    .uint32(message.claimCount)
    .hex(message.claimsDigest)
    .hex(message.nonce)
    .uint8(message.keyIds.length);
  for (const id of message.keyIds) writer.uint32(id);
  writer.uint8(message.echoes.length);
  for (const echo of message.echoes) writer.hex(echo);
}

function readBeat(kind: BeatMessage['kind'], reader: FieldReader): BeatMessage | undefined {
  const state = STATES[reader.uint8()];
  const intervalMs = reader.uint16();
  // A sender that never beats again could never be missed.
  if (state === undefined || intervalMs === 0) return undefined;
  const beat = reader.uint53();
  const nodeAddress = reader.uint32();
  const claimCount = reader.uint32();
  const claimsDigest = reader.hex(DIGEST_BYTES);
  const nonce = reader.hex(NONCE_BYTES) as Nonce;
  const keyCount = reader.uint8();
  if (keyCount > MAX_KEY_IDS) return undefined;
  const keyIds = Array.from({ length: keyCount }, () => reader.uint32() as KeyId);
  const echoCount = reader.uint8();
  if (echoCount > MAX_ECHOES) return undefined;
  const echoes = Array.from({ length: echoCount }, () => reader.hex(NONCE_BYTES) as Nonce);
  return {
    kind,
    state,
    intervalMs,
    beat,
    nodeAddress: nodeAddress === 0 ? undefined : toIPv4(nodeAddress),
    claimCount,
    claimsDigest,
    nonce,
    echoes,
    keyIds,
  };
}
