/**
 * Brings one Service to what the allocator decided and the speakers report: has the patch planned (`service-planner.ts`),
 * sends it if it may be sent now, and tells what came of it.
 *
 * Nothing is decided here. Each write is conditional on the version that it was planned on, and one that is refused is
 * planned anew; what has to wait comes back to the queue.
 *
 * Source: docs/design.md §5 and §6, rule 1.
 * @module
 */
import type { Allocator } from '../allocator/allocator.js';
import type { Standing } from '../allocator/standing.js';
import { type ApiClient, ApiError } from '../kube/client.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events.js';
import type { Log } from '../kube/log.js';
import { Pace } from '../kube/pace.js';
import type { WorkQueue } from '../kube/queue.js';
import { isAsWritten, patchService } from '../kube/status.js';
import type { ServiceKey } from '../values/names.js';
import { conditionOf, type Service } from '../values/objects.js';
import type { ServiceClass } from '../values/service-class.js';
import type { AcceptedConfig } from './accepted-config.js';
import { logWritten } from './assignment-log.js';
import type { ConflictAvoidance } from './conflict-avoidance.js';
import type { ControllerMetrics } from './controller-metrics.js';
import type { ControllerViews } from './controller-views.js';
import { IpMode } from './ip-mode.js';
import type { Publication } from './publication.js';
import { RefusedWrites } from './refused-writes.js';
import { CONDITIONS } from './service-plan.js';
import { isForwarding, ServicePlanner } from './service-planner.js';
import type { TermTime } from './term-time.js';
import { ChangedWriteError, changedIn, type Sent, UntoldWrites } from './untold-writes.js';

/** What is there for as long as somebody leads. */
export interface Term {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly views: ControllerViews;
  readonly events: EventRecorder;
  readonly serviceClass: ServiceClass;
  /** `namespace/name` of the ConfigMap with the configuration. */
  readonly configName: string;
  readonly metrics: ControllerMetrics;
  /** Asked right before every write, and by the client once more when it is about to go out. */
  readonly isLeader: () => boolean;
}

export interface ServiceWriterOptions extends Term {
  readonly time: TermTime;
  readonly allocator: Allocator;
  readonly config: AcceptedConfig;
  readonly conflicts: ConflictAvoidance;
  readonly publication: Publication;
  readonly queue: WorkQueue<ServiceKey>;
  /** The allocator has decided something: the standings of these Services may be others now. */
  readonly changed: (keys: readonly ServiceKey[]) => void;
}

/** Somebody else who writes the same status is answered at once a few times, and then ever so often. */
const WRITES_OF_ONE_SERVICE = { burst: 10, refillMs: 5_000 };

export class ServiceWriter {
  readonly #options: ServiceWriterOptions;
  readonly #ipMode: IpMode;
  readonly #planner: ServicePlanner;
  /** By uid: a Service that was deleted and created anew is another one. */
  readonly #pace = new Pace<string>(WRITES_OF_ONE_SERVICE);
  readonly #untold = new UntoldWrites();
  readonly #refused: RefusedWrites;
  /** What a write made of a Service, and what was to be true of it, while others are told. */
  #written: { readonly service: Service; readonly standing: Standing; readonly isTriedAgain: boolean } | undefined;

  constructor(options: ServiceWriterOptions) {
    this.#options = options;
    this.#ipMode = new IpMode(options);
    this.#planner = new ServicePlanner(options, this.#ipMode);
    this.#refused = new RefusedWrites(options);
  }

