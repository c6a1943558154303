/**
 * The reports of all nodes, found by address, so that 5,000 Services do not each read 300 reports.
 *
 * Pure; it remembers what it was given. Of a report that is not `running` only the state is looked at. A report of a
 * speaker that cannot be at work ({@link SpeakerReports.setSilence}) counts for as long as one that can still hears it.
 * @module
 */
import { type Address, compareAddresses } from '../values/address.js';
import type { Mac } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import { type Range, rangeHolds } from '../values/range.js';
import { compareText } from '../values/text.js';
import type { HostPort } from './host-ports.js';
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
}

export class SpeakerReports {
  /** What was reported, and of that what counts. */
  readonly #said = new Map<NodeName, SpeakerReport>();
  readonly #reports = new Map<NodeName, SpeakerReport>();
  readonly #silences = new Map<NodeName, string>();
  readonly #mentions = new Map<Address, Map<NodeName, Mention>>();
  /** Who is heard, by how many: node to the nodes whose speakers hear it. */
  readonly #heardBy = new Map<NodeName, Set<NodeName>>();

  /**
   * Replaces what `node` says; undefined when its ConfigMap is gone. Returns a test that is true for addresses whose
   * announcement may have changed by it.
   */
  set(node: NodeName, report: SpeakerReport | undefined): (address: Address) => boolean {
    if (report === undefined) this.#said.delete(node);
    else this.#said.set(node, { ...report, node });
    return this.#count(node);
  }

  /** Why a node's speaker cannot be at work, to finish a sentence; undefined: it may be. Returns what {@link set} does. */
  setSilence(node: NodeName, why: string | undefined): (address: Address) => boolean {
    if (why === undefined) this.#silences.delete(node);
    else this.#silences.set(node, why);
    return this.#count(node);
  }

