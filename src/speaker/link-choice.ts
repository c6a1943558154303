/**
 * On which links of this node an address may be announced, and what the links say against it.
 *
 * Pure. What the API says is in `candidates.ts`.
 *
 * Source: docs/design.md §4 (`interfaces`, `exclude-interfaces`) and §7 ("Refusals").
 * @module
 */
import { type Address, formatAddress } from '../values/address.js';
import { prefixHolds } from '../values/range.js';
import { isExcluded, matchesName } from './link-names.js';
import type { Link, LinkChoice, LinkIndex, Refusal } from './messages.js';

export interface ChosenLinks {
  readonly links: readonly LinkIndex[];
  /** No link has a prefix that holds the address: these are all that may be used, for want of a better one. */
  readonly offLink: boolean;
  /** Why other links were not chosen; with `links` empty, why none was. */
  readonly refusals: readonly Refusal[];
}

/** Whether the protocol is spoken on a link at all. */
export const speaksOn = (link: Link, excluded: readonly string[]): boolean =>
  link.ethernet && link.up && !isExcluded(link.name, excluded);

export function chooseLinks(
  address: Address,
  choice: LinkChoice,
  links: readonly Link[],
  excluded: readonly string[],
): ChosenLinks {
  const wanted = links.filter((link) => link.ethernet && isWanted(address, choice, link));
  const usable = wanted.filter((link) => speaksOn(link, excluded));
  const refusals = wanted.filter((link) => !usable.includes(link)).map((link) => refusalOf(link, excluded));
  if (usable.length > 0 || choice.kind === 'named' || wanted.length > 0) {
    if (wanted.length === 0) refusals.push(noLinkMatches(choice));
    return { links: usable.map(({ index }) => index), offLink: false, refusals };
  }
  const spoken = links.filter((link) => speaksOn(link, excluded)).map(({ index }) => index);
  return { links: spoken, offLink: spoken.length > 0, refusals: [noOnLinkPrefix(address)] };
}

const isWanted = (address: Address, choice: LinkChoice, link: Link): boolean =>
  choice.kind === 'named'
    ? choice.patterns.some((pattern) => matchesName(pattern, link.name))
    : link.addresses.some(({ onLink }) => prefixHolds(onLink, address));

const refusalOf = (link: Link, excluded: readonly string[]): Refusal =>
  isExcluded(link.name, excluded)
    ? { kind: 'hard', reason: 'InterfaceExcluded', detail: `${link.name} is excluded by exclude-interfaces` }
    : { kind: 'hard', reason: 'LinkDown', detail: `${link.name} is down or has no carrier` };

/** Soft: where no node has such a prefix, one of them announces the address all the same. */
const noOnLinkPrefix = (address: Address): Refusal => ({
  kind: 'soft',
  reason: 'NoOnLinkPrefix',
  detail: `no link of the node has a prefix that holds ${formatAddress(address)}`,
});

const noLinkMatches = (choice: LinkChoice): Refusal => ({
  kind: 'hard',
  reason: 'InterfaceExcluded',
  detail:
    choice.kind === 'named'
      ? `no link of the node is called like any of: ${choice.patterns.join(', ')}`
      : 'no link of the node may be used',
});
