/**
 * A link of the host that a lab program runs on, for programs that speak Ethernet themselves.
 *
 * Blocks in poll for a few milliseconds at a time and lets Node's own events (signals, above all) run in between.
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ETHERTYPE } from '../../arp/ethernet.js';
import { ARP_FILTER, assemble, type BpfProgram } from '../../linux/bpf.js';
import { boottimeMs } from '../../linux/clock.js';
import { ERRNO, type Fd, LibcError, POLLFD_BYTES, POLLIN, poll, recv, send } from '../../linux/libc.js';
import { LinkWatch } from '../../linux/link-watch.js';
import { openPacketSocket } from '../../linux/packet-socket.js';
import type { Link } from '../../speaker/messages.js';

/** More than any frame that a link of the lab (MTU 1500) carries. */
const FRAME_BYTES = 2_048;

/** What a program does on each turn of its loop. */
export interface Turn {
  /** The frame is overwritten after the call. */
  readonly onFrame: (frame: Uint8Array, nowMs: number) => void;
  /** Called when it is due; answers when it is due next. */
  readonly onTick: (nowMs: number) => number;
  readonly signal: AbortSignal;
}

export interface WireOptions {
  readonly etherType: number;
  readonly filter: BpfProgram;
}

/** What a host takes that speaks ARP. */
const ARP: WireOptions = { etherType: ETHERTYPE.arp, filter: ARP_FILTER };
/** Whatever crosses the link, frames to other hosts included; ETH_P_ALL of include/uapi/linux/if_ether.h. */
export const EVERYTHING: WireOptions = { etherType: 0x0003, filter: assemble([]) };

/** One link, in both directions. */
export class Wire {
  readonly link: Link;
  readonly #fd: Fd;
  readonly #pollfds = Buffer.alloc(POLLFD_BYTES);
  readonly #frame = Buffer.alloc(FRAME_BYTES);

  /** Opens the link of that name; throws when there is none. */
  constructor(name: string, options: WireOptions = ARP) {
    const link = readLinks().find((each) => each.name === name);
    if (link === undefined) throw new Error(`no link ${name}`);
    this.link = link;
    this.#fd = openPacketSocket({ link: link.index, ...options });
    this.#pollfds.writeInt32LE(this.#fd, 0);
    this.#pollfds.writeInt16LE(POLLIN, 4);
  }

  /** Whether the frame left: it does not while the link is down or its queue is full. */
  send(frame: Uint8Array): boolean {
    const sent = send(this.#fd, frame);
    if (sent >= 0) return true;
    if ([ERRNO.ENETDOWN, ERRNO.ENOBUFS, ERRNO.EAGAIN].includes(-sent)) return false;
    throw new LibcError('send', -sent, `sending on ${this.link.name}`);
  }

  /** Ticks and frames, until the signal. */
  async run({ onFrame, onTick, signal }: Turn): Promise<void> {
    let nextMs = boottimeMs();
    while (!signal.aborted) {
      poll(this.#pollfds, 1, Math.min(Math.max(0, Math.ceil(nextMs - boottimeMs())), 20));
      for (let bytes = recv(this.#fd, this.#frame); bytes >= 0; bytes = recv(this.#fd, this.#frame)) {
        onFrame(this.#frame.subarray(0, bytes), boottimeMs());
      }
      const nowMs = boottimeMs();
      if (nowMs >= nextMs) nextMs = onTick(nowMs);
      await nextTurn();
    }
  }
}

/** Blocks until the kernel has told all of them. */
function readLinks(): readonly Link[] {
  const watch = new LinkWatch();
  const pollfds = Buffer.alloc(POLLFD_BYTES);
  pollfds.writeInt32LE(watch.fd, 0);
  pollfds.writeInt16LE(POLLIN, 4);
  try {
    for (;;) {
      poll(pollfds, 1, -1);
      const links = watch.read();
      if (links !== undefined) return links;
    }
  } finally {
    watch.close();
  }
}
