/**
 * Neighbour solicitations and advertisements: the IPv6 packet that is an Ethernet frame's payload, to values and back.
 *
 * Pure. Only what RFC 4861 calls valid becomes a value: whoever gets one need not check anything again. Nothing here
 * decides whether an answer is due.
 *
 * Sources: RFC 4861 §4.3, §4.4 and §4.6 (layout), §7.1 (validation), RFC 8200 §3 (IPv6 header), RFC 6980 §5 (no
 * fragments), RFC 4862 §5.4.2 (duplicate address detection).
 * @module
 */
import { type IPv6, toIPv6 } from '../values/ipv6.js';
import { type Mac, macFrom, writeMac } from '../values/mac.js';
import { err, ok, type Result } from '../values/result.js';
import { icmpv6Checksum } from './checksum.js';

/** RFC 8200 §3: an IPv6 header without extension headers. */
export const IPV6_HEADER_BYTES = 40;
/** RFC 4861 §4.3 and §4.4: both messages up to their options. */
const MESSAGE_BYTES = 24;
/** RFC 4861 §4.6.1: a link-layer address option for Ethernet; option lengths count units of 8 bytes. */
const LINK_OPTION_BYTES = 8;

const ICMPV6 = 58;
/** RFC 4861 §7.1: no router can have forwarded a packet that arrives with it. */
const HOP_LIMIT = 255;
const TYPE = { solicitation: 135, advertisement: 136 } as const;
const OPTION = { sourceLink: 1, targetLink: 2 } as const;
/** RFC 4861 §4.4, the first byte of the flags. */
const FLAG = { router: 0x80, solicited: 0x40, override: 0x20 } as const;

/** The unspecified address `::`, the source of a host that does not have its address yet. */
export const UNSPECIFIED = toIPv6(0n);
/** RFC 4291 §2.7.1: `ff02::1`. */
export const ALL_NODES = toIPv6(0xff02_0000_0000_0000_0000_0000_0000_0001n);
/** RFC 4291 §2.7.1: `ff02::1:ff00:0/104`. */
const SOLICITED_NODE = 0xff02_0000_0000_0000_0000_0001_ff00_0000n;

/** "Who has `target`?" With an unspecified source it is a duplicate address detection. */
export interface Solicitation {
  readonly kind: 'solicitation';
  readonly source: IPv6;
  readonly destination: IPv6;
  readonly target: IPv6;
  /** Where to answer; a solicitation may leave it out, and its answer then goes to the Ethernet source. */
  readonly sourceLink: Mac | undefined;
}

/** "`target` is at `targetLink`." */
export interface Advertisement {
  readonly kind: 'advertisement';
  readonly source: IPv6;
  readonly destination: IPv6;
  readonly target: IPv6;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  readonly targetLink: Mac | undefined;
}

export type NdpMessage = Solicitation | Advertisement;

/** Why bytes are not a message we can use. Any host on the link can send each of these. */
export type NdpDefect =
  | { readonly kind: 'truncated'; readonly gotBytes: number }
  | { readonly kind: 'not-ipv6'; readonly version: number }
  /** Another protocol, a fragment or an extension header. */
  | { readonly kind: 'not-icmpv6'; readonly nextHeader: number }
  | { readonly kind: 'forwarded'; readonly hopLimit: number }
  | { readonly kind: 'unknown-type'; readonly type: number }
  | { readonly kind: 'unknown-code'; readonly code: number }
  | { readonly kind: 'bad-checksum' }
  | { readonly kind: 'multicast-target' }
  | { readonly kind: 'zero-length-option' }
  | { readonly kind: 'option-overrun' }
  /** A duplicate address detection that was sent to anything but a solicited-node group, or names a link address. */
  | { readonly kind: 'unspecified-source' }
  | { readonly kind: 'solicited-multicast' };

/** Reads an IPv6 packet; what follows its payload is Ethernet padding. Never throws. */
export function decodeNdp(bytes: Uint8Array): Result<NdpMessage, NdpDefect> {
  if (bytes.length < IPV6_HEADER_BYTES) return err({ kind: 'truncated', gotBytes: bytes.length });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint8(0) >>> 4;
  if (version !== 6) return err({ kind: 'not-ipv6', version });
  const nextHeader = view.getUint8(6);
  if (nextHeader !== ICMPV6) return err({ kind: 'not-icmpv6', nextHeader });

  const packet = bytes.subarray(0, IPV6_HEADER_BYTES + view.getUint16(4));
  if (packet.length < IPV6_HEADER_BYTES + Math.max(view.getUint16(4), MESSAGE_BYTES)) {
    return err({ kind: 'truncated', gotBytes: packet.length });
  }
  const type = view.getUint8(40);
  if (type !== TYPE.solicitation && type !== TYPE.advertisement) return err({ kind: 'unknown-type', type });
  const hopLimit = view.getUint8(7);
  if (hopLimit !== HOP_LIMIT) return err({ kind: 'forwarded', hopLimit });
  const code = view.getUint8(41);
  if (code !== 0) return err({ kind: 'unknown-code', code });
  if (icmpv6Checksum(packet) !== 0) return err({ kind: 'bad-checksum' });

  const target = ipv6At(view, 48);
  if (isMulticast(target)) return err({ kind: 'multicast-target' });
  const link = linkOption(packet, type === TYPE.solicitation ? OPTION.sourceLink : OPTION.targetLink);
  if (!link.ok) return link;
  const source = ipv6At(view, 8);
  const destination = ipv6At(view, 24);

  if (type === TYPE.solicitation) {
    const fromNobody = source === UNSPECIFIED;
    if (fromNobody && (!isSolicitedNodeGroup(destination) || link.value !== undefined)) {
      return err({ kind: 'unspecified-source' });
    }
    return ok({ kind: 'solicitation', source, destination, target, sourceLink: link.value });
  }
  const flags = view.getUint8(44);
  const solicited = (flags & FLAG.solicited) !== 0;
  if (solicited && isMulticast(destination)) return err({ kind: 'solicited-multicast' });
  return ok({
    kind: 'advertisement',
    source,
    destination,
    target,
    router: (flags & FLAG.router) !== 0,
    solicited,
    override: (flags & FLAG.override) !== 0,
    targetLink: link.value,
  });
}

