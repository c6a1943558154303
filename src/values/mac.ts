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

/** Reads six hexadecimal pairs with colons, of either case; anything else is `undefined`. */
export function parseMac(text: string): Mac | undefined {
  return /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/.test(text) ? (text.toLowerCase() as Mac) : undefined;
}

/** The six bytes at `offset`. The caller has checked the length: a short buffer throws. */
export function macFrom(bytes: Uint8Array, offset = 0): Mac {
  if (bytes.length < offset + MAC_BYTES) throw new RangeError(`no MAC at byte ${offset} of ${bytes.length}`);
  let text = '';
  for (let at = offset; at < offset + MAC_BYTES; at++) {
    text += (at === offset ? '' : ':') + (bytes[at] as number).toString(16).padStart(2, '0');
  }
  return text as Mac;
}

/** Inverse of {@link macFrom}. */
export const macBytes = (mac: Mac): Uint8Array => Uint8Array.from(mac.split(':'), (pair) => Number.parseInt(pair, 16));

/** The group bit: the address names several hosts, so no host may send from it. */
export const isGroup = (mac: Mac): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;

/** Every host on the segment. */
export const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;
/** "Unknown" in the target field of an ARP request. */
export const NO_MAC = '00:00:00:00:00:00' as Mac;
