/**
 * The API server, as JSON over HTTP: one request and its answer, or a watch and its events.
 *
 * `KubeConfig` of the official client says where the server is and who we are (kubeconfig, service account, exec
 * plugins, OIDC, proxies); the requests themselves are bare JSON. Measured on a list of 5,000 Services in pages of 500
 * (bundled, minified, 2 cores): the generated classes take 476 ms, 33 MB of heap and 1.79 MB of code, bare JSON 270 ms,
 * 17 MB and 1.22 MB, because they copy each object field by field into a class and build a new TLS connection pool for
 * each request. undici rather than `node:https`: through this client 0.34 s of CPU for the first 2,000 PATCHes, 16 at a time,
 * against 0.57 s, in as much memory (with its parser left as it is: `connections.ts`).
 *
 * Never retries a refusal but 429 and 503 that say when to come back (and 401 once, with fresh credentials).
 *
 * Source: Kubernetes API concepts; `metav1.Status`, `metav1.WatchEvent`.
 * @module
 */
import { ApiError, refusalFrom } from './api-error.js';
import { wordsOf } from './cause.js';
import { type Clock, sleep, systemClock, unlessAborted } from './clock.js';
import { Connections } from './connections.js';
import { type Access, type Credentials, loadCredentials } from './credentials.js';
import { startDeadline } from './deadline.js';
import type { Outgoing, StreamedAnswer } from './exchange.js';
import { linesOf, textOf } from './lines.js';

export { ApiError, isExpired } from './api-error.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type ContentType =
  | 'application/json'
  | 'application/strategic-merge-patch+json'
  | 'application/merge-patch+json'
  | 'application/apply-patch+yaml';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; `application/json` unless told. */
  readonly contentType?: ContentType;
  readonly signal?: AbortSignal;
  /** For the whole request, waits after 429 and 503 included; {@link REQUEST_TIMEOUT_MS} unless told. */
  readonly timeoutMs?: number;
  /**
   * Asked whenever the request is about to go out: behind others that wait for a connection, again after a 429 or 503, and
   * by a process that was frozen meanwhile. False: it does not, and an ApiError `Withheld` is thrown.
   */
  readonly mayBeSent?: () => boolean;
}

export interface WatchOptions {
  readonly query?: Query;
  readonly signal: AbortSignal;
  /** The connection counts as dead after this long without a byte. */
  readonly idleMs: number;
  /** Called once the server lets us watch, which it says before any event and whether or not there is one. */
  readonly onOpen?: () => void;
}

/** One line of a watch. `object` is as the API sent it: read it with a reader of `objects.ts`. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

export interface ApiClient {
  /** The parsed JSON of the answer. Throws {@link ApiError} for any answer but 2xx and for none. */
  request<T>(method: Method, path: string, options?: RequestOptions): Promise<T>;
  /** Events as they come. Ends when the server ends it; throws {@link ApiError} when it was refused, cut or silent. */
  watch(path: string, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** Closes every connection, those in use as well. */
  close(): void;
}

export interface ConnectOptions {
  /** Path of a kubeconfig; without it the pod's service account, `KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Of the kubeconfig; the current one unless told. */
  readonly context?: string | undefined;
  readonly userAgent?: string;
  readonly clock?: Clock;
}

/** client-go leaves requests unlimited; the API server itself gives up after 60 s. A daemon wants to know sooner. */
const REQUEST_TIMEOUT_MS = 30_000;
/** The server answers a watch at once, before any event; a connection that was lost on the way must not wait. */
const WATCH_START_MS = 15_000;
const ALWAYS = () => true;
/** A proxy may ask for no wait at all, time after time. As the first pause of a watch that failed. */
const SHORTEST_RETRY_MS = 500;
/** How much later than asked a retry may come, so that clients which were refused together do not return together. */
const RETRY_JITTER_RATIO = 0.25;

/** Throws a sentence for people when no usable configuration is found. Opens no connection yet. */
export function connect(options: ConnectOptions = {}): ApiClient {
  const clock = options.clock ?? systemClock;
  const load = () => loadCredentials({ kubeconfig: options.kubeconfig, context: options.context }, clock);
  return new HttpApiClient(load, options.userAgent ?? 'cairn', clock);
}

class HttpApiClient implements ApiClient {
  #credentials: Credentials;
  readonly #load: () => Credentials;
  readonly #connections = new Connections();
  readonly #userAgent: string;
  readonly #clock: Clock;

  constructor(load: () => Credentials, userAgent: string, clock: Clock) {
    this.#load = load;
    this.#credentials = load();
    this.#userAgent = userAgent;
    this.#clock = clock;
  }

