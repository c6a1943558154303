/**
 * What is worth a line of the log when the link side has something new: addresses won and lost, strangers, warnings.
 *
 * Pure.
 * @module
 */
import type { Observations } from '../speaker/messages.js';
import { formatAddress } from '../values/address.js';

export interface News {
  /** `address on link`, as many as a line bears; the counts are of all. */
  readonly announces: readonly string[];
  readonly noLongerAnnounces: readonly string[];
  readonly announcesCount: number;
  readonly noLongerAnnouncesCount: number;
  readonly conflicts: readonly string[];
  readonly warnings: readonly string[];
}

const MAX_TOLD = 20;

/** Undefined where nothing of that changed, such as when only a peer came. */
export function newsIn(before: Observations | undefined, after: Observations): News | undefined {
  const [held, holds] = [heldIn(before), heldIn(after)];
  const announces = without(holds, held);
  const noLongerAnnounces = without(held, holds);
  const conflicts = without(conflictsIn(after), conflictsIn(before));
  const warnings = without(warningsIn(after), warningsIn(before));
  if (announces.length + noLongerAnnounces.length + conflicts.length + warnings.length === 0) return undefined;
  return {
    announces: announces.slice(0, MAX_TOLD),
    noLongerAnnounces: noLongerAnnounces.slice(0, MAX_TOLD),
    announcesCount: announces.length,
    noLongerAnnouncesCount: noLongerAnnounces.length,
    conflicts: conflicts.slice(0, MAX_TOLD),
    warnings: warnings.slice(0, MAX_TOLD),
  };
}

const without = (all: ReadonlySet<string>, those: ReadonlySet<string>): string[] =>
  [...all].filter((word) => !those.has(word));

const linkIn = (observations: Observations, index: number): string =>
  observations.links.find((link) => link.index === index)?.name ?? `#${index}`;

const heldIn = (observations: Observations | undefined): ReadonlySet<string> =>
  new Set(
    observations?.claims
      .filter(({ state }) => state !== 'probing')
      .map(({ address, link }) => `${formatAddress(address)} on ${linkIn(observations, link)}`),
  );

const conflictsIn = (observations: Observations | undefined): ReadonlySet<string> =>
  new Set(
    observations?.conflicts.map(
      ({ address, link, mac }) => `${mac} answers for ${formatAddress(address)} on ${linkIn(observations, link)}`,
    ),
  );

const warningsIn = (observations: Observations | undefined): ReadonlySet<string> =>
  new Set(observations?.warnings.map(({ link, warning }) => `${warning} on ${linkIn(observations, link)}`));
