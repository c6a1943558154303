/**
 * Which announcements are not worth a write yet: that nobody answers for an address, which mostly passes within a second or
 * two.
 *
 * Thousands of Services that get addresses at once would each be written twice more for it, while others wait for theirs;
 * and where one such reason follows another, as while nodes ask in vain for an address that a device has, once a second for
 * as long as that goes on. That nobody answers for an address that was announced is told at once.
 *
 * Pure.
 * @module
 */
import { ANNOUNCED_BY_ANNOTATION, ANNOUNCED_CONDITION, type Announcement } from '../speaker/announced.js';
import { type Address, isIPv4, isIPv6 } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import { type Condition, conditionOf, type Service } from '../values/objects.js';
import { MAY_PASS } from './service-notes.js';

/** Speakers ask the network for 0.6 s, and each writes one report a second at most. */
const MOSTLY_PASSES_WITHIN_MS = 2_000;

/** What is not written, and since when. */
interface Passing {
  /** Empty for the first that is said of an address: one such reason may follow another then without a new wait. */
  readonly says: string;
  readonly sinceMs: number;
}

export class PassingAnnouncements {
  readonly #all = new Map<ServiceKey, Passing>();

  /** How long to wait for another one; 0: this one is to be written. */
  waitMs(service: Service, announcement: Announcement | undefined, nowMs: number): number {
    const { key } = service;
    const before = conditionOf(service, ANNOUNCED_CONDITION);
    if (announcement === undefined || !MAY_PASS.has(announcement.reason) || !mayBeLeftOut(before, announcement)) {
      this.#all.delete(key);
      return 0;
    }
    const says = before === undefined ? '' : `${announcement.reason} ${announcement.message}`;
    const known = this.#all.get(key);
    const sinceMs = known?.says === says ? known.sinceMs : nowMs;
    this.#all.set(key, { says, sinceMs });
    return Math.max(0, sinceMs + MOSTLY_PASSES_WITHIN_MS - nowMs);
  }

  gone(key: ServiceKey): void {
    this.#all.delete(key);
  }
}

/** Nothing was said yet, or something else that mostly passes. */
const mayBeLeftOut = (before: Condition | undefined, { reason, message }: Announcement): boolean =>
  before === undefined || (MAY_PASS.has(before.reason) && (before.reason !== reason || before.message !== message));

/**
 * Its addresses in the order in which their announcement is told, whichever family the Service names first: the first that is
 * not announced gives the reason, and what becomes of an IPv4 address passes or can be mended.
 */
export const inTellingOrder = <T extends { readonly address: Address }>(held: readonly T[]): readonly T[] =>
  held.length < 2
    ? held
    : [...held.filter(({ address }) => isIPv4(address)), ...held.filter(({ address }) => isIPv6(address))];

/** What the Service says of its announcement now. */
export function toldAnnouncement(service: Service): Announcement | undefined {
  const told = conditionOf(service, ANNOUNCED_CONDITION);
  if (told === undefined) return undefined;
  return { ...told, announcedBy: service.meta.annotations[ANNOUNCED_BY_ANNOTATION] } as Announcement;
}
