/**
 * What ARP packets of others say about the addresses that are wanted on a link.
 *
 * Pure. The wire is the truth: a frame with an address as its sender holds it, whatever anybody's table says.
 *
 * Source: RFC 5227 §2.1.1 (conflicts while probing) and §2.4 (while holding), docs/protocol.md, rule 2.
 * @module
 */
import { type ArpPacket, isProbe } from '../arp/arp.js';
import type { EthernetHeader } from '../arp/ethernet.js';
import { BROADCAST } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import { outranks } from './elect.js';
import type { Holdings } from './holdings.js';
import type { Members } from './members.js';
import type { Slot } from './slot.js';
import type { Watcher } from './watcher.js';

export interface EvidenceRooms {
  readonly self: NodeName;
  readonly members: Members;
  readonly holdings: Holdings;
  readonly watcher: Watcher;
  /** We stood still (rule 5), or were cut off: whether what we hold is still ours is not known yet. */
  readonly unsure: boolean;
}

/**
 * Takes in a packet that is none of this node's own; whether it is answered too is another question. Returns whether
 * anything may follow from it: nothing does from what peers announce of their own, and of that there is a lot.
 */
export function takeEvidence(header: EthernetHeader, packet: ArpPacket, rooms: EvidenceRooms, nowMs: number): boolean {
  if (!isProbe(packet)) {
    const slot = rooms.holdings.slotOf(packet.senderIp);
    return slot !== undefined && addressUsed(slot, packet, rooms, nowMs);
  }
  // A probe to one MAC alone asks whether that host still answers: it is no sign that its sender wants the address.
  const slot = header.destination === BROADCAST ? rooms.holdings.slotOf(packet.targetIp) : undefined;
  return slot !== undefined && addressProbed(slot, packet, rooms, nowMs);
}

/** Somebody answered for the address, or announced it. */
function addressUsed(slot: Slot, packet: ArpPacket, rooms: EvidenceRooms, nowMs: number): boolean {
  const { holdings, members, watcher, self } = rooms;
  const peer = members.at(packet.senderMac);
  if (peer === undefined) {
    holdings.strangerSeen(slot, packet.senderMac, nowMs);
    return true;
  }
  if (peer.watch.is === 'heard' && peer.fresh) {
    // Its claims decide over what is held; but nothing is claimed that it just answered for.
    if (slot.holding.is !== 'probing') return false;
    holdings.yieldTo(slot, nowMs);
    return true;
  }
  // We stood still or were cut off, and it took over; or two hold the address and do not hear each other's claims: then the order that
  // both know decides.
  if (slot.held && !rooms.unsure && !outranks(peer.node, self, slot.duty.address)) {
    watcher.arpAnswered(peer, slot.duty.address, nowMs);
    holdings.assert(slot, nowMs);
    return true;
  }
  // From here on it is watched as the owner that it is, by asking it now and then.
  const { address, services } = slot.duty;
  peer.table.set({ address, term: slot.highestTerm, state: 'owned', services });
  watcher.arpAnswered(peer, address, nowMs);
  if (slot.held || slot.holding.is === 'probing') holdings.yieldTo(slot, nowMs);
  return true;
}

/** Somebody is about to claim the address, or asks who took it over. */
function addressProbed(slot: Slot, packet: ArpPacket, rooms: EvidenceRooms, nowMs: number): boolean {
  const { holdings, members, watcher, self } = rooms;
  const peer = members.at(packet.senderMac);
  if (slot.held) {
    // It is answered like any question. A speaker that asks may have answered for the address itself until now, on its
    // side of a link that was cut: hosts that believed it have to hear who has it.
    if (peer !== undefined && !rooms.unsure) holdings.assert(slot, nowMs);
    return peer !== undefined;
  }
  if (slot.holding.is !== 'probing') return false;
  if (peer === undefined) {
    holdings.strangerSeen(slot, packet.senderMac, nowMs);
    return true;
  }
  // An owner that stood still probes for what it holds before it answers again: it lives.
  watcher.arpAnswered(peer, slot.duty.address, nowMs);
  if (outranks(peer.node, self, slot.duty.address)) holdings.yieldTo(slot, nowMs);
  return true;
}
