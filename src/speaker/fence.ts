/**
 * Rule 5: a speaker that stood still may have been succeeded, and must find out before it answers again.
 *
 * Pure. Throwing the queues away is the loop's part; holding back answers is asked of `engine.ts`.
 * @module
 */

/** Peers that were alive are waited for this many intervals after a thaw; who then still is silent is for rule 4. */
const PATIENCE_INTERVALS = 5;

export type Fence =
  | { readonly is: 'open' }
  /** Nothing is answered, announced or claimed. */
  | { readonly is: 'closed'; readonly sinceMs: number };

export const OPEN: Fence = { is: 'open' };

/** What the time since our own last beat makes of the fence. */
export function afterSilence(fence: Fence, lastBeatMs: number, nowMs: number, limitMs: number): Fence {
  return nowMs - lastBeatMs > limitMs ? { is: 'closed', sinceMs: nowMs } : fence;
}

/**
 * `everyPeerSpoke`: each peer that was alive before has answered a nonce drawn after the thaw, and its claims are known.
 * One interval passes in any case, in which an ARP probe for each held address finds those whom we cannot hear.
 */
export function reopened(fence: Fence, nowMs: number, intervalMs: number, everyPeerSpoke: boolean): Fence {
  if (fence.is === 'open') return fence;
  const closedMs = nowMs - fence.sinceMs;
  if (closedMs < intervalMs) return fence;
  return everyPeerSpoke || closedMs >= PATIENCE_INTERVALS * intervalMs ? OPEN : fence;
}
