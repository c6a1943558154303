/**
 * What the sentences about a Service are made with. A sentence goes into every Service that it speaks of, and so to all who
 * watch Services: it stays short, whatever pools and annotations are called.
 *
 * Pure.
 * @module
 */
import type { PoolName } from '../values/names.js';
import { printable } from '../values/text.js';

/** Pools that a sentence names; the rest are counted. */
export const NAMED_POOLS = 8;
/** Kubernetes calls nearly nothing by so long a name; for a pool and in an annotation any text may stand. */
const QUOTED_CHARACTERS = 128;

/** In quotes; of a long text the beginning. */
export const quoted = (text: string): string => `"${printable(clipped(text, QUOTED_CHARACTERS))}"`;

/** Half of a character would come back from the API server as another one, and so be written for ever. */
export const clipped = (text: string, characters: number): string =>
  text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;

/** The first of some pools, and how many more there are: a sentence tells no more of them. */
export interface PoolList {
  readonly named: readonly PoolName[];
  readonly more: number;
}

export const listed = (pools: readonly PoolName[]): PoolList => ({
  named: pools.slice(0, NAMED_POOLS),
  more: Math.max(0, pools.length - NAMED_POOLS),
});

export function tellList({ named, more }: PoolList, show: (pool: PoolName) => string): string {
  const names = named.map(show).join(', ');
  return more > 0 ? `${names} and ${more} more` : names;
}

export const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
