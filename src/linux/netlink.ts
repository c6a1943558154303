/**
 * Route netlink about links and addresses: bytes to values, and the requests that ask for them.
 *
 * Pure. Decoding never throws: what cannot be read ends the batch and is named, and the reader asks for a new dump. Only what
 * the speaker looks at is decoded; messages of other families and types are passed over.
 *
 * Sources: netlink(7), rtnetlink(7), include/uapi/linux/{netlink,rtnetlink,if_link,if_addr}.h.
 * @module
 */

import type { LinkAddress, LinkIndex } from '../speaker/messages.js';
import type { Address } from '../values/address.js';
import { toIPv4 } from '../values/ipv4.js';
import { toIPv6 } from '../values/ipv6.js';
import { MAC_BYTES, type Mac, macFrom } from '../values/mac.js';
import { prefixOf } from '../values/range.js';

export type NetlinkMessage =
  | {
      readonly kind: 'link';
      readonly index: LinkIndex;
      readonly name: string;
      /** ARPHRD_…, include/uapi/linux/if_arp.h. */
      readonly hardwareType: number;
      /** IFF_…, include/uapi/linux/if.h. */
      readonly flags: number;
      /** Absent on links without one, or with one of another length. */
      readonly mac: Mac | undefined;
    }
  | { readonly kind: 'link-gone'; readonly index: LinkIndex }
  | { readonly kind: 'address'; readonly index: LinkIndex; readonly address: LinkAddress }
  | { readonly kind: 'address-gone'; readonly index: LinkIndex; readonly address: LinkAddress }
  /** The dump that was asked for with this sequence number is complete. */
  | { readonly kind: 'done'; readonly sequence: number }
  /** The kernel refused the request with this sequence number. */
  | { readonly kind: 'refused'; readonly sequence: number; readonly errno: number };

export type NetlinkDefect =
  | { readonly kind: 'truncated'; readonly atByte: number }
  | { readonly kind: 'bad-length'; readonly atByte: number; readonly length: number };

export interface NetlinkBatch {
  readonly messages: readonly NetlinkMessage[];
  /** Links came or went while they were dumped, so the dump may lack some: ask again. */
  readonly interrupted: boolean;
  /** What ended the batch early. */
  readonly defect: NetlinkDefect | undefined;
}

/** include/uapi/linux/netlink.h: length, type, flags, sequence, port. */
const HEADER_BYTES = 16;
const ATTRIBUTE_HEADER_BYTES = 4;
const NLMSG = { error: 2, done: 3 } as const;
const NLM_F = { request: 0x001, dump: 0x300, dumpInterrupted: 0x010 } as const;
const RTM = { newLink: 16, delLink: 17, getLink: 18, newAddress: 20, delAddress: 21, getAddress: 22 } as const;
/** struct ifinfomsg: family, padding, hardware type, index, flags, change mask. */
const IFINFO_BYTES = 16;
/** struct ifaddrmsg: family, prefix length, flags, scope, index. */
const IFADDR_BYTES = 8;
const IFLA = { address: 1, name: 3 } as const;
const IFA = { address: 1, local: 2 } as const;
/** The top bits of an attribute's type are flags. */
const ATTRIBUTE_TYPE_MASK = 0x3fff;
const AF_UNSPEC = 0;
const AF_INET = 2;
const AF_INET6 = 10;

const align = (length: number): number => (length + 3) & ~3;

/** Reads one datagram. */
export function decodeNetlink(bytes: Uint8Array): NetlinkBatch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const messages: NetlinkMessage[] = [];
  let interrupted = false;
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < HEADER_BYTES) return { messages, interrupted, defect: { kind: 'truncated', atByte: at } };
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > bytes.length) {
      return { messages, interrupted, defect: { kind: 'bad-length', atByte: at, length } };
    }
    if ((view.getUint16(at + 6, true) & NLM_F.dumpInterrupted) !== 0) interrupted = true;
    const message = decodeMessage(new DataView(view.buffer, view.byteOffset + at, length));
    if (message !== undefined) messages.push(message);
    at += align(length);
  }
  return { messages, interrupted, defect: undefined };
}

