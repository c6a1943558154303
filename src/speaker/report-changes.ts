/**
 * What a new report of a node changes: the addresses whose announcement may be another one.
 *
 * Pure. Costs as much as the two reports say, whatever Services there are: what is asked afterwards is who holds these
 * addresses, and not of each address whether it is one of them.
 * @module
 */
import type { Address } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import { offset, type Range, rangeHolds, sizeOf } from '../values/range.js';
import type { HostPort } from './host-ports.js';
import type { RefusalReason } from './messages.js';
import type { ReportedClaim, ReportedConflict, ReportedRefusal, SpeakerReport } from './report.js';

/** What one node says of one address. */
export interface Mention {
  readonly node: NodeName;
  readonly claims: readonly ReportedClaim[];
  readonly conflicts: readonly ReportedConflict[];
  /** The address is the node's own. */
  readonly own: boolean;
  /** Ports of Services there that programs of the node have. */
  readonly takenPorts: readonly HostPort[];
  /** Ports of Services that have to go from there, and have no endpoint on the node. */
  readonly unservedPorts: readonly HostPort[];
}

/** Addresses whose announcement may have changed. */
export interface Concerned {
  readonly addresses: ReadonlySet<Address>;
  readonly ranges: readonly Range[];
  /** Also every address that no node claims: of these it is told who could. */
  readonly unclaimed?: true;
}

export const NONE: Concerned = { addresses: new Set(), ranges: [] };
export const UNCLAIMED: Concerned = { ...NONE, unclaimed: true };

export function both(one: Concerned, other: Concerned): Concerned {
  if (one === NONE) return other;
  if (other === NONE) return one;
  return {
    addresses: new Set([...one.addresses, ...other.addresses]),
    ranges: [...one.ranges, ...other.ranges],
    ...(one.unclaimed || other.unclaimed ? { unclaimed: true } : {}),
  };
}

/** By itself, claimed or not. */
export const isConcerned = ({ addresses, ranges }: Concerned, address: Address): boolean =>
  addresses.has(address) || ranges.some((range) => rangeHolds(range, address));

/** All of them, one by one; undefined where the ranges have more than so many, and where nobody can tell. */
export function addressesIn(concerned: Concerned, atMost: number): ReadonlySet<Address> | undefined {
  if (concerned.unclaimed) return undefined;
  const addresses = new Set(concerned.addresses);
  const sizes = concerned.ranges.map(sizeOf);
  if (sizes.reduce((sum, size) => sum + size, 0n) > atMost) return undefined;
  for (const { first, last } of concerned.ranges) {
    // The last one may be the last of its family, which nothing follows.
    for (let address = first; address < last; address = offset(address, 1n)) addresses.add(address);
    addresses.add(last);
  }
  return addresses;
}

/** A hand-over from kube-proxy waits for speakers that refuse so, whoever announces the address. */
export const WITHOUT_RULES: ReadonlySet<string> = new Set<RefusalReason>(['ForwardingFailed', 'ForwardingPending']);

/** What two reports of a speaker say differently of addresses by themselves; undefined where it does not run. */
export function differing(before: SpeakerReport | undefined, after: SpeakerReport | undefined): Concerned {
  const addresses = differingMentions(mentionsBy(before), mentionsBy(after));
  if (before !== undefined && after !== undefined) {
    return { addresses, ranges: differingRefusals(before.refusals, after.refusals) };
  }
  // What else it refuses is told of its own claims, and of those addresses that nobody claims.
  const waitedFor = (before?.refusals ?? []).filter(({ reason }) => WITHOUT_RULES.has(reason));
  return { addresses, ranges: waitedFor.flatMap((refusal) => refusal.addresses), unclaimed: true };
}

/** Claims are told with the warnings of their links. */
export const hasOtherWarnings = (before: SpeakerReport | undefined, after: SpeakerReport | undefined): boolean =>
  JSON.stringify(before?.warnings ?? []) !== JSON.stringify(after?.warnings ?? []);

/** Whether a conflict is with a stranger depends on the MACs of all speakers. */
export const hasOtherMacs = (before: SpeakerReport | undefined, after: SpeakerReport | undefined): boolean =>
  macs(before) !== macs(after);

const macs = (report: SpeakerReport | undefined): string => (report?.links ?? []).map(({ mac }) => mac).join();

const mentionsBy = (report: SpeakerReport | undefined): ReadonlyMap<Address, Mention> =>
  report === undefined ? new Map() : mentionsIn(report);

export const peersOf = ({ peers }: SpeakerReport): ReadonlySet<NodeName> => new Set(peers.map(({ node }) => node));

export const symmetricDifference = <T>(one: ReadonlySet<T>, other: ReadonlySet<T>): readonly T[] => [
  ...[...one].filter((each) => !other.has(each)),
  ...[...other].filter((each) => !one.has(each)),
];

/** What it says, address by address. */
export function mentionsIn(report: SpeakerReport): Map<Address, Mention> {
  const mentions = new Map<
    Address,
    {
      claims: ReportedClaim[];
      conflicts: ReportedConflict[];
      takenPorts: HostPort[];
      unservedPorts: HostPort[];
      own: boolean;
      node: NodeName;
    }
  >();
  const of = (address: Address) => {
    const known = mentions.get(address);
    if (known !== undefined) return known;
    const mention = { node: report.node, claims: [], conflicts: [], takenPorts: [], unservedPorts: [], own: false };
    mentions.set(address, mention);
    return mention;
  };
  for (const claim of report.claims) of(claim.address).claims.push(claim);
  for (const conflict of report.conflicts) of(conflict.address).conflicts.push(conflict);
  for (const { address, protocol, port } of report.takenPorts) of(address).takenPorts.push({ protocol, port });
  for (const { address, protocol, port } of report.unservedPorts ?? []) {
    of(address).unservedPorts.push({ protocol, port });
  }
  for (const address of report.ownAddresses) of(address).own = true;
  return mentions;
}

/** The addresses of which the two say something else. */
function differingMentions(before: ReadonlyMap<Address, Mention>, after: ReadonlyMap<Address, Mention>): Set<Address> {
  const addresses = new Set([...before.keys(), ...after.keys()]);
  for (const address of addresses) {
    if (wordOf(before.get(address)) === wordOf(after.get(address))) addresses.delete(address);
  }
  return addresses;
}

/** All that a mention says but its address, which a bigint may be and JSON cannot hold. */
const wordOf = (mention: Mention | undefined): string =>
  JSON.stringify([
    mention?.own,
    mention?.takenPorts,
    mention?.unservedPorts,
    mention?.claims.map(({ link, term, state }) => [link, term, state]),
    mention?.conflicts.map(({ link, mac }) => [link, mac]),
  ]);

/** The ranges that are refused for something in one of the two alone. */
function differingRefusals(before: readonly ReportedRefusal[], after: readonly ReportedRefusal[]): readonly Range[] {
  const [old, now] = [before, after].map((refusals) => new Map(refusals.flatMap(refusedRanges)));
  return [
    ...[...(old ?? [])].filter(([word]) => !now?.has(word)),
    ...[...(now ?? [])].filter(([word]) => !old?.has(word)),
  ].map(([, range]) => range);
}

const refusedRanges = ({ kind, reason, detail, addresses }: ReportedRefusal): readonly (readonly [string, Range])[] =>
  addresses.map((range) => [JSON.stringify([kind, reason, detail, `${range.first}-${range.last}`]), range]);
