/**
 * Services as the auditor reads them: from the API's own JSON, by the words of the documentation and with none of the program's
 * code, so that a mistake there is not made here again.
 * @module
 */
import type { ApiObject, JsonObject } from '../../../src/playground/api/object.js';
import { type FamilyName, ipFrom, textOf } from './ip-text.js';

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
export const nodeIpsOf = (node: ApiObject): readonly string[] =>
  ((node['status']?.addresses ?? []) as JsonObject[]).map(({ address }) => address);
/** kube-proxy is kept from it. */
export const leftToNodes = (service: ApiObject): readonly string[] =>
  ingressOf(service).flatMap(({ ip, ipMode }) => (ipMode === 'Proxy' ? [ip] : []));
/** What the Service says to be a node's own: kube-proxy is kept from it, or the node answers by itself. */
export function saidToBeNodes(service: ApiObject): readonly string[] {
  const { message = '' } = conditionOf(service, 'cairn.dev/Announced') ?? {};
  const named = [...String(message).matchAll(/([0-9a-f.:]+) is the address of node /g)].map(([, ip = '']) => ip);
  return [...new Set([...leftToNodes(service), ...named])];
}
/** What the mark says that it was given: anybody who may edit the Service could have written it. */
export const markedIn = ({ metadata }: ApiObject): readonly string[] =>
  (metadata.annotations?.['cairn.dev/served-by'] ?? '').split(/[ ,]/).slice(1);
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
