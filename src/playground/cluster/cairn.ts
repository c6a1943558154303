/**
 * Cairn's own daemons in a lab cluster, from `dist/`, with the rights that `deploy/` grants (rbac.yaml, admission.yaml) and no others.
 * @module
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Host } from '../network/host.js';
import type { Exit, LabProcess } from '../network/process.js';
import type { Run } from '../network/run.js';
import { ROOT } from '../root.js';
import type { ApiObject } from './api.js';
import { type ControlPlane, serviceAccountUser } from './control-plane.js';

const PROGRAM = path.join(ROOT, 'dist/cairn.js');
/** The port of `--metrics-address`, whose default both daemons keep: each has a network of its own. */
const METRICS_PORT = 7472;
const HTTP = `http://127.0.0.1:${METRICS_PORT}`;

export const CONTROLLER_ACCOUNT = 'cairn-controller';
export const SPEAKER_ACCOUNT = 'cairn-speaker';

/** What the daemons need of the cluster that they serve. */
export interface Home {
  readonly run: Run;
  readonly controlPlane: ControlPlane;
  readonly nodes: readonly Host[];
  /** `kubectl apply` of YAML or JSON text; called only where rights have to be granted. */
  applyText(text: string): Promise<string>;
}

export interface CairnOptions {
  /** Where the ConfigMap is and the daemons write; one of the cluster's `cairnNamespaces`. Default `cairn-system`. */
  readonly namespace?: string;
  /** Name of the ConfigMap; default the daemons' own default. */
  readonly configMap?: string;
  /** Appended to the command line of both daemons. */
  readonly flags?: readonly string[];
  readonly controllerFlags?: readonly string[];
  readonly speakerFlags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The Node that runs both daemons; default the one that runs this. */
  readonly node?: string;
  /** Signs the heartbeats with a fresh key. Default true. */
  readonly secret?: boolean;
  /** Nodes that get a speaker; default all. */
  readonly nodes?: readonly Host[];
  /** Hosts that get a replica of the controller; default the control plane's alone. */
  readonly controllerHosts?: readonly Host[];
}

export class Cairn {
  readonly namespace: string;
  readonly controllers: readonly Daemon[];
  private readonly byNode: ReadonlyMap<string, Daemon>;

  private constructor(namespace: string, controllers: readonly Daemon[], speakers: ReadonlyMap<string, Daemon>) {
    this.namespace = namespace;
    this.controllers = controllers;
    this.byNode = speakers;
  }

  /** Grants the rights, starts a controller (or several) and a speaker on each node, and waits until all say that they are ready. */
  static async start(cluster: Home, options: CairnOptions = {}): Promise<Cairn> {
    const cairn = await Cairn.launch(cluster, options);
    await cairn.ready();
    return cairn;
  }

  /** As {@link start}, without waiting: for tests of what keeps a daemon from becoming ready. */
  static async launch(cluster: Home, options: CairnOptions = {}): Promise<Cairn> {
    const namespace = options.namespace ?? 'cairn-system';
    if (cluster.controlPlane.checksRights) await cluster.applyText(readRights(namespace));
    const common = ['--namespace', namespace, ...(options.configMap ? ['--config-map', options.configMap] : [])];
    const env = { ...process.env, ...options.env };

    const daemon = (host: Host, kind: 'controller' | 'speaker', account: string, args: readonly string[]) => {
      const kubeconfig = cluster.controlPlane.kubeconfigFor(serviceAccountUser(namespace, account));
      const all = [...common, '--kubeconfig', kubeconfig, ...args, ...(options.flags ?? [])];
      return new Daemon(host, kind, [options.node ?? process.execPath, PROGRAM, kind, ...all], env);
    };
    const secret = options.secret === false ? [] : ['--secret-file', writeSecret(cluster)];
    const controllers = (options.controllerHosts ?? [cluster.controlPlane.host]).map((host) =>
      daemon(host, 'controller', CONTROLLER_ACCOUNT, options.controllerFlags ?? []),
    );
    const speakers = (options.nodes ?? cluster.nodes).map((node): [string, Daemon] => {
      const args = ['--node-name', node.name, ...secret, ...(options.speakerFlags ?? [])];
      return [node.name, daemon(node, 'speaker', SPEAKER_ACCOUNT, args)];
    });
    return new Cairn(namespace, controllers, new Map(speakers));
  }

