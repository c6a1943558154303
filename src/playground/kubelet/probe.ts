/**
 * Readiness of a container: its `readinessProbe`, asked from the node as a kubelet does, or, without one, whether it listens.
 *
 * A real kubelet calls a container without probe ready as soon as its process runs. Here it must also have a listening
 * socket, so that a Service's endpoints never hold a pod that still starts; nothing else differs.
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 * @module
 */
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import type { ApiObject } from '../cluster/api.js';

/** One question. Only httpGet and tcpSocket: what else a probe can be needs a container runtime. */
export function askProbe(probe: ApiObject, container: ApiObject, podIp: string): Promise<boolean> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.httpGet) {
    const { path = '/', port, host = podIp } = probe.httpGet;
    return new Promise((resolve) => {
      const request = http.get({ host, port: portNumber(port, container), path, timeout, agent: false }, (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        resolve(status >= 200 && status < 400);
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    });
  }
  if (probe.tcpSocket) {
    const { port, host = podIp } = probe.tcpSocket;
    return new Promise((resolve) => {
      const socket = net.connect({ host, port: portNumber(port, container), timeout });
      const answer = (ready: boolean) => {
        socket.destroy();
        resolve(ready);
      };
      socket.on('connect', () => answer(true));
      socket.on('timeout', () => answer(false));
      socket.on('error', () => answer(false));
    });
  }
  throw new Error(`readinessProbe of ${container.name}: the lab's kubelet knows httpGet and tcpSocket`);
}

function portNumber(port: number | string, container: ApiObject): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find((each: ApiObject) => each.name === port);
  if (named === undefined) throw new Error(`container ${container.name} has no port named ${port}`);
  return named.containerPort;
}

const TCP_LISTEN = '0A';
const UDP_UNCONNECTED = '07';

/** Whether anything in the network of process `pid` waits for connections or datagrams. Source: proc_net(5). */
export function listens(pid: number): boolean {
  return [
    { table: 'tcp', state: TCP_LISTEN },
    { table: 'tcp6', state: TCP_LISTEN },
    { table: 'udp', state: UDP_UNCONNECTED },
    { table: 'udp6', state: UDP_UNCONNECTED },
  ].some(({ table, state }) => {
    try {
      const rows = fs.readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1);
      return rows.some((row) => row.trim().split(/\s+/)[3] === state);
    } catch {
      return false; // it ended meanwhile
    }
  });
}
