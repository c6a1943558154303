/**
 * A whole Kubernetes cluster on one machine: real control plane and kube-proxy, nodes and clients as network namespaces.
 *
 * Pods run as processes behind their node (see kubelet/); nothing else about the cluster is pretended.
 * @module
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Host } from '../network/host.js';
import { addressAt, DEFAULT_SUBNET, Network } from '../network/network.js';
import { type Output, run, tryRun } from '../network/process.js';
import { Run } from '../network/run.js';
import { waitFor } from '../network/wait.js';
import { ROOT } from '../root.js';
import type { Api } from './api.js';
import { Cairn, type CairnOptions, CONTROLLER_ACCOUNT, SPEAKER_ACCOUNT } from './cairn.js';
import { KUBE_PROXY, nodeUser, serviceAccountUser } from './control-plane.js';
import { kubeAssets, type Progress } from './kube-binary.js';
import { type ClusterNode, type NodeSpec, type ProxyMode, podCidr, startNode } from './node.js';
import { RealControlPlane } from './real-control-plane.js';

export interface ClusterOptions {
  /** How many plain nodes (`node-1`, …), or each one described. Default 3. */
  readonly nodes?: number | readonly NodeSpec[];
  readonly proxyMode?: ProxyMode;
  /** The local network; nodes are at .11 and up, the client at .1, the control plane at .10. Default 192.0.2.0/24. */
  readonly subnet?: string;
  /** Namespaces that Cairn may be installed in: its tokens are known to the API server from the start. */
  readonly cairnNamespaces?: readonly string[];
  /** How long a node may be silent before the control plane calls it NotReady. Default 50 s, as upstream. */
  readonly nodeGraceSeconds?: number;
  /** Where cluster IPs are from: one range, or one of each family. */
  readonly serviceCidrs?: readonly string[];
  readonly progress?: Progress;
}

export class Cluster {
  readonly run: Run;
  readonly network: Network;
  readonly controlPlane: RealControlPlane;
  /** A machine of the same local network that is no part of the cluster; also everybody's default gateway. */
  readonly client: Host;
  readonly nodes: readonly Host[];
  private readonly assets: string;
  private readonly byName: ReadonlyMap<string, ClusterNode>;

  constructor(parts: {
    readonly network: Network;
    readonly controlPlane: RealControlPlane;
    readonly client: Host;
    readonly nodes: readonly ClusterNode[];
    readonly assets: string;
  }) {
    this.run = parts.network.run;
    this.network = parts.network;
    this.controlPlane = parts.controlPlane;
    this.client = parts.client;
    this.nodes = parts.nodes.map((node) => node.host);
    this.assets = parts.assets;
    this.byName = new Map(parts.nodes.map((node) => [node.host.name, node]));
  }

  /** As admin, from outside the network. */
  get api(): Api {
    return this.controlPlane.api;
  }

  /** As admin; for `KUBECONFIG=… kubectl` in any shell of this machine while the cluster is up. */
  get kubeconfig(): string {
    return this.controlPlane.kubeconfig;
  }

  node(name: string): ClusterNode {
    const node = this.byName.get(name);
    if (node === undefined) throw new Error(`no node ${name}; there are ${[...this.byName.keys()].join(', ')}`);
    return node;
  }

  /** The real kubectl as admin; answers stdout, throws with stderr when it fails. */
  kubectl(...args: readonly string[]): Promise<string> {
    return run([path.join(this.assets, 'kubectl'), ...args], { env: this.kubectlEnv() });
  }

  tryKubectl(...args: readonly string[]): Promise<Output> {
    return tryRun([path.join(this.assets, 'kubectl'), ...args], { env: this.kubectlEnv() });
  }

  /** `kubectl apply -f`, the file unchanged. */
  apply(file: string, ...flags: readonly string[]): Promise<string> {
    return this.kubectl('apply', '-f', file, ...flags);
  }

  /** `kubectl apply` of YAML or JSON text. */
  applyText(text: string): Promise<string> {
    return run([path.join(this.assets, 'kubectl'), 'apply', '-f', '-'], { env: this.kubectlEnv(), input: text });
  }

  /** Waits until `probe` answers something; see wait.ts. */
  readonly waitFor = waitFor;

