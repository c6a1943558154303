/**
 * Addresses that rest (`reuse-delay`, or because another device answered for them), as text in ConfigMap `cairn-state`: a
 * restart must not shorten anybody's wait.
 *
 * Pure. Reading never throws: what cannot be read is left out, and the address is free a little earlier.
 * @module
 */
import type { Freed } from '../allocator/resting.js';
import { list, record, text as textIn } from '../kube/json.js';
import { compareAddresses, formatAddress, parseAddress } from '../values/address.js';
import { parseServiceKey } from '../values/names.js';

/** The key of the ConfigMap's data. */
export const FREED_KEY = 'freed';
/** Every speaker is sent the whole ConfigMap when it changes. */
const MAX_CHARACTERS = 480_000;

/**
 * The same text for the same addresses, those freed last first, as many as there is room for; empty where there are none.
 * `onWall`: whoever reads it has no other clock.
 */
export function writeFreed(freed: Iterable<Freed>, room: number, onWall: (ms: number) => number): string {
  const sorted = [...freed].sort((a, b) => b.freedAtMs - a.freedAtMs || compareAddresses(a.address, b.address));
  const items: string[] = [];
  let left = Math.min(room, MAX_CHARACTERS) - '[]'.length;
  for (const { address, lastHolder, freedAtMs, because, usedUntilMs } of sorted) {
    const freedAt = new Date(onWall(freedAtMs)).toISOString();
    const usedUntil = usedUntilMs === undefined ? undefined : new Date(onWall(usedUntilMs)).toISOString();
    const item = JSON.stringify({ address: formatAddress(address), lastHolder, freedAt, because, usedUntil });
    left -= item.length + ','.length;
    if (left < 0) break;
    items.push(item);
  }
  return items.length === 0 ? '' : `[${items.join()}]`;
}

/** Inverse of {@link writeFreed}, oldest first, in wall time. */
export function readFreed(text: string | undefined): readonly Freed[] {
  const freed = list(parsed(text)).flatMap((item): Freed[] => {
    const fields = record(item);
    const address = parseAddress(textIn(fields['address']));
    const lastHolder = parseServiceKey(textIn(fields['lastHolder']));
    const freedAtMs = Date.parse(textIn(fields['freedAt']));
    if (address === undefined || lastHolder === undefined || Number.isNaN(freedAtMs)) return [];
    const read = { address, lastHolder, freedAtMs };
    if (fields['because'] !== 'conflict') return [read];
    const usedUntilMs = Date.parse(textIn(fields['usedUntil']));
    return [{ ...read, because: 'conflict', ...(Number.isNaN(usedUntilMs) ? {} : { usedUntilMs }) }];
  });
  return freed.sort((a, b) => a.freedAtMs - b.freedAtMs);
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text || '[]');
  } catch {
    return [];
  }
}
