/**
 * What waits until the API server holds the configuration that an address is from.
 *
 * The speakers announce by the rules of the configuration that they read in `cairn-state`: no address is written before
 * they can read it there. That takes some milliseconds; where it takes longer, such as for want of a right, those who
 * wait are told. What a Service had before waits for nothing (`service-writer.ts`).
 * @module
 */
import type { Told } from '../allocator/conditions.js';
import type { Clock } from '../kube/clock.js';
import type { ServiceKey } from '../values/names.js';
import { STATE_CONFIG_MAP } from './state-config-map.js';

export interface PublicationOptions {
  readonly clock: Clock;
  /** The namespace that Cairn is installed in. */
  readonly installation: string;
  readonly isPublished: () => boolean;
  /** To be looked at again: it may be written now, or is to be told why not. */
  readonly release: (key: ServiceKey) => void;
}

/** A write and the watch's word of it take some milliseconds, on a busy API server some hundred. */
const LATE_AFTER_MS = 1_000;

/** The condition's reason for a Service whose address waits for this. */
export const NOT_PUBLISHED = 'ConfigurationNotPublished';

export class Publication {
  readonly #options: PublicationOptions;
  readonly #heldBack = new Set<ServiceKey>();
  /** There from when the first is held back until all are released. */
  #cancelLate: (() => void) | undefined;
  #isLate = false;

  constructor(options: PublicationOptions) {
    this.#options = options;
  }

  /**
   * Holds this Service back, and returns true, where its address has to wait: it is released when it need not, and when there is
   * something to say of it. Where it has not, all others are released as well.
   */
  holdBack(key: ServiceKey): boolean {
    const { clock, isPublished } = this.#options;
    if (isPublished()) {
      // Also where no write made it so: somebody went back to the configuration that is there.
      this.#heldBack.delete(key);
      this.#releaseAll();
      return false;
    }
    this.#heldBack.add(key);
    this.#cancelLate ??= clock.after(LATE_AFTER_MS, () => {
      this.#isLate = true;
      for (const each of this.#heldBack) this.#options.release(each);
    });
    return true;
  }

  /** What a Service that waits is told; undefined while that is not worth a word. */
  complaint(): Told | undefined {
    if (!this.#isLate) return undefined;
    const where = `ConfigMap ${this.#options.installation}/${STATE_CONFIG_MAP}`;
    const message =
      `an address is chosen, and is given as soon as the accepted configuration is in ${where}, where the speakers read ` +
      "it; it cannot be written there, and the controller's log says why";
    return { status: 'False', reason: NOT_PUBLISHED, message };
  }

  /** Services that {@link complaint} is told. */
  get waitingCount(): number {
    return this.#isLate ? this.#heldBack.size : 0;
  }

  /** The ConfigMap has changed. */
  changed(): void {
    if (this.#options.isPublished()) this.#releaseAll();
  }

  gone(key: ServiceKey): void {
    this.#heldBack.delete(key);
  }

  close(): void {
    this.#endWait();
  }

  #releaseAll(): void {
    this.#endWait();
    for (const key of this.#heldBack) this.#options.release(key);
    this.#heldBack.clear();
  }

  #endWait(): void {
    this.#cancelLate?.();
    this.#cancelLate = undefined;
    this.#isLate = false;
  }
}
