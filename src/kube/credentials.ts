/**
 * Where the API server is and who we are, from the official client's `KubeConfig`.
 *
 * What `KubeConfig` reads from disk or from an exec plugin is kept for a few seconds, so that a burst of requests costs
 * one look. Rotated service-account tokens and certificates are thereby picked up without a restart. A plugin that hangs
 * is waited for by everybody together, and ended when it has had its time.
 * @module
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, existsSync, readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type Clock, systemClock } from './clock.js';
import { list, record, text } from './json.js';

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

/** No kubeconfig that can be read, and not in a pod; or one that names a token file which cannot be read. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
  readonly code = 'KUBECONFIG';
}

/** How long what was read is taken for current. client-go rereads service-account tokens every 10 s too. */
const FRESH_MS = 10_000;
/** A plugin or a token server that has not answered by then may have lost its way: who asks later asks a new one. */
const ASK_ANEW_MS = 15_000;
/** Then a plugin is ended. Not sooner: a person may have to log in. */
const LOGIN_MS = 60_000;
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Which cluster of which kubeconfig. */
export interface ConfigSource {
  /** Undefined: the pod's service account, `KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Undefined: the current one. */
  readonly context?: string | undefined;
}

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
  const url = new URL(cluster.server);
  let known: { readonly access: Access; readonly atMs: number } | undefined;
  let asked: { readonly access: Promise<Access>; readonly atMs: number } | undefined;

  async function read(): Promise<Access> {
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
      proxy: cluster?.proxyUrl === undefined ? undefined : (options.agent as Agent),
    };
  }

  function ask(atMs: number): Promise<Access> {
    const access = read();
    const question = { access, atMs };
    asked = question;
    const end = () => {
      if (asked === question) asked = undefined;
    };
    // What failed is asked again by the next request.
    access.then((answer) => {
      known = { access: answer, atMs: clock.monotonicMs() };
      end();
    }, end);
    return access;
  }

  return {
    access() {
      const nowMs = clock.monotonicMs();
      if (known !== undefined && nowMs - known.atMs <= FRESH_MS) return known.access;
      return asked !== undefined && nowMs - asked.atMs < ASK_ANEW_MS ? asked.access : ask(nowMs);
    },
  };
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

/**
 * What gives the token of the file that the user's `tokenFile` names, which the official client does not know. As client-go:
 * the file comes before `token`, and what was read last stays in use while it cannot be read.
 */
function tokenFileOf(config: KubeConfig, source: ConfigSource): (() => string) | undefined {
  const user = config.getCurrentUser();
  const path = user === null ? undefined : tokenFilePath(user.name, source);
  if (path === undefined) return undefined;
  let token = text(user?.token);
  const tokenFrom = () => {
    try {
      const read = readFileSync(path, 'utf8').trim();
      if (read === '') throw new Error('it is empty');
      token = read;
    } catch (cause) {
      if (token === '') throw new KubeConfigError(`cannot read the token file ${path}: ${wordsOf(cause)}`, { cause });
    }
    return token;
  };
  tokenFrom();
  return tokenFrom;
}

/** Of the kubeconfig that has this user, relative to that kubeconfig. */
function tokenFilePath(user: string, source: ConfigSource): string | undefined {
  for (const kubeconfig of kubeconfigsOf(source)) {
    const { users } = record(parse(readFileSync(kubeconfig, 'utf8'), { merge: true }));
    const named = list(users).find((each) => record(each)['name'] === user);
    if (named === undefined) continue;
    const path = text(record(record(named)['user'])['tokenFile']);
    return path === '' ? undefined : resolve(dirname(kubeconfig), path);
  }
  return undefined;
}

/** Those that {@link loadConfig} reads. */
function kubeconfigsOf({ kubeconfig, context }: ConfigSource): readonly string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  if (context === undefined && inPod()) return [];
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')].filter((path) => existsSync(path));
}

/** The namespace that kubectl would take with this kubeconfig and context. */
export function namespaceOf(source: ConfigSource): string {
  const config = loadConfig(source);
  return config.getContextObject(config.getCurrentContext())?.namespace || 'default';
}

function loadConfig({ kubeconfig, context }: ConfigSource): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
    else if (context === undefined && inPod()) config.loadFromCluster();
    else config.loadFromDefault();
  } catch (cause) {
    throw new KubeConfigError(`cannot read ${kubeconfig ?? 'the default kubeconfig'}: ${wordsOf(cause)}`, { cause });
  }
  // What KubeConfig makes up when it finds nothing at all.
  if (kubeconfig === undefined && config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw new KubeConfigError(
      'no Kubernetes configuration found: not in a pod, KUBECONFIG is not set and there is no ~/.kube/config; give --kubeconfig FILE',
    );
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) {
      const known = config.getContexts().map(({ name }) => name);
      throw new KubeConfigError(
        `${kubeconfig ?? 'the kubeconfig'} has no context "${context}"; it has ${known.join(', ') || 'none'}`,
      );
    }
    config.setCurrentContext(context);
  }
  return config;
}

function inPod(): boolean {
  if (!process.env['KUBERNETES_SERVICE_HOST']) return false;
  try {
    accessSync(SERVICE_ACCOUNT_TOKEN);
    return true;
  } catch {
    return false;
  }
}

/** Without the keys that hold undefined: Node's TLS takes "undefined" for something said. */
const present = (tls: { readonly [K in keyof Tls]: Tls[K] | undefined }): Tls =>
  Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
