/**
 * The work of the controller that leads: keeps the allocator at what the API says, and the API at what the allocator
 * decided.
 *
 * One object for each time of leading: whoever begins to lead starts from the API again. Nothing is decided in the
 * writes; each is conditional on the version that it was planned on, and one that is refused is planned anew.
 *
 * Source: docs/design.md §6, rules 1 and 4.
 * @module
 */
import { Allocator } from '../allocator/allocator.js';
import type { Standing } from '../allocator/standing.js';
import { type ApiClient, ApiError } from '../kube/client.js';
import { type Clock, toTime } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events.js';
import type { Log } from '../kube/log.js';
import { Pace } from '../kube/pace.js';
import { WorkQueue } from '../kube/queue.js';
import { patchService } from '../kube/status.js';
import { announcementOf } from '../speaker/announced.js';
import { withGaps } from '../speaker/forwarding-gaps.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import type { ServiceClass } from '../values/service-class.js';
import { AcceptedConfig } from './accepted-config.js';
import { logDeleted, logWritten } from './assignment-log.js';
import type { ControllerMetrics } from './controller-metrics.js';
import type { ControllerViews } from './controller-views.js';
import { FREED_KEY, readFreed, writeFreed } from './freed-state.js';
import { FreshConflicts } from './fresh-conflicts.js';
import { HandOver } from './hand-over.js';
import { isLeftToNode } from './node-address.js';
import { planService } from './service-plan.js';
import { ACCEPTED_CONFIG_KEY } from './state-config-map.js';
import type { StateStore } from './state-store.js';

export interface LeaderOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly views: ControllerViews;
  readonly events: EventRecorder;
  readonly state: StateStore;
  readonly serviceClass: ServiceClass;
  /** `namespace/name` of the ConfigMap with the configuration. */
  readonly configName: string;
  readonly metrics: ControllerMetrics;
  /** Asked right before every write, and by the client once more when it is about to go out. */
  readonly isLeader: () => boolean;
}

/** Status writes under way at once: as many as the API client has connections. */
const CONCURRENT_WRITES = 16;
/** Somebody else who writes the same status is answered at once a few times, and then ever so often. */
const WRITES_OF_ONE_SERVICE = { burst: 10, refillMs: 5_000 };
const NO_TIMER = () => {};

