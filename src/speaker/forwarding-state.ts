/**
 * How far this node can send packets on to pods, and what that says against it as a candidate.
 *
 * Pure. Both refusals are soft, and neither is one that a last resort passes over: an owner goes on, as the rules that it
 * has still serve nearly everything, until a node with newer ones has taken the address; and nobody takes an address
 * whose packets it would lose.
 * @module
 */
import type { Address } from '../values/address.js';
import type { Refusal } from './messages.js';

export type ForwardingState =
  /** Somebody else forwards, and that proxy's health counts. */
  | { readonly by: 'kube-proxy' }
  | {
      readonly by: 'cairn';
      /** Addresses with rules in the kernel, be they the newest or not. */
      readonly covered: ReadonlySet<Address>;
      /** Why the newest rules could not be put in place; undefined while all is well. */
      readonly trouble: string | undefined;
      /** The trouble has lasted: rules in place may be far behind the cluster. */
      readonly outdated: boolean;
    };

export function forwardingRefusals(state: ForwardingState, address: Address): readonly Refusal[] {
  if (state.by === 'kube-proxy') return [];
  const { covered, trouble, outdated } = state;
  const isCovered = covered.has(address);
  if (trouble !== undefined && (outdated || !isCovered)) {
    return [{ kind: 'soft', reason: 'ForwardingFailed', detail: `the forwarding rules could not be set: ${trouble}` }];
  }
  if (isCovered) return [];
  return [{ kind: 'soft', reason: 'ForwardingPending', detail: 'the forwarding rules for it are being set' }];
}

export function sameForwarding(one: ForwardingState, other: ForwardingState): boolean {
  if (one.by === 'kube-proxy' || other.by === 'kube-proxy') return one.by === other.by;
  return one.trouble === other.trouble && one.outdated === other.outdated && sameSet(one.covered, other.covered);
}

const sameSet = (one: ReadonlySet<Address>, other: ReadonlySet<Address>): boolean =>
  one === other || (one.size === other.size && [...one].every((address) => other.has(address)));
