/**
 * A netlink socket that knows the links of its network namespace: a dump first, then every change as it happens.
 *
 * Dump and changes come through one socket, so that their order is the kernel's. When messages were lost (ENOBUFS), or the
 * dump was not of one piece, everything is dumped again; until that is complete the links known before stay.
 * Never blocks.
 *
 * Sources: netlink(7), rtnetlink(7).
 * @module
 */
import type { Link } from '../speaker/messages.js';
import { bind, close, ERRNO, type Fd, LibcError, openSocket, recv, send, trySetsockopt } from './libc.js';
import { LinkTable, sameLink } from './links.js';
import { decodeNetlink, encodeDumpRequest, type NetlinkBatch } from './netlink.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;
/** include/uapi/linux/rtnetlink.h: link, IPv4 address and IPv6 address changes. */
const RTMGRP = 0x1 | 0x10 | 0x100;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
/** Asks recv for a datagram's true length, so that a cut one is noticed. */
const MSG_TRUNC = 0x20;

/** A node where hundreds of pods come and go at once makes some hundreds of kilobytes of news. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
/** netlink(7): the kernel fills dumps up to 32 KiB when the reader's buffer is that large. */
const DATAGRAM_BYTES = 32 * 1024;
/** Datagrams read in one turn, so that the heartbeats' turn comes. */
const MAX_DATAGRAMS = 16;

/** What is known, and what is being asked. */
type Phase =
  | {
      readonly kind: 'dumping';
      readonly what: 'links' | 'addresses';
      readonly table: LinkTable;
      /** Nothing was missed so far. */
      readonly whole: boolean;
    }
  | { readonly kind: 'following'; readonly table: LinkTable }
  /** Something was lost. A dump has to wait until the queue is empty, as the kernel refuses one that has no room. */
  | { readonly kind: 'missed'; readonly table: LinkTable };

export class LinkWatch {
  readonly fd: Fd;
  readonly #buffer = Buffer.alloc(DATAGRAM_BYTES);
  #sequence = 0;
  #missed = 0;
  #phase: Phase;
  #known: readonly Link[] = [];

  /** Opens the socket and asks for the first dump. */
  constructor() {
    this.fd = openSocket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 'reading the links');
    trySetsockopt(this.fd, SOL_SOCKET, SO_RCVBUF, uint32(RECEIVE_BUFFER_BYTES));
    const sockaddr = Buffer.alloc(12);
    sockaddr.writeUInt16LE(AF_NETLINK, 0);
    sockaddr.writeUInt32LE(RTMGRP, 8);
    bind(this.fd, sockaddr, 'following the links');
    this.#phase = this.#dump('links', new LinkTable());
  }

  /** Reads what has arrived. The links, all of them, if they are known and differ from what was returned last. */
  read(): readonly Link[] | undefined {
    let changed = false;
    // Once something was lost, on to the end of the queue: only there is a new dump asked for.
    for (let datagram = 0; datagram < MAX_DATAGRAMS || this.#phase.kind === 'missed'; datagram++) {
      const bytes = recv(this.fd, this.#buffer, MSG_TRUNC);
      if (bytes === -ERRNO.EAGAIN) {
        if (this.#phase.kind === 'missed') this.#phase = this.#dump('links', new LinkTable());
        break;
      }
      if (bytes === -ERRNO.EINTR) continue;
      if (bytes < 0 && bytes !== -ERRNO.ENOBUFS) throw new LibcError('recv', -bytes, 'following the links');
      if (bytes < 0 || bytes > DATAGRAM_BYTES) this.#missedSomething();
      else if (this.#take(decodeNetlink(this.#buffer.subarray(0, bytes)))) changed = true;
    }
    if (!changed || this.#phase.kind !== 'following') return undefined;
    const links = this.#phase.table.links();
    if (links.length === this.#known.length && links.every((link, at) => sameLink(link, this.#known[at] as Link))) {
      return undefined;
    }
    this.#known = links;
    return links;
  }

  /** How often news was lost and everything had to be read again. */
  get missed(): number {
    return this.#missed;
  }

  close(): void {
    close(this.fd);
  }

  /** Whether the links may differ after this batch. */
  #take(batch: NetlinkBatch): boolean {
    let changed = false;
    if (batch.interrupted && this.#phase.kind === 'dumping') this.#phase = { ...this.#phase, whole: false };
    for (const message of batch.messages) {
      if (this.#phase.table.take(message)) changed = true;
      if (message.kind === 'done' && message.sequence === this.#sequence) {
        changed = this.#dumped() || changed;
      } else if (message.kind === 'refused' && message.sequence === this.#sequence) {
        throw new LibcError('netlink dump', message.errno, 'reading the links');
      }
    }
    if (batch.defect !== undefined) this.#missedSomething();
    return changed;
  }

  /** Dumps again when the queue is empty and the dump that is under way has ended: the kernel runs one at a time. */
  #missedSomething(): void {
    this.#missed++;
    const { table } = this.#phase;
    this.#phase = this.#phase.kind === 'dumping' ? { ...this.#phase, whole: false } : { kind: 'missed', table };
  }

  /** One dump is complete: ask for the next, for the first one again, or be done. Says whether all is known now. */
  #dumped(): boolean {
    const phase = this.#phase;
    if (phase.kind !== 'dumping') return false;
    if (!phase.whole) this.#phase = { kind: 'missed', table: phase.table };
    else if (phase.what === 'links') this.#phase = this.#dump('addresses', phase.table);
    else this.#phase = { kind: 'following', table: phase.table };
    return this.#phase.kind === 'following';
  }

  #dump(what: 'links' | 'addresses', table: LinkTable): Phase {
    this.#sequence++;
    const sent = send(this.fd, encodeDumpRequest(what, this.#sequence));
    if (sent < 0) throw new LibcError('send', -sent, 'asking for the links');
    return { kind: 'dumping', what, table, whole: true };
  }
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
