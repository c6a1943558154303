/**
 * Leader election over a coordination.k8s.io Lease: at most one of several replicas leads.
 *
 * Promises: `isLeader` is true only well inside a lease that we hold by our own count; a leader that cannot renew has
 * its work stopped before anybody else may take the lease; a clean stop gives the lease up, and the next one leads
 * within two seconds. The replicas' clocks are never compared: a lease has run out when it was seen unchanged for its
 * whole duration, on the watcher's own monotonic clock. Hence a leader that was killed is followed after 15 to 16 s, or
 * whatever the lease lasts and a second. Work that goes on was not interrupted by another's: a leader that finds its
 * lease given up, taken over, deleted, counted on or restored from a backup begins anew, however little time has passed by
 * its own clocks, which may both have stood still.
 *
 * Does not fence: a process frozen between `isLeader` and its write wakes up and writes. Each write therefore carries
 * the resourceVersion it was decided on.
 *
 * Source: `coordination.k8s.io/v1` LeaseSpec; the rules of client-go's `tools/leaderelection`.
 * @module
 */
import { ApiError } from './api-error.js';
import type { ApiClient } from './client.js';
import { type Clock, sleep } from './clock.js';
import { denialIn } from './denial.js';
import { isSameTenure, LeaseObject, type Sighting } from './lease-object.js';
import type { Log } from './log.js';

/** The three times of client-go's elections, each longer than the next. */
export interface LeaseTiming {
  /** How long others leave a lease alone that is not renewed. Whole seconds, as the Lease has them. */
  readonly durationMs: number;
  /** A leader whose last renewal began this long ago stops; the rest of the duration is for its work to end. */
  readonly renewDeadlineMs: number;
  /** Between two renewals. One that waits looks as often, and at least every second. */
  readonly retryPeriodMs: number;
}

export interface LeaderElectionOptions {
  /** Best one of its own, so that a renewal never waits behind a thousand writes. */
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  readonly name: string;
  /** Another one for each process, also after a restart in the same pod. */
  readonly identity: string;
  readonly timing: LeaseTiming;
  /** Works until `signal` aborts; then has to end soon, as the lease is given up only after. */
  readonly onLeading: (signal: AbortSignal) => Promise<void>;
}

/** How often one that waits looks at the most: half of the time in which a hand-over is promised. */
const LONGEST_LOOK_PERIOD_MS = 1_000;
/** To read, and again to write, the lease; a leader has time for three tries at least. */
const LONGEST_REQUEST_MS = 3_000;
/** Longer without a good answer is no hiccup of one API server. Twice the lease, where that is longer. */
const SHORTEST_SILENCE_MS = 30_000;
/**
 * What was sent to take or renew the lease may be heard though we leave, so it has this long to be answered, beside the work
 * that ends; and then the lease is given up within the other. A process has 1.8 s for both (`run/stop.ts`).
 */
const ANSWER_WITHIN_MS = 750;
const RELEASE_WITHIN_MS = 1_000;
/** One for each write that may be heard late, and one more. */
const RELEASE_TRIES = 3;

/** When a renewal was begun, on both clocks, and what it made of the lease. */
interface Renewal {
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly lease: Sighting;
}

