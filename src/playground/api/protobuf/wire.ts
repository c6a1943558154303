/**
 * Protocol Buffers on the wire: the fields of one message by their numbers. What they mean is said by numbers.ts.
 *
 * Pure. Source: https://protobuf.dev/programming-guides/encoding/
 * @module
 */

export interface WireField {
  readonly number: number;
  /** A number as it was written (wire types 0, 1 and 5), or the bytes of a text, a message or a packed list (2). */
  readonly value: bigint | Uint8Array;
  readonly wireType: number;
}

/** Bytes that are no message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** The fields in their order. Throws {@link WireError}. */
export function* wireFields(message: Uint8Array): Generator<WireField> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new WireError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('integer overflow');
  };
  const take = (bytes: number): number => {
    const from = at;
    at += bytes;
    if (at > message.length) throw new WireError('unexpected EOF');
    return from;
  };
  while (at < message.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (number === 0) throw new WireError('illegal tag 0');
    switch (wireType) {
      case VARINT:
        yield { number, wireType, value: varint() };
        break;
      case FIXED64:
        yield { number, wireType, value: view.getBigUint64(take(8), true) };
        break;
      case FIXED32:
        yield { number, wireType, value: BigInt(view.getUint32(take(4), true)) };
        break;
      case BYTES: {
        const length = Number(varint());
        const from = take(length);
        yield { number, wireType, value: message.subarray(from, from + length) };
        break;
      }
      default:
        throw new WireError(`illegal wireType ${wireType}`);
    }
  }
}

/** int32 and int64: two's complement in 64 bits. */
export const signed = (value: bigint): number => Number(BigInt.asIntN(64, value));

/** double: the bits of an IEEE number. */
export function double(value: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return view.getFloat64(0);
}
