/**
 * Connections to the API server: kept alive, bounded in number, and made anew when the TLS material changes.
 *
 * Watches have connections of their own, so that they never take the place of a request.
 * @module
 */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { Client } from 'undici';
import { ConnectionPool } from './connection-pool.js';
import { type Access, originOf } from './credentials.js';
import { type Answer, answerOf, type Outgoing, type StreamedAnswer, streamOf } from './exchange.js';
import { connectThrough } from './proxy.js';

/** More do not make 2,000 status patches faster on one API server, and each costs it a TLS session. */
const MAX_REQUEST_SOCKETS = 16;
/** TCP probes begin after this long in silence and, ten lost ones a second apart (libuv), end a half-open connection. */
const TCP_KEEPALIVE_MS = 15_000;
/** Go's servers close a connection that was idle for 90 s: we do so first. */
const IDLE_MS = 60_000;
/** Until a server or a proxy that lets us connect and says nothing is given up. */
const CONNECT_MS = 10_000;

interface Pool {
  /** What it was asked for with last: the same one for some seconds of requests. */
  access: Access;
  readonly material: string;
  readonly requests: ConnectionPool;
}

export class Connections {
  #pool: Pool | undefined;
  readonly #watches = new Set<Client>();

  constructor() {
    leaveParserAsItIs();
  }

  /** One request and its whole answer. Rejects when none came, or half of one. */
  exchange(access: Access, outgoing: Outgoing): Promise<Answer> {
    return this.#poolFor(access).use({
      signal: outgoing.signal,
      // A POST may have been heard all the same.
      isRepeatable: outgoing.method !== 'POST',
      work: (client) => answerOf(client, outgoing),
    });
  }

  /** One whose answer goes on: resolves with its head. */
  async open(access: Access, outgoing: Outgoing): Promise<StreamedAnswer> {
    const client = clientFor(access);
    this.#watches.add(client);
    const end = () => {
      this.#watches.delete(client);
      void client.destroy();
    };
    try {
      return await streamOf(client, outgoing, end);
    } catch (error) {
      end();
      throw error;
    }
  }

  #poolFor(access: Access): ConnectionPool {
    if (this.#pool?.access === access) return this.#pool.requests;
    const material = fingerprint(access);
    if (this.#pool?.material === material && this.#pool.access.proxy === access.proxy) {
      this.#pool.access = access;
      return this.#pool.requests;
    }
    this.#pool?.requests.retire();
    const requests = new ConnectionPool({ open: () => clientFor(access), max: MAX_REQUEST_SOCKETS });
    this.#pool = { access, material, requests };
    return requests;
  }

  close(): void {
    this.#pool?.requests.close();
    this.#pool = undefined;
    for (const client of this.#watches) void client.destroy();
    this.#watches.clear();
  }
}

const clientFor = (access: Access): Client =>
  new Client(originOf(access), {
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    // Who asks has a deadline of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect:
      access.proxy === undefined
        ? { ...access.tls, timeout: CONNECT_MS, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS }
        : connectThrough(access.proxy, access, { timeoutMs: CONNECT_MS, keepAliveMs: TCP_KEEPALIVE_MS }),
  });

/**
 * undici's parser of answers is WebAssembly. V8 would set about optimizing it with the first thousand answers, when the CPU is
 * wanted most: a sixth of what 2,000 requests cost us, for a small part of their work, and 7 MB that stay.
 */
function leaveParserAsItIs(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}

/** Equal for equal TLS material. A hash, so that no key is held a second time as text. */
function fingerprint(access: Access): string {
  const hash = createHash('sha256').update(originOf(access));
  for (const [name, value] of Object.entries(access.tls)) hash.update(`\0${name}\0`).update(String(value));
  return hash.digest('base64');
}
