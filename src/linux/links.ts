/**
 * The links of this network namespace, kept up from netlink messages.
 *
 * No I/O: the socket is in `link-watch.ts`. /sys and Node's interface list are never looked at: the former belongs to the
 * mount namespace, which may be another one's, and the latter leaves out links that are down or have no address.
 *
 * Source: rtnetlink(7), include/uapi/linux/{if,if_arp}.h.
 * @module
 */
import type { Link, LinkAddress, LinkIndex } from '../speaker/messages.js';
import { NO_MAC } from '../values/mac.js';
import type { NetlinkMessage } from './netlink.js';

/** include/uapi/linux/if.h */
const IFF = { up: 0x1, loopback: 0x8, noArp: 0x80, lowerUp: 0x1_0000 } as const;
/** include/uapi/linux/if_arp.h */
const ARPHRD_ETHER = 1;

type LinkMessage = Extract<NetlinkMessage, { kind: 'link' }>;

/** What the messages said, in order of arrival. A message about an address may come before its link's. */
export class LinkTable {
  readonly #links = new Map<LinkIndex, Link>();
  readonly #addresses = new Map<LinkIndex, readonly LinkAddress[]>();

  /** Takes one message in; says whether {@link links} differs after it. */
  take(message: NetlinkMessage): boolean {
    switch (message.kind) {
      case 'link':
        return this.#put(linkOf(message, this.#addresses.get(message.index) ?? []));
      case 'link-gone':
        this.#addresses.delete(message.index);
        return this.#links.delete(message.index);
      case 'address':
      case 'address-gone':
        return this.#takeAddress(message);
      case 'done':
      case 'refused':
        return false;
    }
  }

  /** By index. Each call gives a new array of values that do not change. */
  links(): readonly Link[] {
    return [...this.#links.values()].sort((a, b) => a.index - b.index);
  }

  #takeAddress({ kind, index, address }: Extract<NetlinkMessage, { address: LinkAddress }>): boolean {
    const others = (this.#addresses.get(index) ?? []).filter((each) => !sameAddress(each, address));
    const addresses = kind === 'address' ? [...others, address] : others;
    this.#addresses.set(index, addresses);
    const link = this.#links.get(index);
    return link !== undefined && this.#put({ ...link, addresses });
  }

  #put(link: Link): boolean {
    const before = this.#links.get(link.index);
    this.#links.set(link.index, link);
    return before === undefined || !sameLink(before, link);
  }
}

const linkOf = ({ index, name, mac, flags, hardwareType }: LinkMessage, addresses: readonly LinkAddress[]): Link => ({
  index,
  name,
  mac: mac ?? NO_MAC,
  up: has(flags, IFF.up) && has(flags, IFF.lowerUp),
  ethernet: hardwareType === ARPHRD_ETHER && mac !== undefined && !has(flags, IFF.loopback) && !has(flags, IFF.noArp),
  addresses,
});

const has = (flags: number, flag: number): boolean => (flags & flag) !== 0;

const sameAddress = (a: LinkAddress, b: LinkAddress): boolean =>
  a.address === b.address && a.onLink.network === b.onLink.network && a.onLink.length === b.onLink.length;

/** Whether nothing that we look at differs: the kernel tells of statistics and the like, too. */
export const sameLink = (a: Link, b: Link): boolean =>
  a.index === b.index &&
  a.name === b.name &&
  a.mac === b.mac &&
  a.up === b.up &&
  a.ethernet === b.ethernet &&
  a.addresses.length === b.addresses.length &&
  a.addresses.every((address) => b.addresses.some((other) => sameAddress(address, other)));
