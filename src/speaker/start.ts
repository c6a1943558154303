/**
 * Rule 10: a link that came up is listened to before anything is claimed on it.
 *
 * Pure. Source: docs/protocol.md, rule 10.
 * @module
 */

/** Long enough to hear every peer's beat, and the answers to a hello. */
export const LISTEN_MS = 1_200;
/**
 * IEEE 802.1D §17.14: a port listens and learns for 2 x 15 s before it forwards; 5 s more for the frames that then have
 * to come. A link that brings nothing may be such a port: a probe sent into it would go unanswered.
 */
export const SPANNING_TREE_MS = 35_000;

/** While it listens, a node asks again now and then: its first hello may be the frame that is lost. */
export const HELLO_EVERY_BEATS = 4;
/** Answers to a hello are spread over this, so that a full segment does not answer in one burst. */
export const ANSWER_JITTER_MS = 200;

export interface Start {
  /** When the link came up. */
  readonly sinceMs: number;
  /** When the first frame of another host arrived, if one did. */
  readonly foreignMs: number | undefined;
  /** No other node is in the cluster: there is no speaker to listen for. */
  readonly alone: boolean;
}

/** From when on addresses may be probed for and claimed on the link. */
export function mayClaimAtMs({ sinceMs, foreignMs, alone }: Start): number {
  if (alone) return sinceMs;
  if (foreignMs === undefined) return sinceMs + SPANNING_TREE_MS;
  return Math.min(Math.max(sinceMs + LISTEN_MS, foreignMs), sinceMs + SPANNING_TREE_MS);
}
