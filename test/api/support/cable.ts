/**
 * A cable between a client and a server that can be cut: a forwarder on loopback, and the kubeconfig that leads through it.
 * @module
 */
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { parse } from 'yaml';
import { breakOff } from '../../../src/playground/api/reset.js';
import type { World } from './world.js';

export class Cable {
  readonly kubeconfig: string;
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();
  private plugged = true;

  private constructor(server: net.Server, kubeconfig: string) {
    this.server = server;
    this.kubeconfig = kubeconfig;
  }

  static async lay(world: World): Promise<Cable> {
    const config = parse(fs.readFileSync(world.server.kubeconfig, 'utf8'));
    const url = new URL(config.clusters[0].cluster.server);
    const [host, port] = [url.hostname, Number(url.port)];
    const server = net.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as net.AddressInfo).port);
    config.clusters[0].cluster.server = url.toString().replace(/\/$/, '');
    const cable = new Cable(server, world.file('kubeconfig', JSON.stringify(config)));
    server.on('connection', (near) => cable.connect(near, net.connect(port, host)));
    return cable;
  }

  /** Every connection breaks, and no new one comes about. */
  cut(): void {
    this.plugged = false;
    for (const socket of this.sockets) breakOff(socket);
  }

  plug(): void {
    this.plugged = true;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private connect(near: net.Socket, far: net.Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    if (!this.plugged) near.resetAndDestroy();
    else near.pipe(far).pipe(near);
  }
}
