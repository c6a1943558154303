/**
 * The configuration as values: what the rest of Cairn works with once a text has been accepted.
 *
 * Pure. Nothing here reads text, and nothing in it can be invalid: ranges are ordered and do not overlap, a reserved
 * address lies in its pool, a peer's BFD profile exists. Defaults are filled in.
 *
 * Source: docs/design.md §4; the BGP parts are MetalLB v0.12's.
 * @module
 */
import type { Address } from '../values/address.js';
import type { LabelSelector } from '../values/labels.js';
import type { PoolName, ServiceKey } from '../values/names.js';
import type { Range } from '../values/range.js';

export interface Config {
  /** In the order written, which breaks ties of priority. */
  readonly pools: readonly Pool[];
  readonly announcements: Announcements;
  readonly forwarding: Forwarding;
  readonly bgp: Bgp;
}

export interface Pool {
  readonly name: PoolName;
  /** Addresses of a `bgp` pool are given only to who asks for it or for one of them, and nobody announces them yet. */
  readonly protocol: 'layer2' | 'bgp';
  /** In the order written; none overlaps another of any pool. */
  readonly ranges: readonly Range[];
  /** False: only on request. */
  readonly autoAssign: boolean;
  /** Never hand out an IPv4 address that ends in .0 or .255. */
  readonly avoidBuggyIps: boolean;
  /** Lower is tried first; undefined is tried last. */
  readonly priority: number | undefined;
  /** Who may draw: a Service whose namespace is in `namespaces` or matches one of `namespaceSelectors`… */
  readonly namespaces: readonly string[];
  /** …where both lists are empty, a Service of any namespace… */
  readonly namespaceSelectors: readonly LabelSelector[];
  /** …and that matches one of these; empty: any Service. */
  readonly serviceSelectors: readonly LabelSelector[];
  /** Nodes that may announce; empty: every node. */
  readonly nodeSelectors: readonly LabelSelector[];
  /** Interface names, `*` standing for any characters; empty: links with an on-link prefix that holds the address. */
  readonly interfaces: readonly string[];
  /** Kept for that Service, whether it exists or not. */
  readonly reserved: ReadonlyMap<Address, ServiceKey>;
  /** How long a freed address waits before another Service may have it. */
  readonly reuseDelayMs: number;
  /** True: hand out nothing new. */
  readonly retired: boolean;
  /** Probe (RFC 5227) before an address is used for the first time. */
  readonly conflictCheck: boolean;
  /** At least one for a `bgp` pool, none for a `layer2` pool. */
  readonly bgpAdvertisements: readonly BgpAdvertisement[];
}

export interface Announcements {
  /** How often an owner repeats its gratuitous ARP or unsolicited advertisement. */
  readonly intervalMs: number;
  /** Answer ICMP echo requests to announced addresses. */
  readonly ping: boolean;
  /** Care for the addresses of a node whose speaker fell silent. */
  readonly caretaker: boolean;
  /** Announce only where the gateway answers. */
  readonly uplinkCheck: boolean;
  /** Interface names that are never announced on, `*` standing for any characters. */
  readonly excludeInterfaces: readonly string[];
}

export interface Forwarding {
  readonly mode: 'kube-proxy' | 'nftables';
}

/** Validated as MetalLB v0.12 does in either of its BGP modes; not announced yet. */
export interface Bgp {
  readonly peers: readonly BgpPeer[];
  readonly bfdProfiles: ReadonlyMap<string, BfdProfile>;
  readonly communities: ReadonlyMap<string, BgpCommunity>;
}

/** RFC 1997: two 16-bit numbers in one of 32 bits. */
export type BgpCommunity = number;

export interface BgpPeer {
  readonly myAsn: number;
  readonly peerAsn: number;
  readonly peerAddress: Address;
  readonly peerPort: number;
  readonly sourceAddress: Address | undefined;
  readonly holdTimeMs: number;
  readonly keepaliveTimeMs: number;
  /** MetalLB takes an address of either family. */
  readonly routerId: Address | undefined;
  /** Empty: every node. */
  readonly nodeSelectors: readonly LabelSelector[];
  readonly password: string;
  readonly bfdProfile: string | undefined;
  readonly ebgpMultihop: boolean;
}

export interface BgpAdvertisement {
  readonly aggregationLength: number;
  readonly aggregationLengthV6: number;
  readonly localPref: number;
  readonly communities: ReadonlySet<BgpCommunity>;
}

/** Undefined: the routing daemon's own default. */
export interface BfdProfile {
  readonly receiveIntervalMs: number | undefined;
  readonly transmitIntervalMs: number | undefined;
  readonly detectMultiplier: number | undefined;
  readonly echoIntervalMs: number | undefined;
  readonly echoMode: boolean;
  readonly passiveMode: boolean;
  readonly minimumTtl: number | undefined;
}
