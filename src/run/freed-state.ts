/**
 * Addresses that rest (`reuse-delay`), as text in ConfigMap `cairn-state`: a restart must not shorten anybody's wait.
 *
 * Pure. Reading never throws: what cannot be read is left out, and the address is free a little earlier.
 * @module
 */
import { type Freed, restsUntilMs } from '../allocator/resting.js';
import type { Pool } from '../config/config.js';
import { list, record, text as textIn } from '../kube/json.js';
import { compareAddresses, formatAddress, parseAddress } from '../values/address.js';
import { parseServiceKey } from '../values/names.js';
import { rangeHolds } from '../values/range.js';

/** The key of the ConfigMap's data. */
export const FREED_KEY = 'freed';
/** About 80 bytes each, in a ConfigMap of at most 1 MiB that holds a configuration too. */
const MAX_FREED = 4_000;

/** The same text for the same addresses. Only those that rest now are worth a word. */
export function writeFreed(freed: Iterable<Freed>, pools: readonly Pool[], nowMs: number): string {
  const slow = pools.filter(({ reuseDelayMs }) => reuseDelayMs > 0);
  if (slow.length === 0) return '[]';
  const resting = [...freed]
    .filter((each) => {
      const pool = slow.find(({ ranges }) => ranges.some((range) => rangeHolds(range, each.address)));
      return pool !== undefined && restsUntilMs(each, pool, nowMs) > nowMs;
    })
    .sort((a, b) => b.freedAtMs - a.freedAtMs || compareAddresses(a.address, b.address))
    .slice(0, MAX_FREED)
    .map(({ address, lastHolder, freedAtMs }) => ({
      address: formatAddress(address),
      lastHolder,
      freedAt: new Date(freedAtMs).toISOString(),
    }));
  return JSON.stringify(resting);
}

/** Inverse of {@link writeFreed}, oldest first. */
export function readFreed(text: string | undefined): readonly Freed[] {
  const freed = list(parsed(text)).flatMap((item): Freed[] => {
    const fields = record(item);
    const address = parseAddress(textIn(fields['address']));
    const lastHolder = parseServiceKey(textIn(fields['lastHolder']));
    const freedAtMs = Date.parse(textIn(fields['freedAt']));
    if (address === undefined || lastHolder === undefined || Number.isNaN(freedAtMs)) return [];
    return [{ address, lastHolder, freedAtMs }];
  });
  return freed.sort((a, b) => a.freedAtMs - b.freedAtMs);
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
}
