/**
 * What the end-to-end tests put into a cluster and read out of it, in the words of kubectl's users.
 * @module
 */
import type { ApiObject } from '../../../src/playground/cluster/api.js';
import type { Cluster } from '../../../src/playground/cluster/cluster.js';

/** The text of a configuration with one layer-2 pool named `default`. */
export const poolOf = (...addresses: readonly string[]): string =>
  `address-pools:\n- name: default\n  protocol: layer2\n  addresses: [${addresses.map((each) => `"${each}"`).join(', ')}]\n`;

/** Creates or replaces the ConfigMap that Cairn reads. */
export function configure(
  cluster: Cluster,
  config: string,
  { namespace = 'cairn-system', name = 'cairn-config' } = {},
): Promise<string> {
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { config } };
  return cluster.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [home, map] }));
}

export async function createNamespaces(cluster: Cluster, ...names: readonly string[]): Promise<void> {
  const items = names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  await cluster.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** A Service of type LoadBalancer; without a selector, so that it needs no pods. */
export const loadBalancer = (name: string, spec: ApiObject = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'LoadBalancer', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
});

/** One pod of an image of the lab, behind a LoadBalancer Service of the same name, on the node that is named. */
export function servedPod(options: {
  readonly name: string;
  readonly image: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly node: string;
}): ApiObject {
  const { name, image, port, protocol, node } = options;
  const labels = { app: name };
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, namespace: 'default' },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              nodeSelector: { 'kubernetes.io/hostname': node },
              containers: [
                {
                  name,
                  image,
                  env: [{ name: 'PORT', value: String(port) }],
                  ports: [{ containerPort: port, protocol }],
                },
              ],
            },
          },
        },
      },
      loadBalancer(name, { selector: labels, ports: [{ port, protocol }] }),
    ],
  };
}

export const serviceOf = (cluster: Cluster, name: string, namespace = 'default'): Promise<ApiObject> =>
  cluster.api.get(`/api/v1/namespaces/${namespace}/services/${name}`);

/** Every address in the Service's status, as written. */
export const addressesOf = (service: ApiObject): readonly string[] =>
  (service.status?.loadBalancer?.ingress ?? []).map((entry: { ip: string }) => entry.ip);

export interface SeenCondition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export const conditionOf = (service: ApiObject, type: string): SeenCondition | undefined =>
  service.status?.conditions?.find((condition: { type: string }) => condition.type === type);

/** The events about one object, as `kubectl get events` has them. */
export async function eventsAbout(cluster: Cluster, kind: string, name: string, namespace = 'default') {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
  const list = await cluster.api.get(`/api/v1/namespaces/${namespace}/events`, { fieldSelector });
  return list.items as readonly { readonly type: string; readonly reason: string; readonly message: string }[];
}
