/**
 * Whether an address may be given to a Service at all, whoever holds what: by the pools and the Service's own request.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import { ipFrom } from './ip-text.js';
import { isLarge, type PoolFacts, poolOf, selects } from './pool-facts.js';
import { keyOf, type Wish, wishOf } from './reading.js';

export interface Grant {
  /** As it was when this was decided. */
  readonly service: ApiObject;
  readonly ip: string;
  /** What else it has. */
  readonly beside: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

/** Undefined where one of these configurations, with one of these sets of the namespace's labels, allows it. */
export function whyNotGranted(
  grant: Grant,
  configs: readonly (readonly PoolFacts[])[],
  namespaceLabels: readonly Labels[],
): string | undefined {
  const wish = wishOf(grant.service);
  const whyNever = whyNotWished(grant, wish);
  if (whyNever !== undefined) return whyNever;
  let whyNot: string | undefined = 'there is no configuration';
  for (const pools of configs) {
    for (const labels of namespaceLabels) {
      whyNot = whyNotFrom(grant, wish, pools, labels);
      if (whyNot === undefined) return undefined;
    }
  }
  return whyNot;
}

function whyNotWished({ ip }: Grant, { defects, families, addresses, avoids }: Wish): string | undefined {
  const family = ipFrom(ip)?.family;
  if (family === undefined) return 'it is no address';
  if (defects.length > 0) return `it asks for nonsense (${defects})`;
  if (!families.includes(family)) return `it wants ${families}`;
  if (avoids.includes(ip)) return 'it gave that up';
  const asked = addresses.find((each) => ipFrom(each)?.family === family);
  return asked === undefined || asked === ip ? undefined : `it asks for ${asked}`;
}

function whyNotFrom(
  { service, ip, beside }: Grant,
  wish: Wish,
  pools: readonly PoolFacts[],
  labels: Labels,
): string | undefined {
  const pool = poolOf(pools, ip);
  if (pool === undefined) return 'it is in no pool';
  const key = keyOf(service);
  const keptFor = pool.reserved.get(ip);
  if (keptFor !== undefined && keptFor !== key) return `it is reserved for ${keptFor}`;
  if (pool.isRetired) return `pool ${pool.name} is retired`;
  const isAsked = wish.addresses.includes(ip);
  if (
    wish.pool !== undefined &&
    wish.pool !== pool.name &&
    (isAsked || !beside.some((each) => poolOf(pools, each) === pool))
  )
    return `it names pool ${wish.pool}`;
  if (pool.avoidBuggy && /\.(0|255)$/.test(ip) && (isAsked || keptFor !== key)) return 'its pool avoids it';
  if (keptFor === key) return undefined;
  const whyNot = whyNotServed(service, pool, labels);
  if (whyNot !== undefined) return whyNot;
  const isUnasked = !isAsked && wish.pool === undefined && beside.length === 0;
  return isUnasked && (pool.isBgp || !pool.autoAssign) ? `pool ${pool.name} is given only on request` : undefined;
}

function whyNotServed(service: ApiObject, pool: PoolFacts, labels: Labels): string | undefined {
  const isAnyNamespace = pool.namespaces.length + pool.namespaceSelectors.length === 0;
  const { namespace = '' } = service.metadata;
  if (
    !isAnyNamespace &&
    !pool.namespaces.includes(namespace) &&
    !pool.namespaceSelectors.some((each) => selects(each, labels))
  )
    return `pool ${pool.name} does not serve its namespace`;
  const isAnyService = pool.serviceSelectors.length === 0;
  if (!isAnyService && !pool.serviceSelectors.some((each) => selects(each, service.metadata.labels ?? {})))
    return `pool ${pool.name} does not select its labels`;
  return undefined;
}

/**
 * For a Service that asks for nothing and never had anything: pools whose selectors match come before open ones, then by priority,
 * then as they are written. Only pools that are never full are missed. Undefined where one of these configurations, with one of
 * these sets of the namespace's labels, has no better one.
 */
export function whyNotFirst(
  { service, ip }: Grant,
  configs: readonly (readonly PoolFacts[])[],
  namespaceLabels: readonly Labels[],
): string | undefined {
  const family = ipFrom(ip)?.family;
  let missed: PoolFacts | undefined;
  for (const pools of configs) {
    const given = poolOf(pools, ip);
    if (given === undefined || family === undefined) continue;
    for (const labels of namespaceLabels) {
      const better = pools.find(
        (pool) =>
          isLarge(pool, family) &&
          comesBefore(pools, pool, given) &&
          !pool.isRetired &&
          pool.autoAssign &&
          !pool.isBgp &&
          whyNotServed(service, pool, labels) === undefined,
      );
      if (better === undefined) return undefined;
      missed = better;
    }
  }
  return missed === undefined ? undefined : `pool ${missed.name} comes first`;
}

function comesBefore(pools: readonly PoolFacts[], one: PoolFacts, other: PoolFacts): boolean {
  const rank = (pool: PoolFacts) => [isOpen(pool) ? 1 : 0, pool.priority, pools.indexOf(pool)] as const;
  const [mine, theirs] = [rank(one), rank(other)];
  const at = mine.findIndex((each, index) => each !== theirs[index]);
  return at >= 0 && (mine[at] as number) < (theirs[at] as number);
}

const isOpen = ({ namespaces, namespaceSelectors, serviceSelectors }: PoolFacts): boolean =>
  namespaces.length + namespaceSelectors.length + serviceSelectors.length === 0;
