/**
 * Time that passes only when nothing else can happen: minutes of retries and leases take milliseconds.
 *
 * Whoever waits does so on a view of this time, and HTTP over loopback goes on at its own speed. Time jumps to the next timer
 * once requests are answered and some turns of the event loop brought nothing new. Should an answer be later than that, time
 * has passed meanwhile, as on a slow network: what is asserted must be true then too.
 * @module
 */
import type { Clock } from '../../../src/kube/clock.js';
import { Chance } from '../../../src/playground/api/chance.js';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Turns of the event loop without anything new, after which nothing more is expected: with HTTP, and with nothing in between. */
const QUIET_TURNS = { http: 12, direct: 2 };
/** How long a message without a network is on its way, at most. */
const TRAVEL_TURNS = 3;
/** Requests while time stands still, above which something asks again and again without a pause. */
const SPIN = 6_000;
/** For an answer that never comes: real time, and generous. */
const ANSWER_WITHIN_MS = 10_000;

/** As `performance.now()` and the wall clock had it when everything began. */
const BEGAN_MS = 1_000_000;
const BEGAN_WALL_MS = Date.parse('2026-07-01T12:00:00Z');

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

export class Time {
  readonly chance: Chance;
  #nowMs = BEGAN_MS;
  readonly #timers = new Set<Timer>();
  readonly #quietTurns: number;
  /** Messages on their way. */
  #travelling = 0;
  /** Counts what happens: requests, events, writes. */
  #happened = 0;
  #happenedAtMove = 0;
  readonly #underWay = new Set<() => number>();

  constructor(seed: number, transport: 'http' | 'direct' = 'http') {
    this.chance = new Chance(seed);
    this.#quietTurns = QUIET_TURNS[transport];
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** In whole milliseconds, as `Date.now()` has it. */
  get wallMs(): number {
    return BEGAN_WALL_MS + Math.floor(this.#nowMs - BEGAN_MS);
  }

  view(): TimeView {
    return new TimeView(this);
  }

  /** Something happened, so that more may follow. */
  tick(): void {
    this.#happened++;
  }

  /** `count` tells how many requests wait for an answer and for no timer. */
  awaits(count: () => number): () => void {
    this.#underWay.add(count);
    return () => {
      this.#underWay.delete(count);
    };
  }

  /** One message goes its way, for some turns by the seed. */
  async travel(): Promise<void> {
    this.#travelling++;
    const turns = 1 + Math.floor(this.chance.next() * TRAVEL_TURNS);
    for (let n = 0; n < turns; n++) await turn();
    this.#travelling--;
    this.tick();
  }

  /** Returns what calls it off; false when it had come due. */
  add(timer: Timer): () => boolean {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** A few turns of the event loop, in the midst of whatever goes on. */
  async turns(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await turn();
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    const limitMs = performance.now() + ANSWER_WITHIN_MS;
    let quiet = 0;
    let seen = this.#happened;
    while (quiet < this.#quietTurns) {
      await turn();
      if (this.#happened - this.#happenedAtMove > SPIN)
        throw new Error(`over ${SPIN} requests and writes without a pause`);
      let underWay = this.#travelling;
      for (const count of this.#underWay) underWay += count();
      if (underWay > 0 && performance.now() > limitMs) throw new Error(`${underWay} requests are not answered`);
      quiet = underWay > 0 || seen !== this.#happened ? 0 : quiet + 1;
      seen = this.#happened;
    }
  }

  /** Lets time pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.settle();
    while (this.#step(endMs)) await this.settle();
    this.#moveTo(endMs);
  }

  /** Lets time pass until `condition` holds; fails when it does not for that long. */
  async until(what: string, condition: () => boolean, withinMs = 300_000): Promise<void> {
    const endMs = this.#nowMs + withinMs;
    await this.settle();
    while (!condition()) {
      if (!this.#step(endMs)) throw new Error(`within ${withinMs / 1_000} s this did not come: ${what}`);
      await this.settle();
    }
  }

  #step(endMs: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    if (next === undefined) return false;
    this.#moveTo(Math.max(next.dueMs, this.#nowMs));
    this.#timers.delete(next);
    next.callback();
    return true;
  }

  #moveTo(ms: number): void {
    if (ms > this.#nowMs) this.#happenedAtMove = this.#happened;
    this.#nowMs = ms;
  }
}

/** The time of one process, or of a part of it. */
export class TimeView implements Clock {
  readonly #time: Time;
  /** Timers that came due while the process was frozen. */
  readonly #missed: (() => void)[] = [];
  #isFrozen = false;
  /** Timers that are set. */
  #set = 0;

  constructor(time: Time) {
    this.#time = time;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#set + this.#missed.length;
  }

  monotonicMs(): number {
    return this.#time.nowMs;
  }

  wallMs(): number {
    return this.#time.wallMs;
  }

  random(): number {
    return this.#time.chance.next();
  }

  after(delayMs: number, callback: () => void): () => void {
    let isOff = false;
    const fire = () => {
      if (isOff) return;
      if (this.#isFrozen) this.#missed.push(fire);
      else callback();
    };
    const due = () => {
      this.#set--;
      fire();
    };
    this.#set++;
    const cancel = this.#time.add({ dueMs: this.#time.nowMs + delayMs, callback: due });
    return () => {
      isOff = true;
      if (cancel()) this.#set--;
    };
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const fire of this.#missed.splice(0)) fire();
  }
}
