/**
 * Of Services that hold one address together, those that it is announced for: an edit of one of them moves that one, and
 * nothing of the others.
 *
 * Pure, and read from the Services alone, so that every node comes to the same. Who has to go is judged by the allocator's
 * rule: until another address is there, which may be never, the status shows the one that goes beside those that stay.
 *
 * Source: docs/design.md §6, rule 7.
 * @module
 */
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { grantedTermsOf, hasChanged, sharingTermsOf, type Tenant, whyToGo } from '../values/sharing.js';
import { compareText } from '../values/text.js';
import type { HostPort } from './host-ports.js';

const NO_PORTS: readonly HostPort[] = [];

interface Sharer extends Tenant {
  readonly service: Service;
}

/**
 * Those that have to leave the address to none of the others, in the order given. All of them where each has to, such as
 * where each took the port of the next.
 */
export function stayingOf(holders: readonly Service[]): readonly Service[] {
  if (holders.length < 2) return holders;
  const sharers = holders.map(sharerOf);
  // What another provider let share across policies, and nobody edited since, stays as it is.
  if (!sharers.some(hasChanged)) return holders;
  const staying = sharers.filter((one) => !sharers.some((other) => other !== one && hasToGo(one, other)));
  return staying.length === 0 ? holders : staying.map(({ service }) => service);
}

/**
 * Of the others those with policy Local and no endpoint on this node: their ports but for those of who stays. In order, each
 * once.
 */
export function unservedPortsOf(
  holders: readonly Service[],
  hasEndpoint: (service: ServiceKey) => boolean,
): readonly HostPort[] {
  const staying = stayingOf(holders);
  if (staying.length === holders.length) return NO_PORTS;
  const kept = new Set(staying.flatMap(({ ports }) => ports.map(wordOf)));
  const unserved = new Map<string, HostPort>();
  for (const service of holders) {
    const { key, externalTrafficPolicy, ports } = service;
    if (staying.includes(service) || externalTrafficPolicy !== 'Local' || hasEndpoint(key)) continue;
    for (const { protocol, port } of ports) {
      const word = wordOf({ protocol, port });
      if (!kept.has(word)) unserved.set(word, { protocol, port });
    }
  }
  return [...unserved].sort(([one], [other]) => compareText(one, other)).map(([, port]) => port);
}

const wordOf = ({ protocol, port }: HostPort): string => `${protocol} ${String(port).padStart(5, '0')}`;

function sharerOf(service: Service): Sharer {
  const current = sharingTermsOf(service);
  return { service, granted: grantedTermsOf(service, current), current };
}

const hasToGo = (one: Sharer, other: Sharer): boolean =>
  whyToGo(one, other, isYounger(one.service, other.service)) !== undefined;

const isYounger = (one: Service, other: Service): boolean =>
  (compareText(one.meta.createdAt, other.meta.createdAt) || compareText(one.key, other.key)) > 0;
