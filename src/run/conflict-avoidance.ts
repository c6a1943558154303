/**
 * Gives a Service another address where a device outside of the cluster answers for the one that it was given just now.
 *
 * `fresh-conflicts.ts` judges when that is so; here the allocator is asked, and the Service is told once it has the other one.
 * @module
 */
import { addressesIn } from '../allocator/adopt.js';
import type { Allocator } from '../allocator/allocator.js';
import type { Standing } from '../allocator/standing.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder, Note } from '../kube/events.js';
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
  /** By uid: which addresses are to be replaced by others that are not written yet, and what is told of each after that. */
  readonly #untold = new Map<string, Map<Address, Note>>();

  constructor(options: ConflictAvoidanceOptions) {
    this.#options = options;
  }

  /** The Service was written; `addresses` were not in its status before. */
  written(service: Service, addresses: readonly Address[]): void {
    const { clock, events } = this.#options;
    const { meta } = service;
    this.#fresh.given(meta.uid, addresses, clock.monotonicMs());
    const shown = addressesIn(service);
    for (const [address, note] of this.#untold.get(meta.uid) ?? []) {
      if (shown.includes(address)) continue;
      this.#forget(meta.uid, address);
      if (shown.length > 0) events.record({ kind: 'Service', meta }, note);
    }
  }

  gone({ meta }: Service): void {
    this.#fresh.gone(meta.uid);
    this.#untold.delete(meta.uid);
  }

  /**
   * An address that nobody has used yet, and that another device answers for, is given up for another one. Returns what is
   * to be true of the Service after that.
   */
  avoid({ key, meta }: Service, standing: Standing): Standing {
    const { allocator, clock, time, views, changed, lookAgain } = this.#options;
    if (standing.state !== 'holds') return standing;
    for (const { address } of standing.held) this.#forget(meta.uid, address);
    const mayBeWritten = () => this.#options.mayBeWritten(key);
    const verdict = this.#fresh.judge(meta.uid, standing.held, views.reports, mayBeWritten, clock.monotonicMs());
    if (verdict?.kind === 'look-again') lookAgain(key, verdict.afterMs);
    if (verdict?.kind !== 'replace') return standing;
    changed(allocator.replace(key, verdict.address, time.nowMs()));
    const after = allocator.standing(key);
    if (after.state !== 'holds' || after.held.some(({ address }) => address === verdict.address)) return after;
    this.#fresh.replaced(verdict.pool, clock.monotonicMs());
    const { address, message } = verdict;
    const note: Note = { type: 'Warning', reason: 'ConflictAvoided', message, about: 'ConflictAvoided' };
    this.#untold.set(meta.uid, (this.#untold.get(meta.uid) ?? new Map()).set(address, note));
    return after;
  }

  /** Of this address nothing is to be told any more. */
  #forget(uid: string, address: Address): void {
    const untold = this.#untold.get(uid);
    untold?.delete(address);
    if (untold?.size === 0) this.#untold.delete(uid);
  }
}
