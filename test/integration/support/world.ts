/**
 * A cluster for a controller: the embedded API server with its faults, somebody who uses it, and an auditor who sees every write.
 * @module
 */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/config/parse.js';
import type { Fault, Release } from '../../../src/playground/api/faults.js';
import { type ApiServer, overHttp, withoutNetwork } from './api-server.js';
import { Auditor } from './auditor.js';
import { Calm } from './calm.js';
import { Cluster } from './cluster.js';
import { untruths } from './judge.js';
import { poolsFrom } from './pool-facts.js';
import { nodeIpsOf } from './reading.js';
import { Replica } from './replica.js';
import { restsFrom, type Scene } from './scene.js';
import { Time } from './time.js';
import { assertReasons, NAMESPACE, truthOf, untrueIn } from './truth.js';

export interface WorldOptions {
  readonly seed: number;
  /** Pools, each as in the configuration. */
  readonly pools?: readonly string[];
  /** Several replicas with a Lease, or one without. */
  readonly leaderElect?: boolean;
  /** Between the controllers and the API server; default `http`. */
  readonly transport?: 'http' | 'direct';
  /** Services without a class are another provider's. */
  readonly isClassNeeded?: boolean;
}

/** Three addresses and more Services: full, and somebody waits. */
export const SMALL = ['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}'];
const CIDRS = ['10.96.0.0/16', 'fd00:10:96::/112'];
/** The longest pause of a retry. */
const RETRY_MS = 60_000;
/** Leases are renewed every two seconds, which makes time dear where there are any. */
const REST_MS = { elected: 16_000, alone: 120_000 };

export class World extends Cluster {
  readonly replicas: Replica[] = [];
  readonly #options: WorldOptions;
  readonly #calm: Calm;

  private constructor(
    options: WorldOptions,
    readonly server: ApiServer,
    readonly time: Time,
  ) {
    const auditor = new Auditor({
      store: server.store,
      serviceClass: { name: 'cairn.dev/lb', isDefault: options.isClassNeeded !== true },
      onWrite: () => time.tick(),
      isAtWork: () => this.#isAtWork(),
      nowMs: () => time.wallMs,
      calmSinceMs: () => this.#calm.sinceMs(),
    });
    super(server.store, auditor);
    this.#options = options;
    this.#calm = new Calm({
      nowMs: () => time.wallMs,
      faults: server.faults,
      leader: () => this.#inCharge(),
    });
  }

  static async begin(options: WorldOptions): Promise<World> {
    const { seed, transport = 'http' } = options;
    const time = new Time(seed, transport);
    const facts = { seed, time, serviceCidrs: CIDRS };
    const server = transport === 'http' ? await overHttp(facts) : withoutNetwork(facts);
    const world = new World(options, server, time);
    for (const name of [NAMESPACE, 'shop', 'bank']) world.createNamespace(name);
    world.addNode();
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

  start(): Replica {
    if (!this.isElected) this.auditor.began();
    const replica = new Replica({
      server: this.server,
      time: this.time,
      leaderElect: this.isElected,
      defaultClass: this.#options.isClassNeeded !== true,
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
    return this.#calm.fault(fault);
  }

  /** Somebody did something: what is said may be untrue for a moment. */
  stirred(): void {
    this.#calm.stir();
  }

  /** What is untrue though the controller had the time to say otherwise, at once where it had. */
  async judge(): Promise<void> {
    if (!this.#calm.isLongEnough()) return;
    await this.time.settle();
    if (!this.#calm.isLongEnough()) return;
    const scene = this.#scene();
    if (scene !== undefined) this.auditor.findings.push(...untruths(scene));
    this.auditor.findings.push(...this.auditor.doubles());
  }

  /** Every Service says what is true of it. Then a while passes in which nothing may be written. */
  async rest(): Promise<void> {
    await this.settled();
    // What `cairn-state` remembers may be written a retry later.
    const { freed, 'accepted-config': config = '' } = this.state();
    if (freed !== undefined || config.includes('reuse-delay')) await this.time.pass(RETRY_MS);
    await this.settled();
    let written = await this.#writtenAtRest();
    // What could not be remembered is tried again for as long as a minute later, and what waited for that follows.
    if (written.includes('cairn-state')) written = await this.#writtenAtRest();
    assert.deepEqual(written, [], 'written at rest');
    const truth = this.#truth();
    assert.ok(truth);
    assertReasons(truth);
    assert.deepEqual(this.auditor.doubles(), []);
    const scene = this.#scene();
    assert.deepEqual(scene === undefined ? [] : untruths(scene), []);
    this.assertFine();
  }

  async #writtenAtRest(): Promise<readonly string[]> {
    const before = this.auditor.writes.length;
    await this.time.pass(this.isElected ? REST_MS.elected : REST_MS.alone);
    return this.auditor.writes.slice(before);
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

  /** What the Services and the state say, for a comparison. */
  told(): string {
    const told = this.store
      .list(this.store.resource('services'))
      .map(({ metadata, status }) => [metadata.name, metadata.annotations, status]);
    return JSON.stringify([told, this.state()], undefined, 1);
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
    if (typeof text !== 'string' || !parseConfig(text).ok) return true;
    const { ['accepted-config']: accepted, ['told-refusal']: refused = '' } = this.state();
    return accepted === text && refused === '';
  }

  #truth() {
    const serviceClass = {
      installation: NAMESPACE,
      name: 'cairn.dev/lb',
      isDefault: this.#options.isClassNeeded !== true,
    };
    return truthOf(this.store, serviceClass, this.time.wallMs);
  }

  /** Undefined before a configuration was accepted. */
  #scene(): Scene | undefined {
    const { ['accepted-config']: text, freed } = this.state();
    if (text === undefined) return undefined;
    const namespaces = this.store.list(this.store.resource('namespaces'));
    return {
      services: this.store.list(this.store.resource('services')),
      namespaces: new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
      nodeAddresses: new Set(this.store.list(this.store.resource('nodes')).flatMap(nodeIpsOf)),
      pools: poolsFrom(text),
      rests: restsFrom(freed),
      // What ends in this very millisecond may be told in the next one.
      nowMs: this.time.wallMs - 1,
      isOurs: (service) => this.auditor.isOurs(service),
    };
  }

  #inCharge(): Replica | undefined {
    return this.isElected ? this.leader() : this.replicas[0];
  }

  #isAtWork(): boolean {
    const problems = this.#inCharge()?.health.readyProblems();
    return problems?.every((problem) => !problem.includes('has not listed')) ?? false;
  }

  #forget(replica: Replica): void {
    this.replicas.splice(this.replicas.indexOf(replica), 1);
  }
}