export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #lease: LeaseObject;
  readonly #lookPeriodMs: number;
  readonly #requestMs: number;
  /** The last renewal that succeeded; undefined while we do not hold the lease, and nobody works. */
  #renewed: Renewal | undefined;
  /** What was written last to take or renew the lease was not answered: it may be ours, or another version of ours. */
  #isUnanswered = false;
  /** Monotonic time of the last look that ended with a lease that is ours or somebody else's. */
  #lastWordMs: number | undefined;
  /** How the last try failed. */
  #lastFailure: unknown;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#lease = new LeaseObject({ ...options, durationMs: options.timing.durationMs });
    const { retryPeriodMs, renewDeadlineMs } = options.timing;
    this.#lookPeriodMs = Math.min(LONGEST_LOOK_PERIOD_MS, retryPeriodMs);
    this.#requestMs = Math.min(LONGEST_REQUEST_MS, renewDeadlineMs / 3);
  }

  /**
   * Asked right before every write. The wall clock counts against us too: it goes on while a machine sleeps, when the
   * monotonic one stands still. One that jumps ahead costs us a renewal's time and nothing more.
   */
  isLeader(): boolean {
    if (this.#renewed === undefined) return false;
    const { clock, timing } = this.#options;
    const monotonicMs = clock.monotonicMs() - this.#renewed.monotonicMs;
    const wallMs = clock.wallMs() - this.#renewed.wallMs;
    return Math.max(monotonicMs, wallMs) < timing.renewDeadlineMs;
  }

  /** Who holds the lease, as last seen; empty where nobody. */
  get holder(): string {
    return this.#lease.seen?.holder ?? '';
  }

  /** Why this replica could not follow a leader that fails; undefined while it could. */
  complaint(): string | undefined {
    const { clock, namespace, name, timing } = this.#options;
    const denial = denialIn(this.#lastFailure);
    const why = denial === undefined ? '' : `: ${denial}`;
    const lease = `Lease ${namespace}/${name}`;
    if (this.#lastWordMs === undefined) return `${lease} could not be read or taken yet${why}`;
    const silenceMs = clock.monotonicMs() - this.#lastWordMs;
    if (silenceMs < Math.max(SHORTEST_SILENCE_MS, 2 * timing.durationMs)) return undefined;
    return `${lease} could not be read or taken for ${Math.floor(silenceMs / 1_000)} s${why}`;
  }

  /** Campaigns, leads, and campaigns again after a loss, until `signal` aborts; gives the lease up before it resolves. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      if ((await this.#try(signal, this.#requestMs)) && !signal.aborted) {
        await this.#lead(signal);
        if (signal.aborted) break;
        log.warn({ holder: this.holder }, 'leadership lost');
        await this.#release();
      }
      const jitter = 1 - 0.25 * clock.random();
      await sleep(clock, this.#lookPeriodMs * jitter, signal);
    }
    await this.#release();
  }

  /** Runs the work while the lease is renewed. Resolves when the work has ended and we no longer lead. */
  async #lead(signal: AbortSignal): Promise<void> {
    const { clock, log, onLeading, timing } = this.#options;
    const term = new AbortController();
    const stop = () => term.abort(signal.reason);
    signal.addEventListener('abort', stop);
    log.info({ identity: this.#options.identity }, 'leading');
    const work = onLeading(term.signal)
      .catch((error: unknown) => log.error({ err: error }, 'the work of the leader failed'))
      .finally(() => term.abort());
    let isRenewed = true;
    for (let leftMs = timing.renewDeadlineMs; leftMs > 0 && !term.signal.aborted; leftMs = this.#leftMs()) {
      await sleep(clock, Math.min(leftMs, isRenewed ? timing.retryPeriodMs : this.#lookPeriodMs), term.signal);
      const timeoutMs = Math.min(this.#requestMs, this.#leftMs());
      if (timeoutMs > 0 && !term.signal.aborted) isRenewed = await this.#try(term.signal, timeoutMs);
    }
    term.abort();
    signal.removeEventListener('abort', stop);
    await work;
  }

  /** Until the deadline, by the monotonic clock; 0 while the lease is not ours. */
  #leftMs(): number {
    if (this.#renewed === undefined) return 0;
    const { clock, timing } = this.#options;
    return this.#renewed.monotonicMs + timing.renewDeadlineMs - clock.monotonicMs();
  }

  /**
   * One try to take or renew the lease; true when we hold it afterwards. Never throws. What was lost is not taken back by
   * the try that finds it so: the work has to end first.
   */
  async #try(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    const { clock, log } = this.#options;
    const beganAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
    try {
      const lease = await this.#lease.read({ signal, timeoutMs });
      const wasLost = this.#renewed !== undefined && !isSameTenure(this.#renewed.lease, lease);
      if (wasLost) this.#renewed = undefined;
      if (wasLost || this.#isHeldByAnother(lease)) {
        this.#lastWordMs = clock.monotonicMs();
        return false;
      }
      const renewed = await this.#answered(signal, (late) => this.#lease.renew(lease, { signal: late, timeoutMs }));
      this.#renewed = { ...beganAt, lease: renewed };
      this.#lastWordMs = clock.monotonicMs();
      return true;
    } catch (error) {
      this.#lastFailure = error;
      // Somebody else was quicker, or the server is away: the deadline decides how long that may go on.
      if (!signal.aborted) log.warn({ err: error }, 'cannot take or renew the lease');
      return false;
    }
  }

  /** What a write to take or renew the lease is answered. It is not called off when `signal` aborts, but some time later. */
  async #answered(signal: AbortSignal, write: (late: AbortSignal) => Promise<Sighting>): Promise<Sighting> {
    signal.throwIfAborted();
    const late = new AbortController();
    let cancel = () => {};
    const hurry = () => {
      cancel = this.#options.clock.after(ANSWER_WITHIN_MS, () => late.abort(signal.reason));
    };
    signal.addEventListener('abort', hurry);
    this.#isUnanswered = true;
    try {
      const lease = await write(late.signal);
      this.#isUnanswered = false;
      return lease;
    } catch (error) {
      // A server that fails may have written it all the same; one that refuses has not.
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) this.#isUnanswered = false;
      throw error;
    } finally {
      cancel();
      signal.removeEventListener('abort', hurry);
    }
  }

  #isHeldByAnother(lease: Sighting | undefined): boolean {
    const { clock, identity } = this.#options;
    if (lease === undefined || lease.holder === identity || lease.holder === '') return false;
    return clock.monotonicMs() - lease.seenMs < lease.durationMs;
  }

  /** Gives the lease up if it is ours, so that another need not wait for its end. */
  async #release(): Promise<void> {
    const { clock, identity, log } = this.#options;
    const lease = this.#lease;
    this.#renewed = undefined;
    const endMs = clock.monotonicMs() + RELEASE_WITHIN_MS;
    const within = () => ({ timeoutMs: endMs - clock.monotonicMs() });
    try {
      if (this.#isUnanswered) await lease.read(within());
      for (let tries = 1; lease.seen?.holder === identity; tries++) {
        await lease.giveUp(lease.seen, within()).catch((error: unknown) => {
          // It changed since it was seen, and may be ours all the same.
          const isAnother = error instanceof ApiError && error.status === 409;
          if (!isAnother || tries === RELEASE_TRIES) throw error;
          return lease.read(within());
        });
      }
    } catch (error) {
      log.warn({ err: error }, 'cannot give the lease up; it will run out');
    }
  }
}
