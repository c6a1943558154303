/**
 * What is to be written into one Service, in the circumstances of now: what the speakers report of its addresses, whether its
 * first one may be shown yet, and who forwards to it.
 *
 * Nothing is written here. What is to be looked at again in a while is put into the queue for then.
 *
 * Source: docs/design.md §4 (a node's own address) and §5.
 * @module
 */
import { addressesIn, listedBy } from '../allocator/adopt.js';
import type { Allocator } from '../allocator/allocator.js';
import type { Standing } from '../allocator/standing.js';
import { type Clock, toTime } from '../kube/clock.js';
import type { WorkQueue } from '../kube/queue.js';
import { type Announcement, announcementOf } from '../speaker/announced.js';
import { withGaps } from '../speaker/forwarding-gaps.js';
import type { Address } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import type { ServiceClass } from '../values/service-class.js';
import { assignmentOf } from '../values/service-marks.js';
import type { AcceptedConfig } from './accepted-config.js';
import type { ControllerViews } from './controller-views.js';
import { EmptiedStatuses } from './emptied-statuses.js';
import { HandOver } from './hand-over.js';
import { type IpMode, nodeAddressComplaint } from './ip-mode.js';
import { isLeftToNode } from './node-address.js';
import { inTellingOrder, PassingAnnouncements, toldAnnouncement } from './passing-announcements.js';
import type { Publication } from './publication.js';
import { type PlanFacts, planRepair, planService, type ServicePlan } from './service-plan.js';
import type { TermTime } from './term-time.js';
import { standingOnWall } from './told-times.js';

export interface ServicePlannerOptions {
  readonly clock: Clock;
  readonly time: TermTime;
  readonly views: ControllerViews;
  readonly serviceClass: ServiceClass;
  readonly allocator: Allocator;
  readonly config: AcceptedConfig;
  readonly publication: Publication;
  readonly queue: WorkQueue<ServiceKey>;
}

/** What is known of a Service when it is planned. */
export interface Known {
  /** Of its addresses those that a node's kernel answers for. */
  readonly leftToNode: readonly Address[];
  /** As it was when people were told of it last. */
  readonly lastTold: Service;
}

/** What is to be done of it. */
export type Planned =
  /** It says what is true of it. */
  | { readonly kind: 'nothing' }
  /** It does not, and that has to wait: it is looked at again when it need not. */
  | { readonly kind: 'later' }
  | { readonly kind: 'write'; readonly plan: ServicePlan };

type Holding = Standing & { readonly state: 'holds' };

const NO_ADDRESSES: readonly Address[] = [];

export class ServicePlanner {
  readonly #options: ServicePlannerOptions;
  readonly #ipMode: IpMode;
  readonly #handOver = new HandOver();
  readonly #passing = new PassingAnnouncements();
  readonly #emptied = new EmptiedStatuses();

  constructor(options: ServicePlannerOptions, ipMode: IpMode) {
    this.#options = options;
    this.#ipMode = ipMode;
  }

  /** One Service, as it was and as it is now. */
  observe(before: Service, after: Service): void {
    this.#emptied.observe(before, after);
  }

  gone(service: Service): void {
    this.#passing.gone(service.key);
    this.#emptied.gone(service);
  }

  /**
   * It has had no address, its first one has to wait, and nothing is to be said of that yet: thousands that wait so are not
   * planned one by one, as what they wait for is written meanwhile.
   */
  isHeldBackUntold(service: Service, standing: Standing): boolean {
    const { publication } = this.#options;
    return (
      standing.state === 'holds' &&
      service.ingress.length === 0 &&
      publication.holdBack(service.key) &&
      publication.complaint() === undefined &&
      this.#hadBefore(service, NO_ADDRESSES).length === 0
    );
  }

  /** Of its addresses those that a node's kernel answers for. */
  leftToNode(service: Service, standing: Standing): readonly Address[] {
    const { views } = this.#options;
    if (standing.state !== 'holds') return [];
    return addressesOf(standing).filter((address) => isLeftToNode(service, address, views));
  }

  plan(service: Service, decided: Standing, { leftToNode, lastTold }: Known): Planned {
    const { clock, time, config, serviceClass, allocator } = this.#options;
    const standing = standingOnWall(decided, (ms) => time.onWall(ms));
    const facts: PlanFacts = {
      installation: serviceClass.installation,
      lastTold,
      announcement: this.#announcement(service, standing),
      now: toTime(clock.wallMs()),
      forwarding: this.#mayBeHandedOver(service, standing) ? config.inForce.config?.forwarding.mode : undefined,
      leftToNode,
      isSeenEmptied: this.#emptied.has(service),
      holders: (address) => allocator.holders(address),
    };
    const plan = planService(service, standing, facts);
    if (standing.state !== 'holds' || plan?.write.ingress === undefined) return planned(plan);
    const isHeldBack = this.#options.publication.holdBack(service.key);
    const unsafe = this.#ipMode.isKept === false ? leftToNode : NO_ADDRESSES;
    return isHeldBack || unsafe.length > 0 ? this.#withheld(service, standing, facts, unsafe) : planned(plan);
  }

  /** New addresses have to wait: for what the speakers can read, or for Kubernetes to know how to show the `unsafe` ones. */
  #withheld(service: Service, standing: Holding, facts: PlanFacts, unsafe: readonly Address[]): Planned {
    const had = this.#hadBefore(service, unsafe);
    // The speakers may not know of another mode yet: kube-proxy has what they do not take.
    const asItWas: PlanFacts = { ...facts, forwarding: undefined };
    if (standing.held.every(({ address }) => had.includes(address))) {
      return planned(planService(service, standing, asItWas));
    }
    // Who has an address already keeps it, and hears of the other one once it is there.
    const shown = addressesIn(service);
    if (had.some((address) => !shown.includes(address))) return planned(planRepair(service, had, asItWas));
    const withheld = unsafe.length > 0 ? nodeAddressComplaint(unsafe) : this.#options.publication.complaint();
    if (withheld === undefined || service.ingress.length > 0) return { kind: 'later' };
    return planned(planService(service, standing, { ...facts, withheld }));
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

  /** What is to be said of its announcement now; where another one is likely soon, it is looked at again then. */
  #announcement(service: Service, standing: Standing): Announcement | undefined {
    const { views, clock, config, queue } = this.#options;
    if (standing.state !== 'holds') {
      this.#passing.gone(service.key);
      return undefined;
    }
    const announced = announcementOf(views.reports, inTellingOrder(standing.held), service.ports);
    const announcement = isForwarding(config) ? withGaps(announced, service) : announced;
    const waitMs = this.#passing.waitMs(service, announcement, clock.monotonicMs());
    if (waitMs === 0) return announcement;
    queue.addAfter(service.key, waitMs);
    return toldAnnouncement(service);
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

/** Cairn's own rules take the traffic. */
export const isForwarding = (config: AcceptedConfig): boolean => config.inForce.config?.forwarding.mode === 'nftables';

const planned = (plan: ServicePlan | undefined): Planned =>
  plan === undefined ? { kind: 'nothing' } : { kind: 'write', plan };

const addressesOf = ({ held }: Holding): readonly Address[] => held.map(({ address }) => address);
