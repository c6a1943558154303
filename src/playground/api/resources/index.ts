/**
 * Every resource that the embedded API server knows.
 * @module
 */
import type { Resource } from '../resource.js';
import { configMaps } from './config-map.js';
import { deployments } from './deployment.js';
import { endpointSlices } from './endpoint-slice.js';
import { endpoints } from './endpoints.js';
import { events } from './event.js';
import { eventViews } from './event-view.js';
import { ingresses } from './ingress.js';
import { ipAddresses } from './ip-address.js';
import { leases } from './lease.js';
import { namespaces } from './namespace.js';
import { nodes } from './node.js';
import { pods } from './pod.js';
import { replicaSets } from './replica-set.js';
import { secrets } from './secret.js';
import { services } from './service.js';
import { serviceAccounts } from './service-account.js';
import { serviceCidrs } from './service-cidr.js';

export interface ResourceOptions {
  /** Where ClusterIPs come from: at most one for each family, the first is the default one. */
  readonly serviceCidrs?: readonly string[];
  /** First and last port that a Service may have on every node. Default 30000 to 32767. */
  readonly nodePorts?: { readonly first: number; readonly last: number };
}

/** Fresh ones for each server: Services hold allocators. */
export function createResources(_options: ResourceOptions = {}): readonly Resource[] {
  return [
    services,
    configMaps,
    secrets,
    nodes,
    namespaces,
    pods,
    events,
    endpoints,
    serviceAccounts,
    endpointSlices,
    leases,
    ingresses,
    serviceCidrs,
    ipAddresses,
    eventViews,
    deployments,
    replicaSets,
  ];
}
