/**
 * Brings one Service to what the allocator decided and the speakers report: plans the patch, sends it if it may be sent
 * now, and tells what came of it.
 *
 * Nothing is decided here. Each write is conditional on the version that it was planned on, and one that is refused is
 * planned anew; what has to wait comes back to the queue.
 *
 * Source: docs/design.md §5 and §6, rule 1.
 * @module
 */
import { addressesIn, listedBy } from '../allocator/adopt.js';
import type { Allocator } from '../allocator/allocator.js';
import type { Standing } from '../allocator/standing.js';
import { type ApiClient, ApiError } from '../kube/client.js';
import { type Clock, toTime } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events.js';
import type { Log } from '../kube/log.js';
import { Pace } from '../kube/pace.js';
import type { WorkQueue } from '../kube/queue.js';
import { isAsWritten, patchService } from '../kube/status.js';
import { type Announcement, announcementOf } from '../speaker/announced.js';
import { withGaps } from '../speaker/forwarding-gaps.js';
import type { Address } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import { conditionOf, type Service } from '../values/objects.js';
import type { ServiceClass } from '../values/service-class.js';
import { assignmentOf } from '../values/service-marks.js';
import type { AcceptedConfig } from './accepted-config.js';
import { logWritten } from './assignment-log.js';
import type { ConflictAvoidance } from './conflict-avoidance.js';
import type { ControllerMetrics } from './controller-metrics.js';
import type { ControllerViews } from './controller-views.js';
import { EmptiedStatuses } from './emptied-statuses.js';
import { HandOver } from './hand-over.js';
import { IpMode, nodeAddressComplaint } from './ip-mode.js';
import { isLeftToNode } from './node-address.js';
import { inTellingOrder, PassingAnnouncements, toldAnnouncement } from './passing-announcements.js';
import type { Publication } from './publication.js';
import { CONDITIONS, type PlanFacts, planRepair, planService, type ServicePlan } from './service-plan.js';
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
const NO_ADDRESSES: readonly Address[] = [];

type Holding = Standing & { readonly state: 'holds' };

export class ServiceWriter {
  readonly #options: ServiceWriterOptions;
  readonly #handOver = new HandOver();
  readonly #ipMode: IpMode;
  readonly #passing = new PassingAnnouncements();
  readonly #emptied = new EmptiedStatuses();
  /** By uid: a Service that was deleted and created anew is another one. */
  readonly #pace = new Pace<string>(WRITES_OF_ONE_SERVICE);
  readonly #untold = new UntoldWrites();
  /** What a write made of a Service, and what was to be true of it, while others are told. */
  #written: { readonly service: Service; readonly standing: Standing; readonly isTriedAgain: boolean } | undefined;

  constructor(options: ServiceWriterOptions) {
    this.#options = options;
    this.#ipMode = new IpMode(options);
  }

  /** Rejects when the API server cannot be written; the queue then has it tried again. */
  async write(key: ServiceKey, signal: AbortSignal): Promise<void> {
    const { clock, views, queue, allocator, conflicts, changed, isLeader } = this.#options;
    const service = views.service(key);
    if (service === undefined) return;
    const arrived = this.#untold.arrivedIn(service);
    if (arrived !== undefined) this.#tell(arrived, service);
    changed(allocator.withdraw(key, clock.wallMs()));
    const standing = conflicts.avoid(service, allocator.standing(key));
    if (this.#isHeldBackUntold(service, standing)) return;
    const leftToNode = this.#leftToNode(service, standing);
    if (leftToNode.length > 0 && this.#ipMode.isKept === undefined) {
      await this.#ipMode.ask(signal);
      queue.add(key);
      return;
    }
    const plan = this.#plan(service, standing, leftToNode);
    if (plan === undefined) {
      this.#untold.delete(key);
      return;
    }
    if (!isLeader()) {
      // Not well inside the lease: it is renewed soon, or leading ends and another plans anew.
      queue.retry(key);
      return;
    }
    const waitMs = this.#pace.take(service.meta.uid, clock.monotonicMs());
    if (waitMs > 0) queue.postpone(key, waitMs);
    else await this.#send({ service, standing, plan }, signal);
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
    this.#emptied.observe(before, after);
  }

  gone(service: Service): void {
    this.#passing.gone(service.key);
    this.#untold.delete(service.key);
    this.#emptied.gone(service);
  }

  /**
   * It has had no address, its first one has to wait, and nothing is to be said of that yet: thousands that wait so are not
   * planned one by one, as what they wait for is written meanwhile.
   */
  #isHeldBackUntold(service: Service, standing: Standing): boolean {
    const { publication } = this.#options;
    return (
      standing.state === 'holds' &&
      service.ingress.length === 0 &&
      publication.holdsBack(service.key) &&
      publication.complaint() === undefined &&
      this.#hadBefore(service, NO_ADDRESSES).length === 0
    );
  }

