/**
 * The API server, as JSON over HTTP.
 * @module
 */
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
  /** For the whole request, retries after 429 and 503 included; 30 s unless told. */
  readonly timeoutMs?: number;
}

export interface WatchOptions {
  readonly query?: Query;
  readonly signal: AbortSignal;
  /** The connection counts as dead after this long without a byte. */
  readonly idleMs: number;
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
  /** Closes every connection. */
  close(): void;
}

/** The API server refused, or could not be reached (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** `metav1.StatusReason` such as `NotFound`, `AlreadyExists`, `Conflict`, `Expired`; ours are `Unreachable` and `Timeout`. */
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    reason: string,
    message: string,
    options: ErrorOptions & { retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface ConnectOptions {
  /** Path of a kubeconfig; without it `KUBECONFIG`, `~/.kube/config`, or the pod's service account. */
  readonly kubeconfig?: string | undefined;
}

export declare function connect(options: ConnectOptions): ApiClient;
