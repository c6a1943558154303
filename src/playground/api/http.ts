/**
 * The server's socket: bytes in, answers (send.ts) and watches out, and the faults that are about a connection.
 *
 * Nothing that a client sends ends the server: what no rule foresaw is answered with 500. Bodies, headers and what waits in a
 * connection are bounded.
 * @module
 */
import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerFixed, answerResource, type Server } from './answer.js';
import { type ApiRequest, type ResourceRequest, refused, type WatchAnswer, type WholeAnswer } from './exchange.js';
import type { Strike } from './faults.js';
import { expiredContinue } from './list.js';
import { flag } from './list-options.js';
import { mediaType, negotiate, PLAIN } from './negotiate.js';
import { decodeProtobuf, PROTOBUF } from './protobuf/decode.js';
import { askedBy } from './read-requests.js';
import { breakOff } from './reset.js';
import { routeOf, verbOf } from './routes.js';
import { send, splitUrl, warningOf } from './send.js';
import { expired, failureOf, internalError, methodNotAllowed, requestEntityTooLarge } from './status.js';
import type { WatchSink } from './watch-stream.js';
import type { Watchers } from './watchers.js';

/** Source: apiserver pkg/server config.go, MaxRequestBodyBytes. */
const MAX_BODY_BYTES = 3 * 1_024 * 1_024;
/** A client that keeps a connection longer unused than Node's 5 s is not surprised by its end. */
const KEEP_ALIVE_MS = 120_000;
const MAX_CONNECTIONS = 10_000;
/** Upstream tells a watch how far it is this long before it ends it. */
const LAST_BOOKMARK_MS = 2_000;

export class HttpServer {
  readonly #node: NodeServer;
  #server: Server | undefined;
  #watchers: Watchers | undefined;

  constructor() {
    this.#node = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      void this.#take(request, response);
    });
    this.#node.maxConnections = MAX_CONNECTIONS;
  }

  /** Answers nothing before `serve`. */
  listen(port: number, host: string): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#node.once('error', reject);
      this.#node.listen(port, host, () => {
        this.#node.off('error', reject);
        resolve(this.#node.address() as AddressInfo);
      });
    });
  }

  serve(server: Server, watchers: Watchers): void {
    this.#server = server;
    this.#watchers = watchers;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#node.close(() => resolve());
      this.#node.closeAllConnections();
    });
  }

  async #take(message: IncomingMessage, response: ServerResponse): Promise<void> {
    message.on('error', () => {});
    response.on('error', () => {});
    try {
      await this.#answer(message, response);
    } catch (error) {
      console.error('the embedded API server met what it did not foresee', error);
      if (response.headersSent) response.destroy();
      else await send(message, response, PLAIN, refused(internalError(String(error))));
    }
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const server = this.#server;
    if (server === undefined) {
      response.destroy();
      return;
    }
    const { method = '', url, headers } = message;
    const { path, query } = splitUrl(url);
    const route = routeOf(path, server.store.resources);
    const wanted = negotiate(headers.accept);
    const isApi = route.kind === 'resource';
    if (!wanted.ok && isApi) return send(message, response, PLAIN, refused(wanted.error));
    const body = await readBody(message);
    if (body === 'gone') return;
    if (body === 'too-large')
      return send(
        message,
        response,
        PLAIN,
        refused(requestEntityTooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`)),
      );
    const base: ApiRequest = {
      method,
      query,
      wanted: wanted.ok ? wanted.value : PLAIN,
      acceptable: wanted.ok,
      accept: headers.accept,
      userAgent: headers['user-agent'],
      ...asText(body, headers['content-type']),
    };
    if (!isApi) return send(message, response, base.wanted, await answerFixed(server, route, base));

    const verb = verbOf(method, route, flag(query, 'watch') ?? false);
    if (verb === undefined) return send(message, response, base.wanted, refused(methodNotAllowed()));
    const request: ResourceRequest = { ...base, route, verb };
    const { deprecated } = route.resource;
    if (deprecated !== undefined) response.appendHeader('Warning', warningOf(deprecated));
    const strike = server.faults.strike(askedBy(request));
    if (strike.delayMs > 0 && !(await delayed(server, response, strike.delayMs))) return;
    if (strike.does?.kind === 'reset' && strike.does.when === 'before') return reset(response);
    const struck = struckAnswer(server, request, strike);
    if (struck !== undefined) return send(message, response, base.wanted, struck);
    const answer = await answerResource(server, request);
    if (strike.does?.kind === 'reset') return reset(response);
    if (answer.kind === 'watch') this.#watch(response, answer, strike);
    else await send(message, response, base.wanted, answer);
  }

  #watch(response: ServerResponse, answer: WatchAnswer, strike: Strike): void {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    const { stream, start } = answer.open(sinkOf(response));
    const timer = setTimeout(() => stream.end(), answer.timeoutMs);
    timer.unref();
    const lastBookmark = setTimeout(() => stream.bookmark(), answer.timeoutMs - LAST_BOOKMARK_MS);
    lastBookmark.unref();
    if (answer.timeoutMs <= LAST_BOOKMARK_MS) clearTimeout(lastBookmark);
    response.on('drain', () => stream.drained());
    response.once('close', () => {
      clearTimeout(timer);
      clearTimeout(lastBookmark);
      this.#watchers?.remove(stream);
      stream.abandon();
    });
    if (strike.does?.kind === 'expired') {
      stream.fail(expired('The resourceVersion for the provided watch is too old.'));
      return;
    }
    this.#watchers?.add(stream);
    start();
  }
}

/** The answer of a fault, where it has one of its own. A watch tells in its stream that it is expired. */
function struckAnswer({ store }: Server, request: ResourceRequest, { does }: Strike): WholeAnswer | undefined {
  if (does?.kind === 'refuse') return refused(failureOf(does));
  if (does?.kind !== 'expired' || request.verb === 'watch') return undefined;
  const { resource, namespace } = request.route;
  const source = { resource, namespace, cacheVersion: store.storage.version };
  return refused(expiredContinue(source, request.query.get('continue') ?? ''));
}

/** False when the client went away meanwhile. */
function delayed({ store }: Server, response: ServerResponse, delayMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = store.clock.after(delayMs, () => {
      response.off('close', gone);
      resolve(true);
    });
    const gone = () => {
      cancel();
      resolve(false);
    };
    response.once('close', gone);
  });
}

function reset(response: ServerResponse): void {
  if (response.socket) breakOff(response.socket);
  response.destroy();
}

function sinkOf(response: ServerResponse): WatchSink {
  return {
    write: (line) => response.write(line),
    end: () => response.end(),
    destroy: () => reset(response),
    breakOffAfter: (part) => {
      response.write(part, () => reset(response));
    },
  };
}

/** `gone`: the client broke off. A body that is too large is not read further. */
function readBody(message: IncomingMessage): Promise<Buffer | 'too-large' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else {
        chunks.length = 0;
        message.pause();
        resolve('too-large');
      }
    });
    message.once('end', () => resolve(Buffer.concat(chunks)));
    message.once('close', () => resolve('gone'));
  });
}

/** Protobuf becomes the JSON that it stands for, so that nothing behind this door has to know of it. */
function asText(body: Buffer, contentType: string | undefined): Pick<ApiRequest, 'body' | 'contentType'> {
  if (mediaType(contentType) !== PROTOBUF) return { body: body.toString(), contentType };
  const decoded = decodeProtobuf(body);
  return { body: decoded.ok ? JSON.stringify(decoded.value) : decoded.error, contentType: 'application/json' };
}
