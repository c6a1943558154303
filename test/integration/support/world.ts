/**
 * A cluster for a controller: the embedded API server with its faults, somebody who uses it, and an auditor who sees every write.
 * @module
 */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/config/parse.js';
import { readService } from '../../../src/kube/objects.js';
import type { Fault, Release } from '../../../src/playground/api/faults.js';
import type { JsonObject } from '../../../src/playground/api/object.js';
import { EmbeddedApiServer } from '../../../src/playground/api/server.js';
import type { Status } from '../../../src/playground/api/status.js';
import type { Service } from '../../../src/values/objects.js';
import type { Result } from '../../../src/values/result.js';
import { Auditor } from './auditor.js';
import { Replica } from './replica.js';
import { Time } from './time.js';
import { assertReasons, NAMESPACE, truthOf, untrueIn } from './truth.js';

export interface WorldOptions {
  readonly seed: number;
  /** Pools, each as in the configuration. */
  readonly pools?: readonly string[];
  /** Several replicas with a Lease, or one without. */
  readonly leaderElect?: boolean;
}

/** Three addresses and more Services: full, and somebody waits. */
export const SMALL = ['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}'];
const SERVICE_CLASS = { installation: NAMESPACE, name: 'cairn.dev/lb', isDefault: true };
const CIDRS = ['10.96.0.0/16', 'fd00:10:96::/112'];
/** The longest pause of a retry. */
const RETRY_MS = 60_000;
/** Leases are renewed every two seconds, which makes time dear where there are any. */
const REST_MS = { elected: 16_000, alone: 120_000 };

/** A write of the test's own. */
class Refused extends Error {}

export class World {
  readonly replicas: Replica[] = [];
  readonly auditor: Auditor;
  readonly #options: WorldOptions;

  private constructor(
    options: WorldOptions,
    readonly server: EmbeddedApiServer,
    readonly time: Time,
  ) {
    this.#options = options;
    this.auditor = new Auditor(server.store, SERVICE_CLASS, () => time.tick());
  }

  static async begin(options: WorldOptions): Promise<World> {
    const time = new Time(options.seed);
    const clock = time.view();
    const server = await EmbeddedApiServer.start({
      seed: options.seed,
      controllers: false,
      serviceCidrs: CIDRS,
      clock,
    });
    // A request that the server holds back waits for time; its last timer is that of the bookmarks.
    time.awaits(() => 1 - clock.pending);
    const world = new World(options, server, time);
    for (const name of [NAMESPACE, 'shop']) {
      world.#write('namespaces', (kind) => server.store.create(kind, { metadata: { name } }));
    }
    world.configure(options.pools ?? SMALL);
    return world;
  }

  /** Runs `work` in a world of its own, and asserts at the end that nothing happened that must not. */
  static async with(options: WorldOptions, work: (world: World) => Promise<void>): Promise<void> {
    const world = await World.begin(options);
    try {
      await work(world);
      world.assertFine();
    } catch (error) {
      // What went wrong first tells more than what followed from it.
      const [finding] = world.auditor.findings;
      if (finding === undefined || !(error instanceof Error)) throw error;
      throw new Error(`${finding} (then: ${error.message})`, { cause: error });
    } finally {
      await world.close();
    }
  }

  /** Replicas have a Lease. */
  get isElected(): boolean {
    return this.#options.leaderElect ?? false;
  }

  get store() {
    return this.server.store;
  }

  start(): Replica {
    const replica = new Replica({
      server: this.server,
      time: this.time,
      leaderElect: this.isElected,
      onList: () => this.auditor.listed(),
      onFinding: (finding) => this.auditor.findings.push(finding),
    });
    this.replicas.push(replica);
    return replica;
  }

  async stop(replica: Replica): Promise<void> {
    this.#forget(replica);
    await replica.stop();
  }

  async kill(replica: Replica): Promise<void> {
    this.#forget(replica);
    await replica.kill();
  }

  leader(): Replica | undefined {
    return this.replicas.find(({ isLeader }) => isLeader);
  }

  fault(fault: Fault): Release {
    return this.server.faults.add(fault);
  }

  configure(pools: readonly string[]): void {
    this.configureText(`address-pools: [${pools.join(', ')}]`);
  }

