/**
 * Connections to the API server: kept alive, bounded in number, and made anew when the TLS material changes.
 *
 * Watches have connections of their own, so that they never take the place of a request.
 * @module
 */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { Pool } from 'undici';
import { type Access, originOf } from './credentials.js';
import { type Answer, answerOf, BrokenConnection, type Outgoing, type StreamedAnswer, streamOf } from './exchange.js';
import { connectThrough } from './proxy.js';

/** More do not make 2,000 status patches faster on one API server, and each costs it a TLS session. */
const MAX_REQUEST_SOCKETS = 16;
/** TCP probes begin after this long in silence and, ten lost ones a second apart (libuv), end a half-open connection. */
const TCP_KEEPALIVE_MS = 15_000;
/** Go's servers close a connection that was idle for 90 s: we do so first. */
const IDLE_MS = 60_000;

interface Pools {
  /** What they were asked for with last: the same one for some seconds of requests. */
  access: Access;
  readonly material: string;
  readonly request: Pool;
  readonly watch: Pool;
}

export class Connections {
  #pools: Pools | undefined;

  constructor() {
    leaveParserAsItIs();
  }

  /** One request and its whole answer. Rejects when none came, or half of one. */
  exchange(access: Access, outgoing: Outgoing): Promise<Answer> {
    return this.#persist(outgoing, () => answerOf(this.#poolsFor(access).request, outgoing));
  }

  /** One whose answer goes on: resolves with its head. */
  open(access: Access, outgoing: Outgoing): Promise<StreamedAnswer> {
    return this.#persist(outgoing, () => streamOf(this.#poolsFor(access).watch, outgoing));
  }

  async #persist<T>({ method, signal }: Outgoing, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      // Mostly an idle one that the server closed in the moment we chose it. A POST may have been heard all the same.
      if (!(error instanceof BrokenConnection) || method === 'POST' || signal.aborted) throw error;
      return await send();
    }
  }

  #poolsFor(access: Access): Pools {
    if (this.#pools?.access === access) return this.#pools;
    const material = fingerprint(access);
    if (this.#pools?.material === material) {
      this.#pools.access = access;
      return this.#pools;
    }
    if (this.#pools !== undefined) retire(this.#pools);
    const pool = (connections: number | null) =>
      new Pool(originOf(access), {
        connections,
        pipelining: 1,
        keepAliveTimeout: IDLE_MS,
        // Who asks has a deadline of its own.
        headersTimeout: 0,
        bodyTimeout: 0,
        connect:
          access.proxy === undefined
            ? { ...access.tls, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS }
            : connectThrough(access.proxy, access, TCP_KEEPALIVE_MS),
      });
    this.#pools = { access, material, request: pool(MAX_REQUEST_SOCKETS), watch: pool(null) };
    return this.#pools;
  }

  close(): void {
    void this.#pools?.request.destroy();
    void this.#pools?.watch.destroy();
    this.#pools = undefined;
  }
}

/**
 * undici's parser of answers is WebAssembly. V8 would set about optimizing it with the first thousand answers, when the CPU is
 * wanted most: a sixth of what 2,000 requests cost us, for a small part of their work, and 7 MB that stay.
 */
function leaveParserAsItIs(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}

/** Requests under way on the old material may end; nothing new begins on it. */
function retire({ request, watch }: Pools): void {
  void request.close();
  void watch.close();
}

/** Equal for equal TLS material. A hash, so that no key is held a second time as text. */
function fingerprint(access: Access): string {
  const hash = createHash('sha256').update(originOf(access));
  for (const [name, value] of Object.entries(access.tls)) hash.update(`\0${name}\0`).update(String(value));
  return hash.digest('base64');
}
