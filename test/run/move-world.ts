/**
 * The world of `cairn move`: one Service at an API server, a clock, and what the controller does when it sees the wish.
 * @module
 */
import assert from 'node:assert/strict';
import { ApiError } from '../../src/kube/api-error.js';
import type { ApiClient, Method, RequestOptions } from '../../src/kube/client.js';
import type { MoveFlags } from '../../src/run/flags.js';
import { runMove } from '../../src/run/move.js';
import { FakeClock } from '../support/clock.js';

/** What the Service has at first. */
export const OLD = '192.0.2.1';
const POOL = 'cairn.dev/allocated-from-pool';
const PATH = '/api/v1/namespaces/shop/services/web';

export interface Parts {
  readonly ips: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly loadBalancerIP: string;
  /** Reasons; the status is False for these, True for any others. */
  readonly assigned: string;
  readonly announced: string;
}
const BEFORE: Parts = { ips: [OLD], annotations: {}, loadBalancerIP: '', assigned: 'Assigned', announced: 'Announced' };
const FALSE: ReadonlySet<string> = new Set(['Probing', 'PoolFull', 'NoSpeakerReady']);

interface Patch {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations: Readonly<Record<string, string | null>>;
  };
  readonly spec?: Partial<Parts>;
}

/** One Service; every write of a user is followed by what the test's controller does. */
export class MoveWorld implements ApiClient {
  readonly clock = new FakeClock();
  /** Those that were taken; each is of the Service as it was read. */
  readonly patches: unknown[] = [];
  service: Parts | undefined;
  /** Asked at each request: what the API server answers instead. */
  refuses: (method: Method) => ApiError | undefined = () => undefined;
  /** Asked at each request: whether nobody answers it. */
  hangs: (method: Method) => boolean = () => false;
  /** Before a patch is looked at: what somebody else is quicker with. */
  beforePatch: () => void = () => {};
  onPatch: () => void = () => {};
  #version = 1;

  constructor(parts: Partial<Parts> = {}) {
    this.service = { ...BEFORE, ...parts };
  }

  /** After so long the Service is changed. */
  after(ms: number, parts: Partial<Parts> | undefined): void {
    this.clock.after(ms, () => this.change(parts));
  }

  change(parts: Partial<Parts> | undefined): void {
    this.#version++;
    this.service = parts === undefined || this.service === undefined ? undefined : { ...this.service, ...parts };
  }

  async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    assert.equal(path, PATH);
    if (this.hangs(method)) await this.#noAnswer(options);
    const refusal = this.refuses(method) ?? (this.service === undefined ? notFound() : undefined);
    if (refusal !== undefined) throw refusal;
    if (method === 'PATCH') this.#patch(options);
    return raw(this.service as Parts, `${this.#version}`) as T;
  }

  async #noAnswer({ timeoutMs }: RequestOptions): Promise<never> {
    assert.ok(timeoutMs !== undefined, 'it waits for longer than it was told to');
    await new Promise<void>((resolve) => this.clock.after(timeoutMs, resolve));
    throw new ApiError(0, 'Timeout', `no answer within ${timeoutMs / 1_000} s`);
  }

  #patch({ body, contentType, query }: RequestOptions): void {
    assert.deepEqual([contentType, query], ['application/merge-patch+json', { fieldManager: 'cairn' }]);
    this.beforePatch();
    const { metadata, spec } = body as Patch;
    const { resourceVersion, annotations } = metadata;
    if (resourceVersion !== `${this.#version}`) throw new ApiError(409, 'Conflict', 'the object has been modified');
    this.patches.push({ metadata: { annotations }, ...(spec === undefined ? {} : { spec }) });
    const merged = Object.entries({ ...this.service?.annotations, ...annotations });
    const left = merged.filter((entry): entry is [string, string] => entry[1] !== null);
    this.change({ ...spec, annotations: Object.fromEntries(left) });
    if (this.patches.length === 1) this.onPatch();
  }

  watch(): never {
    throw new Error('the command watches nothing');
  }
  close(): void {}

  /** Runs the command for this long; undefined while it still waits. */
  async run(flags: Partial<MoveFlags>, forMs: number) {
    const told = { stdout: '', stderr: '' };
    const into = (stream: keyof typeof told) => ({ write: (text: string) => (told[stream] += text) });
    let code: number | undefined;
    let thrown: unknown;
    runMove(
      { ...FLAGS, ...flags },
      { client: this, clock: this.clock, namespace: 'shop', stdout: into('stdout'), stderr: into('stderr') },
    ).then(
      (exit) => {
        code = exit;
      },
      (error) => {
        thrown = error;
      },
    );
    await this.clock.step(forMs);
    if (thrown !== undefined) throw thrown;
    return { code, ...told };
  }
}

const FLAGS: MoveFlags = {
  kubeconfig: undefined,
  context: undefined,
  namespace: undefined,
  output: 'text',
  service: 'web',
  address: undefined,
  timeoutMs: 30_000,
};
const notFound = () => new ApiError(404, 'NotFound', 'services "web" not found');

function raw({ ips, annotations, loadBalancerIP, assigned, announced }: Parts, resourceVersion: string): unknown {
  const condition = (type: string, reason: string) => ({
    type: `cairn.dev/${type}`,
    status: FALSE.has(reason) ? 'False' : 'True',
    reason,
    message: `it is ${reason}`,
  });
  return {
    metadata: {
      namespace: 'shop',
      name: 'web',
      uid: 'uid',
      resourceVersion,
      annotations: { 'cairn.dev/served-by': `cairn-system ${ips.join(',')}`, [POOL]: 'default', ...annotations },
    },
    spec: { type: 'LoadBalancer', ipFamilies: ['IPv4'], loadBalancerIP },
    status: {
      loadBalancer: { ingress: ips.map((ip) => ({ ip })) },
      conditions: [condition('AddressAssigned', assigned), condition('Announced', announced)],
    },
  };
}
