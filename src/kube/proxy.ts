/**
 * Connections through the proxy that a kubeconfig names (`proxy-url`), with the official client's agents.
 * @module
 */
import { EventEmitter } from 'node:events';
import type { Agent } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { Access } from './credentials.js';

type Callback = (error: Error | null, socket?: Socket | null) => void;

/** Of `hpagent`, for HTTP and HTTPS proxies: a tunnel by CONNECT, with TLS to the server in it where the agent is for `https`. */
interface TunnelAgent {
  createConnection(options: object, callback: Callback): void;
}

/** Of `agent-base`, for SOCKS proxies. */
interface SocketAgent {
  connect(request: EventEmitter & { destroy(): void }, options: object): Promise<Socket>;
}

/** `keepAliveMs`: of silence, until TCP asks whether the other end is still there. */
export function connectThrough(
  agent: Agent,
  { secure, host, port, tls }: Access,
  keepAliveMs: number,
): buildConnector.connector {
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined);
  const name = servername === undefined ? {} : { servername };
  const options = { ...tls, ...name, host, port, secureEndpoint: secure, ALPNProtocols: ['http/1.1'] };
  return (_, callback) => {
    const done: Callback = (error, socket) => {
      if (socket) callback(null, socket.setKeepAlive(true, keepAliveMs));
      else callback(error ?? new Error('the proxy gave no connection'), null);
    };
    if (isSocketAgent(agent)) agent.connect(nobody(), options).then((socket) => done(null, socket), done);
    else (agent as unknown as TunnelAgent).createConnection(options, done);
  };
}

const isSocketAgent = (agent: object): agent is SocketAgent => 'connect' in agent;

/** Stands for the request that such an agent tells of its progress. */
const nobody = () => Object.assign(new EventEmitter(), { destroy() {} });
