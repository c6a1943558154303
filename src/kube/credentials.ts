/**
 * Where the API server is and who we are, from the official client's `KubeConfig`.
 *
 * What `KubeConfig` reads from disk or from an exec plugin is kept for a few seconds, so that a burst of requests costs
 * one look. Rotated service-account tokens and certificates are thereby picked up without a restart. A plugin that hangs
 * is waited for by everybody together, and ended when it has had its time.
 * @module
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Agent, RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { type Clock, systemClock } from './clock.js';
import { type ConfigSource, KubeConfigError, loadConfig, tokenFileOf } from './kubeconfig.js';

/** Everything a request needs but its path. */
export interface Access {
  readonly secure: boolean;
  readonly host: string;
  readonly port: string;
  /** Path under which the API is served; empty but behind some proxies. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Tls;
  /** Where the kubeconfig names a proxy: what connects through it. */
  readonly proxy: Agent | undefined;
}

export type Tls = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'rejectUnauthorized' | 'servername'
>;

/** Scheme, host and port. */
export const originOf = ({ secure, host, port }: Access): string =>
  `${secure ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`;

export interface Credentials {
  /** At once where it is known. Otherwise as late as a plugin or a token server says it, if ever: whoever asks has a limit. */
  access(): Access | Promise<Access>;
}

/** How long what was read is taken for current. client-go rereads service-account tokens every 10 s too. */
const FRESH_MS = 10_000;
/** A plugin or a token server that has not answered by then may have lost its way: who asks later asks a new one. */
const ASK_ANEW_MS = 15_000;
/** Then a plugin is ended. Not sooner: a person may have to log in. */
const LOGIN_MS = 60_000;

/** Reads the configuration now; credentials when they are asked for. */
export function loadCredentials(source: ConfigSource, clock: Clock = systemClock): Credentials {
  const { kubeconfig } = source;
  const config = loadConfig(source);
  endHangingPlugins(config, clock);
  const tokenFrom = tokenFileOf(config, source);
  const cluster = config.getCurrentCluster();
  if (cluster === null || !URL.canParse(cluster.server)) {
    throw new KubeConfigError(
      `${kubeconfig ?? 'the kubeconfig'} names no cluster to talk to: check its current-context and the cluster's server`,
    );
  }
  return new CachedAccess(() => readAccess(config, cluster, tokenFrom), clock);
}

async function readAccess(
  config: KubeConfig,
  { server, proxyUrl }: Cluster,
  tokenFrom: (() => string) | undefined,
): Promise<Access> {
  const url = new URL(server);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, passphrase, pfx, rejectUnauthorized, servername } = options;
  return {
    secure: url.protocol === 'https:',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (url.protocol === 'https:' ? '443' : '80'),
    basePath: url.pathname.replace(/\/$/, ''),
    headers: {
      ...(options.auth ? { Authorization: `Basic ${Buffer.from(options.auth).toString('base64')}` } : {}),
      ...(options.headers as Record<string, string> | undefined),
      ...(tokenFrom === undefined ? {} : { Authorization: `Bearer ${tokenFrom()}` }),
    },
    tls: present({ ca, cert, key, passphrase, pfx, rejectUnauthorized, servername }),
    proxy: proxyUrl === undefined ? undefined : (options.agent as Agent),
  };
}

interface Dated<T> {
  readonly access: T;
  readonly atMs: number;
}

/** Reads anew what is not fresh any more, once for all who ask meanwhile. */
class CachedAccess implements Credentials {
  readonly #read: () => Promise<Access>;
  readonly #clock: Clock;
  #known: Dated<Access> | undefined;
  /** What is being read, and since when. */
  #asked: Dated<Promise<Access>> | undefined;

  constructor(read: () => Promise<Access>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  access(): Access | Promise<Access> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#known !== undefined && nowMs - this.#known.atMs <= FRESH_MS) return this.#known.access;
    if (this.#asked !== undefined && nowMs - this.#asked.atMs < ASK_ANEW_MS) return this.#asked.access;
    return this.#ask(nowMs);
  }

  #ask(atMs: number): Promise<Access> {
    const access = this.#read();
    const asked = { access, atMs };
    this.#asked = asked;
    const end = () => {
      if (this.#asked === asked) this.#asked = undefined;
    };
    // What failed is asked again by the next request.
    access.then((known) => {
      this.#known = { access: known, atMs: this.#clock.monotonicMs() };
      end();
    }, end);
    return access;
  }
}

type Spawn = (command: string, args: readonly string[] | undefined, options: SpawnOptions) => ChildProcess;

/**
 * The official client waits for ever for a plugin, and holds its standard input open: one that asks there for a password
 * is told that nobody answers.
 */
function endHangingPlugins(config: KubeConfig, clock: Clock): void {
  const run: Spawn = (command, args = [], options) => {
    const plugin = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const cancel = clock.after(LOGIN_MS, () => {
      plugin.kill('SIGKILL');
      // What it began itself may live on with them.
      plugin.stdout.destroy();
      plugin.stderr.destroy();
    });
    plugin.once('close', cancel);
    return plugin;
  };
  for (const way of config['authenticators']) if ('execFn' in way) way.execFn = run;
}

/** Without the keys that hold undefined: Node's TLS takes "undefined" for something said. */
const present = (tls: { readonly [K in keyof Tls]: Tls[K] | undefined }): Tls =>
  Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
