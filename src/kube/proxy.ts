/**
 * Connections through the proxy that a kubeconfig names (`proxy-url`), with the official client's agents.
 * @module
 */
import { EventEmitter } from 'node:events';
import type { Agent } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Access } from './credentials.js';

/** Of `hpagent`, for HTTP and HTTPS proxies: a tunnel by CONNECT, with TLS to the server in it where the agent is for `https`. */
interface TunnelAgent {
  createConnection(options: object, callback: (error: Error | null, socket: Socket | null) => void): void;
}

/** Of `agent-base`, for SOCKS proxies. */
interface SocketAgent {
  connect(request: EventEmitter & { destroy(): void }, options: object): Promise<Socket>;
}

export interface Limits {
  /** Until there is a connection to the server, its handshake included. */
  readonly timeoutMs: number;
  /** Of silence, until TCP asks whether the other end is still there. */
  readonly keepAliveMs: number;
}

export function connectThrough(
  agent: Agent,
  { secure, host, port, tls }: Access,
  { timeoutMs, keepAliveMs }: Limits,
): buildConnector.connector {
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined);
  const name = servername === undefined ? {} : { servername };
  const options = {
    ...tls,
    ...name,
    host,
    port,
    secureEndpoint: secure,
    ALPNProtocols: ['http/1.1'],
    timeout: timeoutMs,
  };
  return (_, callback) => {
    let isOver = false;
    let dialled: Socket | undefined;
    const end = (error: Error | null, socket?: Socket) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (socket !== undefined) return callback(null, socket.setTimeout(0).setKeepAlive(true, keepAliveMs));
      dialled?.destroy();
      callback(error ?? new Error('the proxy gave no connection'), null);
    };
    const timer = setTimeout(
      () => end(new Error(`no connection through the proxy within ${timeoutMs / 1_000} s`)),
      timeoutMs,
    );
    const came = (socket: Socket) => {
      dialled = socket;
      // Too late: nobody else would close it.
      if (isOver) socket.destroy();
      return secured(socket);
    };
    dial(agent, options)
      .then(came)
      .then((socket) => end(null, socket), end);
  };
}

const dial = (agent: Agent, options: object): Promise<Socket> =>
  isSocketAgent(agent)
    ? agent.connect(nobody(), options)
    : new Promise((resolve, reject) =>
        (agent as unknown as TunnelAgent).createConnection(options, (error, socket) =>
          socket === null ? reject(error) : resolve(socket),
        ),
      );

const isSocketAgent = (agent: object): agent is SocketAgent => 'connect' in agent;

/** Stands for the request that such an agent tells of its progress. */
const nobody = () => Object.assign(new EventEmitter(), { destroy() {} });

/** Both kinds give a TLS connection before its handshake. */
const secured = (socket: Socket): Promise<Socket> =>
  socket instanceof TLSSocket
    ? new Promise((resolve, reject) => {
        socket.once('secureConnect', () => resolve(socket));
        socket.once('error', reject);
      })
    : Promise.resolve(socket);
