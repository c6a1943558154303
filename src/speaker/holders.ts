/**
 * Who holds an address, by the statuses of all that show it: those that share it, and of these the ones that it is announced
 * for. An edit of one of them moves that one, and nothing of the others.
 *
 * Pure, and read from the Services and the configuration alone, so that every node comes to the same. Who has to go is judged
 * by the allocator's rule: until another address is there, which may be never, the status shows the one that goes beside
 * those that stay.
 *
 * Source: docs/design.md §6, rules 1 and 7.
 * @module
 */
import type { Config, Pool } from '../config/config.js';
import type { Address } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { rangeHolds } from '../values/range.js';
import { compareHolders } from '../values/service-class.js';
import { FROM_POOL_ANNOTATION, isMarked, isOverwritten, isUnmarkedBeside } from '../values/service-marks.js';
import { grantedTermsOf, hasChanged, holdTogether, sharingTermsOf, type Tenant, whyToGo } from '../values/sharing.js';
import { compareText } from '../values/text.js';
import type { HostPort } from './host-ports.js';

/** Of several each list begins with the one that held the address first. */
export interface Holders {
  readonly staying: readonly Service[];
  /** Edited, so that they no longer fit beside the others. */
  readonly going: readonly Service[];
}

const NO_PORTS: readonly HostPort[] = [];

interface Sharer extends Tenant {
  readonly service: Service;
}

/**
 * Of those that show it the ones that share it: one address to own, whatever their number. Who holds it only by accident
 * (docs/design.md §6.1) and came later is not among them.
 */
export function holdersOf(address: Address, showing: readonly Service[], config: Config): Holders {
  const there = showing.filter((service) => !isServedByAnother(service, address, config)).sort(compareHolders(address));
  const together: Service[] = [];
  for (const service of there) if (together.every((other) => holdTogether(service, other))) together.push(service);
  const staying = stayingOf(together);
  return { staying, going: together.filter((service) => !staying.includes(service)) };
}

/** One that goes comes last, so that a port that it took by its edit stays whose it was. */
export const allOf = ({ staying, going }: Holders): readonly Service[] =>
  going.length === 0 ? staying : [...staying, ...going];

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
 * Of those that go the ones with policy Local and no endpoint on this node: their ports but for those of who stays. In order,
 * each once.
 */
export function unservedPortsOf(
  { staying, going }: Holders,
  hasEndpoint: (service: ServiceKey) => boolean,
): readonly HostPort[] {
  if (going.length === 0) return NO_PORTS;
  const kept = new Set(staying.flatMap(({ ports }) => ports.map(wordOf)));
  const unserved = new Map<string, HostPort>();
  for (const { key, externalTrafficPolicy, ports } of going) {
    if (externalTrafficPolicy !== 'Local' || hasEndpoint(key)) continue;
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

/** The pool that holds the address; for one outside every pool the one that it was drawn from, while that exists. */
export function poolOf(config: Config, address: Address, holder: Service): Pool | undefined {
  const drawnFrom = holder.meta.annotations[FROM_POOL_ANNOTATION];
  return poolHolding(config, address) ?? config.pools.find(({ name }) => name === drawnFrom);
}

const poolHolding = ({ pools }: Config, address: Address): Pool | undefined =>
  pools.find(({ ranges }) => ranges.some((range) => rangeHolds(range, address)));

/** The allocator leaves such an address alone or takes it out of the status, and nobody announces it. */
function isServedByAnother(service: Service, address: Address, config: Config): boolean {
  if (poolHolding(config, address) !== undefined) return false;
  const isUnmarked = service.loadBalancerClass === undefined && !isMarked(service);
  if (isOverwritten(service, address) || isUnmarkedBeside(service, address)) return true;
  return isUnmarked && poolOf(config, address, service) === undefined;
}
