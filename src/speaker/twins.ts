/**
 * Our own other links on the segment of this one: of two, the one with the lower index announces for both.
 *
 * Pure. A link is known as a twin by its own frames, which arrive on this one.
 *
 * Source: docs/protocol.md ("Words and frames": "a segment is the set of links that hear each other").
 * @module
 */
import type { LinkIndex } from './messages.js';

/** Our own frame was heard on this link: for so many intervals the link counts as another end of the same segment. */
const TWIN_INTERVALS = 5;

export class Twins {
  readonly #self: LinkIndex;
  readonly #intervalMs: number;
  /** When the last frame of each arrived. */
  readonly #heardMs = new Map<LinkIndex, number>();

  constructor(self: LinkIndex, intervalMs: number) {
    this.#self = self;
    this.#intervalMs = intervalMs;
  }

  /** A frame that this node sent on `link`; a link's own may come back to it. */
  heard(link: LinkIndex, nowMs: number): void {
    if (link !== this.#self) this.#heardMs.set(link, nowMs);
  }

  /** Whether another of our links announces for this one. `isSpoken` tells on which the protocol is still spoken. */
  standsAside(isSpoken: (link: LinkIndex) => boolean, nowMs: number): boolean {
    for (const [link, heardMs] of this.#heardMs) {
      const recent = nowMs - heardMs <= TWIN_INTERVALS * this.#intervalMs;
      if (recent && link < this.#self && isSpoken(link)) return true;
    }
    return false;
  }
}
