/**
 * Which announcements are not worth a write yet: that nobody answers for a new address, which mostly passes within a
 * second or two.
 *
 * Thousands of Services that get addresses at once would each be written twice more for it, while others wait for theirs.
 * A Service that has the condition already is told at once.
 *
 * Pure.
 * @module
 */
import { ANNOUNCED_CONDITION, type Announcement } from '../speaker/announced.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { conditionOf, MAY_PASS } from './service-notes.js';

/** Speakers ask the network for 0.6 s, and each writes one report a second at most. */
const MOSTLY_PASSES_WITHIN_MS = 2_000;

export class PassingAnnouncements {
  /** Since when there is one that was not written. */
  readonly #sinceMs = new Map<ServiceKey, number>();

  /** How long to wait for another one; 0: this one is to be written. */
  waitMs(service: Service, announcement: Announcement | undefined, nowMs: number): number {
    const { key } = service;
    const mayPass = announcement !== undefined && MAY_PASS.has(announcement.reason);
    if (!mayPass || conditionOf(service, ANNOUNCED_CONDITION) !== undefined) {
      this.#sinceMs.delete(key);
      return 0;
    }
    const sinceMs = this.#sinceMs.get(key) ?? nowMs;
    this.#sinceMs.set(key, sinceMs);
    return Math.max(0, sinceMs + MOSTLY_PASSES_WITHIN_MS - nowMs);
  }

  gone(key: ServiceKey): void {
    this.#sinceMs.delete(key);
  }
}
