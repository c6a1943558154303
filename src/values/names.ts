/**
 * Names of Kubernetes and of Cairn, branded so that one is never passed for another.
 *
 * Pure. Source: RFC 1123 §2.1 as Kubernetes applies it.
 * @module
 */
declare const brand: unique symbol;

export type NodeName = string & { readonly [brand]: 'NodeName' };
export type PoolName = string & { readonly [brand]: 'PoolName' };
/** `namespace/name` of a Service. */
export type ServiceKey = string & { readonly [brand]: 'ServiceKey' };

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const DNS_SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const MAX_LABEL_CHARACTERS = 63;
/** Kubernetes counts the whole only: one label of a node's name may be longer than 63 characters. */
const MAX_SUBDOMAIN_CHARACTERS = 253;

export const isDnsLabel = (text: string): boolean => text.length <= MAX_LABEL_CHARACTERS && DNS_LABEL.test(text);
export const isDnsSubdomain = (text: string): boolean =>
  text.length <= MAX_SUBDOMAIN_CHARACTERS && DNS_SUBDOMAIN.test(text);

/** A node's name is a DNS subdomain; anything else is `undefined`. */
export const parseNodeName = (text: string): NodeName | undefined =>
  isDnsSubdomain(text) ? (text as NodeName) : undefined;

/** Any text but the empty one names a pool, as in MetalLB. */
export const parsePoolName = (text: string): PoolName | undefined => (text === '' ? undefined : (text as PoolName));

export const serviceKey = (namespace: string, name: string): ServiceKey => `${namespace}/${name}` as ServiceKey;

/** Reads `namespace/name`; anything else is `undefined`. */
export function parseServiceKey(text: string): ServiceKey | undefined {
  const [namespace, name, ...rest] = text.split('/');
  if (namespace === undefined || name === undefined || rest.length > 0) return undefined;
  return isDnsLabel(namespace) && isDnsLabel(name) ? serviceKey(namespace, name) : undefined;
}

/** Inverse of {@link serviceKey}. */
export function splitServiceKey(key: ServiceKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
