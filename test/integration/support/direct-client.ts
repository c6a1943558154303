/**
 * An API client that asks the embedded server without a network: each request and each answer is a few turns of the event loop on
 * its way, by the seed, so that requests overtake each other and a process can end in between.
 *
 * Keeps the promises of `kube/client.ts` that a controller lives by: one deadline for all of a request, a wait after 429 and 503
 * that name one, one more try where a connection was found closed, `mayBeSent` in the last moment before it leaves.
 * @module
 */
import { ApiError, refusalFrom } from '../../../src/kube/api-error.js';
import type { ApiClient, Method, Query, RequestOptions, WatchEvent, WatchOptions } from '../../../src/kube/client.js';
import { type Clock, sleep } from '../../../src/kube/clock.js';
import { startDeadline } from '../../../src/kube/deadline.js';
import { answerResource, type Server } from '../../../src/playground/api/answer.js';
import {
  type ResourceRequest,
  refused,
  type WatchAnswer,
  type WholeAnswer,
} from '../../../src/playground/api/exchange.js';
import { expiredContinue } from '../../../src/playground/api/list.js';
import { PLAIN } from '../../../src/playground/api/negotiate.js';
import { askedBy } from '../../../src/playground/api/read-requests.js';
import { routeOf, verbOf } from '../../../src/playground/api/routes.js';
import { expired, failureOf, pathNotFound } from '../../../src/playground/api/status.js';
import type { Watchers } from '../../../src/playground/api/watchers.js';
import { Line } from './line.js';
import type { Time } from './time.js';

export interface DirectClientOptions {
  readonly server: Server;
  readonly watchers: Watchers;
  readonly clock: Clock;
  readonly time: Time;
}

/** As in `kube/client.ts`. */
const REQUEST_TIMEOUT_MS = 30_000;
const WATCH_START_MS = 15_000;
const RETRY_JITTER_RATIO = 0.25;
const ALWAYS = () => true;

/** What came back: an answer, a watch, or the end of the connection. */
type Reply = WholeAnswer | { readonly kind: 'watching'; readonly line: Line } | { readonly kind: 'reset' };

export class DirectClient implements ApiClient {
  readonly #options: DirectClientOptions;
  /** What ends each request that is under way. */
  readonly #stops = new Set<() => void>();

  constructor(options: DirectClientOptions) {
    this.#options = options;
  }

  async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    const { clock } = this.#options;
    const limit = startDeadline(clock, options.timeoutMs ?? REQUEST_TIMEOUT_MS, options.signal);
    try {
      while (true) {
        try {
          return (await this.#once(method, path, options, limit.signal)) as T;
        } catch (error) {
          if (!(error instanceof ApiError) || limit.signal.aborted) throw error;
          const waitMs = (error.retryAfterMs ?? Number.POSITIVE_INFINITY) * (1 + RETRY_JITTER_RATIO * clock.random());
          if (waitMs >= limit.leftMs()) throw error;
          await sleep(clock, waitMs, limit.signal);
        }
      }
    } finally {
      limit.clear();
    }
  }

