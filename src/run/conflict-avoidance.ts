/**
 * Gives a Service another address where a device outside of the cluster answers for the one that it was given just now.
 *
 * `fresh-conflicts.ts` judges when that is so; here the allocator is asked, and the Service is told.
 * @module
 */
import type { Allocator } from '../allocator/allocator.js';
import type { Standing } from '../allocator/standing.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events.js';
import type { Address } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import type { ControllerViews } from './controller-views.js';
import { FreshConflicts } from './fresh-conflicts.js';
import type { TermTime } from './term-time.js';

export interface ConflictAvoidanceOptions {
  readonly allocator: Allocator;
  readonly clock: Clock;
  readonly time: TermTime;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly views: Pick<ControllerViews, 'reports'>;
  /** Standings of these Services may be others now. */
  readonly changed: (keys: readonly ServiceKey[]) => void;
  readonly lookAgain: (key: ServiceKey, afterMs: number) => void;
  /** Whether a new address of the Service may be written now; where it may not, the Service is looked at again when it may. */
  readonly mayBeWritten: (key: ServiceKey) => boolean;
}

export class ConflictAvoidance {
  readonly #options: ConflictAvoidanceOptions;
  readonly #fresh = new FreshConflicts();

  constructor(options: ConflictAvoidanceOptions) {
    this.#options = options;
  }

  /** These were written into the Service's status, and were not there before. */
  given({ meta }: Service, addresses: readonly Address[]): void {
    this.#fresh.given(meta.uid, addresses, this.#options.clock.monotonicMs());
  }

  gone({ meta }: Service): void {
    this.#fresh.gone(meta.uid);
  }

  /**
   * An address that nobody has used yet, and that another device answers for, is given up for another one. Returns what is
   * to be true of the Service after that.
   */
  avoid({ key, meta }: Service, standing: Standing): Standing {
    const { allocator, clock, time, events, views, changed, lookAgain } = this.#options;
    if (standing.state !== 'holds') return standing;
    const mayBeWritten = () => this.#options.mayBeWritten(key);
    const verdict = this.#fresh.judge(meta.uid, standing.held, views.reports, mayBeWritten, clock.monotonicMs());
    if (verdict?.kind === 'look-again') lookAgain(key, verdict.afterMs);
    if (verdict?.kind !== 'replace') return standing;
    changed(allocator.replace(key, verdict.address, time.nowMs()));
    const after = allocator.standing(key);
    if (after.state !== 'holds' || after.held.some(({ address }) => address === verdict.address)) return after;
    const { message } = verdict;
    const note = { type: 'Warning', reason: 'ConflictAvoided', message, about: 'ConflictAvoided' } as const;
    events.record({ kind: 'Service', meta }, note);
    return after;
  }
}
