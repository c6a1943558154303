/**
 * What a person is told about an assignment: the condition `cairn.dev/AddressAssigned`.
 *
 * Pure. Every reason has its row in docs/conditions.md; a test compares.
 * @module
 */
import { formatAddress } from '../values/address.js';
import { explain, explainMisfit, REFUSAL_REASONS, type Refusal, reasonOf } from './refusal.js';
import { quoted } from './sentence.js';
import type { Held, Standing } from './standing.js';

/** Every word that the condition's reason can be. */
export const ASSIGNED_REASONS: readonly string[] = ['Assigned', 'OutsidePool', ...REFUSAL_REASONS];

export interface Told {
  readonly status: 'True' | 'False';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Undefined where nothing is said, because the Service is not ours to speak about. */
export function tellAssigned(standing: Standing): Told | undefined {
  switch (standing.state) {
    case 'not-ours':
    case 'left-alone':
      return undefined;
    case 'waits':
      return { status: 'False', reason: reasonOf(standing.because), message: explain(standing.because) };
    case 'holds':
      return tellHeld(standing);
  }
}

function tellHeld({ held, unmet, lacks }: Standing & { readonly state: 'holds' }): Told {
  if (unmet !== undefined) return { status: 'True', reason: reasonOf(unmet), message: tellUnmet(held, unmet) };
  const outside = held.filter(({ now }) => now === 'outside').map(({ address }) => formatAddress(address));
  if (outside.length > 0) {
    const stays = 'it stays until the Service asks for another address or gives it up (cairn move)';
    return { status: 'True', reason: 'OutsidePool', message: `${outside.join(', ')} is in no pool; ${stays}` };
  }
  const message = held.map(tellOne).join(', ');
  // Content with one family (PreferDualStack): nothing is wrong, and a person may want to know why there is no more.
  const rest = lacks === undefined ? '' : `; of the other family none: ${explain(lacks)}`;
  return { status: 'True', reason: 'Assigned', message: message + rest };
}

function tellUnmet(held: readonly Held[], unmet: Refusal): string {
  // What these two say begins with the address that is kept.
  if (unmet.kind === 'no-longer-shares') return explain(unmet);
  if (unmet.kind === 'taken' && held.some(({ address }) => address === unmet.address)) return explainMisfit(unmet);
  return `keeps ${held.map(({ address }) => formatAddress(address)).join(', ')}: ${explain(unmet)}`;
}

const tellOne = ({ address, pool }: Held): string =>
  pool === undefined ? formatAddress(address) : `${formatAddress(address)} from pool ${quoted(pool)}`;