  #plan(service: Service, standing: Standing, leftToNode: readonly Address[]): ServicePlan | undefined {
    const { clock, config, publication, serviceClass } = this.#options;
    const facts: PlanFacts = {
      installation: serviceClass.installation,
      lastTold: this.#untold.lastTold(service),
      announcement: this.#announcement(service, standing),
      now: toTime(clock.wallMs()),
      forwarding: this.#mayBeHandedOver(service, standing) ? config.inForce.config?.forwarding.mode : undefined,
      leftToNode,
      isSeenEmptied: this.#emptied.has(service),
    };
    const plan = planService(service, standing, facts);
    if (standing.state !== 'holds' || plan?.write.ingress === undefined) return plan;
    const isHeldBack = publication.holdsBack(service.key);
    const unsafe = this.#ipMode.isKept === false ? leftToNode : NO_ADDRESSES;
    if (!isHeldBack && unsafe.length === 0) return plan;
    const had = this.#hadBefore(service, unsafe);
    // The speakers may not know of another mode yet: kube-proxy has what they do not take.
    const asItWas: PlanFacts = { ...facts, forwarding: undefined };
    if (standing.held.every(({ address }) => had.includes(address))) return planService(service, standing, asItWas);
    // Who has an address already keeps it, and hears of the other one once it is there.
    const shown = addressesIn(service);
    if (had.some((address) => !shown.includes(address))) return planRepair(service, had, asItWas);
    const withheld = unsafe.length > 0 ? nodeAddressComplaint(unsafe) : publication.complaint();
    if (withheld === undefined || service.ingress.length > 0) return undefined;
    return planService(service, standing, { ...facts, withheld });
  }

  /**
   * What it holds and had before: its status shows it, or its mark lists it, whatever became of the status. Anybody who may
   * edit a Service may write the mark, so for an address of a node, these, the condition has to be there as well.
   */
  #hadBefore(service: Service, ofNodes: readonly Address[]): readonly Address[] {
    const { allocator, serviceClass } = this.#options;
    const shown = addressesIn(service);
    const isAssigned = assignmentOf(service) !== undefined;
    const listed = listedBy(service, serviceClass.installation).filter(
      (address) => !shown.includes(address) && (isAssigned || !ofNodes.includes(address)),
    );
    return [...shown, ...listed].filter((address) => allocator.holders(address).includes(service.key));
  }

  async #send(sent: Sent, signal: AbortSignal): Promise<void> {
    const { service, standing, plan } = sent;
    const { client, views, queue, metrics, isLeader } = this.#options;
    const { key } = service;
    try {
      const written = await patchService(client, key, plan.write, { signal, mayBeSent: isLeader });
      const changed = changedIn(written, plan.write);
      if (changed.length === 0) metrics.wrote('done');
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
      if (mayHaveArrived && views.service(key)?.meta.uid === service.meta.uid) this.#untold.add(sent);
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
    const { log, views, events, conflicts } = this.#options;
    const before = this.#untold.lastTold(service);
    this.#untold.delete(service.key);
    conflicts.given(written, logWritten(log, before, written, standing, notes));
    const regarding = { kind: 'Service', meta: written.meta } as const;
    for (const type of CONDITIONS) {
      const isDropped = conditionOf(before, type) !== undefined && conditionOf(written, type) === undefined;
      if (isDropped) events.endStory(regarding, type);
    }
    for (const note of notes) events.record(regarding, note);
    if (write.ingress !== undefined && write.ingress.length > 0) this.#ipMode.learn(written);
    if (this.#ipMode.isKept === false && this.#isForwarding()) this.#ipMode.tellDropped(views.config());
  }

  /** What is to be said of its announcement now; where another one is likely soon, it is looked at again then. */
  #announcement(service: Service, standing: Standing): Announcement | undefined {
    const { views, clock, queue } = this.#options;
    if (standing.state !== 'holds') {
      this.#passing.gone(service.key);
      return undefined;
    }
    const announced = announcementOf(views.reports, inTellingOrder(standing.held), service.ports);
    const announcement = this.#isForwarding() ? withGaps(announced, service) : announced;
    const waitMs = this.#passing.waitMs(service, announcement, clock.monotonicMs());
    if (waitMs === 0) return announcement;
    queue.addAfter(service.key, waitMs);
    return toldAnnouncement(service);
  }

  #isForwarding(): boolean {
    return this.#options.config.inForce.config?.forwarding.mode === 'nftables';
  }

  #leftToNode(service: Service, standing: Standing): readonly Address[] {
    const { views } = this.#options;
    if (standing.state !== 'holds') return [];
    return addressesOf(standing).filter((address) => isLeftToNode(service, address, views));
  }

  /** Where it may not yet, it is looked at again in time. */
  #mayBeHandedOver(service: Service, standing: Standing): boolean {
    const { views, clock, config, queue } = this.#options;
    this.#handOver.modeIs(config.inForce.config?.forwarding.mode, clock.monotonicMs());
    if (standing.state !== 'holds') return true;
    const waitMs = this.#handOver.waitMs(service, addressesOf(standing), views.reports, clock.monotonicMs());
    if (waitMs !== undefined && waitMs > 0) queue.addAfter(service.key, waitMs);
    return waitMs === 0;
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

const addressesOf = ({ held }: Holding): readonly Address[] => held.map(({ address }) => address);
