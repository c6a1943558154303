/**
 * Random schedules of faults on a simulated segment, each from one seed: whatever happens, no question gets two MACs,
 * and when all is well again each address has one owner.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { chanceFrom } from '../support/values.js';
import { doubleAnswers, isBeatFrame, SimulatedSegment, type TestNode } from './support/segment.js';

const FAULTS = 25;

/**
 * Two answers are due, for so long, after a planned move began (its taker answers before its giver hears of it, and a
 * lost frame costs a beat), and after parts of a segment that both had an owner hear each other again.
 */
const DUE_MS = { offer: 700, leave: 550, heal: 500, unfilter: 300 } as const;

class Schedule {
  readonly segment: SimulatedSegment;
  readonly #due: { readonly fromMs: number; readonly toMs: number }[] = [];
  readonly #chance: () => number;

  constructor(seed: number) {
    this.#chance = chanceFrom(seed * 7_919 + 1);
    this.segment = new SimulatedSegment({ seed, nodes: 3 + this.#pick(3), addresses: 1 + this.#pick(3) });
  }

  run(): void {
    const { segment } = this;
    segment.runFor(4_000);
    for (let n = 0; n < FAULTS; n++) {
      this.#fault(segment.nodes[this.#pick(segment.nodes.length)] as TestNode);
      segment.runFor(this.#chance() * 2_500);
    }
    segment.runFor(6_000);
    this.#mend();
    segment.runFor(6_000);
  }

  /** Questions with two MACs that no planned move and no healing explains. */
  get violations(): readonly string[] {
    const due = (askedMs: number) => this.#due.some(({ fromMs, toMs }) => askedMs >= fromMs - 5 && askedMs <= toMs);
    return doubleAnswers(this.segment.answers)
      .filter(({ askedMs }) => !due(askedMs))
      .map(({ askedMs, mac }) => `${askedMs} ${mac}`);
  }

  #pick(below: number): number {
    return Math.floor(this.#chance() * below);
  }

  #dueFor(kind: keyof typeof DUE_MS): void {
    this.#due.push({ fromMs: this.segment.nowMs, toMs: this.segment.nowMs + DUE_MS[kind] });
  }

  #fault(one: TestNode): void {
    const { segment } = this;
    const stands = one.running && !one.left && one.frozenUntilMs < segment.nowMs;
    switch (this.#pick(10)) {
      case 0:
        segment.cut(one);
        segment.after(300 + this.#chance() * 4_000, () => segment.plug(one));
        break;
      case 1:
        segment.freeze(one, this.#chance() * 1_500);
        break;
      case 2:
        if (!stands) break;
        segment.kill(one);
        segment.after(20 + this.#chance() * 3_000, () => segment.restart(one));
        break;
      case 3:
        one.part = 1;
        segment.after(this.#chance() * 3_000, () => {
          one.part = 0;
          this.#dueFor('heal');
        });
        break;
      case 4:
        segment.filter = isBeatFrame;
        segment.after(this.#chance() * 3_000, () => {
          segment.filter = () => false;
          this.#dueFor('unfilter');
        });
        break;
      case 5:
        segment.lossRatio = this.#chance() * 0.3;
        segment.after(this.#chance() * 3_000, () => {
          segment.lossRatio = 0;
        });
        break;
      case 6:
        if (!stands) break;
        this.#dueFor('leave');
        segment.leave(one);
        segment.after(600 + this.#chance() * 1_000, () => segment.restart(one));
        break;
      case 7:
        if (!stands) break;
        this.#dueFor('offer');
        segment.refuse(one, [{ kind: 'soft', reason: 'ProxyUnhealthy', detail: 'a test says so' }]);
        segment.after(this.#chance() * 3_000, () => segment.refuse(one, []));
        break;
      case 8:
        segment.filter = (_frame, from) => from === one.mac && this.#chance() < 0.3;
        segment.after(this.#chance() * 2_000, () => {
          segment.filter = () => false;
        });
        break;
      default: {
        const other = segment.nodes[this.#pick(segment.nodes.length)] as TestNode;
        const forMs = 250 + this.#chance() * 400;
        segment.freeze(one, forMs);
        segment.freeze(other, forMs + 20);
      }
    }
  }

  #mend(): void {
    const { segment } = this;
    this.#dueFor('heal');
    segment.filter = () => false;
    segment.lossRatio = 0;
    for (const one of segment.nodes) {
      if (!one.running || one.left) segment.restart(one);
      one.part = 0;
      if (!one.plugged) segment.plug(one);
      segment.refuse(one, []);
    }
  }
}

/** Seeds that once failed, with what they found; and some more. */
const SEEDS: readonly { readonly seed: number; readonly name: string }[] = [
  { seed: 21, name: 'yields to whoever answers after a freeze, though the beats are filtered' },
  { seed: 52, name: 'takes an offer though its owner answered a probe a moment before' },
  { seed: 93, name: 'watches an owner that took over unheard, though frames are lost' },
  { seed: 99, name: "probes for what is nobody's with three owners that do not hear each other" },
  { seed: 2_054, name: 'asks more than once who took over during a freeze, where frames are lost and beats filtered' },
  { seed: 3_055, name: 'asks who took over while it was cut off, where beats are filtered' },
  { seed: 9, name: 'notices a lost claim before the next regular beat' },
  ...Array.from({ length: 12 }, (_, n) => ({ seed: 1_000 + n, name: `holds for schedule ${n}` })),
];

describe('a random schedule of faults', () => {
  for (const { seed, name } of SEEDS) {
    it(`${name} (seed ${seed})`, () => {
      const schedule = new Schedule(seed);
      schedule.run();
      assert.deepEqual(schedule.violations, []);
      assert.ok(schedule.segment.settled(), 'each address has one owner in the end');
    });
  }
});
