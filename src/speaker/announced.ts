/**
 * Who announces an address, from what all speakers report: the condition `cairn.dev/Announced` and the annotation
 * `cairn.dev/announced-by`.
 *
 * Pure. A report is one node's word, so nothing here reaches further than text: no address is given, taken or moved
 * because of it.
 *
 * Source: docs/design.md §5 (per address the highest term counts; no speaker ready: False).
 * @module
 */
import { type Address, formatAddress, isIPv6 } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import { compareText } from '../values/text.js';
import type { HostPort } from './host-ports.js';
import type { Mention } from './report-changes.js';
import type { SpeakerReports } from './reports.js';

export const ANNOUNCED_CONDITION = 'cairn.dev/Announced';
export const ANNOUNCED_BY_ANNOTATION = 'cairn.dev/announced-by';

export type AnnouncedReason =
  /** Some node answers. */
  | 'Announced'
  /** The address is a node's own; its kernel answers. */
  | 'NodeAddress'
  /** The address is a node's own, and a program of that node has a port of the Service. */
  | 'HostPortTaken'
  /** A node answers although something speaks against it, as no better one is there. */
  | 'IneligibleOwner'
  /** A node answers, but the Service asks for more than `forwarding.mode: nftables` does. */
  | 'ForwardingIncomplete'
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
  | 'BgpNotAnnounced'
  /** This version's speakers answer for IPv4 alone. */
  | 'IPv6NotAnnounced';

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

/** How many nodes a sentence names before it counts the rest. */
const NAMED_NODES = 5;

/** The announcement of one Service over all of its addresses: the worst of them decides. Undefined if it has none. */
export function announcementOf(
  reports: SpeakerReports,
  addresses: readonly ServedAddress[],
  ports: readonly HostPort[] = [],
): Announcement | undefined {
  const verdicts = addresses.map((served) => ({ address: served.address, ...judge(reports, served, ports) }));
  const worst =
    verdicts.find(({ status }) => status === 'False') ??
    verdicts.find(({ status }) => status === 'Unknown') ??
    // A conflict or an ineligible owner is True and still more worth telling than another address that is well.
    verdicts.find(({ reason }) => reason !== 'Announced' && reason !== 'NodeAddress') ??
    verdicts[0];
  if (worst === undefined) return undefined;
  const announcedBy = verdicts.flatMap(({ address, by }) =>
    by === undefined ? [] : [`${formatAddress(address)}=${by}`],
  );
  return {
    status: worst.status,
    reason: worst.reason,
    // No sentence about one address has a semicolon in it, so that a reader sees where the next begins.
    message: verdicts.map(({ message }) => message).join('; '),
    announcedBy: announcedBy.length === 0 ? undefined : announcedBy.join(','),
  };
}

/** Whether what is said of an address changes with who runs: not where somebody claims it, and not of what none announces. */
export const dependsOnWhoRuns = (reports: SpeakerReports, { address, protocol }: ServedAddress): boolean =>
  protocol === 'layer2' && !isIPv6(address) && !reports.isClaimed(address);

interface Verdict {
  readonly status: Announcement['status'];
  readonly reason: AnnouncedReason;
  readonly message: string;
  readonly by?: NodeName;
}

function judge(reports: SpeakerReports, { address, protocol }: ServedAddress, ports: readonly HostPort[]): Verdict {
  const ip = formatAddress(address);
  if (protocol === 'bgp') {
    return {
      status: 'False',
      reason: 'BgpNotAnnounced',
      message: `${ip} is from a pool with protocol bgp, which is not announced yet`,
    };
  }
  if (isIPv6(address)) {
    return {
      status: 'False',
      reason: 'IPv6NotAnnounced',
      message: `${ip} is an IPv6 address, and only IPv4 is announced yet`,
    };
  }
  const mentions = reports.mentionsOf(address);
  const itself = mentions.find(({ own }) => own);
  if (itself !== undefined) {
    const taken = takenOf(itself, ports);
    if (taken.length > 0) return judgeTaken(ip, itself.node, taken);
    const announced = `${ip} is the address of node ${itself.node}, whose kernel answers for it`;
    return (
      judgeUnserved(announced, itself, ports) ?? {
        status: 'True',
        reason: 'NodeAddress',
        message: announced,
        by: itself.node,
      }
    );
  }
  const owner = ownerIn(mentions);
  if (owner !== undefined) return judgeOwner(reports, ip, owner, mentions, address, ports);

  const stranger = strangerIn(reports, mentions);
  if (stranger !== undefined) {
    return {
      status: 'False',
      reason: 'AddressConflict',
      message: `nobody announces ${ip}: ${stranger}. Free it there, or let the Service have another address`,
    };
  }
  const probing = mentions.find(({ claims }) => claims.some(({ state }) => state === 'probing'));
  if (probing !== undefined) {
    return { status: 'False', reason: 'Probing', message: `node ${probing.node} is asking whether ${ip} is free` };
  }
  return judgeUnclaimed(reports, ip, address);
}

/** Of these ports of a Service, those that a program of the node has. */
export const takenOf = ({ takenPorts }: Mention, ports: readonly HostPort[]): readonly HostPort[] =>
  common(takenPorts, ports);

const common = (some: readonly HostPort[], others: readonly HostPort[]): readonly HostPort[] =>
  some.filter((one) => others.some(({ protocol, port }) => protocol === one.protocol && port === one.port));

