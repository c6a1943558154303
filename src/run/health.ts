/**
 * What a daemon says about itself: `/healthz`, `/readyz` and `/metrics` over HTTP.
 *
 * Each part of a daemon adds a probe; an answer is 200 `ok`, or 503 with a line for each probe that complains. That an
 * answer comes at all shows that the main thread turns.
 * @module
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { HostPort } from './flags.js';

/** Undefined while all is well, else a sentence that says what is not. Has to be cheap: it is asked on each request. */
export type Probe = () => string | undefined;

export class Health {
  readonly #live = new Map<string, Probe>();
  readonly #ready = new Map<string, Probe>();

  /** Part of `/healthz`: the loops turn. Kubernetes restarts a pod while one of these complains. */
  live(name: string, probe: Probe): void {
    this.#live.set(name, probe);
  }

  /** Part of `/readyz`: synced, config loaded, sockets open. */
  ready(name: string, probe: Probe): void {
    this.#ready.set(name, probe);
  }

  /** What is wrong, a line each; empty when the loops turn. */
  liveProblems(): readonly string[] {
    return complaints(this.#live);
  }

  /** What is missing, a line each; empty when ready. Who is not live is not ready either. */
  readyProblems(): readonly string[] {
    return [...this.liveProblems(), ...complaints(this.#ready)];
  }
}

const complaints = (probes: ReadonlyMap<string, Probe>): readonly string[] =>
  [...probes].flatMap(([name, probe]) => {
    const problem = ask(probe);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });

function ask(probe: Probe): string | undefined {
  try {
    return probe();
  } catch (error) {
    return `cannot tell: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export interface HealthServer {
  /** Where it listens, with the port it was given where it had asked for 0. */
  readonly address: HostPort;
  close(): void;
}

/** Nobody but a kubelet and a Prometheus or two should come. */
const MAX_CONNECTIONS = 64;
/** A scrape is answered in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Resolves once it listens; rejects when the address is taken or not this machine's. */
export async function serveHealth(at: HostPort, health: Health, registry: Registry): Promise<HealthServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET is served\n');
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return answerProblems(response, health.liveProblems());
      case '/readyz':
        return answerProblems(response, health.readyProblems());
      case '/metrics':
        return answerMetrics(response, registry);
      default:
        return answer(response, 404, '/healthz, /readyz and /metrics are served here\n');
    }
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, at);
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: at.host, port },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const listen = (server: Server, { host, port }: HostPort): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

const answerProblems = (response: ServerResponse, problems: readonly string[]): void =>
  problems.length === 0 ? answer(response, 200, 'ok\n') : answer(response, 503, `${problems.join('\n')}\n`);

function answerMetrics(response: ServerResponse, registry: Registry): void {
  registry.metrics().then(
    (text) => answer(response, 200, text, registry.contentType),
    (error: unknown) => answer(response, 500, `${String(error)}\n`),
  );
}
