/**
 * A Kubernetes API server for the playground and for tests: in this process, in memory, over plain HTTP.
 *
 * It answers what kubectl, client libraries and Cairn ask, as kube-apiserver 1.36 does. It knows one user and checks no rights,
 * speaks no TLS and keeps nothing on disk: for private network namespaces and loopback only, never for a real cluster.
 * @module
 */
import fs from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from '../../kube/clock.js';
import { bootstrap } from './bootstrap.js';
import { Chance } from './chance.js';
import { Faults } from './faults.js';
import { HttpServer } from './http.js';
import { createResources } from './resources/index.js';
import { Store } from './store.js';
import { BOOKMARK_MS, Watchers } from './watchers.js';

export interface ServerOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The address in the endpoints of the Service `kubernetes`, where `host` is none that others reach. */
  readonly advertiseAddress?: string;
  /** Makes uids, generated names and chances of faults the same in every run. */
  readonly seed?: number;
  /** Whether deployments, endpoint slices, namespaces and so on are worked on; default true. */
  readonly controllers?: boolean;
  /** Default 10.96.0.0/16 alone; a second one of the other family makes Services dual stack. */
  readonly serviceCidrs?: readonly string[];
  /** How many changes are remembered: who watches or pages from before them gets 410. Default {@link WATCH_WINDOW}. */
  readonly watchWindow?: number;
  /** How often a watch that asked for bookmarks gets one; default a minute. */
  readonly bookmarkMs?: number;
  /** Of times that are written, of delays, of bookmarks and of the controllers: a test steps its own. */
  readonly clock?: Clock;
}

const LOOPBACK = '127.0.0.1';
export const SERVICE_CIDR = '10.96.0.0/16';

export class EmbeddedApiServer {
  readonly port: number;
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  readonly faults: Faults;
  readonly store: Store;
  readonly #http: HttpServer;
  readonly #watchers: Watchers;
  readonly #stopControllers: () => void;

  private constructor(
    at: { readonly port: number; readonly host: string },
    parts: {
      readonly http: HttpServer;
      readonly store: Store;
      readonly faults: Faults;
      readonly watchers: Watchers;
      readonly stopControllers: () => void;
    },
  ) {
    this.port = at.port;
    this.url = `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${at.port}`;
    this.store = parts.store;
    this.faults = parts.faults;
    this.#http = parts.http;
    this.#watchers = parts.watchers;
    this.#stopControllers = parts.stopControllers;
  }

  static async start(options: ServerOptions = {}): Promise<EmbeddedApiServer> {
    const { host = LOOPBACK } = options;
    const http = new HttpServer();
    const { port } = await http.listen(options.port ?? 0, host);
    try {
      return await EmbeddedApiServer.#serve(http, port, options);
    } catch (error) {
      await http.stop();
      throw error;
    }
  }

  static async #serve(http: HttpServer, port: number, options: ServerOptions): Promise<EmbeddedApiServer> {
    const { host = LOOPBACK, seed, serviceCidrs = [SERVICE_CIDR], watchWindow, clock = systemClock } = options;
    const allocation = new Chance(seed);
    const store = new Store({
      resources: createResources({ serviceCidrs, random: () => allocation.next() }),
      clock,
      ...(watchWindow === undefined ? {} : { watchWindow }),
      ...(seed === undefined ? {} : { seed }),
    });
    const chance = new Chance(seed);
    const faults = new Faults(chance, () => store.storage.version);
    const watchers = new Watchers(store, faults, options.bookmarkMs ?? BOOKMARK_MS);
    bootstrap(store, {
      address: options.advertiseAddress ?? host,
      port,
      serviceCidrs,
      clusterIp: firstAddress(serviceCidrs[0] ?? SERVICE_CIDR),
    });
    const stopControllers = options.controllers === false ? () => {} : await controllersFor(store);
    http.serve({ store, faults, chance, address: `${options.advertiseAddress ?? host}:${port}` }, watchers);
    return new EmbeddedApiServer({ port, host }, { http, store, faults, watchers, stopControllers });
  }

  /** Writes a kubeconfig that leads here into `file`, and returns `file`. */
  kubeconfig(file: string): string {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, kubeconfigFor(this.url), { mode: 0o600 });
    return file;
  }

  /** Cuts every connection. Resolves when the port is free. */
  async stop(): Promise<void> {
    this.#stopControllers();
    this.#watchers.stop();
    await this.#http.stop();
  }
}

async function controllersFor(store: Store): Promise<() => void> {
  const { startControllers } = await import('./controllers/index.js');
  const controllers = startControllers(store, { clock: store.clock });
  return () => controllers.stop();
}

/** The token is not looked at, but kubectl asks for a password where there is no user at all. */
const kubeconfigFor = (url: string): string =>
  `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      // The official client library takes plain HTTP only from who says that no certificate is wanted.
      clusters: [{ name: 'playground', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'admin', user: { token: 'playground' } }],
      contexts: [{ name: 'playground', context: { cluster: 'playground', user: 'admin' } }],
      'current-context': 'playground',
    },
    undefined,
    2,
  )}\n`;

/** Of a range: it is the `kubernetes` Service's, as on every cluster. */
function firstAddress(cidr: string): string {
  const base = cidr.slice(0, cidr.indexOf('/'));
  if (base.includes(':')) return base.endsWith('::') ? `${base}1` : base.replace(/0?$/, '1');
  return base.replace(/\d+$/, (last) => String(Number(last) + 1));
}