  /** The first of the replicas, and mostly the only one. */
  get controller(): Daemon {
    return this.controllers[0] as Daemon;
  }

  speaker(node: string | Host): Daemon {
    const name = typeof node === 'string' ? node : node.name;
    const daemon = this.byNode.get(name);
    if (daemon === undefined) throw new Error(`no speaker on ${name}`);
    return daemon;
  }

  get speakers(): readonly Daemon[] {
    return [...this.byNode.values()];
  }

  async ready(): Promise<void> {
    await Promise.all([...this.controllers, ...this.speakers].map((daemon) => daemon.ready()));
  }

  /** SIGTERM to all; answers how each ended, controllers first. */
  stop(): Promise<readonly Exit[]> {
    return Promise.all([...this.controllers, ...this.speakers].map((daemon) => daemon.stop()));
  }
}

/** One daemon on one host, through its restarts. */
export class Daemon {
  readonly host: Host;
  readonly kind: 'controller' | 'speaker';
  private readonly command: readonly [string, ...string[]];
  private readonly env: NodeJS.ProcessEnv;
  private current: LabProcess;

  constructor(
    host: Host,
    kind: 'controller' | 'speaker',
    command: readonly [string, ...string[]],
    env: NodeJS.ProcessEnv,
  ) {
    this.host = host;
    this.kind = kind;
    this.command = command;
    this.env = env;
    this.current = this.spawn();
  }

  get process(): LabProcess {
    return this.current;
  }
  /** SIGTERM, as a kubelet sends it. */
  stop(graceMs?: number): Promise<Exit> {
    return this.current.stop(graceMs);
  }
  kill(): Promise<Exit> {
    return this.current.kill();
  }
  freeze(): void {
    this.current.freeze();
  }
  thaw(): void {
    this.current.thaw();
  }
  /** Starts it again, the same way; whatever still runs is killed first. Does not wait until it is ready. */
  async restart(): Promise<void> {
    await this.current.kill();
    this.current = this.spawn();
  }
  log(): string {
    return this.current.log();
  }

  /** Waits for 200 from /readyz; a daemon that ended meanwhile is told with the end of its log. */
  async ready(timeoutMs = 30_000): Promise<void> {
    const { code, stdout } = await Promise.race([
      this.host.fetch(`${HTTP}/readyz`, { untilMs: timeoutMs }),
      this.current.exited.then(() => ({ code: 1, stdout: '' })),
    ]);
    if (!this.current.running) throw new Error(`${this.kind} on ${this.host.name} ended:\n${tail(this.log())}`);
    if (code !== 0) throw new Error(`${this.kind} on ${this.host.name} is not ready: ${stdout}\n${tail(this.log())}`);
  }

  /** The text of /metrics. */
  async metrics(): Promise<string> {
    return (await this.host.fetch(`${HTTP}/metrics`)).stdout;
  }

  private spawn(): LabProcess {
    return this.host.spawn(this.command, { name: this.kind, env: this.env });
  }
}

const tail = (log: string) => log.trimEnd().split('\n').slice(-15).join('\n');

function writeSecret(cluster: Home): string {
  const file = cluster.run.file('heartbeat.key');
  if (!fs.existsSync(file)) fs.writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return file;
}

/** `deploy/rbac.yaml` and `deploy/admission.yaml` for the namespace that is asked for, and that namespace. */
function readRights(namespace: string): string {
  const objects = ['rbac.yaml', 'admission.yaml'].flatMap((name) => {
    const text = fs.readFileSync(path.join(ROOT, 'deploy', name), 'utf8');
    return parseAllDocuments(text).map((document) => moved(document.toJS(), namespace));
  });
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [home, ...objects.filter((each) => each !== null)] });
}

function moved(object: ApiObject, namespace: string): ApiObject {
  if (object?.metadata?.namespace) object.metadata.namespace = namespace;
  // The cluster's, so that one of the same name would take the rights of a Cairn in another namespace.
  if (object?.kind === 'ClusterRoleBinding') object.metadata.name += `-in-${namespace}`;
  for (const subject of object?.subjects ?? []) {
    if (subject.namespace) subject.namespace = namespace;
  }
  return object;
}
