/**
 * The work of the controller that leads: keeps the allocator at what the API says, and has Services written
 * (`service-writer.ts`) whenever what is to be true of them may be something else.
 *
 * One object for each time of leading: whoever begins to lead starts from the API again.
 *
 * Source: docs/design.md §6, rules 1 and 4.
 * @module
 */
import { Allocator } from '../allocator/allocator.js';
import type { Held } from '../allocator/standing.js';
import { WorkQueue } from '../kube/queue.js';
import { dependsOnWhoRuns } from '../speaker/announced.js';
import { addressesIn, type Concerned, isConcerned } from '../speaker/report-changes.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { AcceptedConfig } from './accepted-config.js';
import { logDeleted } from './assignment-log.js';
import { ConflictAvoidance } from './conflict-avoidance.js';
import { FREED_KEY, readFreed, writeFreed } from './freed-state.js';
import { Publication } from './publication.js';
import { ServiceWriter, type Term } from './service-writer.js';
import { ACCEPTED_CONFIG_KEY } from './state-config-map.js';
import type { StateStore } from './state-store.js';
import { TermEnd } from './term-end.js';
import { TermTime } from './term-time.js';

export interface LeaderOptions extends Term {
  readonly state: StateStore;
}

/** Status writes under way at once: as many as the API client has connections. */
const CONCURRENT_WRITES = 16;
/** Addresses of refused ranges that are looked up one by one; of larger ranges, all Services are asked. */
const MAX_LOOK_UPS = 1_000;
const NO_TIMER = () => {};

