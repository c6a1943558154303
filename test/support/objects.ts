/**
 * Kubernetes objects for tests, with every field that a test does not name filled in.
 * @module
 */
import type { Config } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/parse.js';
import { renderProblems } from '../../src/config/problem.js';
import { serviceKey } from '../../src/values/names.js';
import type { Endpoint, EndpointPort, EndpointSlice, Meta, Node, Service } from '../../src/values/objects.js';
import { node as nodeName } from './values.js';

export const meta = (namespace: string, name: string, rest: Partial<Meta> = {}): Meta => ({
  namespace,
  name,
  uid: `uid-of-${name}`,
  resourceVersion: '1',
  createdAt: '2026-07-01T12:00:00Z',
  deleting: false,
  labels: {},
  annotations: {},
  ...rest,
});

export type ServiceParts = Partial<Omit<Service, 'meta' | 'ingress'>> & {
  readonly meta?: Partial<Meta>;
  /** The IPs in `status.loadBalancer.ingress`. */
  readonly ips?: readonly string[];
};

/** A LoadBalancer Service in the namespace `shop`. */
export function service(name: string, { meta: parts, ips = [], ...rest }: ServiceParts = {}): Service {
  return {
    key: serviceKey('shop', name),
    meta: meta('shop', name, parts),
    generation: 1,
    type: 'LoadBalancer',
    loadBalancerClass: undefined,
    loadBalancerIP: '',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    externalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
    loadBalancerSourceRanges: [],
    ports: [],
    selector: {},
    ingress: ips.map((ip) => ({ ip, hostname: '', ipMode: 'VIP' })),
    conditions: [],
    ...rest,
  };
}

export type NodeParts = Partial<Omit<Node, 'meta' | 'name'>> & { readonly meta?: Partial<Meta> };

export function nodeObject(name: string, { meta: parts, ...rest }: NodeParts = {}): Node {
  return {
    name: nodeName(name),
    meta: meta('', name, parts),
    unschedulable: false,
    taints: [],
    conditions: { Ready: 'True' },
    addresses: [],
    podCIDRs: [],
    ...rest,
  };
}

export const slice = (
  name: string,
  ofService: string,
  endpoints: readonly Endpoint[],
  ports: readonly EndpointPort[] = [],
): EndpointSlice => ({
  meta: meta('shop', name),
  service: serviceKey('shop', ofService),
  addressType: 'IPv4',
  ports,
  endpoints,
});

export const endpoint = (
  at: string,
  state: 'ready' | 'serving' | 'gone' | 'unready',
  ...addresses: readonly string[]
): Endpoint => ({
  addresses,
  nodeName: nodeName(at),
  ready: state === 'ready',
  serving: state === 'ready' || state === 'serving',
  terminating: state === 'serving' || state === 'gone',
});

/** A configuration from its text; one with a problem stops the test. */
export function config(text: string): Config {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new TypeError(`a test's config has problems: ${renderProblems(parsed.error)}`);
  return parsed.value;
}
