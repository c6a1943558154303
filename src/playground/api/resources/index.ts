/**
 * Every resource that the embedded API server knows.
 * @module
 */
import type { Resource } from '../resource.js';
import { type Block, parseBlock } from './addresses.js';
import { configMaps } from './config-map.js';
import { endpointSlices } from './endpoint-slice.js';
import { endpoints } from './endpoints.js';
import { events } from './event/event.js';
import { eventViews } from './event/view.js';
import { ingresses } from './ingress.js';
import { ipAddresses } from './ip-address.js';
import { leases } from './lease.js';
import { namespaces } from './namespace.js';
import { nodes } from './node.js';
import { pods } from './pod/pod.js';
import { secrets } from './secret.js';
import { AddressPool, PortPool, type Random } from './service/pools.js';
import { createServices } from './service/service.js';
import { serviceAccounts } from './service-account.js';
import { serviceCidrs as serviceCidrResource } from './service-cidr.js';
import { deployments } from './workload/deployment.js';
import { replicaSets } from './workload/replica-set.js';

export interface ResourceOptions {
  /** Where ClusterIPs come from: one or two families, the first is the default. */
  readonly serviceCidrs?: readonly string[];
  /** First and last port that a Service may have on every node. */
  readonly nodePorts?: { readonly first: number; readonly last: number };
  /** Which free address and port a Service gets. */
  readonly random?: Random;
}

const SERVICE_CIDRS = ['10.96.0.0/16'];
/** Source: https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport */
const NODE_PORTS = { first: 30_000, last: 32_767 };

/** Fresh ones for each server: Services hold pools of addresses and ports. Throws when a CIDR is none. */
export function createResources(options: ResourceOptions = {}): readonly Resource[] {
  const { serviceCidrs = SERVICE_CIDRS, nodePorts = NODE_PORTS, random = Math.random } = options;
  const services = createServices({
    addresses: serviceCidrs.map((cidr) => new AddressPool(serviceBlock(cidr), random)),
    nodePorts: new PortPool(nodePorts, random),
  });
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
    serviceCidrResource,
    ipAddresses,
    eventViews,
    deployments,
    replicaSets,
  ];
}

function serviceBlock(text: string): Block {
  const block = parseBlock(text);
  if (block === undefined) throw new Error(`not a service CIDR: ${text}`);
  return block;
}
