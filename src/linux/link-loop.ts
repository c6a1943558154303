/**
 * The loop of the link side: one poll(2) over every socket and the wake-up pipe, with the engine's timers.
 *
 * Each turn follows the order that `speaker/engine.ts` asks for. The loop decides nothing about addresses; it moves frames,
 * links, orders and observations, and keeps what arrives in a frozen process from being answered late.
 *
 * Sources: docs/design.md §7 ("Two sides"), docs/protocol.md rule 5, poll(2).
 * @module
 */
import type { Engine } from '../speaker/engine.js';
import { isExcluded } from '../speaker/link-names.js';
import type { Link, LinkIndex, Orders } from '../speaker/messages.js';
import { boottimeMs } from './clock.js';
import { ERRNO, type Fd, LibcError, poll, read } from './libc.js';
import type { FromWorker, ToWorker } from './link-messages.js';
import { LinkSockets } from './link-sockets.js';
import { LinkWatch } from './link-watch.js';
import { PollSet } from './poll-set.js';

export interface LinkLoopOptions {
  readonly engine: Engine;
  /** Readable when a message may wait. */
  readonly wakeFd: Fd;
  /** The next message of the main thread. */
  readonly nextMessage: () => ToWorker | undefined;
  /** To the main thread; never blocks. */
  readonly post: (message: FromWorker) => void;
  /** Called once, when the links have been read. */
  readonly onReady: () => void;
  /** Called in each turn, so that others can see that the loop turns. */
  readonly onTurn: () => void;
}

/** The longest sleep: a loop that turns is seen to, and a thread that is to be terminated notices. */
const LONGEST_SLEEP_MS = 250;

/**
 * Frames of one link and kind that are read before others have their turn. More than a socket's receive buffer holds, so all
 * that waited is read; a host that sends without end cannot keep the loop from its timers.
 */
const MAX_FRAMES_IN_A_ROW = 1_024;

/** A frame of the largest usual MTU (9,000 bytes) fits; what is longer is cut and then refused by its decoder. */
const MAX_FRAME_BYTES = 9_216;

/** A stalled main thread finds ten reports for each second, not one for each frame. */
const REPORT_INTERVAL_MS = 100;
/** How old the counters of a scrape may be. */
const COUNTERS_INTERVAL_MS = 5_000;

