/**
 * The packet sockets of the links that the speaker takes part on, two for each: heartbeats and ARP are read in turns of
 * their own, so that a claim is known before a question that came after it is answered (rule 5).
 *
 * Sockets stay open while a link is down: the kernel takes them up again with it. What a full queue or a link that has just
 * gone does not take is counted, not thrown.
 *
 * Source: docs/protocol.md, rule 5; packet(7).
 * @module
 */
import { ETHERTYPE } from '../arp/ethernet.js';
import type { Link, LinkIndex } from '../speaker/messages.js';
import { ARP_FILTER, BEAT_FILTER } from './bpf.js';
import { close, ERRNO, errnoName, type Fd, LibcError, recv, send } from './libc.js';
import { isLinkGone, openPacketSocket } from './packet-socket.js';

export interface LinkSocketPair {
  readonly link: LinkIndex;
  readonly beats: Fd;
  readonly arp: Fd;
}

/** What a send may answer on a healthy machine: link down, link gone, queue full, frame longer than a link's MTU. */
const UNSENT: ReadonlySet<number> = new Set([
  ERRNO.ENETDOWN,
  ERRNO.ENXIO,
  ERRNO.ENODEV,
  ERRNO.ENOBUFS,
  ERRNO.EAGAIN,
  ERRNO.EMSGSIZE,
]);

/** What recv may answer on a healthy machine, once for each time that the link goes down. */
const UNREAD: ReadonlySet<number> = new Set([ERRNO.EAGAIN, ERRNO.EINTR, ERRNO.ENETDOWN, ERRNO.ENXIO, ERRNO.ENODEV]);

export class LinkSockets {
  readonly #pairs = new Map<LinkIndex, LinkSocketPair>();
  readonly #unsent = new Map<string, number>();

  /** By link, in the order they were opened. */
  get pairs(): Iterable<LinkSocketPair> {
    return this.#pairs.values();
  }

  get size(): number {
    return this.#pairs.size;
  }

  /** Opens what is missing and closes what is not wanted any more; says whether it did either. */
  follow(wanted: readonly Link[]): boolean {
    const before = [...this.#pairs.keys()];
    const indexes = new Set(wanted.map((link) => link.index));
    for (const index of before) if (!indexes.has(index)) this.#close(index);
    for (const { index } of wanted) if (!this.#pairs.has(index)) this.#open(index);
    return before.length !== this.#pairs.size || before.some((index) => !this.#pairs.has(index));
  }

  /** Sends a whole frame on a link, through the socket of its EtherType. */
  send(link: LinkIndex, frame: Uint8Array): void {
    const unsent = this.#send(link, frame);
    if (unsent !== undefined) this.#unsent.set(unsent, (this.#unsent.get(unsent) ?? 0) + 1);
  }

  /** The next frame that waits in a socket: its length in `into`, or 0 when there is none. */
  receive(fd: Fd, into: Uint8Array): number {
    const bytes = recv(fd, into);
    if (bytes >= 0) return bytes;
    if (UNREAD.has(-bytes)) return 0;
    throw new LibcError('recv', -bytes, 'receiving a frame');
  }

  /** Throws all waiting ARP frames away, unread; says how many. */
  discardQueued(scratch: Uint8Array): number {
    let frames = 0;
    for (const { arp } of this.#pairs.values()) while (this.receive(arp, scratch) > 0) frames++;
    return frames;
  }

  /** Frames that did not leave, by why: `unsent_ENOBUFS`. */
  counters(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#unsent].map(([why, frames]) => [`unsent_${why}`, frames]));
  }

  close(): void {
    for (const index of [...this.#pairs.keys()]) this.#close(index);
  }

  /** Why the frame did not leave, if it did not. */
  #send(link: LinkIndex, frame: Uint8Array): string | undefined {
    const pair = this.#pairs.get(link);
    if (pair === undefined) return 'no_socket';
    const etherType = ((frame[12] as number) << 8) | (frame[13] as number);
    const sent = send(etherType === ETHERTYPE.cairn ? pair.beats : pair.arp, frame);
    if (sent >= 0) return undefined;
    if (!UNSENT.has(-sent)) throw new LibcError('send', -sent, `sending on link ${link}`);
    return errnoName(-sent);
  }

  #open(link: LinkIndex): void {
    try {
      const beats = openPacketSocket({ link, etherType: ETHERTYPE.cairn, filter: BEAT_FILTER });
      try {
        const arp = openPacketSocket({ link, etherType: ETHERTYPE.arp, filter: ARP_FILTER });
        this.#pairs.set(link, { link, beats, arp });
      } catch (error) {
        close(beats);
        throw error;
      }
    } catch (error) {
      // Netlink told of the link a moment ago; it will tell of its end.
      if (!isLinkGone(error)) throw error;
    }
  }

  #close(link: LinkIndex): void {
    const pair = this.#pairs.get(link);
    if (pair === undefined) return;
    close(pair.beats);
    close(pair.arp);
    this.#pairs.delete(link);
  }
}
