/**
 * Services of the namespace `default` of a cluster, as a user handles them, and what Cairn says of them, waited for.
 * @module
 */
import type { ApiObject } from '../../../src/playground/cluster/api.js';
import type { Cluster } from '../../../src/playground/cluster/cluster.js';
import type { WaitOptions } from '../../../src/playground/network/wait.js';
import { addressesOf, conditionOf, eventsAbout, loadBalancer, type SeenCondition, serviceOf } from './objects.js';

const PATH = '/api/v1/namespaces/default/services';

/** For a cluster whose only controller is killed and started again: the next one waits for no Lease to end. */
export const ONE_CONTROLLER = ['--leader-elect=false'];

export class Services {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** A LoadBalancer Service without pods. */
  create(name: string, spec: ApiObject = {}, annotations: Readonly<Record<string, string>> = {}): Promise<ApiObject> {
    const service = loadBalancer(name, spec);
    return this.#cluster.api.create(PATH, { ...service, metadata: { ...service.metadata, annotations } });
  }

  /** With an address from Cairn. */
  async served(name: string, spec: ApiObject = {}): Promise<string> {
    await this.create(name, spec);
    return this.#cluster.externalIp(name);
  }

  delete = (name: string): Promise<ApiObject> => this.#cluster.api.delete(`${PATH}/${name}`);
  get = (name: string): Promise<ApiObject> => serviceOf(this.#cluster, name);
  addresses = async (name: string): Promise<readonly string[]> => addressesOf(await this.get(name));

  /** A merge patch. */
  patch = (name: string, body: ApiObject): Promise<ApiObject> => this.#cluster.api.patch(`${PATH}/${name}`, body);

  /** As another provider writes it. */
  writeStatus = (name: string, ...ips: readonly string[]): Promise<ApiObject> =>
    this.#cluster.api.patch(`${PATH}/${name}/status`, {
      status: { loadBalancer: ips.length === 0 ? null : { ingress: ips.map((ip) => ({ ip })) } },
    });

  /** Waits until `probe` answers something for the Service as it is; answers that. */
  until<T>(name: string, what: string, probe: (service: ApiObject) => T, options?: WaitOptions) {
    return this.#cluster.waitFor(`${name} ${what}`, async () => probe(await this.get(name)), options);
  }

  /** Waits until the condition has the reason. */
  assigned = (name: string, reason: string, options?: WaitOptions) =>
    this.#says(name, 'cairn.dev/AddressAssigned', reason, options);
  announced = (name: string, reason: string, options?: WaitOptions) =>
    this.#says(name, 'cairn.dev/Announced', reason, options);

  /** Waits for an event about the Service. */
  told = (name: string, reason: string) =>
    this.#cluster.waitFor(`an event ${reason} about ${name}`, async () =>
      (await eventsAbout(this.#cluster, 'Service', name)).find((event) => event.reason === reason),
    );

  #says(name: string, type: string, reason: string, options?: WaitOptions): Promise<SeenCondition> {
    return this.until(
      name,
      `says ${reason}`,
      (service) => {
        const condition = conditionOf(service, type);
        return condition?.reason === reason && condition;
      },
      options,
    );
  }
}

/** Everything in a Service that Cairn wrote and has not taken back; empty for one that it never touched. */
export function marksOn(service: ApiObject): readonly string[] {
  const annotations = Object.keys(service.metadata.annotations ?? {});
  const conditions = (service.status.conditions ?? []).map(({ type }: { type: string }) => type);
  return [...annotations, ...conditions].filter((name) => name.startsWith('cairn.dev/'));
}
