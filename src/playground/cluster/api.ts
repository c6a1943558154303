/**
 * A small client of the Kubernetes API for the lab and its tests: requests, lists and watches as plain JSON.
 *
 * Over HTTPS to the real API server, over plain HTTP to the embedded one, which has neither certificate nor users.
 * Independent of `src/kube` on purpose: what judges Cairn must not share its mistakes.
 * @module
 */
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';

/** An object of any kind, as the API sends it. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into objects of every kind, and a wrong path shows as a failed assertion
export type ApiObject = any;

export interface ApiAccess {
  readonly host: string;
  readonly port: number;
  /** Who signed the server's certificate; absent: it speaks plain HTTP. */
  readonly ca?: string;
  /** Absent: the server asks nobody who they are. */
  readonly token?: string;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ApiObject;
}

/** The API answered with another status than 2xx. */
export class ApiStatusError extends Error {
  override readonly name = 'ApiStatusError';
  readonly status: number;
  readonly reason: string;
  constructor(method: string, path: string, status: number, body: string) {
    let answer: ApiObject = {};
    try {
      answer = JSON.parse(body);
    } catch {
      // not a Status object: the text itself is all there is
    }
    super(`${method} ${path}: ${status} ${answer.message ?? body}`);
    this.status = status;
    this.reason = answer.reason ?? '';
  }
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: ApiObject;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';

export class Api {
  private readonly access: ApiAccess;
  private agent: http.Agent;

  constructor(access: ApiAccess) {
    this.access = access;
    this.agent = newAgent(access);
  }

  /** The same server, reached the same way, as another user. */
  as({ token }: Pick<ApiAccess, 'token'>): Api {
    return new Api({ ...this.access, ...(token === undefined ? {} : { token }) });
  }

  /** Answers the parsed body; throws {@link ApiStatusError} for any status but 2xx. */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<ApiObject> {
    const response = await this.send(method, path, options);
    const text = await readAll(response);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw new ApiStatusError(method, path, status, text);
    return text.startsWith('{') ? JSON.parse(text) : text;
  }

  get = (path: string, query?: Readonly<Record<string, string>>) =>
    this.request('GET', path, query ? { query } : undefined);
  create = (path: string, body: ApiObject) => this.request('POST', path, { body });
  replace = (path: string, body: ApiObject) => this.request('PUT', path, { body });
  patch = (path: string, body: ApiObject, contentType: string = MERGE_PATCH) =>
    this.request('PATCH', path, { body, contentType });
  delete = (path: string, body?: ApiObject) => this.request('DELETE', path, { body });

  /** As {@link get}, but `undefined` when there is no such object. */
  async find(path: string): Promise<ApiObject | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof ApiStatusError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Events from `resourceVersion` on, until the server ends the watch, the connection breaks (thrown) or `signal`. */
  async *watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const response = await this.send('GET', path, { query: { ...query, watch: 'true' }, signal, timeoutMs: 0 });
    if (response.statusCode !== 200) {
      throw new ApiStatusError('GET', path, response.statusCode ?? 0, await readAll(response));
    }
    for await (const line of createInterface({ input: response })) yield JSON.parse(line);
  }

  /** Breaks every connection, watches too: the next request opens a new one. */
  disconnect(): void {
    this.agent.destroy();
    this.agent = newAgent(this.access);
  }

  private send(method: string, path: string, options: RequestOptions): Promise<http.IncomingMessage> {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const { host, port, ca, token } = this.access;
    return new Promise((resolve, reject) => {
      const request = (ca === undefined ? http : https).request(
        {
          host,
          port,
          ...(ca === undefined ? {} : { ca, servername: API_SERVER_NAME }),
          method,
          path: options.query ? `${path}?${new URLSearchParams(options.query)}` : path,
          agent: this.agent,
          headers: {
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            accept: 'application/json',
            // Node announces no length of its own accord for the body of a DELETE.
            ...(body === undefined
              ? {}
              : {
                  'content-type': options.contentType ?? 'application/json',
                  'content-length': Buffer.byteLength(body),
                }),
          },
          timeout: options.timeoutMs ?? 30_000,
          ...(options.signal ? { signal: options.signal } : {}),
        },
        resolve,
      );
      request.once('timeout', () => request.destroy(new Error(`${method} ${path}: no answer`)));
      request.once('error', reject);
      request.end(body);
    });
  }
}

const newAgent = ({ ca }: ApiAccess): http.Agent =>
  new (ca === undefined ? http.Agent : https.Agent)({ keepAlive: true, maxSockets: 64 });

/** In the certificate that kube-apiserver makes for itself, whichever address it is reached by. */
const API_SERVER_NAME = 'kubernetes.default.svc';

async function readAll(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A kubeconfig file with one cluster and one user; JSON is YAML. */
export function writeKubeconfig(file: string, { host, port, ca, token }: ApiAccess): string {
  const name = 'cairn-lab';
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [
      {
        name,
        cluster:
          ca === undefined
            ? // The client library takes plain HTTP only from whoever says that no certificate is looked at.
              { server: `http://${authority}`, 'insecure-skip-tls-verify': true }
            : {
                server: `https://${authority}`,
                'certificate-authority-data': Buffer.from(ca).toString('base64'),
                'tls-server-name': API_SERVER_NAME,
              },
      },
    ],
    // kubectl asks for a password where there is no user at all.
    users: [{ name, user: { token: token ?? 'nobody' } }],
  };
  fs.writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return file;
}
