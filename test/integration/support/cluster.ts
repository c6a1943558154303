/**
 * What users, other controllers and speakers write into the API, and what they read there.
 * @module
 */
import { readService } from '../../../src/kube/objects.js';
import type { ApiObject, JsonObject } from '../../../src/playground/api/object.js';
import type { Status } from '../../../src/playground/api/status.js';
import type { Store } from '../../../src/playground/api/store.js';
import { encodeReport, type ReportedConflict, reportName, type SpeakerReport } from '../../../src/speaker/report.js';
import type { NodeName } from '../../../src/values/names.js';
import type { Service } from '../../../src/values/objects.js';
import type { Result } from '../../../src/values/result.js';
import { report } from '../../support/reports.js';
import { address, mac } from '../../support/values.js';
import type { Auditor } from './auditor.js';
import { NAMESPACE } from './truth.js';

/** A write that the API server did not take. */
class Refused extends Error {}

const NODE = 'n1' as NodeName;
const SECOND = 'n2' as NodeName;
const LEASE = { namespace: NAMESPACE, name: 'cairn-controller' };

export class Cluster {
  constructor(
    readonly store: Store,
    readonly auditor: Auditor,
  ) {}

  configure(pools: readonly string[]): void {
    this.configureText(`address-pools: [${pools.join(', ')}]`);
  }

  configureText(text: string): void {
    const name = { namespace: NAMESPACE, name: 'cairn-config' };
    this.#put('configmaps', { metadata: { ...name }, data: { config: text } });
  }

  /** Another text, and nothing else. */
  touchConfiguration(): void {
    const name = { namespace: NAMESPACE, name: 'cairn-config' };
    const text: unknown = this.store.get(this.store.resource('configmaps'), name)?.['data']?.config;
    if (typeof text === 'string') this.configureText(`${text}\n# again`);
  }

  unconfigure(): void {
    const name = { namespace: NAMESPACE, name: 'cairn-config' };
    if (this.store.get(this.store.resource('configmaps'), name) !== undefined)
      this.write('configmaps', (kind) => this.store.delete(kind, name));
  }

  /** A LoadBalancer Service, in the namespace `shop` unless its name says another. `metadata` and `spec` are added to it. */
  create(name: string, { metadata = {}, spec = {} }: { metadata?: JsonObject; spec?: JsonObject } = {}): void {
    this.write('services', (kind) =>
      this.store.create(kind, {
        metadata: { ...metadata, ...placed(name) },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
      }),
    );
  }

  /** Changes a Service as its user does: what `change` does to a copy of it. */
  edit(name: string, change: (service: JsonObject) => void, subresource?: 'status'): void {
    this.write('services', (kind) =>
      this.store.change(
        kind,
        placed(name),
        (old) => {
          const copy = structuredClone(old) as JsonObject;
          change(copy);
          return { ok: true, value: copy };
        },
        subresource === undefined ? {} : { subresource },
      ),
    );
  }

  /** Left alone where the API server refuses it. */
  attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Another controller, or a person, writes these into the status. */
  rival(name: string, ingress: readonly JsonObject[]): void {
    this.edit(
      name,
      (service) => {
        service['status'] = { ...service['status'], loadBalancer: { ingress } };
      },
      'status',
    );
  }

  remove(name: string): void {
    this.write('services', (kind) => this.store.delete(kind, placed(name)));
  }

  label(labels: Readonly<Record<string, string>>, namespace = 'shop'): void {
    this.write('namespaces', (kind) =>
      this.store.change(kind, { name: namespace }, (old) => ({
        ok: true,
        value: { ...old, metadata: { ...old?.metadata, labels } },
      })),
    );
  }

  createNamespace(name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.write('namespaces', (kind) => this.store.create(kind, { metadata: { name, labels } }));
  }

  /** As the namespace's controller does it: its content first, and then what keeps it. */
  removeNamespace(name: string): void {
    this.write('namespaces', (kind) => this.store.delete(kind, { name }));
    for (const service of this.services()) if (service.meta.namespace === name) this.remove(service.key);
    this.write('namespaces', (kind) =>
      this.store.change(kind, { name }, (old) => ({ ok: true, value: { ...old, spec: { finalizers: [] } } }), {
        subresource: 'finalize',
      }),
    );
  }

  /** Somebody else writes these into the controllers' Lease. */
  editLease(spec: JsonObject): void {
    this.write('leases.coordination.k8s.io', (kind) =>
      this.store.change(kind, LEASE, (old) => ({ ok: true, value: { ...old, spec: { ...old?.['spec'], ...spec } } })),
    );
  }

