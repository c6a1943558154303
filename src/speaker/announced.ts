/**
 * Who announces an address, from what all speakers report: the condition `cairn.dev/Announced` and the annotation
 * `cairn.dev/announced-by`.
 *
 * Pure. A report is one node's word, so nothing here reaches further than text: no address is given, taken or moved
 * because of it.
 *
 * Source: design.md §5 (per address the highest term counts; no speaker ready: False).
 * @module
 */
import type { Address } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import type { SpeakerReport } from './report.js';

export const ANNOUNCED_CONDITION = 'cairn.dev/Announced';
export const ANNOUNCED_BY_ANNOTATION = 'cairn.dev/announced-by';

export type AnnouncedReason =
  /** Some node answers. */
  | 'Announced'
  /** The address is a node's own; its kernel answers. */
  | 'NodeAddress'
  /** A node answers although something speaks against it, as no better one is there. */
  | 'IneligibleOwner'
  /** Its owner says so, but the speakers that it heard no longer hear it. */
  | 'OwnerUnheard'
  /** Somebody who is no speaker of ours answers for the address. */
  | 'AddressConflict'
  /** A speaker asks the wire whether the address is free. */
  | 'Probing'
  /** No speaker has taken it up yet. */
  | 'Waiting'
  /** Every speaker refuses. */
  | 'NoCandidate'
  /** No speaker runs. */
  | 'NoSpeakerReady'
  /** From a pool with protocol bgp, which nobody announces yet. */
  | 'BgpNotAnnounced';

/** An address of a Service, with the protocol of the pool it is from; `layer2` for one that is outside every pool. */
export interface ServedAddress {
  readonly address: Address;
  readonly protocol: 'layer2' | 'bgp';
}

export interface Announcement {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: AnnouncedReason;
  readonly message: string;
  /** Text of the annotation, `address=node` with commas between; undefined where nobody announces any of them. */
  readonly announcedBy: string | undefined;
}

/**
 * The reports of all nodes, found by address. The controller sets a node's report whenever its ConfigMap changes and
 * asks for a Service's announcement when it reconciles that Service.
 */
export declare class SpeakerReports {
  /**
   * Replaces what `node` says; undefined when its ConfigMap is gone. Returns a test that is true for addresses whose
   * announcement may have changed by it.
   */
  set(node: NodeName, report: SpeakerReport | undefined): (address: Address) => boolean;
  /** The announcement of one Service, over all of its addresses: the worst of them decides. */
  announcement(addresses: readonly ServedAddress[]): Announcement;
}
