/**
 * MAC addresses (EUI-48) as lower-case text, and the six bytes they have on the wire.
 *
 * Pure. Source: RFC 9542 §2.1.
 * @module
 */
declare const brand: unique symbol;

/** `"00:00:5e:00:53:01"`: always lower case with colons, so that `===` and Map keys compare addresses. */
export type Mac = string & { readonly [brand]: 'Mac' };

export const MAC_BYTES = 6;

/** Every byte in two digits: a table costs a third of `toString(16)`, and every received frame holds four MACs. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Reads six hexadecimal pairs with colons, of either case; anything else is `undefined`. */
export function parseMac(text: string): Mac | undefined {
  return /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/.test(text) ? (text.toLowerCase() as Mac) : undefined;
}

/** The six bytes at `offset`. The caller has checked the length: a short buffer throws. */
export function macFrom(bytes: Uint8Array, offset = 0): Mac {
  if (bytes.length < offset + MAC_BYTES) throw new RangeError(`no MAC at byte ${offset} of ${bytes.length}`);
  let text = HEX[bytes[offset] as number] as string;
  for (let at = offset + 1; at < offset + MAC_BYTES; at++) text += `:${HEX[bytes[at] as number]}`;
  return text as Mac;
}

/** Inverse of {@link macFrom}: puts the six bytes at `offset`. The caller has made room: a short buffer throws. */
export function writeMac(mac: Mac, into: Uint8Array, offset = 0): void {
  if (into.length < offset + MAC_BYTES) throw new RangeError(`no room for a MAC at byte ${offset} of ${into.length}`);
  for (let at = 0; at < MAC_BYTES; at++) {
    into[offset + at] = (digit(mac.charCodeAt(3 * at)) << 4) | digit(mac.charCodeAt(3 * at + 1));
  }
}

/** The six bytes by themselves. */
export function macBytes(mac: Mac): Uint8Array {
  const bytes = new Uint8Array(MAC_BYTES);
  writeMac(mac, bytes);
  return bytes;
}

/** ASCII: '0' is 48, and 'a' is 97 where it should be 10. */
const digit = (code: number): number => (code < 97 ? code - 48 : code - 87);

/** The group bit: the address names several hosts, so no host may send from it. */
export const isGroup = (mac: Mac): boolean => (digit(mac.charCodeAt(1)) & 1) === 1;

/** Every host on the segment. */
export const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;
/** "Unknown" in the target field of an ARP request. */
export const NO_MAC = '00:00:00:00:00:00' as Mac;
