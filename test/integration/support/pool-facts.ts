/**
 * The pools of an accepted text as the auditor reads them: by the words of the documentation and with none of the program's
 * code, so that a mistake there is not made here again.
 * @module
 */
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/playground/api/object.js';
import { type FamilyName, type Ip, ipFrom, textOf } from './ip-text.js';

export interface PoolFacts {
  readonly name: string;
  readonly isBgp: boolean;
  readonly ranges: readonly { readonly family: FamilyName; readonly first: bigint; readonly last: bigint }[];
  readonly autoAssign: boolean;
  readonly avoidBuggy: boolean;
  readonly namespaces: readonly string[];
  readonly namespaceSelectors: readonly JsonObject[];
  readonly serviceSelectors: readonly JsonObject[];
  /** `namespace/name` by address. */
  readonly reserved: ReadonlyMap<string, string>;
  /** Lower is tried first. */
  readonly priority: number;
  readonly reuseDelayMs: number;
  readonly isRetired: boolean;
}

/** Of an accepted text: what is wrong in it was refused before. */
export function poolsFrom(text: string): readonly PoolFacts[] {
  const read = parse(text) as JsonObject | null;
  return ((read?.['address-pools'] ?? []) as JsonObject[]).map((pool) => ({
    name: pool['name'],
    isBgp: pool['protocol'] === 'bgp',
    ranges: (pool['addresses'] as string[]).map(rangeFrom),
    autoAssign: pool['auto-assign'] ?? true,
    avoidBuggy: pool['avoid-buggy-ips'] ?? false,
    namespaces: pool['namespaces'] ?? [],
    namespaceSelectors: pool['namespace-selectors'] ?? [],
    serviceSelectors: pool['service-selectors'] ?? [],
    reserved: new Map(
      Object.entries((pool['reserved'] ?? {}) as Record<string, string>).map(([ip, key]) => [canonicalOf(ip), key]),
    ),
    priority: pool['priority'] ?? Number.POSITIVE_INFINITY,
    reuseDelayMs: durationMs(pool['reuse-delay'] ?? '0s'),
    isRetired: pool['retired'] ?? false,
  }));
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const durationMs = (text: string): number => Number.parseInt(text, 10) * (UNIT_MS[text.at(-1) ?? ''] ?? Number.NaN);
const canonicalOf = (text: string): string => textOf(known(text));

function known(text: string): Ip {
  const ip = ipFrom(text.trim());
  if (ip === undefined) throw new TypeError(`an accepted configuration has the address ${text}`);
  return ip;
}

function rangeFrom(text: string): PoolFacts['ranges'][number] {
  const [base = '', length] = text.split('/');
  if (length !== undefined) {
    const { family, value } = known(base);
    const bits = BigInt((family === 'IPv4' ? 32 : 128) - Number(length));
    const first = (value >> bits) << bits;
    return { family, first, last: first + (1n << bits) - 1n };
  }
  const [from = '', to = from] = text.split('-');
  const first = known(from);
  return { family: first.family, first: first.value, last: known(to).value };
}

export const poolOf = (pools: readonly PoolFacts[], ip: string): PoolFacts | undefined =>
  pools.find((pool) => isIn(pool, ip));

export function isIn({ ranges }: PoolFacts, text: string): boolean {
  const ip = ipFrom(text);
  return (
    ip !== undefined &&
    ranges.some(({ family, first, last }) => family === ip.family && first <= ip.value && ip.value <= last)
  );
}

/** The first few of each range: what is larger is never full here. */
const LOOKED_AT = 256n;
export const isLarge = ({ ranges }: PoolFacts, of: FamilyName): boolean =>
  ranges.some(({ family, first, last }) => family === of && last - first >= LOOKED_AT);

export function* addressesOf({ ranges }: PoolFacts, of: FamilyName): Iterable<string> {
  for (const { family, first, last } of ranges) {
    if (family !== of) continue;
    for (let value = first; value <= last && value < first + LOOKED_AT; value++) yield textOf({ family, value });
  }
}

/** Kubernetes' label selector. */
export function selects(selector: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries((selector['match-labels'] ?? {}) as Record<string, string>);
  const expressions = (selector['match-expressions'] ?? []) as JsonObject[];
  return (
    wanted.every(([name, value]) => labels[name] === value) &&
    expressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isAmong = value !== undefined && values.includes(value);
      return operator === 'In' ? isAmong : !isAmong;
    })
  );
}
