/**
 * The whole small world of a playground: switch, nodes, client, API, pods, a Cairn controller and a speaker on each node.
 * @module
 */
import { Cairn, CONTROLLER_ACCOUNT, SPEAKER_ACCOUNT } from '../cluster/cairn.js';
import { ADMIN, type ControlPlane, KUBE_PROXY, nodeUser, serviceAccountUser } from '../cluster/control-plane.js';
import { EmbeddedControlPlane } from '../cluster/embedded-control-plane.js';
import type { Progress } from '../cluster/kube-binary.js';
import {
  kubeProxyIsHealthy,
  nodeIsReady,
  podCidr,
  registerNode,
  startKubelet,
  startKubeProxy,
} from '../cluster/node.js';
import { RealControlPlane } from '../cluster/real-control-plane.js';
import type { Host } from '../network/host.js';
import { addressAt, DEFAULT_SUBNET, Network } from '../network/network.js';
import { run } from '../network/process.js';
import type { Run } from '../network/run.js';
import { followClusterIps } from './cluster-proxy.js';
import {
  CAIRN_NAMESPACE,
  type Creation,
  configuration,
  forExamples,
  loadBalancer,
  namespace,
  OUTSIDE_SERVER,
  server,
  WEB,
  WEB_REPLICAS,
} from './objects.js';
import type { StageOptions } from './options.js';

export class Stage {
  readonly run: Run;
  readonly network: Network;
  readonly controlPlane: ControlPlane;
  /** A machine of the same local network that is no part of the cluster. */
  readonly client: Host;
  readonly nodes: readonly Host[];
  readonly cairn: Cairn;
  readonly options: StageOptions;

  constructor(parts: Pick<Stage, 'network' | 'controlPlane' | 'client' | 'nodes' | 'cairn' | 'options'>) {
    this.run = parts.network.run;
    this.network = parts.network;
    this.controlPlane = parts.controlPlane;
    this.client = parts.client;
    this.nodes = parts.nodes;
    this.cairn = parts.cairn;
    this.options = parts.options;
  }

  /** For programs on the client and on every node. */
  get kubeconfig(): string {
    return this.controlPlane.kubeconfigFor(ADMIN);
  }

  async create(creations: readonly Creation[]): Promise<void> {
    await Promise.all(creations.map(({ path, object }) => this.controlPlane.api.create(path, object)));
  }
}

export async function raise(owner: Run, options: StageOptions, progress: Progress): Promise<Stage> {
  progress('laying cables');
  const network = await Network.create(owner);
  const gateway = addressAt(DEFAULT_SUBNET, 1);
  const [client, plane, ...nodes] = (await network.addHosts([
    { name: 'client', address: gateway },
    { name: 'control-plane', address: addressAt(DEFAULT_SUBNET, 10), gateway },
    ...Array.from({ length: options.nodes }, (_, at) => ({
      name: `node-${at + 1}`,
      address: addressAt(DEFAULT_SUBNET, 11 + at),
      gateway,
      forwarding: true,
    })),
  ])) as [Host, Host, ...Host[]];

  progress(options.kubernetes ? 'starting a control plane' : 'starting the API server');
  const routed = Promise.all(nodes.map((node, at) => network.routeBehind(node, podCidr(at), [plane, ...nodes])));
  const controlPlane = await startControlPlane(owner, plane, nodes, options);
  await routed;

  progress('starting nodes and Cairn');
  const { api } = controlPlane;
  if (!controlPlane.checksRights) await api.create(namespace(CAIRN_NAMESPACE).path, namespace(CAIRN_NAMESPACE).object);
  const applyText = (text: string) => kubectlApply(controlPlane, options, text);
  const [cairn] = await Promise.all([
    Cairn.launch({ run: owner, controlPlane, nodes, applyText }, { namespace: CAIRN_NAMESPACE }),
    ...nodes.map((host, at) => startOneNode(owner, controlPlane, options, host, at)),
  ]);
  const stage = new Stage({ network, controlPlane, client, nodes, cairn, options });
  await stage.create([
    configuration(options.forwarding),
    server({ name: WEB, replicas: WEB_REPLICAS }),
    loadBalancer(WEB),
  ]);
  if (!options.once) await furnish(stage);
  if (options.forwarding === 'nftables') await followClusterIps(controlPlane.api, nodes);
  progress('waiting until Cairn is ready');
  await cairn.ready();
  return stage;
}

/** What nobody needs to see the story, and whoever plays may ask for. */
async function furnish(stage: Stage): Promise<void> {
  const outside = await stage.network.addHost({
    name: 'outside',
    address: OUTSIDE_SERVER.address,
    gateway: stage.client.address,
  });
  await outside.spawnProgram('images/whoami.ts', [], {
    env: { ...process.env, HOSTNAME: 'outside', PORT: String(OUTSIDE_SERVER.port) },
  });
  const creations = forExamples();
  // A namespace has to be there before what is made in it.
  await stage.create(creations.filter(({ object }) => object.kind === 'Namespace'));
  await stage.create(creations.filter(({ object }) => object.kind !== 'Namespace'));
}

function startControlPlane(
  owner: Run,
  host: Host,
  nodes: readonly Host[],
  options: StageOptions,
): Promise<ControlPlane> {
  if (!options.kubernetes) return EmbeddedControlPlane.start({ run: owner, host });
  const accounts = [CONTROLLER_ACCOUNT, SPEAKER_ACCOUNT].map((name) => serviceAccountUser(CAIRN_NAMESPACE, name));
  const users = [KUBE_PROXY, ...nodes.map((node) => nodeUser(node.name)), ...accounts];
  return RealControlPlane.start({ run: owner, host, assets: assetsOf(options), users });
}

async function startOneNode(owner: Run, controlPlane: ControlPlane, options: StageOptions, host: Host, at: number) {
  const place = { run: owner, host, controlPlane, spec: { name: host.name }, podCidr: podCidr(at) };
  await registerNode(place);
  const kubelet = await startKubelet(place);
  if (options.forwarding === 'kube-proxy') {
    startKubeProxy({ ...place, assets: assetsOf(options), proxyMode: 'nftables' });
    await kubeProxyIsHealthy(host);
  }
  await nodeIsReady(place, kubelet);
}

function assetsOf({ assets }: StageOptions): string {
  if (assets === undefined) throw new Error('Kubernetes programs are needed, and there are none');
  return assets;
}

async function kubectlApply(controlPlane: ControlPlane, options: StageOptions, text: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: controlPlane.kubeconfig };
  return run([`${assetsOf(options)}/kubectl`, 'apply', '-f', '-'], { env, input: text });
}
