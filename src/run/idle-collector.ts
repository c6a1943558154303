/**
 * Gives memory back to the machine when a burst of work is over.
 *
 * V8 keeps what it took for the burst until it comes to look, Node 24 longer than Node 20: a controller that had given 5,000
 * Services their addresses was still a quarter larger than it had to be 40 s later.
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '../kube/clock.js';

export interface IdleCollectorOptions {
  readonly clock: Clock;
  readonly collectGarbage: () => void;
}

/** Pieces of work, such as versions of Services: fewer leave too little behind to stop for. */
const BURST = 1_000;
const LOOK_EVERY_MS = 5_000;
/** Pieces of work between two looks that a daemon at rest may have. */
const AT_REST = 20;
const NO_TIMER = () => {};

export class IdleCollector {
  readonly #clock: Clock;
  readonly #collectGarbage: () => void;
  #sinceCollected = 0;
  #sinceLook = 0;
  #isLooking = false;
  #cancel = NO_TIMER;

  constructor({ clock, collectGarbage }: IdleCollectorOptions) {
    this.#clock = clock;
    this.#collectGarbage = collectGarbage;
  }

  worked(): void {
    this.#sinceCollected++;
    this.#sinceLook++;
    if (this.#sinceCollected >= BURST && !this.#isLooking) this.#lookLater();
  }

  close(): void {
    this.#cancel();
  }

  #lookLater(): void {
    this.#isLooking = true;
    this.#sinceLook = 0;
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => {
      if (this.#sinceLook > AT_REST) {
        this.#lookLater();
        return;
      }
      this.#isLooking = false;
      this.#sinceCollected = 0;
      this.#collectGarbage();
    });
  }
}

/** Holds up everything else for some 50 ms. Without arguments: with its own word for a whole one Node 20 collects the young alone. */
export function collectAllGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
