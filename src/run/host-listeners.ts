/**
 * Which programs of this node listen, from `/proc/net`: the network namespace of the speaker itself, which is the node's.
 *
 * Looks only while it is asked to. The kernel lists listening TCP sockets before all others, so that the first other line is
 * the end: a node with 50,000 connections costs what its listeners cost. A UDP socket that sends a query looks like one that
 * listens, so it counts once it was there at two looks.
 *
 * Source: net/ipv4/tcp_ipv4.c (`tcp_seq_start`); proc_pid_net(5).
 * @module
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Clock, sleep } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import { type Listener, parseListener } from '../speaker/host-ports.js';

/** Every listener of the node now. */
export type ReadListeners = () => Promise<readonly Listener[]>;

export interface HostListenersOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly read: ReadListeners;
  readonly onChange: (listeners: readonly Listener[]) => void;
}

const LOOK_EVERY_MS = 2_000;

export class HostListeners {
  readonly #options: HostListenersOptions;
  #isNeeded = false;
  #wake: () => void = () => {};
  #known: string | undefined;
  #seenOnce: ReadonlySet<string> = new Set();

  constructor(options: HostListenersOptions) {
    this.#options = options;
  }

  /** Whether anybody wants to know; the first look is at once. */
  need(isNeeded: boolean): void {
    if (isNeeded === this.#isNeeded) return;
    this.#isNeeded = isNeeded;
    if (isNeeded) this.#wake();
    else this.#known = undefined;
  }

  /** Looks every two seconds while it is needed, until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      if (this.#isNeeded) {
        await this.#look();
        await sleep(clock, LOOK_EVERY_MS, signal);
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
          if (signal.aborted || this.#isNeeded) resolve();
        });
      }
    }
  }

  async #look(): Promise<void> {
    const { read, log, onChange } = this.#options;
    let found: readonly Listener[] = [];
    try {
      found = await read();
    } catch (err) {
      // Nothing is refused for what cannot be known.
      if (this.#known === undefined) log.warn({ err }, 'it cannot be told which ports programs of this node listen on');
    }
    const words = new Map(found.map((listener) => [wordOf(listener), listener]));
    const counting = [...words].filter(([word, { protocol }]) => protocol !== 'UDP' || this.#seenOnce.has(word));
    this.#seenOnce = new Set(words.keys());
    const known = counting
      .map(([word]) => word)
      .sort()
      .join();
    if (known === this.#known || !this.#isNeeded) return;
    this.#known = known;
    onChange(counting.map(([, listener]) => listener));
  }
}

const wordOf = ({ protocol, address, port }: Listener): string => `${protocol} ${address ?? '*'} ${port}`;

const FILES = [
  { file: '/proc/net/tcp', protocol: 'TCP' },
  { file: '/proc/net/tcp6', protocol: 'TCP' },
  { file: '/proc/net/udp', protocol: 'UDP' },
  { file: '/proc/net/udp6', protocol: 'UDP' },
] as const;

/** A kernel without IPv6 has no files of it. */
export const readProcListeners: ReadListeners = async () => {
  const listeners: Listener[] = [];
  for (const { file, protocol } of FILES) {
    try {
      const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
      let isTitle = true;
      for await (const line of lines) {
        const listener = isTitle ? undefined : parseListener(line, protocol);
        if (listener !== undefined) listeners.push(listener);
        else if (!isTitle && protocol === 'TCP') break;
        isTitle = false;
      }
      lines.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return listeners;
};
