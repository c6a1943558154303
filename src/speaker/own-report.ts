/**
 * This node's own report, from what the link side saw and what the API says against the node.
 *
 * Pure.
 * @module
 */
import type { Address } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import type { Link, LinkIndex, Observations, Orders, Refusal } from './messages.js';
import { type ReportedRefusal, rangesOf, type SpeakerReport } from './report.js';

export interface OwnState {
  readonly node: NodeName;
  /** What the speaker still waits for; undefined: it runs. */
  readonly waitingFor: string | undefined;
  readonly orders: Orders | undefined;
  readonly observations: Observations | undefined;
}

export function ownReport({ node, waitingFor, orders, observations }: OwnState): SpeakerReport {
  const nameOf = linkNames(observations?.links ?? []);
  const wanted = orders?.wanted ?? [];
  return {
    node,
    state: waitingFor === undefined ? 'running' : 'starting',
    waitingFor: waitingFor ?? '',
    links: (observations?.links ?? []).filter(isTold(observations)).map(({ name, mac, up }) => ({ name, mac, up })),
    claims: (observations?.claims ?? []).map(({ address, link, term, state }) => ({
      address,
      link: nameOf(link),
      term,
      state,
    })),
    ownAddresses: wanted
      .filter(({ ownedByKernel, refusals }) => ownedByKernel && refusals.length === 0)
      .map(({ address }) => address),
    takenPorts: wanted.flatMap(({ address, takenPorts }) => takenPorts.map((port) => ({ ...port, address }))),
    unservedPorts: wanted.flatMap(({ address, unservedPorts = [] }) =>
      unservedPorts.map((port) => ({ ...port, address })),
    ),
    refusals: refusalsOf(orders, observations),
    warnings: (observations?.warnings ?? []).map(({ link, warning }) => ({ link: nameOf(link), warning })),
    conflicts: (observations?.conflicts ?? []).map(({ address, link, mac }) => ({ address, link: nameOf(link), mac })),
    peers: (observations?.peers ?? [])
      .filter(({ alive }) => alive)
      .map((peer) => ({ node: peer.node, link: nameOf(peer.link) })),
    shortened: false,
  };
}

/** The last word of a speaker that ended in good order: it holds nothing. */
export const lastReport = (node: NodeName): SpeakerReport => ({
  ...ownReport({ node, waitingFor: undefined, orders: undefined, observations: undefined }),
  state: 'stopped',
});

/** A link may have gone since; its number still tells it from others. */
const linkNames = (links: readonly Link[]): ((index: LinkIndex) => string) => {
  const names = new Map(links.map(({ index, name }) => [index, name]));
  return (index) => names.get(index) ?? `#${index}`;
};

/** A node with 100 pods has as many veths, and each that comes or goes would be a write: only links that may announce. */
function isTold(observations: Observations | undefined): (link: Link) => boolean {
  const claimed = new Set(observations?.claims.map(({ link }) => link));
  return ({ index, ethernet, addresses }) => ethernet && (addresses.length > 0 || claimed.has(index));
}

/** Each refusal once, with all the addresses it is about. */
function refusalsOf(orders: Orders | undefined, observations: Observations | undefined): ReportedRefusal[] {
  const groups = new Map<string, { refusal: Refusal; addresses: Address[] }>();
  const add = (address: Address, refusal: Refusal) => {
    const word = JSON.stringify([refusal.kind, refusal.reason, refusal.detail]);
    const group = groups.get(word) ?? { refusal, addresses: [] };
    group.addresses.push(address);
    groups.set(word, group);
  };
  for (const { address, refusals } of orders?.wanted ?? []) for (const refusal of refusals) add(address, refusal);
  for (const [address, refusals] of observations?.refusals ?? []) for (const refusal of refusals) add(address, refusal);
  return [...groups.values()].map(({ refusal, addresses }) => ({ ...refusal, addresses: rangesOf(addresses) }));
}
