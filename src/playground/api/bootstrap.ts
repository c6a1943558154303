/**
 * What every cluster has before anybody asks for anything: the standard namespaces, and the Service that leads to the API.
 * @module
 */
import { isIP } from 'node:net';
import type { Result } from '../../values/result.js';
import type { ApiObject, JsonObject } from './object.js';
import { apiVersionOf } from './schema/kind.js';
import type { Status } from './status.js';
import { keyOf } from './storage.js';
import type { Store } from './store.js';

const NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];
const MANAGER = 'kube-apiserver';
const HTTPS_PORT = 443;

export interface Bootstrap {
  /** Where the server listens, as others reach it. */
  readonly address: string;
  readonly port: number;
  readonly serviceCidrs: readonly string[];
  /** The first address of the range that ClusterIPs are given from. */
  readonly clusterIp: string;
}

/** The server's own objects must be accepted by its own rules: anything else is a defect, and thrown. */
export function bootstrap(store: Store, { address, port, serviceCidrs, clusterIp }: Bootstrap): void {
  for (const name of NAMESPACES)
    must(store.create(store.resource('namespaces'), { metadata: { name } }, { manager: MANAGER }));
  nameServiceCidrs(store, serviceCidrs);
  must(
    store.create(
      store.resource('services'),
      {
        metadata: {
          name: 'kubernetes',
          namespace: 'default',
          labels: { component: 'apiserver', provider: 'kubernetes' },
        },
        spec: {
          type: 'ClusterIP',
          clusterIP: clusterIp,
          clusterIPs: [clusterIp],
          ipFamilies: [isIP(clusterIp) === 6 ? 'IPv6' : 'IPv4'],
          ipFamilyPolicy: 'SingleStack',
          ports: [{ name: 'https', protocol: 'TCP', port: HTTPS_PORT, targetPort: port }],
          sessionAffinity: 'None',
        },
      },
      { manager: MANAGER },
    ),
  );
  const metadata = { name: 'kubernetes', namespace: 'default' };
  place(store, 'endpoints', {
    metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  place(store, 'endpointslices.discovery.k8s.io', {
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: isIP(address) === 6 ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}

/** kube-proxy and people read there which addresses are the cluster's own. */
function nameServiceCidrs(store: Store, cidrs: readonly string[]): void {
  const resource = store.resource('servicecidrs.networking.k8s.io');
  const object = must(
    store.create(resource, { metadata: { name: 'kubernetes' }, spec: { cidrs } }, { manager: MANAGER }),
  );
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: object.metadata.creationTimestamp,
  };
  must(store.update(resource, { ...object, status: { conditions: [ready] } }, { subresource: 'status' }));
}

/** Past the rules where they stand in the way: they refuse loopback addresses, and a test's server listens on one. */
function place(store: Store, name: string, object: JsonObject): void {
  const resource = store.resource(name);
  const dry = store.create(resource, object, { manager: MANAGER, dryRun: true });
  if (dry.ok) {
    must(store.create(resource, object, { manager: MANAGER }));
    return;
  }
  const stub = must(
    store.create(
      store.resource('configmaps'),
      { metadata: { name: object['metadata'].name, namespace: object['metadata'].namespace } },
      { dryRun: true },
    ),
  );
  const metadata = { ...stub.metadata, ...object['metadata'] };
  store.storage.put(resource, keyOf(metadata.namespace, metadata.name), {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    ...object,
    metadata,
  } as ApiObject);
}

function must<T>(result: Result<T, Status>): T {
  if (!result.ok) throw new Error(`the server's own object was refused: ${result.error.message}`);
  return result.value;
}
