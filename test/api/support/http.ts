/**
 * Bare requests to an API server, and its bare answers: what a case compares must not have gone through a client's hands.
 *
 * Where the server is and who we are is read from a kubeconfig, so that both servers are reached in the same way.
 * @module
 */
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: cases reach into answers of every kind, and a wrong path shows as a failed assertion
export type Json = any;

export interface Answer {
  readonly code: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** Parsed; the text itself when it is no JSON. */
  readonly body: Json;
}

export interface SendOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string is sent as it stands. */
  readonly body?: Json;
  readonly contentType?: string;
  readonly accept?: string;
}

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

export class Http {
  private readonly agent: http.Agent;
  private readonly secure: boolean;
  private readonly target: https.RequestOptions;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(fs.readFileSync(kubeconfig, 'utf8'));
    const { cluster } = clusters[0];
    const url = new URL(cluster.server);
    const token: string | undefined = users?.[0]?.user?.token;
    this.secure = url.protocol === 'https:';
    this.agent = new (this.secure ? https : http).Agent({ keepAlive: true });
    this.target = {
      host: url.hostname,
      port: url.port,
      ...(this.secure
        ? {
            ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString(),
            servername: cluster['tls-server-name'],
          }
        : {}),
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    };
  }

  /** Answers whatever the status is. */
  async send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const response = await this.open(method, path, options);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return { code: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) };
  }

  get = (path: string, query?: Readonly<Record<string, string>>) => this.send('GET', path, query ? { query } : {});
  post = (path: string, body: Json, query?: Readonly<Record<string, string>>) =>
    this.send('POST', path, { body, ...(query ? { query } : {}) });
  put = (path: string, body: Json, query?: Readonly<Record<string, string>>) =>
    this.send('PUT', path, { body, ...(query ? { query } : {}) });
  patch = (path: string, body: Json, contentType: string, query?: Readonly<Record<string, string>>) =>
    this.send('PATCH', path, { body, contentType, ...(query ? { query } : {}) });
  delete = (path: string, body?: Json, query?: Readonly<Record<string, string>>) =>
    this.send('DELETE', path, { ...(body === undefined ? {} : { body }), ...(query ? { query } : {}) });

  /** Begins a watch; the server's refusal, if it answers with another status than 200, is thrown. */
  async watch(path: string, query: Readonly<Record<string, string>> = {}): Promise<Watching> {
    const response = await this.open('GET', path, { query: { ...query, watch: 'true' } });
    if (response.statusCode !== 200) {
      let text = '';
      for await (const chunk of response) text += chunk;
      throw new Error(`watch of ${path}: ${response.statusCode} ${text}`);
    }
    return new Watching(response);
  }

  /** Ends every connection; a later request opens a new one. */
  close(): void {
    this.agent.destroy();
  }

  private open(method: string, path: string, options: SendOptions): Promise<http.IncomingMessage> {
    const { query, body, contentType = 'application/json', accept = 'application/json' } = options;
    const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = (this.secure ? https : http).request(
        {
          ...this.target,
          method,
          agent: this.agent,
          path: query ? `${path}?${new URLSearchParams(query)}` : path,
          headers: {
            ...this.target.headers,
            accept,
            'user-agent': 'conformance/1',
            ...(payload === undefined
              ? {}
              : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
          },
          timeout: 30_000,
        },
        resolve,
      );
      request.once('timeout', () => request.destroy(new Error(`${method} ${path}: no answer`)));
      request.once('error', reject);
      request.end(payload);
    });
  }
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Json;
}

/** A running watch. Events are kept until they are asked for. */
export class Watching {
  private readonly response: http.IncomingMessage;
  private readonly events: WatchEvent[] = [];
  private ended = false;
  private wake: () => void = () => {};

  constructor(response: http.IncomingMessage) {
    this.response = response;
    void this.read();
  }

  /** The next event that `wanted` accepts; those before it are dropped. `undefined` when the watch ended first. */
  async next(wanted: (event: WatchEvent) => boolean = () => true, timeoutMs = 15_000): Promise<WatchEvent | undefined> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      for (let event = this.events.shift(); event !== undefined; event = this.events.shift()) {
        if (wanted(event)) return event;
      }
      if (this.ended) return undefined;
      await new Promise<void>((resolve, reject) => {
        this.wake = resolve;
        deadline.addEventListener('abort', () => reject(new Error(`no such event within ${timeoutMs / 1000} s`)));
      });
    }
  }

  /** `TYPE name` of the next `count` events, bookmarks left out. */
  async take(count: number): Promise<readonly string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const event = await this.next(({ type }) => type !== 'BOOKMARK');
      if (event === undefined) break;
      taken.push(`${event.type} ${event.object.metadata?.name}`);
    }
    return taken;
  }

  close(): void {
    this.response.destroy();
  }

  private async read(): Promise<void> {
    try {
      for await (const line of createInterface({ input: this.response })) {
        this.events.push(JSON.parse(line));
        this.wake();
      }
    } catch {
      // cut by close(), or by the server: either way there is nothing more to come
    }
    this.ended = true;
    this.wake();
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