  async *watch(path: string, { query, signal, idleMs, onOpen }: WatchOptions): AsyncGenerator<WatchEvent> {
    const idle = startDeadline(this.#options.clock, Math.min(WATCH_START_MS, idleMs), signal);
    let line: Line | undefined;
    try {
      const reply = await this.#send('GET', path, { query: { ...query, watch: true } }, idle.signal);
      if (reply.kind !== 'watching') throw errorOf(reply);
      line = reply.line;
      idle.restart(idleMs);
      onOpen?.();
      for await (const text of line.lines(idle.signal)) {
        idle.restart(idleMs);
        yield JSON.parse(text) as WatchEvent;
      }
    } catch (error) {
      throw error instanceof ApiError ? error : unreachable(error, idle.signal);
    } finally {
      line?.hangUp();
      idle.clear();
    }
  }

  close(): void {
    for (const stop of [...this.#stops]) stop();
  }

  async #once(method: Method, path: string, options: RequestOptions, signal: AbortSignal): Promise<unknown> {
    let reply = await this.#send(method, path, options, signal);
    // A kept connection that the server had closed meanwhile: the client tries what it may try twice.
    if (reply.kind === 'reset' && method !== 'POST') reply = await this.#send(method, path, options, signal);
    if (reply.kind !== 'json' || reply.code >= 300) throw errorOf(reply);
    // As it is: what is stored is frozen, and whoever asked reads it and no more.
    return reply.body;
  }

  /** Rejects as soon as `signal` aborts; what was on its way may arrive all the same. */
  #send(method: Method, path: string, options: RequestOptions, signal: AbortSignal): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#stops.delete(stop);
        signal.removeEventListener('abort', stop);
        reject(unreachable(undefined, signal));
      };
      if (signal.aborted) return stop();
      if (!(options.mayBeSent ?? ALWAYS)()) {
        reject(new ApiError(0, 'Withheld', 'not sent: it came to its turn too late'));
        return;
      }
      this.#stops.add(stop);
      signal.addEventListener('abort', stop);
      this.#serve(method, path, options, signal).then((reply) => {
        this.#stops.delete(stop);
        signal.removeEventListener('abort', stop);
        resolve(reply);
      }, reject);
    });
  }

  async #serve(method: Method, path: string, options: RequestOptions, gone: AbortSignal): Promise<Reply> {
    const { time, server } = this.#options;
    await time.travel();
    // Whoever was killed had sent it all or only a part.
    if (gone.aborted && time.chance.next() < 0.5) return { kind: 'reset' };
    const request = this.#read(method, path, options);
    if (request === undefined) return refused(pathNotFound());
    const reply = await this.#answer(server, request, gone);
    if (reply.kind !== 'watching') await time.travel();
    return reply;
  }

  #read(method: Method, path: string, { query, body, contentType }: RequestOptions): ResourceRequest | undefined {
    const route = routeOf(path, this.#options.server.store.resources);
    if (route.kind !== 'resource') return undefined;
    const verb = verbOf(method, route, query?.['watch'] === true);
    if (verb === undefined) return undefined;
    return {
      method,
      query: paramsOf(query),
      wanted: PLAIN,
      acceptable: true,
      accept: 'application/json',
      userAgent: 'cairn',
      body: body === undefined ? '' : JSON.stringify(body),
      contentType: body === undefined ? undefined : (contentType ?? 'application/json'),
      route,
      verb,
    };
  }

  /** In the order of `playground/api/http.ts`: a delay, a refusal or a reset, the work, a reset. */
  async #answer(server: Server, request: ResourceRequest, gone: AbortSignal): Promise<Reply> {
    const { delayMs, does } = server.faults.strike(askedBy(request));
    if (delayMs > 0) {
      await sleep(server.store.clock, delayMs, gone);
      if (gone.aborted) return { kind: 'reset' };
    }
    if (does?.kind === 'reset' && does.when === 'before') return { kind: 'reset' };
    if (does?.kind === 'refuse') return refused(failureOf(does));
    if (does?.kind === 'expired' && request.verb !== 'watch') {
      const { resource, namespace } = request.route;
      const source = { resource, namespace, cacheVersion: server.store.storage.version };
      return refused(expiredContinue(source, request.query.get('continue') ?? ''));
    }
    const answer = await answerResource(server, request);
    if (does?.kind === 'reset') return { kind: 'reset' };
    return answer.kind === 'watch' ? this.#open(answer, does?.kind === 'expired', gone) : answer;
  }

  #open({ open }: WatchAnswer, isExpired: boolean, gone: AbortSignal): Reply {
    const { watchers, time } = this.#options;
    const line = new Line(time);
    const { stream, start } = open(line);
    line.onHangUp(() => {
      watchers.remove(stream);
      stream.abandon();
    });
    gone.addEventListener('abort', () => line.hangUp());
    if (isExpired) stream.fail(expired('The resourceVersion for the provided watch is too old.'));
    else {
      watchers.add(stream);
      start();
    }
    return { kind: 'watching', line };
  }
}

function errorOf(reply: Reply): ApiError {
  if (reply.kind !== 'json') return new ApiError(0, 'Unreachable', 'socket hang up');
  const { retryAfterSeconds } = ('details' in reply.body ? reply.body.details : undefined) ?? {};
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return refusalFrom(reply.code, headers, JSON.stringify(reply.body));
}

function unreachable(error: unknown, signal: AbortSignal): ApiError {
  const cause = signal.aborted ? signal.reason : error;
  const reason = cause instanceof ApiError ? cause.reason : signal.aborted ? 'Aborted' : 'Unreachable';
  return new ApiError(0, reason, cause instanceof Error ? cause.message : String(cause), { cause });
}

function paramsOf(query: Query = {}): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  return params;
}
