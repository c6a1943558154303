/**
 * The real control plane in one host of the lab: etcd, kube-apiserver, kube-controller-manager and kube-scheduler.
 *
 * Every caller has a token of its own (a static token file), and RBAC decides what it may do: a daemon under test gets
 * the user name and groups that its ServiceAccount would have, so that `deploy/rbac.yaml` is what really limits it.
 * Only the ServiceAccount admission is off: nothing mounts tokens into the lab's pods.
 * @module
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { forwardToLoopback } from '../network/forward.js';
import type { Host } from '../network/host.js';
import type { LabProcess } from '../network/process.js';
import type { Run } from '../network/run.js';
import { waitFor } from '../network/wait.js';
import { Api, type ApiAccess, writeKubeconfig } from './api.js';
import { ADMIN, API_PORT, type ControlPlane, kubeconfigFile, SERVICE_CIDR, type User } from './control-plane.js';

const SCHEDULER: User = { name: 'system:kube-scheduler', groups: [] };

export interface ControlPlaneOptions {
  readonly run: Run;
  readonly host: Host;
  /** Folder with the Kubernetes programs. */
  readonly assets: string;
  /** Who gets a token besides {@link ADMIN} and the control plane's own parts. Read once, at start. */
  readonly users: readonly User[];
  /** How long a node may be silent before it counts as NotReady: `--node-monitor-grace-period`. */
  readonly nodeGraceSeconds?: number;
  /** Where Services get their cluster IPs from; a second one of the other family makes the cluster dual-stack. Default {@link SERVICE_CIDR}. */
  readonly serviceCidrs?: readonly string[];
}

export type ControlPlanePart = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

export class RealControlPlane implements ControlPlane {
  readonly host: Host;
  readonly api: Api;
  readonly kubeconfig: string;
  readonly checksRights = true;
  readonly contentType = undefined;
  private readonly options: ControlPlaneOptions;
  private readonly ca: string;
  private readonly tokens: ReadonlyMap<string, string>;
  private readonly parts = new Map<ControlPlanePart, LabProcess>();

  private constructor(options: ControlPlaneOptions, ca: string, tokens: ReadonlyMap<string, string>, port: number) {
    this.host = options.host;
    this.options = options;
    this.ca = ca;
    this.tokens = tokens;
    const access = { ...this.access(ADMIN), host: '127.0.0.1', port };
    this.api = new Api(access);
    this.kubeconfig = writeKubeconfig(options.run.file('admin.kubeconfig'), access);
  }

  static async start(options: ControlPlaneOptions): Promise<RealControlPlane> {
    const { run, host } = options;
    const folder = path.dirname(run.file('control-plane', 'x'));
    const tokens = writeTokens(folder, [ADMIN, SCHEDULER, ...options.users]);
    writeServiceAccountKeys(folder);
    const first = new Map(
      (['etcd', 'kube-apiserver'] as const).map((part) => [part, startPart(options, folder, part)]),
    );
    const port = await forwardToLoopback(host, API_PORT);
    const ca = await waitFor('kube-apiserver has made its certificate', () => {
      assertRunning([...first.values()]);
      return readIfThere(path.join(folder, 'certs', 'apiserver.crt'));
    });
    const plane = new RealControlPlane(options, ca, tokens, port);
    for (const [part, running] of first) plane.parts.set(part, running);
    await plane.ready();
    for (const part of ['kube-controller-manager', 'kube-scheduler'] as const) plane.launch(part);
    return plane;
  }

  kubeconfigFor(user: User): string {
    return writeKubeconfig(kubeconfigFile(this.options.run, user), this.access(user));
  }

  access(user: User): ApiAccess {
    const token = this.tokens.get(user.name);
    if (token === undefined) throw new Error(`no token for ${user.name}: name it when the control plane starts`);
    return { host: this.host.address, port: API_PORT, ca: this.ca, token };
  }

  /** The running process of a part: to kill, freeze or thaw. */
  part(name: ControlPlanePart): LabProcess {
    const part = this.parts.get(name);
    if (part === undefined) throw new Error(`${name} was not started`);
    return part;
  }

