/**
 * Objects that clients send in protobuf, as the JSON that they stand for. kubectl's `create` and every client of upstream's
 * typed library send them so, and take JSON for an answer.
 *
 * A field whose number is not known is passed over, as everybody does. Nothing is written in protobuf here.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 * @module
 */
import { err, ok, type Result } from '../../../values/result.js';
import type { JsonObject } from '../object.js';
import { type FieldType, fieldsOf, typeOf } from '../schema/types.js';
import { namesOf } from './numbers.js';
import { double, signed, WireError, wireFields } from './wire.js';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** `k8s` and a zero: what every such body begins with. */
const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/** The object in the envelope (`runtime.Unknown`: 1 typeMeta, 2 raw). Never throws. */
export function decodeProtobuf(body: Uint8Array): Result<JsonObject, string> {
  if (MAGIC.some((byte, at) => body[at] !== byte)) return err('provided data does not appear to be a protobuf message');
  try {
    const envelope = bytesByNumber(body.subarray(MAGIC.length));
    const typeMeta = bytesByNumber(envelope.get(1) ?? new Uint8Array());
    const apiVersion = text(typeMeta.get(1) ?? new Uint8Array());
    const kind = text(typeMeta.get(2) ?? new Uint8Array());
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    const type = typeOf({ group, version, kind });
    if (type === undefined || namesOf(type.model) === undefined)
      return err(`no kind "${kind}" is registered for version "${apiVersion}"`);
    return ok({ apiVersion, kind, ...readMessage(envelope.get(2) ?? new Uint8Array(), type.model) });
  } catch (error) {
    // Besides what the wire forbids: a time beyond all calendars, and text that is no JSON where JSON is carried.
    if (error instanceof WireError || error instanceof RangeError || error instanceof SyntaxError)
      return err(error.message);
    throw error;
  }
}

/** `message` names the numbers; `model`, whose types hold, differs where JSON shows an inner message's fields as the outer one's. */
function readMessage(bytes: Uint8Array, model: string, message = model): JsonObject {
  const names = namesOf(message);
  if (names === undefined) throw new WireError(`message ${message} is not known`);
  const types = fieldsOf(model);
  const object: JsonObject = {};
  for (const { number, value } of wireFields(bytes)) {
    const name = names.get(number);
    if (name?.startsWith('...')) Object.assign(object, readMessage(asBytes(value), model, name.slice(3)));
    const type = name === undefined ? undefined : types.get(name)?.type;
    if (name === undefined || type === undefined) continue;
    if (type.is === 'list') object[name] = [...(object[name] ?? []), readValue(value, type.of)];
    else if (type.is === 'map') object[name] = { ...object[name], ...readEntry(asBytes(value), type.of) };
    else object[name] = readValue(value, type);
  }
  return object;
}

function readEntry(bytes: Uint8Array, of: FieldType): JsonObject {
  const entry = new Map([...wireFields(bytes)].map(({ number, value }) => [number, value]));
  return { [text(asBytes(entry.get(1) ?? new Uint8Array()))]: readValue(entry.get(2) ?? new Uint8Array(), of) };
}

function readValue(value: bigint | Uint8Array, type: FieldType): unknown {
  switch (type.is) {
    case 'string':
      return text(asBytes(value));
    case 'boolean':
      return value !== 0n;
    case 'int32':
    case 'int64':
      return signed(asNumber(value));
    case 'number':
      return double(asNumber(value));
    case 'bytes':
      return Buffer.from(asBytes(value)).toString('base64');
    case 'date':
      return readTime(asBytes(value))?.replace(/\.\d+Z$/, 'Z') ?? null;
    case 'micro-date':
      return readTime(asBytes(value)) ?? null;
    case 'quantity':
      return text(bytesByNumber(asBytes(value)).get(1) ?? new Uint8Array());
    case 'int-or-string':
      return readIntOrString(asBytes(value));
    case 'any':
      return JSON.parse(text(bytesByNumber(asBytes(value)).get(1) ?? new Uint8Array()) || 'null');
    case 'object':
      return readMessage(asBytes(value), type.model);
    default:
      throw new WireError(`${type.is} within ${type.is}`);
  }
}

/** 1 seconds, 2 nanoseconds; nothing at all is no time. */
function readTime(bytes: Uint8Array): string | undefined {
  const parts = new Map([...wireFields(bytes)].map(({ number, value }) => [number, signed(asNumber(value))]));
  const seconds = parts.get(1);
  if (seconds === undefined) return undefined;
  const micros = Math.floor((parts.get(2) ?? 0) / 1_000);
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`;
}

/** 1 which (0 the number), 2 the number, 3 the text. */
function readIntOrString(bytes: Uint8Array): number | string {
  const parts = new Map([...wireFields(bytes)].map(({ number, value }) => [number, value]));
  return parts.get(1) === 1n ? text(asBytes(parts.get(3) ?? new Uint8Array())) : signed(asNumber(parts.get(2) ?? 0n));
}

const bytesByNumber = (bytes: Uint8Array): ReadonlyMap<number, Uint8Array> =>
  new Map([...wireFields(bytes)].map(({ number, value }) => [number, asBytes(value)]));

function asBytes(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === 'bigint') throw new WireError('wrong wireType = 0');
  return value;
}

function asNumber(value: bigint | Uint8Array): bigint {
  if (typeof value !== 'bigint') throw new WireError('wrong wireType = 2');
  return value;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
