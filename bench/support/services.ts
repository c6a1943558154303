/**
 * Thousands of Services in a real cluster: made, given bare addresses, stripped of them, and watched.
 * @module
 */
import { type Api, type ApiObject, MERGE_PATCH, STRATEGIC_MERGE_PATCH } from '../../src/playground/cluster/api.js';

export const NAMESPACE = 'bench';
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;

/** As many at once as Cairn writes: `CONCURRENT_WRITES` in src/run/leader.ts. */
const AT_ONCE = 16;

/** Calls `work` for each item, {@link AT_ONCE} at a time. */
export async function each<T>(items: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) await work(items[at] as T, at);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export const nameOf = (index: number): string => `s${String(index).padStart(5, '0')}`;

export function pendingService(name: string, spec: ApiObject = {}): ApiObject {
  const ports = [{ port: 80, protocol: 'TCP' }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE },
    // There are 2,768 node ports, and more Services than that.
    spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, selector: { app: name }, ports, ...spec },
  };
}

export const createService = (api: Api, service: ApiObject): Promise<ApiObject> => api.create(SERVICES, service);
export const deleteService = (api: Api, name: string): Promise<ApiObject> => api.delete(`${SERVICES}/${name}`);

/** The least that anybody must write to give a Service an address. */
export const patchAddress = (api: Api, name: string, ip: string): Promise<ApiObject> =>
  api.patch(`${SERVICES}/${name}/status`, { status: { loadBalancer: { ingress: [{ ip }] } } }, STRATEGIC_MERGE_PATCH);

/** Gives a Service the address, conditions and annotations that `written` has, in the form in which Cairn writes them. */
export const patchAsWritten = (api: Api, { metadata: { name, annotations }, status }: ApiObject): Promise<ApiObject> =>
  api.patch(`${SERVICES}/${name}/status`, { metadata: { annotations }, status }, STRATEGIC_MERGE_PATCH);

export const servicesByName = async (api: Api): Promise<ReadonlyMap<string, ApiObject>> =>
  new Map((await api.get(SERVICES)).items.map((service: ApiObject) => [service.metadata.name, service]));

/** As if nobody had ever served it. */
export const strip = (api: Api, name: string): Promise<ApiObject> =>
  api.patch(
    `${SERVICES}/${name}/status`,
    { metadata: { annotations: null }, status: { loadBalancer: null, conditions: null } },
    MERGE_PATCH,
  );

/** Names of Services. */
interface Seen {
  readonly present: ReadonlySet<string>;
  readonly served: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
  readonly judged: ReadonlySet<string>;
}

/** What a user's watch sees: which Services there are, which have an address or are told why not, and which whether it is announced. */
export class ServiceWatch {
  readonly #api: Api;
  readonly #stopping = new AbortController();
  readonly #present = new Set<string>();
  readonly #served = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #judged = new Set<string>();
  #onChange: () => void = () => {};

  constructor(api: Api) {
    this.#api = api;
  }

  async start(): Promise<void> {
    const list = await this.#api.get(SERVICES);
    for (const service of list.items) this.#see(service);
    void this.#follow(list.metadata.resourceVersion);
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Names of the Services that there are. */
  get present(): ReadonlySet<string> {
    return this.#present;
  }

  /** Resolves in the moment that the watch brings what makes it true. */
  until(isSo: (seen: Seen) => boolean) {
    return new Promise<void>((resolve) => {
      this.#onChange = () => {
        const seen = { present: this.#present, served: this.#served, waiting: this.#waiting, judged: this.#judged };
        if (!isSo(seen)) return;
        this.#onChange = () => {};
        resolve();
      };
      this.#onChange();
    });
  }

  untilServed = (count: number): Promise<void> => this.until(({ served }) => served.size === count);

  /** The server ends a watch now and then, also one whose reader is busy for too long: it goes on where it was. */
  async #follow(listed: string): Promise<void> {
    const { signal } = this.#stopping;
    let resourceVersion = listed;
    try {
      while (!signal.aborted) {
        for await (const { type, object } of this.#api.watch(SERVICES, { resourceVersion }, signal)) {
          if (type === 'ERROR') throw new Error(object.message);
          resourceVersion = object.metadata.resourceVersion;
          if (type === 'DELETED') {
            for (const names of [this.#present, this.#served, this.#waiting, this.#judged])
              names.delete(object.metadata.name);
          } else this.#see(object);
          this.#onChange();
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #see({ metadata, status }: ApiObject): void {
    const note = (names: Set<string>, isIn: boolean) => (isIn ? names.add(metadata.name) : names.delete(metadata.name));
    const condition = (name: string) => status?.conditions?.find(({ type }: ApiObject) => type === `cairn.dev/${name}`);
    note(this.#present, true);
    note(this.#served, status?.loadBalancer?.ingress?.length > 0);
    note(this.#waiting, condition('AddressAssigned')?.status === 'False');
    note(this.#judged, condition('Announced') !== undefined);
  }
}
