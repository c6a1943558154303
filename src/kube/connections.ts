/**
 * Connections to the API server: kept alive, bounded in number, and made anew when the TLS material changes.
 *
 * Watches have connections of their own, so that they never take the place of a request.
 * @module
 */
import { createHash } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { ApiError } from './api-error.js';
import type { Access } from './credentials.js';

export interface Outgoing {
  readonly use: 'request' | 'watch';
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** Asked in the last moment: once there is a connection, before anything is written to it. */
  readonly mayBeSent: () => boolean;
}

/** More do not make 2,000 status patches faster on one API server, and each costs it a TLS session. */
const MAX_REQUEST_SOCKETS = 16;
/** TCP probes begin after this long in silence and, ten lost ones a second apart (libuv), end a half-open connection. */
const TCP_KEEPALIVE_MS = 15_000;

interface Pools {
  /** What they were asked for with last: the same one for some seconds of requests. */
  access: Access;
  readonly material: string;
  readonly request: http.Agent;
  readonly watch: http.Agent;
}

export class Connections {
  #pools: Pools | undefined;

  /** Resolves with the answer's head. Rejects when none came. */
  async send(access: Access, outgoing: Outgoing): Promise<http.IncomingMessage> {
    try {
      return await this.#sendOnce(access, outgoing);
    } catch (error) {
      // The server closed an idle connection in the moment we chose it. A POST may have been heard all the same.
      if (!(error instanceof StaleConnection) || outgoing.method === 'POST' || outgoing.signal.aborted) throw error;
      return await this.#sendOnce(access, outgoing);
    }
  }

  #sendOnce(
    access: Access,
    { use, method, url, headers, body, signal, mayBeSent }: Outgoing,
  ): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = (access.secure ? https : http).request({
        host: access.host,
        port: access.port,
        path: url,
        method,
        headers: { ...headers, ...access.headers },
        agent: access.proxy ?? this.#poolsFor(access)[use],
        ...(access.auth === undefined ? {} : { auth: access.auth }),
      });
      // Not http's own `signal`, which costs each request three listeners more.
      const stop = () => request.destroy(signal.reason);
      signal.addEventListener('abort', stop);
      request.on('close', () => signal.removeEventListener('abort', stop));
      request.on('socket', () => {
        if (!mayBeSent()) request.destroy(new ApiError(0, 'Withheld', 'not sent: it came to its turn too late'));
      });
      request.on('response', (response) => {
        // The agent does so only when a socket comes back to it, which that of a watch does not.
        response.socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
        resolve(response);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(stale ? new StaleConnection(error.message, { cause: error }) : error);
      });
      request.end(body);
    });
  }

  #poolsFor(access: Access): Pools {
    if (this.#pools?.access === access) return this.#pools;
    const material = fingerprint(access);
    if (this.#pools?.material === material) {
      this.#pools.access = access;
      return this.#pools;
    }
    if (this.#pools !== undefined) retire(this.#pools);
    const options = { ...access.tls, keepAlive: true, keepAliveMsecs: TCP_KEEPALIVE_MS, scheduling: 'lifo' } as const;
    const make = (maxSockets: number) =>
      access.secure ? new https.Agent({ ...options, maxSockets }) : new http.Agent({ ...options, maxSockets });
    this.#pools = { access, material, request: make(MAX_REQUEST_SOCKETS), watch: make(Number.POSITIVE_INFINITY) };
    return this.#pools;
  }

  close(): void {
    this.#pools?.request.destroy();
    this.#pools?.watch.destroy();
    this.#pools = undefined;
  }
}

/** The connection was closed before anything was answered, and it was not a new one. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

/** Requests under way on the old material may end; nothing new begins on it. */
function retire(pools: Pools): void {
  for (const agent of [pools.request, pools.watch]) {
    agent.maxFreeSockets = 0;
    for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
  }
}

/** Equal for equal TLS material. A hash, so that no key is held a second time as text. */
function fingerprint({ secure, host, port, tls }: Access): string {
  const hash = createHash('sha256').update(`${secure} ${host} ${port}`);
  for (const [name, value] of Object.entries(tls)) hash.update(`\0${name}\0`).update(String(value));
  return hash.digest('base64');
}
