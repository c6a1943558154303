/**
 * What would help a Service that was refused: that something changes hands, or that time passes.
 *
 * Pure. Goes by a refusal with all pools that were tried: what is kept of it for the sentence may name few of them.
 * @module
 */
import type { Address, Family } from '../values/address.js';
import type { PoolName } from '../values/names.js';
import type { Tried } from './pool-refusal.js';
import type { Refusal } from './refusal.js';

/** Any address of a pool and family. */
export type PoolWant = `${Family} ${PoolName}`;
/** What a refusal may end with: any address of a pool and family, one address, or room beside others of a sharing key. */
export type Want = PoolWant | `shared ${string}` | Address;

export const wantOf = (pool: PoolName, family: Family): PoolWant => `${family} ${pool}`;
export const wantToShare = (key: string): Want => `shared ${key}`;

export const isOfPool = (want: Want): want is PoolWant => typeof want === 'string' && !want.startsWith('shared ');

export function wantsOf(refusal: Refusal): readonly Want[] {
  switch (refusal.kind) {
    case 'no-address':
      return poolsThatMay(refusal);
    case 'taken':
    case 'resting':
      return [refusal.address];
    case 'no-longer-shares':
      return [refusal.address, ...wantsOf(refusal.because)];
    default:
      return [];
  }
}

/** Those that would have an address for it once one is free. */
function poolsThatMay({ tried }: Tried): readonly PoolWant[] {
  const wants: PoolWant[] = [];
  for (const each of tried) {
    if (each.kind === 'full' || 'untilMs' in each) wants.push(wantOf(each.pool, each.family));
  }
  return wants;
}

/** When the first of what the refusal speaks of ends its rest. */
export function untilOf(refusal: Refusal): number | undefined {
  if (refusal.kind === 'resting') return refusal.untilMs;
  if (refusal.kind === 'no-longer-shares') return untilOf(refusal.because);
  if (refusal.kind !== 'no-address') return undefined;
  let untilMs: number | undefined;
  for (const tried of refusal.tried) {
    if ('untilMs' in tried) untilMs = Math.min(untilMs ?? tried.untilMs, tried.untilMs);
  }
  return untilMs;
}
