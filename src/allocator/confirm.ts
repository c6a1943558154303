/**
 * What a version of a Service tells of the addresses that it was given or is to leave: whether they were written, whether
 * that can still happen, and whether somebody who led before wrote others.
 *
 * Pure. Each function brings the entry to that, and returns what the Service holds no more.
 *
 * Source: docs/design.md §6, rules 1 and 3.
 * @module
 */
import { type Address, familyOf } from '../values/address.js';
import { assignmentOf, servedBy } from '../values/service-marks.js';
import { grantedTermsOf, type SharingTerms } from '../values/sharing.js';
import { addressesIn, isOurWord, listedBy, writtenPool } from './adopt.js';
import type { Entry } from './entry.js';

const NO_ADDRESSES: readonly Address[] = [];

/** A version of its status had all that it holds, and it leaves nothing: nothing is under way. */
const isConfirmed = ({ holds, leaving, shown }: Entry): boolean =>
  leaving.length === 0 && holds.every((address) => shown.includes(address));

/** What was replaced is given back once the status says so. */
export function confirm(entry: Entry): readonly Address[] {
  const { service, holds, leaving, shown } = entry;
  if (isConfirmed(entry)) return NO_ADDRESSES;
  const written = addressesIn(service);
  entry.shown = [...holds, ...leaving].filter((address) => shown.includes(address) || written.includes(address));
  if (!holds.every((address) => written.includes(address))) return NO_ADDRESSES;
  entry.leaving = leaving.filter((address) => written.includes(address));
  return leaving.filter((address) => !written.includes(address));
}

/**
 * A Service that was edited before what it was given could be written, so that what is under way for it will be refused as too
 * old; or whose pool lost that while nothing was under way. It has what it had, which may be nothing and which somebody may
 * have overwritten meanwhile, and asks anew.
 */
export function takeBack(entry: Entry): readonly Address[] {
  const { service, holds, leaving, shown, cameFrom } = entry;
  if (isConfirmed(entry)) return NO_ADDRESSES;
  const written = addressesIn(service);
  const known = [...written, ...shown, ...keptUntilDeleted(entry)];
  const isPlanned = (address: Address) => !known.includes(address);
  const planned = [...holds, ...leaving].filter(isPlanned);
  const kept = holds.filter((address) => !isPlanned(address));
  const had: Address[] = [];
  for (const address of leaving) {
    const isOfItsFamily = (other: Address) => familyOf(other) === familyOf(address);
    if (!isPlanned(address) && ![...kept, ...had].some(isOfItsFamily)) had.push(address);
  }
  if (planned.length + had.length === 0) return NO_ADDRESSES;
  entry.holds = [...kept, ...had];
  entry.leaving = leaving.filter((address) => !isPlanned(address) && !had.includes(address));
  entry.pool = writtenPool(service, entry.holds) ?? (isOurWord(service, entry.holds) ? undefined : cameFrom);
  if (had.length > 0) entry.granted = termsOf(entry, had);
  else if (kept.length === 0) entry.granted = grantedTermsOf(service);
  return planned;
}

/**
 * What it keeps it was let share as it was then, which perhaps is not written down yet. What is written beside another address
 * tells of that one: a leader of before exchanged them after this one had begun.
 */
function termsOf({ service, cameAs }: Entry, kept: readonly Address[]): SharingTerms {
  const listed = servedBy(service)?.addresses ?? NO_ADDRESSES;
  const isOfAnother = listed.length > 0 && !kept.some((address) => listed.includes(address));
  return isOfAnother ? cameAs : grantedTermsOf(service, cameAs);
}

/** What is being deleted is given nothing anew, so that what it lost with its status would be lost to it. */
const keptUntilDeleted = ({ service }: Entry): readonly Address[] =>
  service.meta.deleting && assignmentOf(service) !== undefined
    ? (servedBy(service)?.addresses ?? NO_ADDRESSES)
    : NO_ADDRESSES;

/**
 * Whether what stands in the status is an earlier word of a controller's, on its way while something else was planned: of the
 * one that led before, or from before the configuration changed. It counts as if it had been there in time, as nothing that
 * was planned instead was ever written.
 */
export function isOvertaken({ service, holds, leaving, shown }: Entry, installation: string): boolean {
  const isPlanned = holds.length > 0 && leaving.length + shown.length === 0;
  if (!isPlanned || assignmentOf(service) === undefined) return false;
  const written = addressesIn(service);
  const isOther = written.length !== holds.length || !holds.every((address) => written.includes(address));
  if (!isOther || written.length === 0) return false;
  const listed = listedBy(service, installation);
  return written.every((address) => listed.includes(address));
}