  /** Starts a part again after it was killed; etcd and certificates keep what they had. */
  async restart(name: ControlPlanePart): Promise<void> {
    await this.part(name).kill();
    this.launch(name);
    await this.ready();
  }

  async stopApi(): Promise<void> {
    await this.part('kube-apiserver').kill();
  }

  startApi(): Promise<void> {
    return this.restart('kube-apiserver');
  }

  private launch(name: ControlPlanePart): void {
    if (name === 'kube-controller-manager') this.kubeconfigFor(ADMIN);
    if (name === 'kube-scheduler') this.kubeconfigFor(SCHEDULER);
    this.parts.set(name, startPart(this.options, path.join(this.options.run.folder, 'control-plane'), name));
  }

  private ready(): Promise<true> {
    return waitFor('the API server is ready', async () => {
      assertRunning([...this.parts.values()]);
      return (await this.api.request('GET', '/readyz', { timeoutMs: 5_000 })) === 'ok';
    });
  }
}

function assertRunning(parts: readonly LabProcess[]): void {
  for (const part of parts) {
    if (!part.running) throw new Error(`${part.name} ended: ${part.log().split('\n').slice(-5).join('\n')}`);
  }
}

function startPart(options: ControlPlaneOptions, folder: string, name: ControlPlanePart): LabProcess {
  const program = path.join(options.assets, name);
  return options.host.spawn([program, ...argumentsOf(options, folder, name)], { name });
}

function argumentsOf(
  { run, host, nodeGraceSeconds = 50, serviceCidrs = [SERVICE_CIDR] }: ControlPlaneOptions,
  folder: string,
  name: ControlPlanePart,
) {
  switch (name) {
    case 'etcd':
      return [
        `--data-dir=${folder}/etcd`,
        '--listen-client-urls=http://127.0.0.1:2379',
        '--advertise-client-urls=http://127.0.0.1:2379',
        '--listen-peer-urls=http://127.0.0.1:2380',
        '--unsafe-no-fsync', // the data ends with the run
        '--log-level=warn',
      ];
    case 'kube-apiserver':
      return [
        '--etcd-servers=http://127.0.0.1:2379',
        `--cert-dir=${folder}/certs`,
        `--advertise-address=${host.address}`,
        `--secure-port=${API_PORT}`,
        `--token-auth-file=${folder}/tokens.csv`,
        '--authorization-mode=Node,RBAC',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${folder}/sa.pub`,
        `--service-account-signing-key-file=${folder}/sa.key`,
        `--service-cluster-ip-range=${serviceCidrs.join(',')}`,
        '--disable-admission-plugins=ServiceAccount',
        // A namespace's annotation may then give its pods tolerations: examples run unchanged on a tainted node.
        '--enable-admission-plugins=PodTolerationRestriction',
        '--allow-privileged=true',
      ];
    case 'kube-controller-manager':
      return [
        `--kubeconfig=${kubeconfigFile(run, ADMIN)}`,
        '--bind-address=127.0.0.1',
        '--leader-elect=false',
        `--service-account-private-key-file=${folder}/sa.key`,
        `--root-ca-file=${folder}/certs/apiserver.crt`,
        `--node-monitor-grace-period=${nodeGraceSeconds}s`,
      ];
    case 'kube-scheduler':
      return [`--kubeconfig=${kubeconfigFile(run, SCHEDULER)}`, '--bind-address=127.0.0.1', '--leader-elect=false'];
  }
}

/** Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file */
function writeTokens(folder: string, users: readonly User[]): ReadonlyMap<string, string> {
  const tokens = new Map(users.map((user) => [user.name, randomBytes(16).toString('hex')]));
  const lines = users.map((user) => `${tokens.get(user.name)},${user.name},${user.name},"${user.groups.join(',')}"`);
  fs.writeFileSync(path.join(folder, 'tokens.csv'), `${lines.join('\n')}\n`, { mode: 0o600 });
  return tokens;
}

function writeServiceAccountKeys(folder: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  fs.writeFileSync(path.join(folder, 'sa.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  fs.writeFileSync(path.join(folder, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8') || undefined;
  } catch {
    return undefined;
  }
}