/** One message, its header included; `undefined` for one that is not about links or addresses, or too short to be. */
function decodeMessage(view: DataView): NetlinkMessage | undefined {
  const type = view.getUint16(4, true);
  const sequence = view.getUint32(8, true);
  switch (type) {
    case NLMSG.done:
      return { kind: 'done', sequence };
    case NLMSG.error: {
      if (view.byteLength < HEADER_BYTES + 4) return undefined;
      const errno = -view.getInt32(HEADER_BYTES, true);
      return errno === 0 ? undefined : { kind: 'refused', sequence, errno };
    }
    case RTM.newLink:
    case RTM.delLink:
      return decodeLink(view, type === RTM.delLink);
    case RTM.newAddress:
    case RTM.delAddress:
      return decodeAddress(view, type === RTM.delAddress);
    default:
      return undefined;
  }
}

function decodeLink(view: DataView, gone: boolean): NetlinkMessage | undefined {
  if (view.byteLength < HEADER_BYTES + IFINFO_BYTES) return undefined;
  // AF_BRIDGE messages tell of a bridge's ports: there, "gone" means taken out of the bridge.
  if (view.getUint8(HEADER_BYTES) !== AF_UNSPEC) return undefined;
  const index = view.getInt32(HEADER_BYTES + 4, true);
  if (gone) return { kind: 'link-gone', index };

  const attributes = attributesOf(view, HEADER_BYTES + IFINFO_BYTES);
  const mac = attributes.get(IFLA.address);
  return {
    kind: 'link',
    index,
    name: textOf(attributes.get(IFLA.name)),
    hardwareType: view.getUint16(HEADER_BYTES + 2, true),
    flags: view.getUint32(HEADER_BYTES + 8, true),
    mac: mac?.length === MAC_BYTES ? macFrom(mac) : undefined,
  };
}

function decodeAddress(view: DataView, gone: boolean): NetlinkMessage | undefined {
  if (view.byteLength < HEADER_BYTES + IFADDR_BYTES) return undefined;
  const family = view.getUint8(HEADER_BYTES);
  const length = view.getUint8(HEADER_BYTES + 1);
  const index = view.getUint32(HEADER_BYTES + 4, true);
  const attributes = attributesOf(view, HEADER_BYTES + IFADDR_BYTES);
  // On a point-to-point link `local` is ours and `address` the other end's, which is what the link reaches.
  const reached = addressFrom(family, attributes.get(IFA.address));
  const ours = addressFrom(family, attributes.get(IFA.local)) ?? reached;
  if (reached === undefined || ours === undefined || length > (family === AF_INET ? 32 : 128)) return undefined;
  const address = { address: ours, onLink: prefixOf(reached, length) };
  return { kind: gone ? 'address-gone' : 'address', index, address };
}

/** The last attribute of each type; one that does not fit ends the list. */
function attributesOf(view: DataView, from: number): ReadonlyMap<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  let at = from;
  while (view.byteLength - at >= ATTRIBUTE_HEADER_BYTES) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > view.byteLength) break;
    const type = view.getUint16(at + 2, true) & ATTRIBUTE_TYPE_MASK;
    const start = view.byteOffset + at + ATTRIBUTE_HEADER_BYTES;
    attributes.set(type, new Uint8Array(view.buffer, start, length - ATTRIBUTE_HEADER_BYTES));
    at += align(length);
  }
  return attributes;
}

/** Up to the terminating zero. The kernel's names are bytes; others than ASCII are legal and very rare. */
function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '';
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function addressFrom(family: number, bytes: Uint8Array | undefined): Address | undefined {
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (family === AF_INET && bytes.length === 4) return toIPv4(view.getUint32(0));
  if (family === AF_INET6 && bytes.length === 16) return toIPv6((view.getBigUint64(0) << 64n) | view.getBigUint64(8));
  return undefined;
}

/** Asks for all links, or all addresses of both families. */
export function encodeDumpRequest(what: 'links' | 'addresses', sequence: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + (what === 'links' ? IFINFO_BYTES : IFADDR_BYTES));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, what === 'links' ? RTM.getLink : RTM.getAddress, true);
  view.setUint16(6, NLM_F.request | NLM_F.dump, true);
  view.setUint32(8, sequence, true);
  view.setUint8(HEADER_BYTES, AF_UNSPEC);
  return bytes;
}
