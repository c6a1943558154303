/**
 * Which kubeconfig says where the API server is and who we are, and what of it the official client does not read.
 *
 * @module
 */
import { accessSync, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { wordsOf } from './cause.js';
import { list, record, text } from './json.js';

/** No kubeconfig that can be read, and not in a pod; or one that names a token file which cannot be read. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
  readonly code = 'KUBECONFIG';
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Which cluster of which kubeconfig. */
export interface ConfigSource {
  /** Undefined: the pod's service account, `KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Undefined: the current one. */
  readonly context?: string | undefined;
}

/** The namespace that kubectl would take with this kubeconfig and context. */
export function namespaceOf(source: ConfigSource): string {
  const config = loadConfig(source);
  return config.getContextObject(config.getCurrentContext())?.namespace || 'default';
}

/** Throws a sentence for people where there is none. */
export function loadConfig({ kubeconfig, context }: ConfigSource): KubeConfig {
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

/**
 * What gives the token of the file that the user's `tokenFile` names, which the official client does not know. As client-go:
 * the file comes before `token`, and what was read last stays in use while it cannot be read.
 */
export function tokenFileOf(config: KubeConfig, source: ConfigSource): (() => string) | undefined {
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
