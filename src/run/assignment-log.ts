/**
 * The log's lines about addresses given and taken back: one for each, at the moment it is true at the API server.
 * @module
 */
import { addressesIn } from '../allocator/adopt.js';
import type { Standing } from '../allocator/standing.js';
import type { Log } from '../kube/log.js';
import { type Address, formatAddress } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { FROM_POOL_ANNOTATION, servedBy } from '../values/service-marks.js';

/** A write was done: the Service as it was planned on, as it is now, and what was to be true of it. Returns what was given. */
export function logWritten(log: Log, before: Service, after: Service, { state }: Standing): readonly Address[] {
  const { key: service } = after;
  // Not what stood in the status: another program may have written over ours, and the API server itself takes addresses
  // away when the type changes.
  const had = servedBy(before)?.addresses ?? addressesIn(before);
  const has = addressesIn(after);
  const given = state === 'holds' ? has.filter((address) => !had.includes(address)) : [];
  const taken = had.filter((address) => !has.includes(address));
  if (given.length > 0) log.info({ service, addresses: given.map(formatAddress), pool: poolOf(after) }, 'assigned');
  if (taken.length > 0) log.info({ service, addresses: taken.map(formatAddress), pool: poolOf(before) }, 'released');
  return given;
}

/** It was deleted; `standing` is what was true of it until then. */
export function logDeleted(log: Log, service: ServiceKey, standing: Standing): void {
  if (standing.state !== 'holds') return;
  const addresses = standing.held.map(({ address }) => formatAddress(address));
  log.info({ service, addresses, pool: standing.held[0]?.pool }, 'released');
}

const poolOf = ({ meta }: Service): string | undefined => meta.annotations[FROM_POOL_ANNOTATION];
