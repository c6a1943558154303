/**
 * Whether an ARP packet is answered, and why not.
 *
 * Pure. Holding an address, and being sure of it, is decided elsewhere: here it is looked up.
 *
 * Sources: RFC 826, RFC 5227 §2.1.1 (a probe is answered like any request) and §1.1 (an announcement asks nobody).
 * @module
 */
import { type ArpPacket, replyTo } from '../arp/arp.js';
import type { EthernetHeader } from '../arp/ethernet.js';
import type { IPv4 } from '../values/ipv4.js';
import { BROADCAST, isGroup, type Mac, NO_MAC } from '../values/mac.js';

export type Verdict =
  | { readonly answer: true; readonly reply: ArpPacket; readonly to: Mac }
  | { readonly answer: false; readonly because: NoAnswer };

export type NoAnswer =
  | 'not-a-request'
  | 'not-held-here'
  /** Addressed to another host's MAC: seen because the switch floods, or the link is promiscuous. */
  | 'to-another-host'
  /** Says rather than asks that the address is the sender's. */
  | 'announcement'
  /** A group or zero sender address, or one of this node's own: an answer would go nowhere, or everywhere. */
  | 'bad-sender'
  /** Rule 5: we stood still, and do not know yet whether the address is still ours. */
  | 'fenced';

export interface Answerer {
  readonly self: Mac;
  /** The MACs of all links of this node. */
  readonly own: ReadonlySet<Mac>;
  readonly fenced: boolean;
  readonly holds: (ip: IPv4) => boolean;
}

export function judge(header: EthernetHeader, packet: ArpPacket, answerer: Answerer): Verdict {
  if (packet.operation !== 'request') return { answer: false, because: 'not-a-request' };
  if (!answerer.holds(packet.targetIp)) return { answer: false, because: 'not-held-here' };
  if (header.destination !== BROADCAST && header.destination !== answerer.self) {
    return { answer: false, because: 'to-another-host' };
  }
  if (packet.senderIp === packet.targetIp) return { answer: false, because: 'announcement' };
  const { senderMac } = packet;
  if (isGroup(senderMac) || senderMac === NO_MAC || answerer.own.has(senderMac)) {
    return { answer: false, because: 'bad-sender' };
  }
  if (answerer.fenced) return { answer: false, because: 'fenced' };
  return { answer: true, reply: replyTo(packet, answerer.self), to: senderMac };
}