  async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    const limit = startDeadline(this.#clock, options.timeoutMs ?? REQUEST_TIMEOUT_MS, options.signal);
    try {
      while (true) {
        try {
          const once = () => this.#once(method, path, options, limit.signal);
          return (await this.#authenticated(limit.signal, once)) as T;
        } catch (error) {
          if (!(error instanceof ApiError) || limit.signal.aborted) throw error;
          const askedMs = Math.max(SHORTEST_RETRY_MS, error.retryAfterMs ?? Number.POSITIVE_INFINITY);
          const waitMs = askedMs * (1 + RETRY_JITTER_RATIO * this.#clock.random());
          if (waitMs >= limit.leftMs()) throw error;
          await sleep(this.#clock, waitMs, limit.signal);
        }
      }
    } finally {
      limit.clear();
    }
  }

  async #once(method: Method, path: string, options: RequestOptions, signal: AbortSignal): Promise<unknown> {
    const what = `${method} ${path}`;
    const answer = await this.#send(method, path, options, signal, (...sent) => this.#connections.exchange(...sent));
    if (!succeeded(answer)) throw refusalFrom(answer.status, answer.headers, answer.text);
    return parse(answer.text, what);
  }

  async *watch(path: string, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const what = `watch of ${path}`;
    const idle = startDeadline(this.#clock, Math.min(WATCH_START_MS, options.idleMs), options.signal);
    try {
      const answer = await this.#authenticated(idle.signal, () => this.#open(path, options, idle.signal));
      const restart = () => idle.restart(options.idleMs);
      restart();
      options.onOpen?.();
      for await (const line of linesOf(answer.body, restart)) yield parse(line, what) as WatchEvent;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw unreachable(what, error, idle.signal);
    } finally {
      idle.clear();
    }
  }

  async #open(path: string, options: WatchOptions, signal: AbortSignal): Promise<StreamedAnswer> {
    const request = { query: { ...options.query, watch: true } };
    const answer = await this.#send('GET', path, request, signal, (...sent) => this.#connections.open(...sent));
    if (!succeeded(answer)) throw refusalFrom(answer.status, answer.headers, await textOf(answer.body));
    return answer;
  }

  /** `send`, and once more with fresh credentials where those that it had are not taken. A second 401 is an answer. */
  async #authenticated<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    const used = this.#credentials;
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401 || signal.aborted) throw error;
      this.#renew(used, error);
      return await send();
    }
  }

  #renew(used: Credentials, refusal: ApiError): void {
    // Of those who were refused together, one has done it for all.
    if (this.#credentials !== used) return;
    try {
      this.#credentials = this.#load();
    } catch (cause) {
      // Somebody may be about to write it: the next 401 looks again.
      throw new ApiError(refusal.status, refusal.reason, `${refusal.message}: ${wordsOf(cause)}`, { cause });
    }
  }

  async #send<T>(
    method: Method,
    path: string,
    options: RequestOptions,
    signal: AbortSignal,
    send: (access: Access, outgoing: Outgoing) => Promise<T>,
  ): Promise<T> {
    const what = `${method} ${path}`;
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const access = await this.#access(what, signal);
    try {
      signal.throwIfAborted();
      const headers = {
        Accept: 'application/json',
        'User-Agent': this.#userAgent,
        ...(body === undefined ? {} : { 'Content-Type': options.contentType ?? 'application/json' }),
        ...access.headers,
      };
      const url = `${access.basePath}${path}${queryOf(options.query)}`;
      return await send(access, { method, url, headers, body, signal, mayBeSent: options.mayBeSent ?? ALWAYS });
    } catch (error) {
      throw unreachable(what, error, signal);
    }
  }

  async #access(what: string, signal: AbortSignal): Promise<Access> {
    const access = this.#credentials.access();
    if (!(access instanceof Promise)) return access;
    try {
      signal.throwIfAborted();
      const answer = await unlessAborted(access, signal);
      if (answer === undefined) throw signal.reason;
      return answer;
    } catch (error) {
      throw unreachable(`credentials for ${what}`, error, signal);
    }
  }

  close(): void {
    this.#connections.close();
  }
}

const succeeded = ({ status }: { readonly status: number }): boolean => status >= 200 && status < 300;

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError(0, 'BadAnswer', `${what}: the answer is not JSON: ${text.slice(0, 100)}`, { cause });
  }
}

/** What broke the connection, or why we broke it ourselves. */
function unreachable(what: string, error: unknown, signal: AbortSignal): ApiError {
  const cause = signal.aborted ? signal.reason : error;
  const reason = cause instanceof ApiError ? cause.reason : signal.aborted ? 'Aborted' : 'Unreachable';
  return new ApiError(0, reason, `${what}: ${wordsOf(cause)}`, { cause });
}

function queryOf(query: Query | undefined): string {
  let text = '';
  for (const key in query) {
    const value = query[key];
    if (value !== undefined)
      text += `${text === '' ? '?' : '&'}${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`;
  }
  return text;
}
