/**
 * What the protocol wants done, as data: `engine.ts` says how a loop applies it.
 * @module
 */
import type { LinkIndex } from './messages.js';

/** What the loop has to do, in the order given. */
export type Effect =
  | {
      readonly kind: 'send';
      readonly link: LinkIndex;
      /** Whole, from its Ethernet header on. */
      readonly frame: Uint8Array;
      /**
       * Read the clock right before sending and drop the frame if it is later than this: an answer that was decided
       * before a freeze must not leave after it. Frames that bind nobody have none.
       */
      readonly notAfterMs: number | undefined;
    }
  /** Read all ARP and NDP frames that wait on any link, and throw them away without a look. */
  | { readonly kind: 'discard-queued' };
