/**
 * The embedded API server (api/) in one host of the lab, as a process of its own.
 *
 * Plain HTTP, one user, nothing on disk: its data ends with it, so it is frozen rather than killed where the API has to be away.
 * @module
 */
import { forwardToLoopback } from '../network/forward.js';
import type { Host } from '../network/host.js';
import type { LabProcess } from '../network/process.js';
import type { Run } from '../network/run.js';
import { waitFor } from '../network/wait.js';
import { Api, type ApiAccess, writeKubeconfig } from './api.js';
import { ADMIN, API_PORT, type ControlPlane, kubeconfigFile, SERVICE_CIDR, type User } from './control-plane.js';

export class EmbeddedControlPlane implements ControlPlane {
  readonly host: Host;
  readonly api: Api;
  readonly kubeconfig: string;
  readonly checksRights = false;
  readonly contentType = 'application/json';
  private readonly run: Run;
  private readonly process: LabProcess;

  private constructor(run: Run, host: Host, process: LabProcess, port: number) {
    this.run = run;
    this.host = host;
    this.process = process;
    const access = { host: '127.0.0.1', port };
    this.api = new Api(access);
    this.kubeconfig = writeKubeconfig(run.file('admin.kubeconfig'), access);
  }

  static async start({ run, host }: { readonly run: Run; readonly host: Host }): Promise<EmbeddedControlPlane> {
    const places = ['--address', '0.0.0.0', '--advertise-address', host.address, '--port', String(API_PORT)];
    const args = [...places, '--service-cidr', SERVICE_CIDR];
    const process = await host.spawnProgram('api/main.ts', args, { name: 'api-server' });
    const plane = new EmbeddedControlPlane(run, host, process, await forwardToLoopback(host, API_PORT));
    const ready = () => plane.api.request('GET', '/readyz', { timeoutMs: 5_000 }).then((answer) => answer === 'ok');
    const ended = process.exited.then(() => Promise.reject(new Error(`the API server ended: ${process.log()}`)));
    await Promise.race([waitFor('the API server is ready', ready, { everyMs: 20 }), ended]);
    // From here on its end shows in what does not answer.
    ended.catch(() => {});
    return plane;
  }

  kubeconfigFor(user: User): string {
    return writeKubeconfig(kubeconfigFile(this.run, user), this.access(user));
  }

  access(_user: User = ADMIN): ApiAccess {
    return { host: this.host.address, port: API_PORT };
  }

  async stopApi(): Promise<void> {
    this.process.freeze();
  }

  async startApi(): Promise<void> {
    this.process.thaw();
  }
}
