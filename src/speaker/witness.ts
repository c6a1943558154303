/**
 * Who else is on a link: proof that it brings frames at all, and whom to ask for such a proof.
 *
 * Pure. Bounded: the hosts heard last are kept, and no more of them than are ever asked.
 *
 * Source: docs/protocol.md, rule 4 ("only with a witness").
 * @module
 */
import type { IPv4 } from '../values/ipv4.js';
import type { Mac } from '../values/mac.js';
import { MOST_HOSTS_ASKED } from './suspect.js';

export interface KnownHost {
  readonly mac: Mac;
  readonly ip: IPv4;
}

interface Sighting {
  readonly mac: Mac;
  readonly atMs: number;
}

export class Witnesses {
  /** The host heard last, and the one heard last among all the others: enough to leave one host out. */
  #last: Sighting | undefined;
  #lastOther: Sighting | undefined;
  readonly #hosts = new Map<Mac, IPv4>();

  /** A frame from `mac`, which is none of this node's. */
  heard(mac: Mac, nowMs: number): void {
    if (this.#last !== undefined && this.#last.mac !== mac) this.#lastOther = this.#last;
    this.#last = { mac, atMs: nowMs };
  }

  /** The kernel at `mac` answers ARP for `ip`. */
  learned(mac: Mac, ip: IPv4): void {
    this.#hosts.delete(mac);
    this.#hosts.set(mac, ip);
    const oldest = this.#hosts.keys().next().value;
    if (this.#hosts.size > MOST_HOSTS_ASKED && oldest !== undefined) this.#hosts.delete(oldest);
  }

  /** When any host was last heard; undefined: never. */
  get lastMs(): number | undefined {
    return this.#last?.atMs;
  }

  /** More than one host was heard: silence is then not one peer's alone. */
  get several(): boolean {
    return this.#lastOther !== undefined;
  }

  /** When a host other than `mac` was last heard; undefined: never. */
  lastExceptMs(mac: Mac): number | undefined {
    return this.#last?.mac === mac ? this.#lastOther?.atMs : this.#last?.atMs;
  }

  hostsExcept(mac: Mac): readonly KnownHost[] {
    return [...this.#hosts].filter(([known]) => known !== mac).map(([known, ip]) => ({ mac: known, ip }));
  }
}