function judgeTaken(ip: string, node: NodeName, taken: readonly HostPort[]): Verdict {
  const which = taken.map(({ protocol, port }) => `${protocol} port ${port}`).join(', ');
  return {
    status: 'False',
    reason: 'HostPortTaken',
    message: `${ip} is the address of node ${node}, where a program listens on ${which}: use another port, or stop that program`,
  };
}

/** Of a Service that was edited and no longer fits beside those that it shares the address with: these do not move for it. */
function judgeUnserved(
  announced: string,
  { node, unservedPorts }: Mention,
  ports: readonly HostPort[],
): Verdict | undefined {
  if (common(unservedPorts, ports).length === 0) return undefined;
  return {
    status: 'True',
    reason: 'IneligibleOwner',
    message:
      `${announced}, though externalTrafficPolicy is Local and node ${node} has no ready endpoint: ` +
      'the Services that share the address and still fit decide where it is',
    by: node,
  };
}

interface Owner {
  readonly node: NodeName;
  readonly link: string;
  readonly term: number;
}

/** The claim with the highest term; between equal ones the first by name, so that the text does not flicker. */
function ownerIn(mentions: readonly Mention[]): Owner | undefined {
  const claims = mentions.flatMap(({ node, claims }) =>
    claims.filter(({ state }) => state !== 'probing').map(({ link, term }) => ({ node, link, term })),
  );
  return claims.sort((a, b) => b.term - a.term || compareText(a.node, b.node))[0];
}

function strangerIn(reports: SpeakerReports, mentions: readonly Mention[]): string | undefined {
  for (const { node, conflicts } of mentions) {
    const conflict = conflicts.find(({ mac }) => !reports.isOfSpeaker(mac));
    if (conflict !== undefined) return `${conflict.mac} answers for it, seen by node ${node} on ${conflict.link}`;
  }
  return undefined;
}

function judgeOwner(
  reports: SpeakerReports,
  ip: string,
  owner: Owner,
  mentions: readonly Mention[],
  address: Address,
  ports: readonly HostPort[],
): Verdict {
  const announced = `${ip} is announced by node ${owner.node} on ${owner.link}`;
  const hearing = reports.hearing(owner.node);
  if (hearing === 'lost') {
    return {
      status: 'Unknown',
      reason: 'OwnerUnheard',
      message: `node ${owner.node} said that it announces ${ip}, but no other speaker hears it any more`,
      by: owner.node,
    };
  }
  const stranger = strangerIn(reports, mentions);
  if (stranger !== undefined) {
    return { status: 'True', reason: 'AddressConflict', message: `${announced}, but ${stranger}`, by: owner.node };
  }
  const refusals = reports.refusalsOf(owner.node, address);
  if (refusals.length > 0) {
    const why = refusals.map(({ detail }) => detail).join(', ');
    return {
      status: 'True',
      reason: 'IneligibleOwner',
      message: `${announced}, though ${why}: no better node is there`,
      by: owner.node,
    };
  }
  const itself = mentions.find(({ node }) => node === owner.node);
  const unserved = itself && judgeUnserved(announced, itself, ports);
  if (unserved !== undefined) return unserved;
  // Which address an IneligibleOwner is about was told by its refusals, above.
  const warnings = reports.warningsOf(owner.node, owner.link).filter((warning) => warning !== 'IneligibleOwner');
  const notes = [...warnings, ...(hearing === 'alone' ? ['unverified: it hears no other speaker'] : [])];
  return {
    status: 'True',
    reason: 'Announced',
    message: notes.length === 0 ? announced : `${announced} (${notes.join(', ')})`,
    by: owner.node,
  };
}

function judgeUnclaimed(reports: SpeakerReports, ip: string, address: Address): Verdict {
  const running = reports.running();
  if (running.length === 0) {
    const starting = reports.starting().map(({ node, waitingFor }) => `node ${node} waits: ${waitingFor}`);
    const waiting = [...starting, ...reports.silences()];
    const why = waiting.length === 0 ? 'no speaker runs on any node' : `no speaker is ready (${few(waiting)})`;
    return { status: 'False', reason: 'NoSpeakerReady', message: `nobody announces ${ip}: ${why}` };
  }
  const because = new Map<string, NodeName[]>();
  const willing: NodeName[] = [];
  let isAnyReady = false;
  for (const node of running) {
    const refusals = reports.refusalsOf(node, address);
    if (refusals.length === 0) isAnyReady = true;
    if (refusals.every(({ reason }) => reason === 'ForwardingPending')) willing.push(node);
    for (const { reason } of refusals) because.set(reason, [...(because.get(reason) ?? []), node]);
  }
  if (willing.length > 0) {
    // Nodes that set their rules are ready within a second, each at its own moment: that is not told one by one.
    const next = isAnyReady ? 'it may be announced by' : 'the forwarding rules for it are being set on';
    return { status: 'False', reason: 'Waiting', message: `nobody announces ${ip} yet: ${next} ${few(willing)}` };
  }
  const reasons = [...because]
    .sort(([a], [b]) => compareText(a, b))
    .map(([reason, nodes]) => `${reason} on ${few(nodes)}`);
  return {
    status: 'False',
    reason: 'NoCandidate',
    message: `nobody announces ${ip}: no node may: ${reasons.join(', ')}`,
  };
}

const few = (words: readonly string[]): string =>
  words.length <= NAMED_NODES
    ? words.join(', ')
    : `${words.slice(0, NAMED_NODES).join(', ')} and ${words.length - NAMED_NODES} more`;