  removeLease(): void {
    this.write('leases.coordination.k8s.io', (kind) => this.store.delete(kind, LEASE));
  }

  hasNamespace(name: string): boolean {
    return this.store.get(this.store.resource('namespaces'), { name }) !== undefined;
  }

  /** The first speaker says that strangers answer for these addresses. */
  report(conflicts: readonly ReportedConflict['address'][]): void {
    this.#report({
      ...silent(NODE, '02:00:00:00:00:01'),
      conflicts: conflicts.map((each) => ({ address: each, link: 'eth0', mac: mac('02:00:00:00:00:99') })),
    });
  }

  /** A second node has these addresses, and its speaker says what it likes; undefined: what it said before. */
  setSecondNode(has: readonly string[], says: { own: readonly string[]; taken: readonly number[] } | undefined): void {
    const addresses = has.map((each) => ({ type: 'InternalIP', address: each }));
    const name = { name: SECOND };
    this.write('nodes', (kind) =>
      this.store.change(
        kind,
        name,
        (old) => ({ ok: true, value: { ...old, metadata: { ...old?.metadata, ...name } } }),
        {
          mayCreate: true,
        },
      ),
    );
    this.write('nodes', (kind) =>
      this.store.change(kind, name, (old) => ({ ok: true, value: { ...old, status: { addresses } } }), {
        subresource: 'status',
      }),
    );
    if (says === undefined) return;
    const own = says.own.map(address);
    const takenPorts = own.flatMap((each) =>
      says.taken.map((port) => ({ address: each, protocol: 'TCP' as const, port })),
    );
    this.#report({ ...silent(SECOND, '02:00:00:00:00:02'), ownAddresses: own, takenPorts });
  }

  removeSecondNode(): void {
    const name = { namespace: NAMESPACE, name: reportName(SECOND) };
    this.attempt(() => this.write('configmaps', (kind) => this.store.delete(kind, name)));
    this.attempt(() => this.write('nodes', (kind) => this.store.delete(kind, { name: SECOND })));
  }

  #report(report: SpeakerReport): void {
    const name = { namespace: NAMESPACE, name: reportName(report.node) };
    this.#put('configmaps', { metadata: { ...name }, data: { report: encodeReport(report) } });
  }

  addNode(): void {
    this.write('nodes', (kind) => this.store.create(kind, { metadata: { name: NODE } }));
  }

  object(name: string): ApiObject | undefined {
    return this.store.get(this.store.resource('services'), placed(name));
  }

  service(name: string): Service | undefined {
    const object = this.object(name);
    return object === undefined ? undefined : readService(object);
  }

  /** A controller said something of its address, or it says so. */
  wasEverServed(name: string): boolean {
    return this.service(name)?.conditions.some(({ type }) => type === 'cairn.dev/AddressAssigned') ?? false;
  }

  services(): readonly Service[] {
    return this.store
      .list(this.store.resource('services'))
      .map(readService)
      .filter(({ meta }) => meta.namespace !== 'default');
  }

  /** With commas between; empty for none. */
  ips(name: string): string {
    return (this.service(name)?.ingress ?? []).map(({ ip }) => ip).join();
  }

  reason(name: string): string | undefined {
    return this.service(name)?.conditions.find(({ type }) => type === 'cairn.dev/AddressAssigned')?.reason;
  }

  state(): Readonly<Record<string, string>> {
    const state = this.store.get(this.store.resource('configmaps'), { namespace: NAMESPACE, name: 'cairn-state' });
    return state?.['data'] ?? {};
  }

  protected write<T>(plural: string, write: (kind: ReturnType<Store['resource']>) => Result<T, Status>): T {
    const written = this.auditor.asUser(() => write(this.store.resource(plural)));
    if (!written.ok) throw new Refused(written.error.message);
    return written.value;
  }

  #put(plural: string, object: JsonObject): void {
    const { namespace, name } = object['metadata'];
    this.write(plural, (kind) =>
      this.store.change(kind, { namespace, name }, () => ({ ok: true, value: object }), { mayCreate: true }),
    );
  }
}

/** `web`, or `bank/web`. */
function placed(name: string): { readonly namespace: string; readonly name: string } {
  const [first = '', second] = name.split('/');
  return second === undefined ? { namespace: 'shop', name: first } : { namespace: first, name: second };
}

const silent = (name: NodeName, linkMac: string): SpeakerReport =>
  report(name, { links: [{ name: 'eth0', mac: mac(linkMac), up: true }] });
