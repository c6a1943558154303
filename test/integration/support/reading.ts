/**
 * Services and configurations as the auditor reads them: from the API's own JSON and the accepted text, by the words of the
 * documentation and with none of the program's code, so that a mistake there is not made here again.
 * @module
 */
import { parse } from 'yaml';
import type { ApiObject, JsonObject } from '../../../src/playground/api/object.js';

export type FamilyName = 'IPv4' | 'IPv6';

export interface Ip {
  readonly family: FamilyName;
  readonly value: bigint;
}

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
  readonly reuseDelayMs: number;
  readonly isRetired: boolean;
}

/** What a Service asks for; `defect` where that cannot be told. */
export interface Wish {
  readonly families: readonly FamilyName[];
  readonly needsAll: boolean;
  readonly addresses: readonly string[];
  readonly pool: string | undefined;
  readonly avoids: readonly string[];
  readonly defects: readonly Defect[];
}

export type Defect = 'InvalidAddress' | 'TooManyAddresses' | 'ContradictoryRequest' | 'WrongFamily';

/** What decides with whom a Service may share. */
export interface Terms {
  readonly key: string | undefined;
  readonly ports: readonly string[];
  /** Undefined: with nobody. */
  readonly backends: string | undefined;
}

export const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace}/${metadata.name}`;
export const ipsOf = (service: ApiObject): readonly string[] =>
  ingressOf(service).flatMap(({ ip }) => (typeof ip === 'string' && ip !== '' ? [ip] : []));
export const ingressOf = (service: ApiObject): readonly JsonObject[] => service['status']?.loadBalancer?.ingress ?? [];
export const conditionOf = (service: ApiObject, type: string): JsonObject | undefined =>
  (service['status']?.conditions ?? []).find((each: JsonObject) => each['type'] === type);

/** Cairn's own prefix before MetalLB's new and old one; an empty annotation is none. */
export function annotation({ metadata }: ApiObject, name: string): string | undefined {
  for (const prefix of ['cairn.dev', 'metallb.io', 'metallb.universe.tf']) {
    const text = metadata.annotations?.[`${prefix}/${name}`]?.trim();
    if (text) return text;
  }
  return undefined;
}

export function ipFrom(text: string): Ip | undefined {
  if (/^\d+(\.\d+){3}$/.test(text)) {
    const parts = text.split('.');
    if (parts.some((part) => part !== String(Number(part)) || Number(part) > 255)) return undefined;
    return { family: 'IPv4', value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  }
  if (!/^[0-9a-fA-F:]+$/.test(text) || !text.includes(':')) return undefined;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const words = (part: string) => (part === '' ? [] : part.split(':'));
  const given = [...words(head), ...words(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - given.length;
  const all = [...words(head), ...Array<string>(Math.max(0, zeros)).fill('0'), ...words(tail ?? '')];
  if (all.length !== 8 || all.some((word) => !/^[0-9a-fA-F]{1,4}$/.test(word))) return undefined;
  return { family: 'IPv6', value: all.reduce((sum, word) => sum * 65_536n + BigInt(`0x${word}`), 0n) };
}

export function textOf({ family, value }: Ip): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const words = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(16 * (7 - at))) & 65_535n).toString(16));
  // RFC 5952 §4.2: the longest run of two or more zeros, the first of several.
  const runs = [...words.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(([run]) => run);
  const longest = runs.reduce(
    (best, run) => (run.replace(/^:/, '').length > best.replace(/^:/, '').length ? run : best),
    '',
  );
  if (longest === '') return words.join(':');
  const joined = words.join(':');
  const start = joined.indexOf(longest);
  return `${joined.slice(0, start)}::${joined.slice(start + longest.length).replace(/^:/, '')}`;
}

export function wishOf(service: ApiObject): Wish {
  const spec: JsonObject = service['spec'];
  const [first = 'IPv4', second] = (spec['ipFamilies'] ?? []) as FamilyName[];
  const other: FamilyName = first === 'IPv4' ? 'IPv6' : 'IPv4';
  const needsAll = spec['ipFamilyPolicy'] === 'RequireDualStack';
  const prefersBoth = spec['ipFamilyPolicy'] === 'PreferDualStack' && second !== undefined;
  const families = needsAll ? [first, other] : prefersBoth ? [first, second as FamilyName] : [first];
  const defects = new Set<Defect>();
  const texts = (text: string | undefined) =>
    (text ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  const byAnnotation = texts(annotation(service, 'loadBalancerIPs'));
  const byField = texts(spec['loadBalancerIP']);
  const canonical = (text: string) => {
    const ip = ipFrom(text);
    if (ip === undefined) defects.add('InvalidAddress');
    return ip === undefined ? text : textOf(ip);
  };
  const asked = byAnnotation.map(canonical);
  const field = byField.map(canonical);
  const addresses = asked.length > 0 ? asked : field;
  if (asked.length > 0 && field.some((ip) => !asked.includes(ip))) defects.add('ContradictoryRequest');
  const familiesAsked = addresses.map((text) => ipFrom(text)?.family);
  if (new Set(familiesAsked).size < familiesAsked.length) defects.add('TooManyAddresses');
  if (familiesAsked.some((family) => family !== undefined && !families.includes(family))) defects.add('WrongFamily');
  const avoids = texts(service.metadata.annotations?.['cairn.dev/give-up']).map(canonical);
  if (avoids.some((ip) => addresses.includes(ip))) defects.add('ContradictoryRequest');
  return { families, needsAll, addresses, pool: annotation(service, 'address-pool'), avoids, defects: [...defects] };
}

export function termsOf(service: ApiObject): Terms {
  const spec: JsonObject = service['spec'];
  const ports = ((spec['ports'] ?? []) as JsonObject[]).map(({ protocol = 'TCP', port }) => `${protocol}/${port}`);
  const selector = Object.entries((spec['selector'] ?? {}) as Record<string, string>).sort();
  const isLocal = spec['externalTrafficPolicy'] === 'Local';
  const local = selector.length === 0 ? undefined : `${service.metadata.namespace} ${JSON.stringify(selector)}`;
  return { key: annotation(service, 'allow-shared-ip'), ports, backends: isLocal ? local : 'Cluster' };
}

/** By the rule for giving: one key, no common port, one set of backends. */
export const mayShare = (one: Terms, other: Terms): boolean =>
  areMates(one, other) && one.backends !== undefined && one.backends === other.backends;

/** By the rule for keeping what another provider let share. */
export const areMates = (one: Terms, other: Terms): boolean =>
  one.key !== undefined && one.key === other.key && !one.ports.some((port) => other.ports.includes(port));

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
    reuseDelayMs: 1_000 * Number(String(pool['reuse-delay'] ?? '0s').replace(/s$/, '')),
    isRetired: pool['retired'] ?? false,
  }));
}

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