  /** Rejects when the API server cannot be written; the queue then has it tried again. */
  async write(key: ServiceKey, signal: AbortSignal): Promise<void> {
    const { clock, time, views, queue, allocator, conflicts, changed, isLeader } = this.#options;
    const service = views.service(key);
    if (service === undefined) return;
    const arrived = this.#untold.arrivedIn(service);
    if (arrived !== undefined) this.#tell(arrived, service);
    changed(allocator.withdraw(key, time.nowMs()));
    const standing = conflicts.avoid(service, allocator.standing(key));
    if (this.#planner.isHeldBackUntold(service, standing)) return;
    const leftToNode = this.#planner.leftToNode(service, standing);
    if (leftToNode.length > 0 && this.#ipMode.isKept === undefined) {
      await this.#ipMode.ask(signal);
      queue.add(key);
      return;
    }
    const planned = this.#planner.plan(service, standing, { leftToNode, lastTold: this.#untold.lastTold(service) });
    if (planned.kind === 'nothing') {
      this.#untold.delete(key);
      this.#refused.end(service);
    }
    if (planned.kind !== 'write') return;
    if (!isLeader()) {
      // Not well inside the lease: it is renewed soon, or leading ends and another plans anew.
      queue.retry(key);
      return;
    }
    const waitMs = this.#pace.take(service.meta.uid, clock.monotonicMs());
    if (waitMs > 0) queue.postpone(key, waitMs);
    else await this.#send({ service, standing, plan: planned.plan }, signal);
  }

  /**
   * This is what a write of ours made of it, all of it is there, and nothing else is to be true of it now: there is nothing
   * to plan. What else may be to write, such as another announcement, brings its keys to the queue by itself. Where not all
   * of it is there, it is tried again in a while.
   */
  hasJustWritten(service: Service, standing: Standing): boolean {
    if (this.#written?.service !== service) return false;
    return this.#written.isTriedAgain || isSameHolding(this.#written.standing, standing);
  }

  /** One Service, as it was and as it is now. */
  observe(before: Service, after: Service): void {
    this.#planner.observe(before, after);
  }

  gone(service: Service): void {
    this.#planner.gone(service);
    this.#untold.delete(service.key);
    this.#refused.end(service);
  }

  async #send(sent: Sent, signal: AbortSignal): Promise<void> {
    const { service, standing, plan } = sent;
    const { client, views, queue, metrics, isLeader } = this.#options;
    const { key } = service;
    try {
      const written = await patchService(client, key, plan.write, { signal, mayBeSent: isLeader });
      const changed = changedIn(written, plan.write);
      if (changed.length === 0) {
        metrics.wrote('done');
        this.#refused.end(service);
      }
      // Deleted meanwhile: that was told and forgotten already.
      if (views.service(key)?.meta.uid !== written.meta.uid) return;
      const isTriedAgain = changed.length > 0;
      if (!isTriedAgain) this.#tell(sent, written);
      const isNothingToPlan = isTriedAgain || isAsWritten(written, plan.write);
      this.#written = isNothingToPlan ? { service: written, standing, isTriedAgain } : undefined;
      views.learn(service, written);
      this.#written = undefined;
      if (isTriedAgain) throw new ChangedWriteError(changed);
    } catch (error) {
      const mayHaveArrived = !(error instanceof ApiError && error.reason === 'Withheld');
      if (views.service(key)?.meta.uid === service.meta.uid) {
        if (mayHaveArrived) this.#untold.add(sent);
        if (error instanceof ApiError || error instanceof ChangedWriteError) this.#refused.add(service, error);
      }
      if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 404)) {
        metrics.wrote('failed');
        throw error;
      }
      // Changed or gone since it was seen: the watch brings what it is now, or has done so already. A refusal that only
      // looks like it, such as an admission webhook's, is tried again.
      metrics.wrote('conflict');
      if (views.service(key) === service) queue.retry(key);
      else queue.add(key);
    }
  }

  /** A write of ours made this of it. */
  #tell({ service, standing, plan: { write, notes } }: Sent, written: Service): void {
    const { log, views, events, conflicts, config } = this.#options;
    const before = this.#untold.lastTold(service);
    this.#untold.delete(service.key);
    conflicts.written(written, logWritten(log, before, written, standing, notes));
    const regarding = { kind: 'Service', meta: written.meta } as const;
    for (const type of CONDITIONS) {
      const isDropped = conditionOf(before, type) !== undefined && conditionOf(written, type) === undefined;
      if (isDropped) events.endStory(regarding, type);
    }
    for (const note of notes) events.record(regarding, note);
    if (write.ingress !== undefined && write.ingress.length > 0) this.#ipMode.learn(written);
    if (this.#ipMode.isKept === false && isForwarding(config)) this.#ipMode.tellDropped(views.config());
  }
}

/** Both hold the same, and ask for no more. */
const isSameHolding = (one: Standing, other: Standing): boolean =>
  one.state === 'holds' &&
  other.state === 'holds' &&
  [one, other].every(({ unmet, lacks }) => unmet === undefined && lacks === undefined) &&
  one.sharedAs === other.sharedAs &&
  one.held.length === other.held.length &&
  one.held.every(({ address, pool, now, protocol }, at) => {
    const same = other.held[at];
    return address === same?.address && pool === same.pool && now === same.now && protocol === same.protocol;
  });