export class Leader {
  readonly #options: LeaderOptions;
  readonly #time: TermTime;
  readonly #allocator: Allocator;
  readonly #config: AcceptedConfig;
  readonly #queue: WorkQueue<ServiceKey>;
  readonly #publication: Publication;
  readonly #conflicts: ConflictAvoidance;
  readonly #writer: ServiceWriter;
  #cancelWake: () => void = NO_TIMER;
  /** The allocator's count of changes of what rests, when `state` was told of them. */
  #toldRestingChanges: number | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
    const { clock, log, events, state, configName, serviceClass } = options;
    this.#time = new TermTime(clock);
    this.#config = new AcceptedConfig({ log, events, state, name: configName });
    this.#allocator = new Allocator({ serviceClass, freed: readFreed(state.get(FREED_KEY)) });
    const onWall = (ms: number) => this.#time.onWall(ms);
    state.keep(FREED_KEY, (room) => writeFreed(this.#allocator.resting(this.#time.nowMs()), room, onWall));
    this.#queue = new WorkQueue({
      clock,
      // Whatever else there is to say of Services waits for those whose address is not written yet; these are soon fewer.
      comesFirst: (key) =>
        options.views.service(key)?.ingress.length === 0 && this.#allocator.standing(key).state === 'holds',
      onFailure: (service, error, retryMs) =>
        log.warn({ service, err: error, retryMs }, 'a Service could not be written'),
    });
    const queue = this.#queue;
    this.#publication = new Publication({
      clock,
      installation: serviceClass.installation,
      isPublished: () => this.#isConfigPublished(),
      release: (key) => queue.add(key),
    });
    this.#conflicts = new ConflictAvoidance({
      ...options,
      time: this.#time,
      allocator: this.#allocator,
      changed: (keys) => this.#addAll(keys),
      lookAgain: (key, afterMs) => queue.addAfter(key, afterMs),
      mayBeWritten: (key) => !this.#publication.holdBack(key),
    });
    this.#writer = new ServiceWriter({
      ...options,
      time: this.#time,
      queue,
      config: this.#config,
      allocator: this.#allocator,
      publication: this.#publication,
      conflicts: this.#conflicts,
      changed: (keys) => this.#addAll(keys),
    });
  }

  /** Works until `signal` aborts, and then for as long as `term-end.ts` grants. The views are synced already. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, events, metrics, state, isLeader } = this.#options;
    const end = new TermEnd({ clock, signal, isLeader });
    const release = this.#follow();
    const leaveWallClock = this.#time.follow(() => this.#tellTimesAnew());
    events.giveWayTo(() => this.#queue.idle());
    this.#begin();
    metrics.leading({
      pools: () => this.#config.inForce.config?.pools ?? [],
      held: (pool, family) => this.#allocator.heldIn(pool, family),
      waiting: () => this.#allocator.waitingCount + this.#publication.waitingCount,
      configProblems: () => this.#config.problemCount,
    });
    await Promise.all([
      state.run(signal),
      this.#queue.run((key) => this.#writer.write(key, end.underWay), { concurrency: CONCURRENT_WRITES, signal }),
    ]);
    metrics.leading(undefined);
    this.#cancelWake();
    this.#publication.close();
    leaveWallClock();
    release();
    // The wall clock may have been set since what rests was written.
    if (this.#time.aheadMs() !== 0) state.touch(FREED_KEY);
    await state.writeLast(end.last);
    end.close();
  }

  #begin(): void {
    const { views } = this.#options;
    this.#config.observe(views.config());
    const { config, whyNot } = this.#config.inForce;
    const nowMs = this.#time.nowMs();
    for (const { meta } of views.namespaces()) this.#allocator.setNamespace(meta.name, meta.labels, nowMs);
    this.#allocator.configure(config, whyNot, nowMs);
    for (const key of this.#allocator.begin([...views.services()], nowMs)) this.#queue.add(key);
    this.#afterDecisions();
  }

  #follow(): () => void {
    const { views, state } = this.#options;
    return views.follow({
      service: (key, service, before) => this.#observe(key, service, before),
      namespace: (name, labels) => this.#addAll(this.#allocator.setNamespace(name, labels, this.#time.nowMs())),
      config: () => this.#configure(),
      state: () => {
        state.changed();
        this.#publication.changed();
      },
      reports: (concerned) => {
        for (const key of this.#holdersOf(concerned)) this.#queue.add(key);
      },
    });
  }

  #isConfigPublished(): boolean {
    const { views, state } = this.#options;
    return views.state()?.data[ACCEPTED_CONFIG_KEY] === state.get(ACCEPTED_CONFIG_KEY);
  }

  /** Looks at the addresses where these are few, and at all Services only where any may be concerned. */
  *#holdersOf(concerned: Concerned): Generator<ServiceKey> {
    const { views } = this.#options;
    const addresses = addressesIn(concerned, MAX_LOOK_UPS);
    if (addresses !== undefined) {
      for (const address of addresses) yield* this.#allocator.holders(address);
      return;
    }
    const isOne = (held: Held) =>
      isConcerned(concerned, held.address) || (concerned.unclaimed === true && dependsOnWhoRuns(views.reports, held));
    for (const { key } of views.services()) {
      const standing = this.#allocator.standing(key);
      if (standing.state === 'holds' && standing.held.some(isOne)) yield key;
    }
  }

  #configure(): void {
    const { views } = this.#options;
    const before = this.#config.inForce;
    const isNew = this.#config.observe(views.config());
    const { config, whyNot } = this.#config.inForce;
    if (!isNew && whyNot === before.whyNot) return;
    this.#allocator.configure(config, whyNot, this.#time.nowMs());
    this.#addAll([...views.services()].map(({ key }) => key));
  }

  /** What was said and kept is by the wall clock as it was set then. */
  #tellTimesAnew(): void {
    const { views, state } = this.#options;
    state.touch(FREED_KEY);
    for (const { key } of views.services()) this.#queue.add(key);
  }

  #observe(key: ServiceKey, service: Service | undefined, before: Service | undefined): void {
    if (before !== undefined && service?.meta.uid === before.meta.uid) this.#writer.observe(before, service);
    else if (before !== undefined) this.#forget(before, service);
    this.#addAll(this.#allocator.observe(key, service, this.#time.nowMs()));
    if (service === undefined) return;
    if (!this.#writer.hasJustWritten(service, this.#allocator.standing(key))) this.#queue.add(key);
  }

  /** It is gone; `successor` has its name now. */
  #forget(before: Service, successor: Service | undefined): void {
    const { log, events } = this.#options;
    logDeleted(log, before, this.#allocator.standing(before.key));
    this.#conflicts.gone(before);
    this.#writer.gone(before);
    if (successor === undefined) this.#publication.gone(before.key);
    events.gone({ kind: 'Service', meta: before.meta });
  }

  #addAll(keys: readonly ServiceKey[]): void {
    for (const key of keys) this.#queue.add(key);
    this.#afterDecisions();
  }

  /** What was freed is kept for the next leader; what rests is given when its rest has ended. */
  #afterDecisions(): void {
    const { clock, state } = this.#options;
    const changes = this.#allocator.restingChanges;
    if (changes !== this.#toldRestingChanges) state.touch(FREED_KEY);
    this.#toldRestingChanges = changes;
    this.#cancelWake();
    const nextMs = this.#allocator.nextMs();
    this.#cancelWake =
      nextMs === undefined
        ? NO_TIMER
        : clock.after(Math.max(0, nextMs - this.#time.nowMs()), () =>
            this.#addAll(this.#allocator.wake(this.#time.nowMs())),
          );
  }
}