  /** The address of a Service as `kubectl get svc` shows it; waits until it has one. */
  externalIp(name: string, namespace = 'default', timeoutMs = 30_000): Promise<string> {
    return waitFor(
      `Service ${namespace}/${name} has an external address`,
      async () => {
        const service = await this.api.get(`/api/v1/namespaces/${namespace}/services/${name}`);
        return service.status?.loadBalancer?.ingress?.[0]?.ip as string | undefined;
      },
      { timeoutMs },
    );
  }

  /** Waits until every replica of the Deployment is ready. */
  rolledOut(deployment: string, namespace = 'default'): Promise<string> {
    return this.kubectl('-n', namespace, 'rollout', 'status', `deployment/${deployment}`, '--timeout=60s');
  }

  /** Cairn's controller and speakers, from dist/; see cairn.ts. */
  startCairn(options: CairnOptions = {}): Promise<Cairn> {
    return Cairn.start(this, options);
  }

  /** The node has lost its power: cable dead, every process of it gone at once. */
  async powerOff(name: string, cairn?: Cairn): Promise<void> {
    const { host, kubelet, kubeProxy } = this.node(name);
    await this.network.cut(host);
    await Promise.all([kubelet.kill(), kubeProxy?.kill(), cairn?.speaker(name).kill()]);
  }

  /** Ends everything. */
  stop(): void {
    this.run.remove();
  }

  private kubectlEnv(): NodeJS.ProcessEnv {
    // Its own discovery cache: clusters of other runs have had the same address.
    return { ...process.env, KUBECONFIG: this.kubeconfig, KUBECACHEDIR: path.join(this.run.folder, 'kubectl-cache') };
  }
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { progress = () => {}, proxyMode = 'nftables', subnet = DEFAULT_SUBNET } = options;
  const assets = await kubeAssets(progress);
  const owner = Run.start();
  try {
    progress('Network: laying cables');
    const specs = nodeSpecs(options.nodes ?? 3, subnet);
    const network = await Network.create(owner, { subnet });
    const gateway = addressAt(subnet, 1);
    const [client, plane, ...nodes] = (await network.addHosts([
      { name: 'client', address: gateway },
      { name: 'control-plane', address: addressAt(subnet, 10), gateway },
      ...specs.map(({ name, address }) => ({ name, address, gateway, forwarding: true })),
    ])) as [Host, Host, ...Host[]];
    await Promise.all(nodes.map((node, at) => network.routeBehind(node, podCidr(at), [plane, ...nodes])));

    progress('Control plane: starting');
    const namespaces = ['cairn-system', 'metallb-system', ...(options.cairnNamespaces ?? [])];
    const controlPlane = await RealControlPlane.start({
      run: owner,
      host: plane,
      assets,
      users: [
        KUBE_PROXY,
        ...specs.map((spec) => nodeUser(spec.name)),
        ...namespaces.flatMap((namespace) => [
          serviceAccountUser(namespace, CONTROLLER_ACCOUNT),
          serviceAccountUser(namespace, SPEAKER_ACCOUNT),
        ]),
      ],
      ...(options.nodeGraceSeconds === undefined ? {} : { nodeGraceSeconds: options.nodeGraceSeconds }),
      ...(options.serviceCidrs === undefined ? {} : { serviceCidrs: options.serviceCidrs }),
    });

    progress('Nodes: starting');
    const started = await Promise.all(
      nodes.map((host, at) =>
        startNode({
          run: owner,
          host,
          assets,
          controlPlane,
          proxyMode,
          spec: specs[at] as NodeSpec,
          podCidr: podCidr(at),
        }),
      ),
    );
    return new Cluster({ network, controlPlane, client, nodes: started, assets });
  } catch (error) {
    owner.remove();
    throw error;
  }
}

function nodeSpecs(nodes: number | readonly NodeSpec[], subnet: string): readonly (NodeSpec & { address: string })[] {
  const list: readonly NodeSpec[] =
    typeof nodes === 'number' ? Array.from({ length: nodes }, (_, at) => ({ name: `node-${at + 1}` })) : nodes;
  return list.map((spec, at) => ({ ...spec, address: spec.address ?? addressAt(subnet, 11 + at) }));
}

/** The examples that come with the project, by file name. */
export function example(name: string): string {
  const file = path.join(ROOT, 'config/examples', name);
  if (!fs.existsSync(file)) throw new Error(`no example ${file}`);
  return file;
}
