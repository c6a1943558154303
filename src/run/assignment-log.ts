/**
 * The log's lines about addresses given and taken back: one for each, at the moment it is true at the API server.
 * @module
 */
import { addressesIn } from '../allocator/adopt.js';
import type { Standing } from '../allocator/standing.js';
import type { Log } from '../kube/log.js';
import { type Address, formatAddress } from '../values/address.js';
import type { Service } from '../values/objects.js';
import { assignmentOf, FROM_POOL_ANNOTATION, servedBy } from '../values/service-marks.js';

/** A write was done: the Service as it was planned on, as it is now, and what was to be true of it. Returns what was given. */
export function logWritten(log: Log, before: Service, after: Service, { state }: Standing): readonly Address[] {
  const { key: service } = after;
  // Not what stood in the status: another program may have written over ours, and the API server itself takes addresses
  // away when the type changes.
  const listed = servedBy(before)?.addresses ?? addressesIn(before);
  const has = addressesIn(after);
  const given = state === 'holds' ? has.filter((address) => !listed.includes(address)) : [];
  const taken = hadBy(before).filter((address) => !has.includes(address));
  if (given.length > 0) log.info({ service, addresses: given.map(formatAddress), pool: poolOf(after) }, 'assigned');
  if (taken.length > 0) log.info({ service, addresses: taken.map(formatAddress), pool: poolOf(before) }, 'released');
  return given;
}

/** It was deleted, as it was seen last; `standing` is what was true of it until then. */
export function logDeleted(log: Log, before: Service, standing: Standing): void {
  if (standing.state !== 'holds') return;
  // What it showed still and was to give back it had as well; what it was to have and no write brought it never had.
  const lasting = [...addressesIn(before), ...standing.held.map(({ address }) => address)];
  const had = hadBy(before).filter((address) => lasting.includes(address));
  if (had.length === 0) return;
  const pool = poolOf(before) ?? standing.held[0]?.pool;
  log.info({ service: before.key, addresses: had.map(formatAddress), pool }, 'released');
}

/**
 * What its mark lists, where that counts: a copied manifest has the mark of another Service, and the condition is in the
 * status, which no manifest brings. Else what its status shows.
 */
function hadBy(service: Service): readonly Address[] {
  const shown = addressesIn(service);
  const listed = servedBy(service)?.addresses;
  if (listed === undefined) return shown;
  return assignmentOf(service) === undefined ? listed.filter((address) => shown.includes(address)) : listed;
}

const poolOf = ({ meta }: Service): string | undefined => meta.annotations[FROM_POOL_ANNOTATION];
