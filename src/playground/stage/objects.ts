/**
 * What a new playground has in its API: Cairn's configuration, a web server, and what `config/examples/` takes for granted.
 *
 * Pure.
 * @module
 */
import type { ApiObject } from '../cluster/api.js';
import type { ForwardingMode } from './options.js';

export const CAIRN_NAMESPACE = 'cairn-system';
export const WEB = 'web';
export const WEB_REPLICAS = 3;
/** The address that an example asks for is in a pool that nobody draws from unasked. */
const POOLS = `address-pools:
- name: default
  protocol: layer2
  addresses: [192.0.2.240-192.0.2.250]
- name: on-request
  protocol: layer2
  auto-assign: false
  addresses: [192.0.2.120/29]
`;

/** An object, and the path of the list that it is created in. */
export interface Creation {
  readonly path: string;
  readonly object: ApiObject;
}

export const namespace = (name: string): Creation => ({
  path: '/api/v1/namespaces',
  object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
});

export const configuration = (forwarding: ForwardingMode): Creation => ({
  path: `/api/v1/namespaces/${CAIRN_NAMESPACE}/configmaps`,
  object: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cairn-config', namespace: CAIRN_NAMESPACE },
    data: { config: forwarding === 'kube-proxy' ? POOLS : `${POOLS}forwarding: {mode: ${forwarding}}\n` },
  },
});

export interface ServerSpec {
  readonly name: string;
  readonly namespace?: string;
  readonly replicas: number;
  readonly app?: string;
  /** The first one is called `http`. */
  readonly ports?: readonly number[];
}

/** Pods that answer over HTTP who they are, on each of the ports. */
export function server({ name, namespace = 'default', replicas, app = name, ports = [80] }: ServerSpec): Creation {
  const labels = { app };
  const container = {
    name: 'whoami',
    image: 'cairn.dev/lab/whoami',
    env: [
      { name: 'PORT', value: ports.join(',') },
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ],
    ports: ports.map((containerPort, at) => ({ name: at === 0 ? 'http' : `port-${containerPort}`, containerPort })),
  };
  return {
    path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
  };
}

/** A Service of type LoadBalancer in front of the pods of `app`. */
export const loadBalancer = (name: string, app = name): Creation => ({
  path: '/api/v1/namespaces/default/services',
  object: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { type: 'LoadBalancer', selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  },
});

/** Where the Endpoints of an example without selector point: a machine beside the cluster. */
export const OUTSIDE_SERVER = { address: '192.0.2.42', port: 9376 } as const;

const EXAMPLE_NAMESPACES = [
  'given-cluster-ip',
  'no-selector',
  'many-ports',
  'sticky',
  'prod',
  'external-ips',
  'headless',
];
const NAMESPACES_WITH_PODS = ['given-cluster-ip', 'many-ports', 'sticky'];

/** So that `kubectl apply -f config/examples/` works unchanged: their namespaces, and pods for the selectors in them. */
export const forExamples = (): readonly Creation[] => [
  ...[...EXAMPLE_NAMESPACES, 'metallb-system'].map(namespace),
  ...NAMESPACES_WITH_PODS.map((where) =>
    server({ name: 'my-app', namespace: where, replicas: 1, app: 'MyApp', ports: [9376, 9377, 5353] }),
  ),
];
