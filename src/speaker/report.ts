/**
 * What a speaker publishes of itself: the text under the key `report` of its ConfigMap `cairn-speaker-<node>`.
 *
 * Pure. Encoding is deterministic, so that an unchanged speaker writes nothing. Decoding never throws and bounds all
 * that it lets in: a taken-over node can put anything into its ConfigMap, and what is read here ends in conditions, logs
 * and terminals.
 *
 * Source: design.md §5 ("Who writes what").
 * @module
 */
import { createHash } from 'node:crypto';
import type { Address } from '../values/address.js';
import type { Mac } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import type { Range } from '../values/range.js';
import type { ClaimState } from './messages.js';

/** The key of the ConfigMap's data. */
export const REPORT_KEY = 'report';

export const REPORT_VERSION = 1;

/** The API server's limit for a ConfigMap is 1 MiB in all; this leaves room for its metadata. */
export const MAX_REPORT_BYTES = 1_000_000;

const NAME_PREFIX = 'cairn-speaker-';
/** An object's name is a DNS subdomain. */
const MAX_NAME_CHARACTERS = 253;
const HASH_CHARACTERS = 16;

/** A node's name may be as long as an object's, so a long one is cut and its hash keeps it apart from others. */
export function reportName(node: NodeName): string {
  const name = `${NAME_PREFIX}${node}`;
  if (name.length <= MAX_NAME_CHARACTERS) return name;
  const hash = createHash('sha256').update(node).digest('hex').slice(0, HASH_CHARACTERS);
  return `${name.slice(0, MAX_NAME_CHARACTERS - HASH_CHARACTERS - 1)}x${hash}`;
}

/** ConfigMaps whose names begin so are reports; all others in the namespace are not. */
export const isReportName = (name: string): boolean => name.startsWith(NAME_PREFIX);

/** `starting`: no config or no sockets yet. `stopped`: ended in good order, holds nothing. */
export type SpeakerState = 'starting' | 'running' | 'stopped';

export interface SpeakerReport {
  readonly node: NodeName;
  readonly state: SpeakerState;
  /** For `starting`, a sentence that says what is missing. */
  readonly waitingFor: string;
  readonly links: readonly ReportedLink[];
  readonly claims: readonly ReportedClaim[];
  /** Wanted addresses that are the node's own: its kernel answers for them. */
  readonly ownAddresses: readonly Address[];
  readonly refusals: readonly ReportedRefusal[];
  readonly warnings: readonly ReportedWarning[];
  readonly conflicts: readonly ReportedConflict[];
  /** The peers that are alive. */
  readonly peers: readonly ReportedPeer[];
  /** True if it was too large for a ConfigMap and refusals were left out. */
  readonly shortened: boolean;
}

/** Interfaces go by name here: an ifindex means nothing to another node. */
export interface ReportedLink {
  readonly name: string;
  readonly mac: Mac;
  readonly up: boolean;
}

export interface ReportedClaim {
  readonly address: Address;
  readonly link: string;
  readonly term: number;
  readonly state: ClaimState;
}

/** One reason against many addresses: a node with the exclude label refuses all of them, in one line. */
export interface ReportedRefusal {
  readonly kind: 'soft' | 'hard';
  /** A `RefusalReason`; text, since a newer speaker may know more of them. */
  readonly reason: string;
  readonly detail: string;
  readonly addresses: readonly Range[];
}

export interface ReportedWarning {
  readonly link: string;
  /** A `LinkWarning`; text, since a newer speaker may know more of them. */
  readonly warning: string;
}

export interface ReportedConflict {
  readonly address: Address;
  readonly link: string;
  readonly mac: Mac;
}

export interface ReportedPeer {
  readonly node: NodeName;
  readonly link: string;
}
