/**
 * One case: what it is called, a server, and a namespace of its own on it.
 * @module
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { it } from 'mocha';
import { type Output, tryRun } from '../../../src/playground/network/process.js';
import { waitFor } from '../../../src/playground/network/wait.js';
import type { Answer, Http, Json } from './http.js';
import { type Families, SERVER_NAMES, type Server, serverNamed } from './servers.js';

/** One case, once for each server; `body` must not care which. */
export function onEachServer(
  title: string,
  body: (world: World) => Promise<void>,
  { families }: { readonly families?: Families } = {},
): void {
  for (const name of SERVER_NAMES) {
    it(`${title} (${name})`, async () => {
      await body(await World.open(await serverNamed(name, families)));
    });
  }
}

/**
 * Cases that wait more than they work (for a timeout, for a controller that takes its time): those of one group run at
 * the same time on each server, each reported by itself.
 */
export function onEachServerAtOnce(cases: Readonly<Record<string, (world: World) => Promise<void>>>): void {
  for (const name of SERVER_NAMES) {
    let running: ReadonlyMap<string, Promise<void>> | undefined;
    const start = async (body: (world: World) => Promise<void>) => body(await World.open(await serverNamed(name)));
    for (const title of Object.keys(cases)) {
      it(`${title} (${name})`, async () => {
        running ??= new Map(
          Object.entries(cases).map(([each, body]) => {
            const ended = start(body);
            ended.catch(() => {}); // told by its own `it`
            return [each, ended];
          }),
        );
        await running.get(title);
      });
    }
  }
}

/**
 * The same requests on both servers at once. `body` answers what a user sees; it must be equal on both, and is then
 * handed to `check`, which says what it is.
 */
export function sameOnBoth<T>(title: string, body: (world: World) => Promise<T>, check: (seen: T) => void): void {
  it(`${title} (kube-apiserver and embedded alike)`, async () => {
    const [real, embedded] = await Promise.all(
      SERVER_NAMES.map(async (name) => body(await World.open(await serverNamed(name)))),
    );
    check(real as T);
    assert.deepEqual(embedded, real);
  });
}

export interface KubectlOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

export interface Followed {
  /** `undefined` when kubectl has ended. */
  next(): Promise<string | undefined>;
  stop(): void;
}

export class World {
  readonly server: Server;
  readonly namespace: string;
  readonly http: Http;

  private constructor(server: Server, namespace: string) {
    this.server = server;
    this.namespace = namespace;
    this.http = server.http;
  }

  static async open(server: Server): Promise<World> {
    const namespace = `case-${randomBytes(4).toString('hex')}`;
    const { code, text } = await server.http.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    assert.equal(code, 201, text);
    return new World(server, namespace);
  }

  /** A name of this case alone, for what belongs to no namespace. */
  unique = (prefix: string): string => `${prefix}-${this.namespace.slice('case-'.length)}`;

  /** `/api/v1/namespaces/NS/services/web/status` for `services`, `web`, `status`. */
  path(plural: string, ...rest: readonly string[]): string {
    const root = GROUPS[plural] ?? '/api/v1';
    return [root, 'namespaces', this.namespace, plural, ...rest].join('/');
  }

  /** Creates it in this namespace, and answers it as stored. */
  async create(plural: string, object: Json): Promise<Json> {
    const { code, body, text } = await this.http.post(this.path(plural), object);
    assert.equal(code, 201, text);
    return body;
  }

  async get(plural: string, name: string): Promise<Json> {
    const { code, body, text } = await this.http.get(this.path(plural, name));
    assert.equal(code, 200, text);
    return body;
  }

  /** Succeeds with 2xx; answers the object. */
  async ok(answer: Promise<Answer>): Promise<Json> {
    const { code, body, text } = await answer;
    assert.ok(code >= 200 && code < 300, `${code} ${text}`);
    return body;
  }

  /** kubectl in this namespace; answers stdout, and fails with stderr when the exit code is not 0. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const output = await this.tryKubectl(args);
    assert.equal(output.code, 0, `kubectl ${args.join(' ')}: exit ${output.code}\n${output.stderr}${output.stdout}`);
    return output.stdout;
  }

  tryKubectl(args: readonly string[], options: KubectlOptions = {}): Promise<Output> {
    return tryRun([this.server.kubectl, `--namespace=${this.namespace}`, ...args], {
      env: { ...this.kubectlEnv(), ...options.env },
      ...(options.input === undefined ? {} : { input: options.input }),
      timeoutMs: options.timeoutMs ?? 30_000,
    });
  }

  /** kubectl as it runs: its lines of stdout one by one. Ends with the case at the latest when `stop` is called. */
  follow(...args: readonly string[]): Followed {
    const child = spawn(this.server.kubectl, [`--namespace=${this.namespace}`, ...args], {
      env: this.kubectlEnv(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
      next: async () => {
        const { value, done } = await lines.next();
        return done ? undefined : (value as string);
      },
      stop: () => child.kill('SIGKILL'),
    };
  }

  /** What kubectl says when it refuses. */
  async kubectlFails(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const output = await this.tryKubectl(args, options);
    assert.notEqual(output.code, 0, `kubectl ${args.join(' ')} succeeded:\n${output.stdout}`);
    return output.stderr.trim();
  }

  /** `kubectl apply -f -` (or another verb) of these objects; answers stdout. */
  async feed(args: readonly string[], ...objects: readonly Json[]): Promise<string> {
    const input = objects.map((object) => JSON.stringify(object)).join('\n');
    const output = await this.tryKubectl([...args, '-f', '-'], { input });
    assert.equal(output.code, 0, `kubectl ${args.join(' ')}: exit ${output.code}\n${output.stderr}`);
    return output.stdout;
  }

  /** A file of this case. */
  file(name: string, text: string, mode = 0o644): string {
    const file = path.join(this.server.folder, this.namespace, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, { mode });
    return file;
  }

  waitFor = waitFor;

  kubectlEnv(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      // Nothing of the person who runs the tests: no kuberc, no cache of another cluster.
      HOME: this.server.folder,
      // Hundreds of kubectls that live for a moment: collecting garbage is a fifth of what each costs.
      GOGC: 'off',
      TMPDIR: this.server.folder,
      KUBECONFIG: this.server.kubeconfig,
      KUBECACHEDIR: path.join(this.server.folder, 'kubectl-cache'),
    };
  }
}

/** Where the kinds outside of the core group live. */
const GROUPS: Readonly<Record<string, string>> = {
  endpointslices: '/apis/discovery.k8s.io/v1',
  leases: '/apis/coordination.k8s.io/v1',
  ingresses: '/apis/networking.k8s.io/v1',
  deployments: '/apis/apps/v1',
  replicasets: '/apis/apps/v1',
};
