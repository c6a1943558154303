/**
 * Two replicas of the controller in a cluster: which of them leads, by the Lease and by what they log.
 * @module
 */
import fs from 'node:fs';
import { Cairn, type Daemon } from '../../../src/playground/cluster/cairn.js';
import type { Cluster } from '../../../src/playground/cluster/cluster.js';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/cairn-system/leases/cairn-controller';

export class Replicas {
  readonly daemons: readonly Daemon[];
  readonly #cluster: Cluster;
  readonly #logs: readonly IdentityLog[];

  private constructor(cluster: Cluster, daemons: readonly Daemon[]) {
    this.#cluster = cluster;
    this.daemons = daemons;
    this.#logs = daemons.map((daemon) => new IdentityLog(daemon));
  }

  /** One beside the control plane and one on the client's machine, as each has a port for its metrics. */
  static async start(cluster: Cluster, controllerFlags: readonly string[]): Promise<Replicas> {
    const controllerHosts = [cluster.controlPlane.host, cluster.client];
    const cairn = await Cairn.start(cluster, { nodes: [], controllerHosts, controllerFlags });
    return new Replicas(cluster, cairn.controllers);
  }

  /** Waits until one leads, and it is none of `except`. */
  leader(except?: Daemon): Promise<Daemon> {
    return this.#cluster.waitFor(
      'a replica leads',
      async () => {
        const lease = await this.#cluster.api.find(LEASE);
        const at = this.#logs.findIndex((log) => log.led(lease?.spec.holderIdentity));
        const daemon = this.daemons[at];
        return daemon !== except && daemon?.process.running && daemon;
      },
      { everyMs: 20 },
    );
  }

  other(than: Daemon): Daemon {
    return this.daemons.find((daemon) => daemon !== than) as Daemon;
  }

  async stop(): Promise<void> {
    await Promise.all(this.daemons.map((daemon) => daemon.stop()));
  }

  /** The end of what each wrote, for a test that failed. */
  tails(): string {
    return this.daemons.map((daemon) => `${daemon.host.name}:\n${daemon.log().slice(-3_000)}`).join('\n');
  }
}

/** By which identities a daemon has led, read from its log as that grows: a long churn logs megabytes. */
class IdentityLog {
  readonly #daemon: Daemon;
  readonly #identities = new Set<string>();
  #readBytes = 0;
  #rest = '';

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  led(identity: string | undefined): boolean {
    this.#read();
    return identity !== undefined && this.#identities.has(identity);
  }

  #read(): void {
    const file = fs.openSync(this.#daemon.process.logFile, 'r');
    try {
      const bytes = Buffer.alloc(fs.fstatSync(file).size - this.#readBytes);
      this.#readBytes += fs.readSync(file, bytes, 0, bytes.length, this.#readBytes);
      const lines = (this.#rest + bytes.toString('latin1')).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, identity] = /"identity":"([^"]+)","message":"leading"/.exec(line) ?? [];
        if (identity !== undefined) this.#identities.add(identity);
      }
    } finally {
      fs.closeSync(file);
    }
  }
}
