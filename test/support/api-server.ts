/**
 * An HTTP server that answers as a test says, with the kubeconfig that leads to it: for faults that a real API server
 * does not make on demand.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { CERTIFICATE, KEY } from './tls.js';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** Of the client's end: equal for requests on one connection. */
  readonly port: number;
}

export type Answer = (response: ServerResponse, heard: Heard) => void;

export interface ApiServerOptions {
  readonly secure?: boolean;
  /** `proxy-url` of the kubeconfig. */
  readonly proxyUrl?: string;
  /** Whom the kubeconfig trusts: anybody (the default), this server's certificate, or those that the machine knows. */
  readonly trusts?: 'anybody' | 'itself' | 'known';
}

const TRUST = {
  anybody: { 'insecure-skip-tls-verify': true },
  itself: { 'certificate-authority-data': Buffer.from(CERTIFICATE).toString('base64') },
  known: {},
} as const;

export class ApiServer {
  readonly kubeconfig: string;
  /** What came, in order. */
  readonly heard: Heard[] = [];
  /** How each request is answered. */
  answer: Answer = (response) => json(response, 200, {});
  readonly #server: Server;
  readonly #options: ApiServerOptions;
  readonly #folder: string;

  private constructor(server: Server, options: ApiServerOptions) {
    this.#server = server;
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), 'cairn-test-'));
    this.kubeconfig = join(this.#folder, 'kubeconfig');
    this.login('first-token');
  }

  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    const server = options.secure ? createSecureServer({ key: KEY, cert: CERTIFICATE }) : createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const api = new ApiServer(server, options);
    server.on('request', async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const url = new URL(request.url ?? '', 'http://localhost');
      const heard = {
        method: request.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
        port: request.socket.remotePort ?? 0,
      };
      api.heard.push(heard);
      api.answer(response, heard);
    });
    return api;
  }

  /** Writes the kubeconfig anew. */
  login(token: string, basePath = ''): void {
    const { secure, proxyUrl, trusts = 'anybody' } = this.#options;
    const cluster = {
      server: `${secure ? 'https' : 'http'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}${basePath}`,
      ...TRUST[trusts],
      ...(proxyUrl === undefined ? {} : { 'proxy-url': proxyUrl }),
    };
    writeFileSync(
      this.kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'test', cluster }],
        users: [{ name: 'test', user: { token } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
        'current-context': 'test',
      }),
    );
  }

  /** Answers in turn; the last one from then on. */
  answers(...answers: readonly [Answer, ...Answer[]]): void {
    let turnOf = 0;
    this.answer = (response, heard) => {
      const answer = answers[Math.min(turnOf++, answers.length - 1)] as Answer;
      answer(response, heard);
    };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.#folder, { recursive: true });
  }
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A `metav1.Status` that refuses. */
export const refuse =
  (code: number, reason: string, message: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    json(response, code, { kind: 'Status', status: 'Failure', code, reason, message }, headers);

/** Resolves once `condition` holds; fails the test when it does not for long. */
export async function until(condition: () => boolean, what = 'what the test waits for'): Promise<void> {
  const limitMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > limitMs) throw new Error(`${what} did not come`);
    await turn();
  }
}
