/**
 * Orders and links together: which address is wanted on which link, and how far this node may have it.
 *
 * Pure.
 * @module
 */
import { type Address, isIPv4 } from '../values/address.js';
import type { IPv4 } from '../values/ipv4.js';
import { type Standing, standingOf } from './claim.js';
import { chooseLinks } from './link-choice.js';
import type { Link, LinkIndex, Orders, Refusal, WantedAddress } from './messages.js';
import type { Duty } from './slot.js';

export interface Assignment {
  readonly duties: ReadonlyMap<LinkIndex, ReadonlyMap<IPv4, Duty>>;
  /** What the API and the links say against this node, for each address that has any. */
  readonly refusals: ReadonlyMap<Address, readonly Refusal[]>;
}

/** With `leaving` what is held is offered, and nothing is claimed. */
export function assign(orders: Orders, links: readonly Link[], leaving: boolean): Assignment {
  const duties = new Map<LinkIndex, Map<IPv4, Duty>>();
  const refusals = new Map<Address, readonly Refusal[]>();
  for (const wanted of orders.wanted) {
    // A node's own address is its kernel's. An IPv6 address is announced by neighbour advertisements, which ARP's
    // rules do not cover.
    if (wanted.ownedByKernel || !isIPv4(wanted.address)) continue;
    const chosen = chooseLinks(wanted.address, wanted.links, links, orders.excludeInterfaces);
    const counting =
      chosen.links.length > 0 && !chosen.offLink ? wanted.refusals : [...wanted.refusals, ...chosen.refusals];
    if (counting.length > 0) refusals.set(wanted.address, counting);
    const duty = dutyOf(
      wanted.address,
      wanted,
      leaving ? leavingStanding(counting) : standingOf(counting),
      chosen.offLink,
    );
    for (const link of chosen.links) mapIn(duties, link).set(wanted.address, duty);
  }
  return { duties, refusals };
}

const leavingStanding = (refusals: readonly Refusal[]): Standing =>
  standingOf(refusals) === 'barred' ? 'barred' : 'reluctant';

const dutyOf = (address: IPv4, wanted: WantedAddress, standing: Standing, offLink: boolean): Duty => ({
  address,
  services: wanted.servicesHash,
  standing,
  offLink,
});

function mapIn<K, V>(maps: Map<LinkIndex, Map<K, V>>, link: LinkIndex): Map<K, V> {
  const known = maps.get(link);
  if (known !== undefined) return known;
  const made = new Map<K, V>();
  maps.set(link, made);
  return made;
}
