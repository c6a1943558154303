/**
 * Who may have an address together with whom: Services that were let share it, and those that could be.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import { writtenTerms } from './marks.js';
import { areMates, ipsOf, keyOf, termsOf } from './reading.js';

export class Company {
  /** Pairs that were let share an address. */
  readonly #pairs = new Set<string>();

  /** They were let share it. */
  join(ip: string, one: ApiObject, other: ApiObject): void {
    this.#pairs.add(pairOf(ip, one, other));
  }

  /** Addresses in the statuses of two of these that may not share. */
  doubles(services: readonly ApiObject[]): readonly string[] {
    const holders = new Map<string, ApiObject[]>();
    const doubles: string[] = [];
    for (const service of services) {
      for (const ip of ipsOf(service)) {
        const others = holders.get(ip) ?? [];
        for (const other of others)
          if (!this.#mayHold(ip, service, other))
            doubles.push(`${ip} is in the statuses of ${keyOf(other)} and ${keyOf(service)}`);
        holders.set(ip, [...others, service]);
      }
    }
    return doubles;
  }

  #mayHold(ip: string, one: ApiObject, other: ApiObject): boolean {
    return (
      this.#pairs.has(pairOf(ip, one, other)) ||
      areMates(termsOf(one), termsOf(other)) ||
      areMates(writtenTerms(one), writtenTerms(other))
    );
  }
}

const pairOf = (ip: string, ...both: readonly ApiObject[]): string =>
  [ip, ...both.map(({ metadata }) => metadata.uid).sort()].join();