export class Leader {
  readonly #options: LeaderOptions;
  readonly #allocator: Allocator;
  readonly #config: AcceptedConfig;
  readonly #queue: WorkQueue<ServiceKey>;
  /** Services whose address waits until the API server holds the configuration that it is from. */
  readonly #heldBack = new Set<ServiceKey>();
  /** By uid: a Service that was deleted and created anew is another one. */
  readonly #pace = new Pace<string>(WRITES_OF_ONE_SERVICE);
  #cancelWake: () => void = NO_TIMER;
  readonly #handOver = new HandOver();
  readonly #freshConflicts = new FreshConflicts();
  #isDropTold = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
    const { clock, log, events, state, configName, serviceClass } = options;
    this.#config = new AcceptedConfig({ log, events, state, name: configName });
    this.#allocator = new Allocator({ serviceClass, freed: readFreed(state.get(FREED_KEY)) });
    this.#queue = new WorkQueue({
      clock,
      onFailure: (service, error, retryMs) =>
        log.warn({ service, err: error, retryMs }, 'a Service could not be written'),
    });
  }

  /** Works until `signal` aborts and the writes under way have ended. The views are synced already. */
  async run(signal: AbortSignal): Promise<void> {
    const { events, metrics, state } = this.#options;
    const release = this.#follow();
    events.giveWayTo(() => this.#queue.idle());
    this.#begin();
    metrics.leading({
      pools: () => this.#config.inForce.config?.pools ?? [],
      held: (pool, family) => this.#allocator.heldIn(pool, family),
      waiting: () => this.#allocator.waitingCount,
      configProblems: () => this.#config.problemCount,
    });
    await Promise.all([
      state.run(signal),
      this.#queue.run((key, stopped) => this.#reconcile(key, stopped), { concurrency: CONCURRENT_WRITES, signal }),
    ]);
    metrics.leading(undefined);
    this.#cancelWake();
    release();
  }

  #begin(): void {
    const { views, clock } = this.#options;
    this.#config.observe(views.config());
    const { config, whyNot } = this.#config.inForce;
    const nowMs = clock.wallMs();
    for (const { meta } of views.namespaces()) this.#allocator.setNamespace(meta.name, meta.labels, nowMs);
    this.#allocator.configure(config, whyNot, nowMs);
    for (const key of this.#allocator.begin(views.services(), nowMs)) this.#queue.add(key);
    this.#afterDecisions();
  }

  #follow(): () => void {
    const { views, clock, state } = this.#options;
    return views.follow({
      service: (key, service, before) => this.#observe(key, service, before),
      namespace: (name, labels) => this.#addAll(this.#allocator.setNamespace(name, labels, clock.wallMs())),
      config: () => this.#configure(),
      state: () => {
        state.changed();
        if (this.#isConfigPublished()) this.#letGo();
      },
      reports: (concerns) => {
        for (const service of views.services()) {
          const standing = this.#allocator.standing(service.key);
          if (standing.state === 'holds' && standing.held.some(({ address }) => concerns(address))) {
            this.#queue.add(service.key);
          }
        }
      },
    });
  }

  /** The speakers announce by the rules of the configuration that they read: no address is written before they can. */
  #isConfigPublished(): boolean {
    const { views, state } = this.#options;
    return views.state()?.data[ACCEPTED_CONFIG_KEY] === state.get(ACCEPTED_CONFIG_KEY);
  }

  #letGo(): void {
    for (const key of this.#heldBack) this.#queue.add(key);
    this.#heldBack.clear();
  }

  #configure(): void {
    const { views, clock } = this.#options;
    const before = this.#config.inForce;
    const isNew = this.#config.observe(views.config());
    const { config, whyNot } = this.#config.inForce;
    if (!isNew && whyNot === before.whyNot) return;
    this.#allocator.configure(config, whyNot, clock.wallMs());
    this.#addAll(views.services().map(({ key }) => key));
  }

  #observe(key: ServiceKey, service: Service | undefined, before: Service | undefined): void {
    if (before !== undefined && service?.meta.uid !== before.meta.uid) {
      logDeleted(this.#options.log, key, this.#allocator.standing(key));
      this.#freshConflicts.gone(before.meta.uid);
      this.#options.events.gone({ kind: 'Service', meta: before.meta });
    }
    this.#addAll(this.#allocator.observe(key, service, this.#options.clock.wallMs()));
    if (service !== undefined) this.#queue.add(key);
  }

  #addAll(keys: readonly ServiceKey[]): void {
    for (const key of keys) this.#queue.add(key);
    this.#afterDecisions();
  }

  /** What was freed is kept for the next leader; what rests is given when its rest has ended. */
  #afterDecisions(): void {
    const { clock, state } = this.#options;
    const pools = this.#config.inForce.config?.pools ?? [];
    const text = writeFreed(this.#allocator.freed(), pools, clock.wallMs());
    if (text !== (state.get(FREED_KEY) ?? writeFreed([], [], 0))) state.set(FREED_KEY, text);
    this.#cancelWake();
    const nextMs = this.#allocator.nextMs();
    this.#cancelWake =
      nextMs === undefined
        ? NO_TIMER
        : clock.after(Math.max(0, nextMs - clock.wallMs()), () => this.#addAll(this.#allocator.wake(clock.wallMs())));
  }

  async #reconcile(key: ServiceKey, signal: AbortSignal): Promise<void> {
    const { client, clock, log, views, events, metrics, isLeader } = this.#options;
    const service = views.service(key);
    if (service === undefined) return;
    this.#avoidConflict(service);
    const standing = this.#allocator.standing(key);
    const forwarding = this.#config.inForce.config?.forwarding.mode;
    const announced =
      standing.state === 'holds' ? announcementOf(views.reports, standing.held, service.ports) : undefined;
    const announcement = forwarding === 'nftables' ? withGaps(announced, service) : announced;
    const modes = this.#mayBeHandedOver(service, standing) ? forwarding : undefined;
    const plan = planService(service, standing, {
      installation: this.#options.serviceClass.installation,
      announcement,
      now: toTime(clock.wallMs()),
      forwarding: modes,
      leftToNode: (address) => isLeftToNode(service, address, views),
    });
    if (plan === undefined) return;
    if (standing.state === 'holds' && !this.#isConfigPublished()) {
      this.#heldBack.add(key);
      return;
    }
    if (!isLeader()) {
      // Not well inside the lease: it is renewed soon, or leading ends and another plans anew.
      this.#queue.retry(key);
      return;
    }
    const waitMs = this.#pace.take(service.meta.uid, clock.monotonicMs());
    if (waitMs > 0) {
      this.#queue.addAfter(key, waitMs);
      return;
    }
    try {
      const written = await patchService(client, key, plan.write, { signal, mayBeSent: isLeader });
      metrics.wrote('done');
      const given = logWritten(log, service, written, standing);
      this.#freshConflicts.given(written.meta.uid, given, clock.monotonicMs());
      for (const note of plan.notes) events.record({ kind: 'Service', meta: written.meta }, note);
      if (plan.write.ingress?.some(({ ipMode }) => ipMode === 'Proxy')) this.#tellIfDropped(written);
      views.learn(service, written);
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 404)) {
        metrics.wrote('failed');
        throw error;
      }
      // Changed or gone since it was seen: the watch brings what it is now, or has done so already. A refusal that only
      // looks like it, such as an admission webhook's, is tried again.
      metrics.wrote('conflict');
      if (views.service(key) === service) this.#queue.retry(key);
      else this.#queue.add(key);
    }
  }

  /** An address that nobody has used yet, and that another device answers for, is given up for another one. */
  #avoidConflict({ key, meta }: Service): void {
    const { views, clock, events } = this.#options;
    const standing = this.#allocator.standing(key);
    if (standing.state !== 'holds') return;
    const verdict = this.#freshConflicts.judge(meta.uid, standing.held, views.reports, clock.monotonicMs());
    if (verdict?.kind === 'look-again') this.#queue.addAfter(key, verdict.afterMs);
    if (verdict?.kind !== 'replace') return;
    this.#addAll(this.#allocator.replace(key, verdict.address, clock.wallMs()));
    const after = this.#allocator.standing(key);
    if (after.state !== 'holds' || after.held.some(({ address }) => address === verdict.address)) return;
    const { message } = verdict;
    const note = { type: 'Warning', reason: 'ConflictAvoided', message, about: 'ConflictAvoided' } as const;
    events.record({ kind: 'Service', meta }, note);
  }

  /** Where it may not yet, it is looked at again in time. */
  #mayBeHandedOver(service: Service, standing: Standing): boolean {
    const { views, clock } = this.#options;
    this.#handOver.modeIs(this.#config.inForce.config?.forwarding.mode, clock.monotonicMs());
    if (standing.state !== 'holds') return true;
    const addresses = standing.held.map(({ address }) => address);
    const waitMs = this.#handOver.waitMs(service, addresses, views.reports, clock.monotonicMs());
    if (waitMs !== undefined && waitMs > 0) this.#queue.addAfter(service.key, waitMs);
    return waitMs === 0;
  }

  /** An API server before Kubernetes 1.30 does not know `ipMode`: said once for each time of leading. */
  #tellIfDropped({ ingress }: Service): void {
    const { log, events, views, configName } = this.#options;
    const configMap = views.config();
    if (this.#isDropTold || configMap === undefined || ingress.some(({ ipMode }) => ipMode !== '')) return;
    this.#isDropTold = true;
    const message =
      'the API server knows no ipMode (Kubernetes 1.30 does), so the cluster’s service proxy cannot be told to leave ' +
      'addresses to forwarding.mode nftables; Cairn’s rules come before those of kube-proxy, but not before a proxy ' +
      'that works outside of netfilter';
    log.warn({ configMap: configName }, message);
    events.record(
      { kind: 'ConfigMap', meta: configMap.meta },
      { type: 'Warning', reason: 'IpModeUnknown', message, about: 'ipMode' },
    );
  }
}
