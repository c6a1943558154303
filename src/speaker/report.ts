/**
 * What a speaker publishes of itself: the text under the key `report` of its ConfigMap `cairn-speaker-<node>`.
 *
 * Pure. Encoding is deterministic, so that an unchanged speaker writes nothing. `report-decode.ts` reads it back.
 *
 * Source: docs/design.md §5 ("Who writes what").
 * @module
 */
import { createHash } from 'node:crypto';
import { type Address, compareAddresses, familyOf, formatAddress } from '../values/address.js';
import type { Mac } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import { formatRange, type Range } from '../values/range.js';
import { compareText } from '../values/text.js';
import type { HostPort } from './host-ports.js';
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
  /** At these addresses: ports of Services that programs of the node have. */
  readonly takenPorts: readonly ReportedPort[];
  /** At these addresses: ports of Services that have to go from there, and have no endpoint on the node (policy Local). */
  readonly unservedPorts?: readonly ReportedPort[];
  readonly refusals: readonly ReportedRefusal[];
  readonly warnings: readonly ReportedWarning[];
  readonly conflicts: readonly ReportedConflict[];
  /** The peers that are alive. */
  readonly peers: readonly ReportedPeer[];
  /** True if it was too large for a ConfigMap, so that refusals, and then claims, were left out. */
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

export interface ReportedPort extends HostPort {
  readonly address: Address;
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

/** How many entries of each list are let in; whoever writes leaves out the rest. */
export const MAX_ENTRIES = {
  links: 256,
  claims: 20_000,
  ownAddresses: 256,
  takenPorts: 1_000,
  unservedPorts: 1_000,
  refusals: 256,
  warnings: 256,
  conflicts: 1_000,
  peers: 2_000,
} as const;
export const MAX_DETAIL_CHARACTERS = 300;
/** IFNAMSIZ of linux/if.h, less the final zero byte. */
export const MAX_LINK_NAME_CHARACTERS = 15;
/** Control and format characters and line separators: they could forge a line of a log or turn a terminal's text. */
export const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * The text of a report: the same for the same facts in any order. What is over a limit is left out, refusals first:
 * they explain, the claims are what counts.
 */
export function encodeReport(report: SpeakerReport): string {
  let fitting = report;
  let text = JSON.stringify(wireForm(fitting));
  while (Buffer.byteLength(text) > MAX_REPORT_BYTES) {
    const { claims, refusals } = fitting;
    const kept = refusals.length > 0 ? claims : claims.slice(0, Math.floor(claims.length / 2));
    fitting = { ...fitting, claims: kept, refusals: [], shortened: true };
    text = JSON.stringify(wireForm(fitting));
  }
  return text;
}

/** Claims and refusals are many, so they are tuples; keys are written in this order. */
function wireForm(report: SpeakerReport): object {
  return {
    version: REPORT_VERSION,
    node: report.node,
    state: report.state,
    waitingFor: printable(report.waitingFor, MAX_DETAIL_CHARACTERS),
    links: sorted(report.links, MAX_ENTRIES.links, ({ name, mac, up }) => ({ name: linkName(name), mac, up })),
    claims: sorted(report.claims, MAX_ENTRIES.claims, ({ address, link, term, state }) => [
      formatAddress(address),
      linkName(link),
      term,
      state,
    ]),
    ownAddresses: sorted(report.ownAddresses, MAX_ENTRIES.ownAddresses, formatAddress),
    ...portsUnder('takenPorts', report.takenPorts),
    ...portsUnder('unservedPorts', report.unservedPorts ?? []),
    refusals: sorted(report.refusals, MAX_ENTRIES.refusals, ({ kind, reason, detail, addresses }) => ({
      kind,
      reason,
      detail: printable(detail, MAX_DETAIL_CHARACTERS),
      addresses: addresses.map(formatRange),
    })),
    warnings: sorted(report.warnings, MAX_ENTRIES.warnings, ({ link, warning }) => ({ link: linkName(link), warning })),
    conflicts: sorted(report.conflicts, MAX_ENTRIES.conflicts, ({ address, link, mac }) => ({
      address: formatAddress(address),
      link: linkName(link),
      mac,
    })),
    peers: sorted(report.peers, MAX_ENTRIES.peers, ({ node, link }) => ({ node, link: linkName(link) })),
    shortened: report.shortened,
  };
}

/** Nearly no node has any: what is not there costs nothing. */
const portsUnder = (name: 'takenPorts' | 'unservedPorts', ports: readonly ReportedPort[]): object =>
  ports.length === 0
    ? {}
    : {
        [name]: sorted(ports, MAX_ENTRIES[name], ({ address, protocol, port }) => [
          formatAddress(address),
          protocol,
          port,
        ]),
      };

/** In the order of their JSON, which is any order that is always the same. */
function sorted<T>(entries: readonly T[], max: number, write: (entry: T) => unknown): unknown[] {
  const keyed = entries.map((entry) => {
    const written = write(entry);
    return { written, key: JSON.stringify(written) };
  });
  keyed.sort((a, b) => compareText(a.key, b.key));
  return keyed.slice(0, max).map(({ written }) => written);
}

const linkName = (name: string): string => printable(name, MAX_LINK_NAME_CHARACTERS).replace(/[\s/]/gu, '?');

/** What decoding lets in: an interface may have almost any byte in its name, and a pool any character. */
const printable = (text: string, maxCharacters: number): string =>
  Array.from(text.slice(0, 2 * maxCharacters), (character) => (UNPRINTABLE.test(character) ? '?' : character))
    .slice(0, maxCharacters)
    .join('');

/** The fewest ranges that hold these addresses and no other. */
export function rangesOf(addresses: Iterable<Address>): Range[] {
  const ranges: { first: Address; last: Address }[] = [];
  for (const address of [...new Set(addresses)].sort(compareAddresses)) {
    const open = ranges.at(-1);
    if (open !== undefined && familyOf(open.last) === familyOf(address) && BigInt(open.last) + 1n === BigInt(address)) {
      open.last = address;
    } else {
      ranges.push({ first: address, last: address });
    }
  }
  return ranges;
}