export class LinkLoop {
  readonly #options: LinkLoopOptions;
  readonly #engine: Engine;
  readonly #watch = new LinkWatch();
  readonly #sockets = new LinkSockets();
  readonly #frame = Buffer.alloc(MAX_FRAME_BYTES);
  /** The front of the receive buffer in each length, so that a received frame costs no new object. */
  readonly #views: (Uint8Array | undefined)[] = [];
  readonly #wakeBytes = Buffer.alloc(64);
  readonly #pollSet = new PollSet();
  #links: readonly Link[] | undefined;
  #orders: Orders | undefined;
  #stopping = false;
  #discarded = 0;
  #late = 0;
  #reportedChanges = -1;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LinkLoopOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#watchDescriptors();
  }

  /** Runs until the main thread says stop. Throws what no loop can go on after; the sockets are closed either way. */
  run(): void {
    try {
      while (!this.#stopping && !this.#engine.hasLeft) this.#turn();
      this.#apply();
    } finally {
      this.#sockets.close();
      this.#watch.close();
    }
  }

  #turn(): void {
    const ready = poll(this.#pollSet.bytes, this.#pollSet.count, this.#sleepMs());
    if (ready < 0 && ready !== -ERRNO.EINTR) throw new LibcError('poll', -ready, 'waiting for frames');
    this.#options.onTurn();

    this.#engine.wake(boottimeMs());
    this.#apply();
    if (this.#pollSet.isReady(this.#options.wakeFd)) this.#takeMessages();
    if (this.#pollSet.isReady(this.#watch.fd)) this.#takeLinks();
    for (const { link, beats } of this.#sockets.pairs) {
      if (this.#pollSet.isReady(beats)) this.#takeBeats(link, beats);
    }
    this.#apply();
    for (const { link, arp } of this.#sockets.pairs) {
      if (this.#pollSet.isReady(arp)) this.#takeArp(link, arp);
    }
    this.#engine.advance(boottimeMs());
    this.#apply();
    this.#report(boottimeMs());
  }

  /** Whole milliseconds, never one too few: poll would return early and the loop would spin until the time has come. */
  #sleepMs(): number {
    const untilWakeMs = Math.ceil(this.#engine.nextWakeMs - boottimeMs());
    return Math.min(Math.max(untilWakeMs, 0), LONGEST_SLEEP_MS);
  }

  #takeMessages(): void {
    // The pipe first: a byte that is written from now on stands for a message that may not be in the port yet.
    while (read(this.#options.wakeFd, this.#wakeBytes) === this.#wakeBytes.length);
    for (let message = this.#options.nextMessage(); message !== undefined; message = this.#options.nextMessage()) {
      if (message.kind === 'orders') {
        this.#orders = message.orders;
        this.#followLinks();
        this.#engine.ordersChanged(message.orders, boottimeMs());
      } else if (message.leave) {
        this.#engine.leave(boottimeMs());
      } else {
        this.#stopping = true;
      }
    }
    this.#apply();
  }

  #takeLinks(): void {
    const links = this.#watch.read();
    if (links === undefined) return;
    const first = this.#links === undefined;
    this.#links = links;
    this.#followLinks();
    this.#engine.linksChanged(links, boottimeMs());
    this.#apply();
    if (first) this.#options.onReady();
  }

  /** Sockets on every link that may be used; none before the first orders, which say what is excluded. */
  #followLinks(): void {
    const { excludeInterfaces } = this.#orders ?? {};
    if (this.#links === undefined || excludeInterfaces === undefined) return;
    const wanted = this.#links.filter((link) => link.ethernet && !isExcluded(link.name, excludeInterfaces));
    if (this.#sockets.follow(wanted)) this.#watchDescriptors();
  }

  #watchDescriptors(): void {
    const frames = [...this.#sockets.pairs].flatMap(({ beats, arp }) => [beats, arp]);
    this.#pollSet.watch([this.#options.wakeFd, this.#watch.fd, ...frames]);
  }

  /** Every heartbeat that waits, with one time for all: they are judged together. */
  #takeBeats(link: LinkIndex, beats: Fd): void {
    const nowMs = boottimeMs();
    for (let frames = 0; frames < MAX_FRAMES_IN_A_ROW; frames++) {
      const bytes = this.#sockets.receive(beats, this.#frame);
      if (bytes === 0) return;
      this.#engine.frameReceived(link, this.#view(bytes), nowMs);
    }
  }

  /** Each ARP frame with a time of its own: an answer is only as good as it is young. */
  #takeArp(link: LinkIndex, arp: Fd): void {
    for (let frames = 0; frames < MAX_FRAMES_IN_A_ROW; frames++) {
      const bytes = this.#sockets.receive(arp, this.#frame);
      if (bytes === 0) return;
      this.#engine.frameReceived(link, this.#view(bytes), boottimeMs());
      this.#apply();
    }
  }

  #view(bytes: number): Uint8Array {
    let view = this.#views[bytes];
    if (view === undefined) {
      view = this.#frame.subarray(0, bytes);
      this.#views[bytes] = view;
    }
    return view;
  }

  #apply(): void {
    for (const effect of this.#engine.takeEffects()) {
      if (effect.kind === 'discard-queued') this.#discarded += this.#sockets.discardQueued(this.#frame);
      else if (effect.notAfterMs !== undefined && boottimeMs() > effect.notAfterMs) this.#late++;
      else this.#sockets.send(effect.link, effect.frame);
    }
  }

  #report(nowMs: number): void {
    const changed = this.#engine.changes !== this.#reportedChanges;
    const dueMs = this.#reportedMs + (changed ? REPORT_INTERVAL_MS : COUNTERS_INTERVAL_MS);
    if (this.#links === undefined || nowMs < dueMs) return;
    this.#reportedChanges = this.#engine.changes;
    this.#reportedMs = nowMs;
    const observations = this.#engine.observations();
    const own = {
      discarded: this.#discarded,
      unsent_late: this.#late,
      links_read_again: this.#watch.missed,
      ...this.#sockets.counters(),
    };
    this.#options.post({
      kind: 'observations',
      observations: { ...observations, counters: { ...observations.counters, ...own } },
    });
  }
}