  configureText(text: string): void {
    const name = { namespace: NAMESPACE, name: 'cairn-config' };
    this.#write('configmaps', (kind) =>
      this.store.change(kind, name, () => ({ ok: true, value: { metadata: { ...name }, data: { config: text } } }), {
        mayCreate: true,
      }),
    );
  }

  /** A LoadBalancer Service in the namespace `shop`. `metadata` and `spec` are added to it. */
  create(name: string, { metadata = {}, spec = {} }: { metadata?: JsonObject; spec?: JsonObject } = {}): void {
    this.#write('services', (kind) =>
      this.store.create(kind, {
        metadata: { ...metadata, name, namespace: 'shop' },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
      }),
    );
  }

  /** Changes a Service as its user does: what `change` does to a copy of it. */
  edit(name: string, change: (service: JsonObject) => void, subresource?: 'status'): void {
    this.#write('services', (kind) =>
      this.store.change(
        kind,
        { namespace: 'shop', name },
        (old) => {
          const copy = structuredClone(old) as JsonObject;
          change(copy);
          return { ok: true, value: copy };
        },
        subresource === undefined ? {} : { subresource },
      ),
    );
  }

  /** As `edit`, and left alone where the API server refuses it. */
  tryEdit(name: string, change: (service: JsonObject) => void): void {
    try {
      this.edit(name, change);
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
    this.#write('services', (kind) => this.store.delete(kind, { namespace: 'shop', name }));
  }

  label(labels: Readonly<Record<string, string>>): void {
    this.#write('namespaces', (kind) =>
      this.store.change(kind, { name: 'shop' }, (old) => ({
        ok: true,
        value: { ...old, metadata: { ...old?.metadata, labels } },
      })),
    );
  }

  service(name: string): Service | undefined {
    const object = this.store.get(this.store.resource('services'), { namespace: 'shop', name });
    return object === undefined ? undefined : readService(object);
  }

  services(): readonly Service[] {
    return this.store.list(this.store.resource('services'), 'shop').map(readService);
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

  /** Every Service says what is true of it. Then a while passes in which nothing may be written. */
  async rest(): Promise<void> {
    await this.settled();
    // What `cairn-state` remembers may be written a retry later.
    const { freed, 'accepted-config': config = '' } = this.state();
    if (freed !== undefined || config.includes('reuse-delay')) await this.time.pass(RETRY_MS);
    await this.settled();
    const writes = this.auditor.writes.length;
    await this.time.pass(this.isElected ? REST_MS.elected : REST_MS.alone);
    assert.deepEqual(this.auditor.writes.slice(writes), [], 'written at rest');
    const truth = this.#truth();
    assert.ok(truth);
    assertReasons(truth);
    assert.deepEqual(this.auditor.doubles(), []);
    this.assertFine();
  }

  async settled(withinMs?: number): Promise<void> {
    let untrue: string | undefined = 'nothing was accepted yet';
    const isTrue = () => {
      const truth = this.#truth();
      if (!this.#isAccepted()) untrue = 'the configuration is not accepted yet';
      else if (truth !== undefined) untrue = untrueIn(truth);
      return untrue === undefined;
    };
    await this.time.until('that each Service says what is true of it', isTrue, withinMs).catch((error: Error) => {
      throw new Error(`${error.message}; ${untrue}`, { cause: error });
    });
  }

  assertFine(): void {
    assert.deepEqual(this.auditor.findings, []);
  }

  async close(): Promise<void> {
    this.server.faults.clear();
    for (const replica of this.replicas.splice(0)) {
      replica.thaw();
      await replica.stop();
    }
    await this.server.stop();
  }

  /** The newest configuration, unless it is a broken one. */
  #isAccepted(): boolean {
    const name = { namespace: NAMESPACE, name: 'cairn-config' };
    const text: unknown = this.store.get(this.store.resource('configmaps'), name)?.['data']?.config;
    return typeof text !== 'string' || !parseConfig(text).ok || this.state()['accepted-config'] === text;
  }

  #truth() {
    return truthOf(this.store, SERVICE_CLASS, this.time.wallMs);
  }

  #forget(replica: Replica): void {
    this.replicas.splice(this.replicas.indexOf(replica), 1);
  }

  #write<T>(plural: string, write: (kind: ReturnType<World['store']['resource']>) => Result<T, Status>): T {
    const written = this.auditor.asUser(() => write(this.store.resource(plural)));
    if (!written.ok) throw new Refused(written.error.message);
    return written.value;
  }
}
