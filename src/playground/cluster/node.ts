/**
 * One node of a lab cluster: its Node object, a kube-proxy and a lab kubelet, in the host's network namespace.
 * @module
 */
import path from 'node:path';
import type { KubeletConfig } from '../kubelet/config.js';
import { podImages } from '../kubelet/images.js';
import { architectureOf } from '../kubelet/node-status.js';
import type { Host } from '../network/host.js';
import { addressAt } from '../network/network.js';
import type { LabProcess } from '../network/process.js';
import type { Run } from '../network/run.js';
import { waitFor } from '../network/wait.js';
import { type ControlPlane, KUBE_PROXY, nodeUser } from './control-plane.js';

/** `none`: no kube-proxy at all, so that no ClusterIP works either. */
export type ProxyMode = 'iptables' | 'nftables' | 'none';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface NodeSpec {
  readonly name: string;
  readonly address?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
}

/** What kubeadm puts on a control-plane node, and so on minikube's only one. */
export const KUBEADM_CONTROL_PLANE = {
  labels: {
    'node-role.kubernetes.io/control-plane': '',
    'node.kubernetes.io/exclude-from-external-load-balancers': '',
  },
  taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
} as const satisfies Pick<NodeSpec, 'labels' | 'taints'>;

/** All pods; each node has a /24 of it. */
const POD_CIDR = '10.244.0.0/16';
export const podCidr = (nodeIndex: number): string => `${addressAt(POD_CIDR, nodeIndex * 256)}/24`;

/** The parts of one node that are processes; its pods are the kubelet's children and end with it. */
export interface ClusterNode {
  readonly host: Host;
  readonly kubelet: LabProcess;
  /** Undefined with `proxyMode: 'none'`. */
  readonly kubeProxy: LabProcess | undefined;
}

export interface NodePlace {
  readonly run: Run;
  readonly host: Host;
  readonly controlPlane: ControlPlane;
  readonly spec: NodeSpec;
  readonly podCidr: string;
}

export interface NodeOptions extends NodePlace {
  readonly assets: string;
  readonly proxyMode: ProxyMode;
}

/** Registers the node and starts what runs on it; done when a kube-proxy is healthy and the kubelet has said Ready. */
export async function startNode(options: NodeOptions): Promise<ClusterNode> {
  const { host } = options;
  await registerNode(options);
  const kubelet = await startKubelet(options);
  const kubeProxy = options.proxyMode === 'none' ? undefined : startKubeProxy(options);
  await nodeIsReady(options, kubelet);
  if (kubeProxy !== undefined) await kubeProxyIsHealthy(host);
  return { host, kubelet, kubeProxy };
}

export async function registerNode({ host, spec, controlPlane, podCidr: prefix }: NodePlace): Promise<void> {
  await controlPlane.api.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: host.name,
      labels: {
        'kubernetes.io/arch': architectureOf(process.arch),
        'kubernetes.io/hostname': host.name,
        'kubernetes.io/os': 'linux',
        ...spec.labels,
      },
    },
    spec: { podCIDR: prefix, podCIDRs: [prefix], taints: spec.taints ?? [] },
  });
}

export async function nodeIsReady({ host, controlPlane }: NodePlace, kubelet: LabProcess): Promise<void> {
  await waitFor(`${host.name} is Ready`, async () => {
    if (!kubelet.running) throw new Error(`kubelet ended: ${kubelet.log()}`);
    const node = await controlPlane.api.get(`/api/v1/nodes/${host.name}`);
    // The node-lifecycle controller takes its own taint away when it has seen the kubelet.
    const settling = node.spec.taints?.some((taint: Taint) => taint.key === 'node.kubernetes.io/not-ready');
    return (
      !settling &&
      node.status?.conditions?.some(
        (each: { type: string; status: string }) => each.type === 'Ready' && each.status === 'True',
      )
    );
  });
}

export async function kubeProxyIsHealthy(host: Host): Promise<void> {
  const { code, stdout } = await host.fetch('http://127.0.0.1:10256/healthz', { untilMs: 60_000 });
  if (code !== 0) throw new Error(`kube-proxy on ${host.name} is not healthy: ${stdout}`);
}

/** Source: https://kubernetes.io/docs/reference/command-line-tools-reference/kube-proxy/ */
export function startKubeProxy(
  options: Pick<NodeOptions, 'host' | 'assets' | 'controlPlane' | 'proxyMode'>,
): LabProcess {
  const { host, assets, controlPlane, proxyMode } = options;
  return host.spawn(
    [
      path.join(assets, 'kube-proxy'),
      `--kubeconfig=${controlPlane.kubeconfigFor(KUBE_PROXY)}`,
      ...(controlPlane.contentType === undefined ? [] : [`--kube-api-content-type=${controlPlane.contentType}`]),
      `--hostname-override=${host.name}`,
      `--proxy-mode=${proxyMode}`,
      `--cluster-cidr=${POD_CIDR}`,
      '--healthz-bind-address=0.0.0.0:10256',
      // Sysctls of the whole machine: not ours to set.
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0',
      '--conntrack-tcp-timeout-close-wait=0',
    ],
    { name: 'kube-proxy' },
  );
}

export async function startKubelet({ run, host, controlPlane, podCidr: prefix }: NodePlace): Promise<LabProcess> {
  const config: KubeletConfig = {
    nodeName: host.name,
    nodeAddress: host.address,
    nodeNamespace: host.namespace,
    podCidr: prefix,
    podNamespacePrefix: run.namespace(`${host.name}-pod-`),
    logFolder: path.dirname(run.file('logs', 'pods', host.name, 'x')),
    api: controlPlane.access(nodeUser(host.name)),
    images: await podImages(),
  };
  return host.spawnProgram('kubelet/main.ts', [], {
    name: 'kubelet',
    env: { ...process.env, LAB_KUBELET_CONFIG: JSON.stringify(config) },
  });
}