/** The MAC in the first option of this type, as in Linux. Options of other types, and of other link layers, are skipped. */
function linkOption(packet: Uint8Array, wanted: number): Result<Mac | undefined, NdpDefect> {
  let link: Mac | undefined;
  let at = IPV6_HEADER_BYTES + MESSAGE_BYTES;
  while (at < packet.length) {
    const optionBytes = 8 * (packet[at + 1] ?? 1);
    if (optionBytes === 0) return err({ kind: 'zero-length-option' });
    if (at + optionBytes > packet.length) return err({ kind: 'option-overrun' });
    if (packet[at] === wanted && optionBytes === LINK_OPTION_BYTES) link ??= macFrom(packet, at + 2);
    at += optionBytes;
  }
  return ok(link);
}

/**
 * Inverse of {@link decodeNdp}, checksum included: the whole payload of an Ethernet frame. Encodes what it is given:
 * the builders below are the ones that make valid messages.
 */
export function encodeNdp(message: NdpMessage): Uint8Array {
  const link = message.kind === 'solicitation' ? message.sourceLink : message.targetLink;
  const payloadBytes = MESSAGE_BYTES + (link === undefined ? 0 : LINK_OPTION_BYTES);
  const bytes = new Uint8Array(IPV6_HEADER_BYTES + payloadBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 6 << 4);
  view.setUint16(4, payloadBytes);
  view.setUint8(6, ICMPV6);
  view.setUint8(7, HOP_LIMIT);
  putIPv6(view, 8, message.source);
  putIPv6(view, 24, message.destination);
  view.setUint8(40, TYPE[message.kind]);
  if (message.kind === 'advertisement') view.setUint8(44, flagsOf(message));
  putIPv6(view, 48, message.target);
  if (link !== undefined) {
    view.setUint8(64, message.kind === 'solicitation' ? OPTION.sourceLink : OPTION.targetLink);
    view.setUint8(65, LINK_OPTION_BYTES / 8);
    writeMac(link, bytes, 66);
  }
  view.setUint16(42, icmpv6Checksum(bytes));
  return bytes;
}

const flagsOf = ({ router, solicited, override }: Advertisement): number =>
  (router ? FLAG.router : 0) | (solicited ? FLAG.solicited : 0) | (override ? FLAG.override : 0);

/** "Who has `target`? Tell `source`": RFC 4861 §7.2.2, to the target's solicited-node group. */
export function solicitation(mac: Mac, source: IPv6, target: IPv6): Solicitation {
  return { kind: 'solicitation', source, destination: solicitedNodeGroup(target), target, sourceLink: mac };
}

/** "Does anybody have `target`?", asked so that no cache learns from the question: RFC 4862 §5.4.2. */
export function duplicateAddressDetection(target: IPv6): Solicitation {
  const destination = solicitedNodeGroup(target);
  return { kind: 'solicitation', source: UNSPECIFIED, destination, target, sourceLink: undefined };
}

/** "`target` is at `mac` now", to everybody and unasked: RFC 4861 §7.2.6. */
export function advertisement(mac: Mac, target: IPv6): Advertisement {
  return {
    kind: 'advertisement',
    source: target,
    destination: ALL_NODES,
    target,
    router: false,
    solicited: false,
    override: true,
    targetLink: mac,
  };
}

/** The answer to a solicitation; one without a source is defended against before everybody: RFC 4861 §7.2.4. */
export function advertisementTo(asked: Solicitation, mac: Mac): Advertisement {
  const unasked = advertisement(mac, asked.target);
  return asked.source === UNSPECIFIED ? unasked : { ...unasked, destination: asked.source, solicited: true };
}

/** RFC 4291 §2.7.1: the group that everybody joins who has an address with these last 24 bits. */
export const solicitedNodeGroup = (ip: IPv6): IPv6 => toIPv6(SOLICITED_NODE | (ip & 0xff_ffffn));

/** RFC 2464 §7: 33:33 and the last 32 bits of the group. */
export function groupMac(group: IPv6): Mac {
  const bytes = Uint8Array.of(0x33, 0x33, 0, 0, 0, 0);
  new DataView(bytes.buffer).setUint32(2, Number(group & 0xffff_ffffn));
  return macFrom(bytes);
}

const isSolicitedNodeGroup = (ip: IPv6): boolean => ip >> 24n === SOLICITED_NODE >> 24n;
/** RFC 4291 §2.7. */
const isMulticast = (ip: IPv6): boolean => ip >> 120n === 0xffn;

const ipv6At = (view: DataView, at: number): IPv6 => toIPv6((view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8));

function putIPv6(view: DataView, at: number, ip: IPv6): void {
  view.setBigUint64(at, ip >> 64n);
  view.setBigUint64(at + 8, ip & 0xffff_ffff_ffff_ffffn);
}
