/**
 * The fake cluster, and what a controller writes: patches of a Service's status, of ConfigMaps, and events.
 *
 * A patch on an old resourceVersion is refused as the API server refuses it; one that changes nothing makes no new version.
 */
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../src/kube/api-error.js';
import type { Method, RequestOptions } from '../../src/kube/client.js';
import { readService } from '../../src/kube/objects.js';
import type { Service } from '../../src/values/objects.js';
import { FakeCluster, type RawObject } from '../support/fake-cluster.js';

export const SERVICES = '/api/v1/services';
export const NAMESPACES = '/api/v1/namespaces';
export const NODES = '/api/v1/nodes';
export const CONFIG_MAPS = '/api/v1/namespaces/cairn-system/configmaps';

type Fields = Record<string, unknown>;
const fields = (raw: unknown): Fields => (typeof raw === 'object' && raw !== null ? (raw as Fields) : {});

export class FakeControllerApi extends FakeCluster {
  /** What was written, in order: `PATCH shop/web`, `POST cairn-state`. */
  readonly writes: string[] = [];
  /** `reason message` of the events that were sent. */
  readonly events: string[] = [];
  /** False: as an API server before Kubernetes 1.30, which drops the field. */
  knowsIpMode = true;
  /** What an admission webhook makes of an object that is written. */
  admit: (object: RawObject) => RawObject = (object) => object;
  /** Called before a write is looked at: to change something just then, or to hold it up. */
  beforeWrite: (what: string) => Promise<void> | void = () => {};

  service(key: string): Service | undefined {
    const raw = this.#raw(SERVICES, key);
    return raw && readService(raw);
  }

  configMap(name: string): Readonly<Record<string, string>> | undefined {
    return this.#raw(CONFIG_MAPS, `cairn-system/${name}`)?.['data'] as Record<string, string> | undefined;
  }

  addService(
    name: string,
    parts: { readonly spec?: object; readonly metadata?: object; readonly status?: object } = {},
  ): void {
    this.put(SERVICES, {
      metadata: { creationTimestamp: '2026-07-01T10:00:00Z', ...parts.metadata, name, namespace: 'shop' },
      spec: { type: 'LoadBalancer', ipFamilies: ['IPv4'], ...parts.spec },
      status: { loadBalancer: {}, ...parts.status },
    });
  }

  /** Changes a Service as a user does. */
  editService(name: string, change: (before: RawObject) => RawObject): void {
    const before = this.#raw(SERVICES, `shop/${name}`);
    if (before === undefined) throw new Error(`the test edits ${name}, which is not there`);
    this.put(SERVICES, change(before));
  }

  override async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    if (path === '/version') return { major: '1', minor: this.knowsIpMode ? '36' : '29' } as T;
    const [, collectionOfOne = '', nameOfOne] = /^(.*\/configmaps)\/(.+)$/.exec(path) ?? [];
    if (method === 'GET' && nameOfOne === undefined) return super.request(method, path, options);
    if (this.away) throw new ApiError(0, 'Unreachable', 'nobody listens');
    if (method === 'GET') {
      const found = this.#raw(collectionOfOne, `cairn-system/${nameOfOne}`);
      if (found === undefined) throw new ApiError(404, 'NotFound', `there is no ${nameOfOne}`);
      return found as T;
    }
    const body = fields(options.body);
    if (path.endsWith('/events')) {
      this.events.push(`${body['reason']} ${body['message']}`);
      return body as T;
    }
    const isService = path.endsWith('/status');
    const [, namespace, , name = ''] = path.replace('/api/v1/', '').replace('/status', '').split('/');
    const target = name === '' ? String(fields(body['metadata'])['name']) : name;
    const what = `${method} ${isService ? `${namespace}/${target}` : target}`;
    await this.beforeWrite(what);
    options.signal?.throwIfAborted();
    if (options.mayBeSent?.() === false) throw new ApiError(0, 'Withheld', 'too late');

    const collection = isService ? SERVICES : CONFIG_MAPS;
    const before = this.#raw(collection, `${namespace}/${target}`);
    const written = method === 'POST' ? (body as RawObject) : patched(before, body);
    const after = this.knowsIpMode ? this.admit(written) : JSON.parse(JSON.stringify(written, withoutIpMode));
    this.writes.push(what);
    if (!isDeepStrictEqual(asJson(before), asJson(after))) this.put(collection, after);
    return this.#raw(collection, `${namespace}/${target}`) as T;
  }

  #raw(collection: string, key: string): RawObject | undefined {
    return this.objects(collection).find(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}` === key);
  }
}

const withoutIpMode = (key: string, value: unknown) => (key === 'ipMode' ? undefined : value);

/** As a strategic merge patch does for the fields that a controller writes. */
function patched(before: RawObject | undefined, patch: Fields): RawObject {
  if (before === undefined) throw new ApiError(404, 'NotFound', 'not found');
  const metadata = fields(patch['metadata']);
  if (metadata['resourceVersion'] !== before.metadata['resourceVersion']) {
    throw new ApiError(409, 'Conflict', 'the object has been modified');
  }
  const status = fields(patch['status']);
  const annotations = { ...fields(before.metadata['annotations']), ...fields(metadata['annotations']) };
  const kept = Object.entries(annotations).filter(([, text]) => text !== null);
  const old = fields(before['status']);
  const conditions = merged(listed(old['conditions']), listed(status['conditions']));
  const { ingress } = fields(status['loadBalancer']);
  return {
    ...before,
    metadata: {
      ...before.metadata,
      ...('annotations' in before.metadata || kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}),
    },
    ...(patch['status'] === undefined
      ? {}
      : {
          status: {
            ...old,
            ...(ingress === undefined ? {} : { loadBalancer: ingress === null ? {} : { ingress } }),
            ...('conditions' in old || conditions.length > 0 ? { conditions } : {}),
          },
        }),
    ...(patch['data'] === undefined ? {} : { data: { ...fields(before['data']), ...fields(patch['data']) } }),
  };
}

/** By `type`, each where it was. */
function merged(conditions: readonly Fields[], patches: readonly Fields[]): readonly Fields[] {
  const patchOf = ({ type }: Fields) => patches.find((patch) => patch['type'] === type);
  const added = patches.filter(({ type }) => !conditions.some((condition) => condition['type'] === type));
  return [...conditions.map((condition) => ({ ...condition, ...patchOf(condition) })), ...added].filter(
    (condition) => condition['$patch'] !== 'delete',
  );
}

const listed = (raw: unknown): readonly Fields[] => (Array.isArray(raw) ? raw.map(fields) : []);
const asJson = (object: unknown): unknown => JSON.parse(JSON.stringify(object ?? null));
