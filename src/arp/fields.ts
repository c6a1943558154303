/**
 * Fields of the protocol's own frames, one after the other, in network byte order.
 *
 * Pure. A reader never throws: past the end it yields zeros and remembers that it did, so a decoder reads all its fields
 * and asks once.
 * @module
 */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const TWO_TO_32 = 2 ** 32;

export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #short = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Every field so far was there. */
  get complete(): boolean {
    return !this.#short;
  }

  /** Every field was there, and nothing is left. */
  get spent(): boolean {
    return !this.#short && this.#at === this.#bytes.length;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  bytes(length: number): Uint8Array {
    if (length > this.left) {
      this.#short = true;
      this.#at = this.#bytes.length;
      return new Uint8Array(length);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint8(): number {
    return this.bytes(1)[0] as number;
  }

  uint16(): number {
    return this.uint8() * 256 + this.uint8();
  }

  uint32(): number {
    return this.uint16() * 65_536 + this.uint16();
  }

  /** 64 bits on the wire. Above 2^53 it is no sequence that anybody reached: the field counts as missing. */
  uint53(): number {
    const value = this.uint32() * TWO_TO_32 + this.uint32();
    if (Number.isSafeInteger(value)) return value;
    this.#short = true;
    return 0;
  }

  hex(length: number): string {
    let text = '';
    for (const byte of this.bytes(length)) text += HEX[byte];
    return text;
  }
}

/** Grows as it is written to. */
export class FieldWriter {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  bytes(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  uint8(value: number): this {
    this.#bytes.push(value & 0xff);
    return this;
  }

  uint16(value: number): this {
    return this.uint8(value >>> 8).uint8(value);
  }

  uint32(value: number): this {
    return this.uint16(value >>> 16).uint16(value);
  }

  uint53(value: number): this {
    return this.uint32(Math.floor(value / TWO_TO_32)).uint32(value % TWO_TO_32);
  }

  /** Two digits for each byte. */
  hex(text: string): this {
    for (let at = 0; at < text.length; at += 2) this.uint8(Number.parseInt(text.slice(at, at + 2), 16));
    return this;
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
