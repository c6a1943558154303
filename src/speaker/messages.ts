/**
 * What the two sides of a speaker tell each other: plain data, so that it crosses a thread.
 *
 * The control side (main thread) knows the API: it says which addresses this node should answer for and why not. The
 * link side (worker thread) knows the wire: it says what it holds, whom it hears, and what it saw.
 *
 * Pure.
 * @module
 */
import type { Address } from '../values/address.js';
import type { Mac } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import type { Prefix } from '../values/range.js';
import type { HostPort } from './host-ports.js';

/** The kernel's ifindex. */
export type LinkIndex = number;

/** A network interface of this node as the kernel shows it. */
export interface Link {
  readonly index: LinkIndex;
  readonly name: string;
  readonly mac: Mac;
  /** IFF_UP and carrier (IFF_LOWER_UP): a frame sent now would leave. */
  readonly up: boolean;
  /** IFF_LOOPBACK or IFF_NOARP, or not Ethernet: never announced on. */
  readonly ethernet: boolean;
  readonly addresses: readonly LinkAddress[];
}

export interface LinkAddress {
  readonly address: Address;
  /** What the kernel holds to be on this link because of the address. */
  readonly onLink: Prefix;
}

/**
 * Why this node may not announce an address. A hard refusal stops the answers at once; a soft one only means that
 * others come first: an owner offers the address and goes on answering until one of them has it (rule 7).
 */
export type Refusal = {
  readonly kind: 'soft' | 'hard';
  readonly reason: RefusalReason;
  /** A sentence for `explain` and the condition. */
  readonly detail: string;
};

export type RefusalReason =
  | 'LinkDown'
  | 'NoOnLinkPrefix'
  | 'InterfaceExcluded'
  | 'NodeSelector'
  | 'NetworkUnavailable'
  | 'OutOfServiceTaint'
  | 'ExcludeLabel'
  | 'ProxyUnhealthy'
  | 'ForwardingFailed'
  | 'ForwardingPending'
  | 'NoLocalEndpoint'
  | 'NodeAddressElsewhere'
  | 'HostPortsUnchecked';

/** Where an address may be announced. */
export type LinkChoice =
  /** Links with an on-link prefix that holds the address. */
  | { readonly kind: 'on-link' }
  /** The links whose names match one of these (`*` stands for any characters). */
  | { readonly kind: 'named'; readonly patterns: readonly string[] };

/** One address that a Service of ours holds, as seen from this node. */
export interface WantedAddress {
  readonly address: Address;
  /** 64 bits over the sorted UIDs of the Services that hold it, as 16 hexadecimal digits: carried in claims. */
  readonly servicesHash: string;
  readonly links: LinkChoice;
  /** What the API says against this node; empty for a candidate. The link side adds what the links say. */
  readonly refusals: readonly Refusal[];
  /** Some node's own address: its kernel answers, so nobody announces or probes it. */
  readonly ownedByKernel: boolean;
  /** Of this node's own address: ports of the Services there that programs of the node have. */
  readonly takenPorts: readonly HostPort[];
  /** Of Services with policy Local that have to go from here: ports for which this node has no endpoint. Absent for none. */
  readonly unservedPorts?: readonly HostPort[];
}

/** Control side to link side: the whole truth each time; the link side finds what changed. */
export interface Orders {
  readonly wanted: readonly WantedAddress[];
  readonly excludeInterfaces: readonly string[];
  /** How often an owner repeats its gratuitous ARP (`announcements.interval`). */
  readonly announceIntervalMs: number;
  /** No other node of the cluster is known to the API: nobody to listen for (rule 10). */
  readonly alone: boolean;
}

export type ClaimState = 'probing' | 'owned' | 'offered';

/** What this node holds or is about to. */
export interface ClaimReport {
  readonly address: Address;
  readonly link: LinkIndex;
  readonly term: number;
  readonly state: ClaimState;
}

export interface PeerReport {
  readonly node: NodeName;
  readonly link: LinkIndex;
  readonly mac: Mac;
  /** Echoed our nonce within its own interval. */
  readonly alive: boolean;
}

/** Somebody answered for an address while we probed, or while we owned it. */
export interface ConflictReport {
  readonly address: Address;
  readonly link: LinkIndex;
  readonly mac: Mac;
}

/** Link side to control side, on change only. */
export interface Observations {
  readonly links: readonly Link[];
  readonly claims: readonly ClaimReport[];
  readonly refusals: ReadonlyMap<Address, readonly Refusal[]>;
  readonly peers: readonly PeerReport[];
  readonly conflicts: readonly ConflictReport[];
  /** Words such as `Isolated` or `MacRewritten` that hold for a link now. */
  readonly warnings: readonly { readonly link: LinkIndex; readonly warning: LinkWarning }[];
  /** Counters by name since the start: frames received, refused by which defect, answers, gratuitous frames… */
  readonly counters: Readonly<Record<string, number>>;
}

export type LinkWarning = 'Isolated' | 'MacRewritten' | 'OffLink' | 'IneligibleOwner';
