/**
 * The log's lines about addresses given, put back and taken back: one for each, at the moment it is true at the API server.
 * @module
 */
import { addressesIn } from '../allocator/adopt.js';
import type { Standing } from '../allocator/standing.js';
import type { Note } from '../kube/events.js';
import type { Log } from '../kube/log.js';
import { type Address, formatAddress } from '../values/address.js';
import type { Service } from '../values/objects.js';
import { assignmentOf, FROM_POOL_ANNOTATION, servedBy } from '../values/service-marks.js';
import { STATUS_REPAIRED } from './service-notes.js';

/**
 * A write was done: the Service as it was planned on, as it is now, what was to be true of it, and what people are told of
 * that. Returns what was given and was never listed by its mark: what is put back after somebody wiped it is not new.
 */
export function logWritten(
  log: Log,
  before: Service,
  after: Service,
  { state }: Standing,
  notes: readonly Note[],
): readonly Address[] {
  const { key: service } = after;
  const repair = notes.find(({ reason }) => reason === STATUS_REPAIRED);
  // Not what stood in the status: another program may have written over ours, and the API server itself takes addresses
  // away when the type changes.
  const listed = servedBy(before)?.addresses ?? addressesIn(before);
  const had = repair === undefined ? hadBy(before) : listed;
  const has = addressesIn(after);
  const given = state === 'holds' ? has.filter((address) => !had.includes(address)) : [];
  const taken = had.filter((address) => !has.includes(address));
  const tell = (addresses: readonly Address[]) => ({ service, addresses: addresses.map(formatAddress) });
  if (repair !== undefined) log.warn({ ...tell(has), because: repair.message }, 'put back');
  if (given.length > 0) log.info({ ...tell(given), pool: poolOf(after) }, 'assigned');
  if (taken.length > 0) log.info({ ...tell(taken), pool: poolOf(before) }, 'released');
  return given.filter((address) => !listed.includes(address));
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
