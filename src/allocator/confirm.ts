/**
 * What a version of a Service tells of the addresses that it was given or is to leave: whether they were written, whether
 * that can still happen, and whether somebody who led before wrote others.
 *
 * Pure. Each function brings the entry to that, and returns what the Service holds no more.
 *
 * Source: docs/design.md §6, rules 1 and 3.
 * @module
 */
import type { Address } from '../values/address.js';
import { assignmentOf } from '../values/service-marks.js';
import { grantedTermsOf } from '../values/sharing.js';
import { addressesIn, grantedPool, listedBy } from './adopt.js';
import type { Entry } from './entry.js';

const NO_ADDRESSES: readonly Address[] = [];

/** What was replaced is given back once the status says so. */
export function confirm(entry: Entry): readonly Address[] {
  const { service, holds, leaving, shown } = entry;
  if (leaving.length === 0 && holds.every((address) => shown.includes(address))) return NO_ADDRESSES;
  const written = addressesIn(service);
  entry.shown = [...holds, ...leaving].filter((address) => shown.includes(address) || written.includes(address));
  if (!holds.every((address) => written.includes(address))) return NO_ADDRESSES;
  entry.leaving = leaving.filter((address) => written.includes(address));
  return leaving.filter((address) => !written.includes(address));
}

/**
 * A Service that was edited before what it was given could be written: what is under way for it will be refused as too old,
 * so it has what it had, which may be nothing, and asks anew.
 */
export function takeBack(entry: Entry): readonly Address[] {
  const written = addressesIn(entry.service);
  const shown = written.filter((address) => entry.leaving.includes(address));
  const given = entry.holds.filter((address) => !written.includes(address));
  const gone = shown.length > 0 ? given : given.filter((address) => !entry.shown.includes(address));
  if (gone.length === 0) return NO_ADDRESSES;
  entry.holds = [...entry.holds.filter((address) => !gone.includes(address)), ...shown];
  entry.leaving = entry.leaving.filter((address) => !shown.includes(address));
  entry.pool = grantedPool(entry.service);
  entry.granted = grantedTermsOf(entry.service);
  return gone;
}

/**
 * Whether what stands in the status is the last word of the controller that led before, written after this one began: it
 * counts as if it had been there in time, as nothing that was planned instead was ever written.
 */
export function isOvertaken({ service, holds, leaving, shown }: Entry, installation: string): boolean {
  const isPlanned = holds.length > 0 && leaving.length + shown.length === 0;
  if (!isPlanned || assignmentOf(service) === undefined) return false;
  const written = addressesIn(service);
  const listed = listedBy(service, installation);
  return written.length > 0 && written.every((address) => listed.includes(address));
}
