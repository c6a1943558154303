/**
 * Who keeps an address that several Services claim when they are taken in.
 *
 * Pure. Whoever holds an address already keeps it. Of newcomers that may not share it the one with the better right has it,
 * by the order that the speakers go by too, who see the statuses alone: of two whose marks list it, one that shows it comes
 * before one that shows it no more, from which it was taken, and given away before that could be written down. The others go
 * back to what they had, where that is known. The result does not depend on the order in which the Services come.
 *
 * Source: docs/design.md §6, rule 1.
 * @module
 */
import type { Address } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { compareTenures, NEVER, type Tenure, tenureOf } from '../values/service-class.js';
import { holdTogether, holdTogetherAgain } from '../values/sharing.js';
import { addressesIn, type Claim } from './adopt.js';

export interface AdoptionOptions {
  readonly claimsOf: (service: Service) => readonly Claim[];
  /** Who holds the address already. */
  readonly holders: (address: Address) => readonly ServiceKey[];
  /** Whether the two may go on holding one address; undefined for a holder that another provider serves. */
  readonly mayJoin: (service: Service, holder: ServiceKey) => boolean | undefined;
}

/** A claim with what speaks for it. */
interface Title extends Claim {
  readonly service: Service;
  readonly tenure: Tenure;
  readonly isShown: boolean;
}

/** Who is to hold what, of one address the better right first. */
export function settleClaims(
  services: readonly Service[],
  options: AdoptionOptions,
): readonly { readonly key: ServiceKey; readonly address: Address }[] {
  const titles = services.flatMap((service) => options.claimsOf(service).map((claim) => titleOf(service, claim)));
  const keepers = new Map<Address, readonly Title[]>();
  for (const title of titles.sort(byRight)) settle(title, keepers, options);
  return [...keepers.values()].flatMap((there) => there.map(({ service, address }) => ({ key: service.key, address })));
}

function settle(title: Title, keepers: Map<Address, readonly Title[]>, options: AdoptionOptions): void {
  const { address } = title;
  const there = keepers.get(address) ?? [];
  const rivals = there.filter((other) => !mayStand(title, other));
  // A Service that goes back to what its mark lists may come before one that has been there for a moment.
  const isKept = !isExcluded(title, options) && rivals.every((rival) => byRight(title, rival) < 0);
  if (isKept) keepers.set(address, [...there.filter((each) => !rivals.includes(each)), title]);
  for (const { service, otherwise } of isKept ? rivals : [title]) {
    if (otherwise === undefined) continue;
    settle(titleOf(service, { address: otherwise, otherwise: undefined }), keepers, options);
  }
}

/**
 * Who shared an address goes on sharing it, and all who lost it together have it again together. Who lost it alone has it
 * again where the two fit in every way: whoever has it may have been let in, or edited, since.
 */
const mayStand = (one: Title, other: Title): boolean =>
  one.isShown === other.isShown
    ? holdTogether(one.service, other.service)
    : holdTogetherAgain(one.service, other.service);

/** By whoever held the address before. What another provider's Service shows too is taken from nobody who had it by right. */
const isExcluded = ({ service, address, tenure }: Title, { holders, mayJoin }: AdoptionOptions): boolean =>
  holders(address).some((holder) => {
    if (holder === service.key) return false;
    return !(mayJoin(service, holder) ?? tenure.rank !== 'unlisted');
  });

const titleOf = (service: Service, claim: Claim): Title => ({
  ...claim,
  service,
  tenure: tenureOf(service, claim.address),
  isShown: addressesIn(service).includes(claim.address),
});

/**
 * Of two whose marks list the address the status tells, unless a mark may be a copied one: nothing dates that. One whose mark was
 * taken away, and whose condition still says that it has the address, counts as listed.
 */
function byRight(a: Title, b: Title): number {
  const areBothListed = isListed(a) && isListed(b);
  const areAlike = (a.tenure.since === NEVER) === (b.tenure.since === NEVER);
  if (areBothListed && areAlike && a.isShown !== b.isShown) return a.isShown ? -1 : 1;
  return compareTenures(a.tenure, b.tenure);
}

const isListed = ({ tenure: { rank } }: Title): boolean => rank === 'listed' || rank === 'unmarked';
