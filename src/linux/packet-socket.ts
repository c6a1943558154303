/**
 * Packet sockets: whole Ethernet frames of one link, in and out.
 *
 * Each takes one EtherType and only what its filter lets pass; a frame that arrived before the filter was there is never
 * seen, because the socket listens to nothing until it is bound. Frames that this node sends do not come back: the kernel
 * shows those to sockets of all protocols only, PACKET_IGNORE_OUTGOING says so again, and the filters refuse them.
 * The link is not put into promiscuous mode; if somebody else did, frames to other hosts are refused by the filters.
 *
 * Sources: packet(7), include/uapi/linux/if_packet.h, Documentation/networking/packet_mmap.rst.
 * @module
 */
import type { LinkIndex } from '../speaker/messages.js';
import { type BpfProgram, encodeProgram } from './bpf.js';
import { requireNetRaw } from './capabilities.js';
import { addressOf, bind, close, ERRNO, type Fd, LibcError, openSocket, setsockopt, trySetsockopt } from './libc.js';

const AF_PACKET = 17;
const SOCK_RAW = 3;
/** include/uapi/asm-generic/socket.h */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
const SO_PRIORITY = 12;
/** include/uapi/linux/if_packet.h; Linux 4.20. */
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;

/** include/uapi/linux/pkt_sched.h, TC_PRIO_CONTROL: the first band of the default queue discipline. */
const TC_PRIO_CONTROL = 7;

/**
 * Room for what arrives while the loop is busy. The kernel counts about 0.8 KB for each small frame and doubles what is asked
 * for: some 600 frames, which is a second of a lively segment.
 */
const RECEIVE_BUFFER_BYTES = 256 * 1024;

export interface PacketSocketOptions {
  readonly link: LinkIndex;
  readonly etherType: number;
  readonly filter: BpfProgram;
}

/** Opens, filters, then binds. The caller closes it. Throws a CapabilityError without CAP_NET_RAW. */
export function openPacketSocket({ link, etherType, filter }: PacketSocketOptions): Fd {
  const doing = `listening on link ${link}`;
  const fd = requireNetRaw(() => openSocket(AF_PACKET, SOCK_RAW, 0, doing));
  try {
    attachFilter(fd, filter, doing);
    trySetsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, int32(1));
    trySetsockopt(fd, SOL_SOCKET, SO_RCVBUF, int32(RECEIVE_BUFFER_BYTES));
    trySetsockopt(fd, SOL_SOCKET, SO_PRIORITY, int32(TC_PRIO_CONTROL));
    bind(fd, sockaddrOf(link, etherType), doing);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** Throws a CapabilityError if this process may not open packet sockets: known at the start, not at the first link. */
export function checkNetRaw(): void {
  close(requireNetRaw(() => openSocket(AF_PACKET, SOCK_RAW, 0, 'opening a packet socket')));
}

/** Whether a link that was there a moment ago is what is missing: netlink will tell, or has told. */
export const isLinkGone = (error: unknown): boolean =>
  error instanceof LibcError && (error.errno === ERRNO.ENODEV || error.errno === ERRNO.ENXIO);

/** struct sock_fprog: a count, padding and a pointer. */
function attachFilter(fd: Fd, filter: BpfProgram, doing: string): void {
  const program = encodeProgram(filter);
  const fprog = Buffer.alloc(16);
  fprog.writeUInt16LE(filter.length, 0);
  fprog.writeBigUInt64LE(addressOf(program), 8);
  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, fprog, doing);
}

/** struct sockaddr_ll: family, protocol in network order, ifindex; the rest is for received frames. */
function sockaddrOf(link: LinkIndex, etherType: number): Uint8Array {
  const sockaddr = Buffer.alloc(20);
  sockaddr.writeUInt16LE(AF_PACKET, 0);
  sockaddr.writeUInt16BE(etherType, 2);
  sockaddr.writeInt32LE(link, 4);
  return sockaddr;
}

function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
