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
import type { ReportedRefusal, SpeakerReport } from './report.js';
import {
  both,
  type Concerned,
  differing,
  hasOtherMacs,
  hasOtherWarnings,
  type Mention,
  mentionsIn,
  NONE,
  peersOf,
  symmetricDifference,
  UNCLAIMED,
} from './report-changes.js';

export class SpeakerReports {
  /** What was reported, and of that what counts. */
  readonly #said = new Map<NodeName, SpeakerReport>();
  readonly #reports = new Map<NodeName, SpeakerReport>();
  readonly #silences = new Map<NodeName, string>();
  readonly #mentions = new Map<Address, Map<NodeName, Mention>>();
  /** Asked for by each Service that nobody announces; undefined after a change. */
  #running: readonly NodeName[] | undefined;
  /** Who is heard, by how many: node to the nodes whose speakers hear it; of what counts, and of what was said. */
  readonly #heardBy = new Map<NodeName, Set<NodeName>>();
  readonly #saidHeardBy = new Map<NodeName, Set<NodeName>>();

  /** Replaces what `node` says; undefined when its ConfigMap is gone. Returns whose announcement may have changed by it. */
  set(node: NodeName, report: SpeakerReport | undefined): Concerned {
    return this.#withWhyNobodyRuns(() => {
      const [before, after] = [this.#said.get(node), report && { ...report, node }];
      if (after === undefined) this.#said.delete(node);
      else this.#said.set(node, after);
      const [heardBefore, heardAfter] = [before, after].map(heardIn);
      const heard = symmetricDifference(heardBefore ?? NOBODY, heardAfter ?? NOBODY);
      for (const peer of heard) toggle(this.#saidHeardBy, peer, node);
      return this.#count([node, ...heard]);
    });
  }

  /** Why a node's speaker cannot be at work, to finish a sentence; undefined: it may be. Returns what {@link set} does. */
  setSilence(node: NodeName, why: string | undefined): Concerned {
    if (this.#silences.get(node) === why) return NONE;
    return this.#withWhyNobodyRuns(() => {
      if (why === undefined) this.#silences.delete(node);
      else this.#silences.set(node, why);
      return this.#count([node, ...heardIn(this.#said.get(node))]);
    });
  }

  /** Whether a report of it is there, whatever it says. */
  has(node: NodeName): boolean {
    return this.#said.has(node);
  }

  /** Why reports of running speakers do not count, by the nodes' names. */
  silences(): readonly string[] {
    return [...this.#silences]
      .filter(([node]) => this.#said.get(node)?.state === 'running' && !this.#reports.has(node))
      .sort(([a], [b]) => compareText(a, b))
      .map(([, why]) => why);
  }

  /** Where nobody runs, every Service is told why: another reason concerns all of them, whatever the reports say. */
  #withWhyNobodyRuns(change: () => Concerned): Concerned {
    const before = this.#whyNobodyRuns();
    const concerned = change();
    return this.#whyNobodyRuns() === before ? concerned : both(concerned, UNCLAIMED);
  }

  #whyNobodyRuns(): string {
    if (this.running().length > 0) return '';
    const starting = this.starting().map(({ node, waitingFor }) => `${node} ${waitingFor}`);
    return [...starting, ...this.silences()].join();
  }

  /** What these say counts or not, as those say that hear them. */
  #count(nodes: Iterable<NodeName>): Concerned {
    let concerned = NONE;
    for (const node of new Set(nodes)) {
      const report = this.#countsStill(node) ? this.#said.get(node) : undefined;
      concerned = both(concerned, this.#replace(node, report));
    }
    return concerned;
  }

  #countsStill(node: NodeName): boolean {
    if (!this.#silences.has(node)) return true;
    for (const other of this.#saidHeardBy.get(node) ?? NOBODY) {
      if (other !== node && !this.#silences.has(other)) return true;
    }
    return false;
  }

  #replace(node: NodeName, report: SpeakerReport | undefined): Concerned {
    const known = this.#reports.get(node);
    if (known === report) return NONE;
    const [before, after] = [known, report].map((each) => (each?.state === 'running' ? each : undefined));
    const isOther = (before === undefined) !== (after === undefined);
    // Whom those hear that run is all that others are told of by it.
    const hearers = isOther ? (this.#heardBy.get(node) ?? NOBODY) : NOBODY;
    const perhaps = [node, ...hearers, ...symmetricDifference(heardIn(before), heardIn(after))];
    const hearing = new Map(perhaps.map((each) => [each, this.hearing(each)]));
    this.#running = undefined;
    this.#forget(before);
    if (report === undefined) this.#reports.delete(node);
    else this.#reports.set(node, report);
    this.#learn(after);
    if (before === undefined && after === undefined) return NONE;
    const addresses = new Set<Address>();
    for (const [judged, was] of hearing) {
      const running = this.#reports.get(judged);
      const isJudgedAnew = this.hearing(judged) !== was || (judged === node && hasOtherWarnings(before, after));
      if (!isJudgedAnew || running?.state !== 'running') continue;
      for (const address of mentionsIn(running).keys()) addresses.add(address);
    }
    if (hasOtherMacs(before, after)) {
      for (const { conflicts } of this.#reports.values()) for (const { address } of conflicts) addresses.add(address);
    }
    return both(differing(before, after), { addresses, ranges: [] });
  }

  /** Nodes whose speakers run, by name. */
  running(): readonly NodeName[] {
    this.#running ??= this.#inState('running').map(({ node }) => node);
    return this.#running;
  }

  /** Reports of the speakers that are not ready yet, by the nodes' names. */
  starting(): readonly SpeakerReport[] {
    return this.#inState('starting');
  }

  /** What the running speakers say of an address, by the nodes' names. */
  mentionsOf(address: Address): readonly Mention[] {
    const mentions = this.#mentions.get(address);
    return mentions === undefined ? NO_MENTIONS : [...mentions.values()].sort((a, b) => compareText(a.node, b.node));
  }

  /** Whether a speaker that runs announces it, or says so. */
  isClaimed(address: Address): boolean {
    for (const { claims } of this.#mentions.get(address)?.values() ?? []) {
      if (claims.some(({ state }) => state !== 'probing')) return true;
    }
    return false;
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
    for (const node of peersOf(report)) toggle(this.#heardBy, node, report.node);
  }

  #forget(report: SpeakerReport | undefined): void {
    if (report?.state !== 'running') return;
    for (const address of mentionsIn(report).keys()) {
      const nodes = this.#mentions.get(address);
      nodes?.delete(report.node);
      if (nodes?.size === 0) this.#mentions.delete(address);
    }
    for (const node of peersOf(report)) toggle(this.#heardBy, node, report.node);
  }
}

const NO_MENTIONS: readonly Mention[] = [];
const NOBODY: ReadonlySet<NodeName> = new Set();

/** Whom a speaker that runs hears. */
const heardIn = (report: SpeakerReport | undefined): ReadonlySet<NodeName> =>
  report?.state === 'running' ? peersOf(report) : NOBODY;

/** Adds who hears a node, or takes it away where it is there. */
function toggle(heardBy: Map<NodeName, Set<NodeName>>, node: NodeName, hearer: NodeName): void {
  const hearers = heardBy.get(node) ?? new Set<NodeName>();
  heardBy.set(node, hearers);
  if (!hearers.delete(hearer)) hearers.add(hearer);
  if (hearers.size === 0) heardBy.delete(node);
}

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