  /** Why reports of running speakers do not count, by the nodes' names. */
  silences(): readonly string[] {
    return [...this.#silences]
      .filter(([node]) => this.#said.get(node)?.state === 'running' && !this.#reports.has(node))
      .sort(([a], [b]) => compareText(a, b))
      .map(([, why]) => why);
  }

  /** What a node says counts or not, and with it whether those that it hears count. */
  #count(node: NodeName): (address: Address) => boolean {
    const changes = [...new Set([node, ...this.#silences.keys()])].map((each) =>
      this.#replace(each, this.#countsStill(each) ? this.#said.get(each) : undefined),
    );
    return (address) => changes.some((concerns) => concerns(address));
  }

  #countsStill(node: NodeName): boolean {
    if (!this.#silences.has(node)) return true;
    for (const [other, { state, peers }] of this.#said) {
      if (state !== 'running' || other === node || this.#silences.has(other)) continue;
      if (peers.some((peer) => peer.node === node)) return true;
    }
    return false;
  }

  #replace(node: NodeName, report: SpeakerReport | undefined): (address: Address) => boolean {
    const before = this.#reports.get(node);
    if (before === report) return () => false;
    this.#forget(before);
    if (report === undefined) this.#reports.delete(node);
    else this.#reports.set(node, report);
    this.#learn(this.#reports.get(node));
    if (before?.state !== report?.state || before?.waitingFor !== report?.waitingFor) return () => true;
    if (report?.state !== 'running' || before === undefined) return () => false;
    return this.#changed(node, before, report);
  }

  /** Nodes whose speakers run, by name. */
  running(): readonly NodeName[] {
    return this.#inState('running').map(({ node }) => node);
  }

  /** Reports of the speakers that are not ready yet, by the nodes' names. */
  starting(): readonly SpeakerReport[] {
    return this.#inState('starting');
  }

  /** What the running speakers say of an address, by the nodes' names. */
  mentionsOf(address: Address): readonly Mention[] {
    return [...(this.#mentions.get(address)?.values() ?? [])].sort((a, b) => compareText(a.node, b.node));
  }

  refusalsOf(node: NodeName, address: Address): readonly ReportedRefusal[] {
    return this.#reports.get(node)?.refusals.filter(({ addresses }) => holds(addresses, address)) ?? [];
  }

  warningsOf(node: NodeName, link: string): readonly string[] {
    const warnings = this.#reports.get(node)?.warnings ?? [];
    return warnings.filter((warning) => warning.link === link).map(({ warning }) => warning);
  }

  /** Whether a running speaker has a link with this MAC: who answers there is no stranger, whatever another one thinks. */
  isOfSpeaker(mac: Mac): boolean {
    for (const { state, links } of this.#reports.values())
      if (state === 'running' && links.some((link) => link.mac === mac)) return true;
    return false;
  }

  /**
   * Whether others still hear a node. `lost` only by contradiction: it hears peers that run, and none of them hears it.
   * Where the heartbeats are filtered nobody hears anybody, and that says nothing about who answers.
   */
  hearing(node: NodeName): 'heard' | 'alone' | 'lost' {
    if ((this.#heardBy.get(node)?.size ?? 0) > 0) return 'heard';
    const peers = this.#reports.get(node)?.peers ?? [];
    return peers.some((peer) => this.#reports.get(peer.node)?.state === 'running') ? 'lost' : 'alone';
  }

  #inState(state: SpeakerReport['state']): SpeakerReport[] {
    const reports = [...this.#reports.values()].filter((report) => report.state === state);
    return reports.sort((a, b) => compareText(a.node, b.node));
  }

  #learn(report: SpeakerReport | undefined): void {
    if (report?.state !== 'running') return;
    for (const [address, mention] of mentionsIn(report)) {
      const nodes = this.#mentions.get(address) ?? new Map<NodeName, Mention>();
      this.#mentions.set(address, nodes.set(report.node, mention));
    }
    for (const { node } of report.peers) {
      const hearers = this.#heardBy.get(node) ?? new Set<NodeName>();
      this.#heardBy.set(node, hearers.add(report.node));
    }
  }

  #forget(report: SpeakerReport | undefined): void {
    if (report?.state !== 'running') return;
    for (const address of mentionsIn(report).keys()) {
      const nodes = this.#mentions.get(address);
      nodes?.delete(report.node);
      if (nodes?.size === 0) this.#mentions.delete(address);
    }
    for (const { node } of report.peers) {
      const hearers = this.#heardBy.get(node);
      hearers?.delete(report.node);
      if (hearers?.size === 0) this.#heardBy.delete(node);
    }
  }

  #changed(node: NodeName, before: SpeakerReport, after: SpeakerReport): (address: Address) => boolean {
    const mentioned = differing(mentionsIn(before), mentionsIn(after));
    const refused = changedRefusals(before.refusals, after.refusals);
    const heard = new Set([...names(before.peers), ...names(after.peers)]);
    for (const peer of names(before.peers)) if (names(after.peers).has(peer)) heard.delete(peer);
    // Whom it hears decides whether its own claims are verified, and so do the warnings on its links.
    if (heard.size > 0 || JSON.stringify(before.warnings) !== JSON.stringify(after.warnings)) heard.add(node);
    // Whether a conflict is with a stranger depends on the MACs of all speakers.
    const met = macs(before) !== macs(after);
    return (address) =>
      mentioned.has(address) ||
      refused.some(({ addresses }) => holds(addresses, address)) ||
      [...(this.#mentions.get(address)?.values() ?? [])].some(
        (mention) => heard.has(mention.node) || (met && mention.conflicts.length > 0),
      );
  }
}

const macs = ({ links }: SpeakerReport): string => links.map(({ mac }) => mac).join();

const names = (peers: SpeakerReport['peers']): Set<NodeName> => new Set(peers.map(({ node }) => node));

function mentionsIn(report: SpeakerReport): Map<Address, Mention> {
  const mentions = new Map<
    Address,
    { claims: ReportedClaim[]; conflicts: ReportedConflict[]; takenPorts: HostPort[]; own: boolean; node: NodeName }
  >();
  const of = (address: Address) => {
    const known = mentions.get(address);
    if (known !== undefined) return known;
    const mention = { node: report.node, claims: [], conflicts: [], takenPorts: [], own: false };
    mentions.set(address, mention);
    return mention;
  };
  for (const claim of report.claims) of(claim.address).claims.push(claim);
  for (const conflict of report.conflicts) of(conflict.address).conflicts.push(conflict);
  for (const { address, protocol, port } of report.takenPorts) of(address).takenPorts.push({ protocol, port });
  for (const address of report.ownAddresses) of(address).own = true;
  return mentions;
}

/** The addresses of which the two say something else. */
function differing(before: ReadonlyMap<Address, Mention>, after: ReadonlyMap<Address, Mention>): Set<Address> {
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
    mention?.claims.map(({ link, term, state }) => [link, term, state]),
    mention?.conflicts.map(({ link, mac }) => [link, mac]),
  ]);

function changedRefusals(
  before: readonly ReportedRefusal[],
  after: readonly ReportedRefusal[],
): readonly ReportedRefusal[] {
  const [old, now] = [before, after].map(
    (refusals) => new Map(refusals.map((refusal) => [wordOfRefusal(refusal), refusal])),
  );
  return [
    ...[...(old ?? [])].filter(([word]) => !now?.has(word)),
    ...[...(now ?? [])].filter(([word]) => !old?.has(word)),
  ].map(([, refusal]) => refusal);
}

const wordOfRefusal = ({ kind, reason, detail, addresses }: ReportedRefusal): string =>
  JSON.stringify([kind, reason, detail, addresses.map(({ first, last }) => `${first}-${last}`)]);

/** Ranges are in ascending order, so half of what is left falls away with each look. */
function holds(ranges: readonly Range[], address: Address): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle];
    if (range === undefined) return false;
    if (rangeHolds(range, address)) return true;
    if (compareAddresses(range.last, address) < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}
