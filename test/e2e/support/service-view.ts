/**
 * A Service as the judges of a churn read it: what its user asks for, what it holds, and what it is told.
 *
 * Own code on purpose, and nothing of `src/kube` or `src/allocator`: what judges Cairn must not share its mistakes. It knows
 * the churn's own Services alone: one address, one port, no reservation, policy Cluster.
 *
 * Source: docs/configuration.md (requests, sharing).
 * @module
 */
import type { ApiObject } from '../../../src/playground/cluster/api.js';
import { addressesOf, conditionOf, type SeenCondition } from './objects.js';

export const POOL_ANNOTATION = 'cairn.dev/address-pool';
export const ADDRESS_ANNOTATION = 'cairn.dev/loadBalancerIPs';
export const SHARING_ANNOTATION = 'cairn.dev/allow-shared-ip';

/** On what terms a Service may share its address. */
export interface Terms {
  readonly key: string | undefined;
  readonly port: number;
}

export interface ServiceView extends Terms {
  readonly name: string;
  readonly uid: string;
  readonly version: string;
  readonly isLoadBalancer: boolean;
  readonly wantsPool: string | undefined;
  readonly wantsAddress: string | undefined;
  readonly addresses: readonly string[];
  readonly assigned: SeenCondition | undefined;
  /** On what terms it has its address, by what Cairn wrote into it. */
  readonly sharedAs: Terms;
}

export function viewOf(service: ApiObject): ServiceView {
  const { metadata, spec } = service;
  const annotations = metadata.annotations ?? {};
  return {
    name: metadata.name,
    uid: metadata.uid,
    version: metadata.resourceVersion,
    isLoadBalancer: spec.type === 'LoadBalancer',
    wantsPool: annotations[POOL_ANNOTATION],
    wantsAddress: annotations[ADDRESS_ANNOTATION],
    key: annotations[SHARING_ANNOTATION],
    port: spec.ports[0].port,
    addresses: addressesOf(service),
    assigned: conditionOf(service, 'cairn.dev/AddressAssigned'),
    sharedAs: sharedAs(service),
  };
}

/** Whoever shares with nobody has no terms written down. */
function sharedAs({ metadata, spec }: ApiObject): Terms {
  const written = metadata.annotations?.['cairn.dev/shared-as'];
  if (written === undefined) return { key: undefined, port: spec.ports[0].port };
  const { key, ports } = JSON.parse(written);
  return { key, port: Number(ports[0].replace('TCP/', '')) };
}

export const mayShare = (a: Terms, b: Terms): boolean => a.key !== undefined && a.key === b.key && a.port !== b.port;
