/** What docs/protocol.md promises of nodes that fail: cut off, frozen, or killed. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ip } from '../support/values.js';
import { longestGapMs, msUntilAnswered, quantile, settle } from './support/measure.js';
import { CLIENT_MAC, doubleAnswers, isBeatFrame, SimulatedSegment, type TestNode } from './support/segment.js';

const VIP = ip('192.0.3.0');

describe('a cut cable', () => {
  it('is answered for again within 450 ms at p50 and 700 ms at p99', () => {
    const gaps: number[] = [];
    const segment = settle(new SimulatedSegment({ seed: 2, signed: true }));
    for (let n = 0; n < 60; n++) {
      segment.runFor(2_000 + 17.3 * n);
      const owner = segment.owner();
      segment.cut(owner);
      gaps.push(msUntilAnswered(segment, owner, 5_000));
      segment.runFor(1_500);
      segment.plug(owner);
    }
    assert.ok(quantile(gaps, 0.5) <= 450, `p50 ${quantile(gaps, 0.5)}`);
    assert.ok(quantile(gaps, 0.99) <= 700, `p99 ${quantile(gaps, 0.99)}`);
    assert.deepEqual(doubleAnswers(segment.answers), []);
  });

  it('gives nothing back to the node that returns', () => {
    const segment = settle(new SimulatedSegment({ seed: 3 }));
    const was = segment.owner();
    segment.cut(was);
    msUntilAnswered(segment, was, 5_000);
    const now = segment.owner();
    segment.runFor(3_000);
    segment.plug(was);
    segment.runFor(10_000);
    assert.equal(segment.owner(), now);
    assert.deepEqual(doubleAnswers(segment.answers), []);
  });

  it('hands over all of a hundred addresses promptly', () => {
    const segment = settle(new SimulatedSegment({ seed: 4, addresses: 200, askEveryMs: 1 }));
    const gone = segment.nodes[0] as TestNode;
    const moved = segment.addresses.filter((at) => segment.holds(gone, at));
    assert.ok(moved.length > 30);
    segment.cut(gone);
    const tookMs = segment.runUntil(
      () => moved.every((at) => segment.nodes.slice(1).some((one) => segment.holds(one, at))),
      5_000,
    );
    assert.ok(tookMs < 700, `${tookMs} ms`);
    segment.runFor(2_000);
    assert.deepEqual(doubleAnswers(segment.answers), []);
  });

  it('costs no more than 1.2 s when the first successor dies too', () => {
    const gaps: number[] = [];
    for (let seed = 1; seed <= 15; seed++) {
      const segment = settle(new SimulatedSegment({ seed, nodes: 4 }), 2_000 + 7 * seed);
      const owner = segment.owner();
      const alsoGone = segment.nodes.filter((one) => one !== owner)[seed % 3] as TestNode;
      segment.cut(owner);
      segment.cut(alsoGone);
      gaps.push(msUntilAnswered(segment, owner, 5_000));
    }
    assert.ok(Math.max(...gaps) <= 1_200, `${Math.max(...gaps)}`);
  });

  it('is noticed between two nodes that nobody else is with, after a second more', () => {
    const segment = settle(new SimulatedSegment({ seed: 5, nodes: 2, askEveryMs: 0 }));
    const was = segment.owner();
    segment.cut(was);
    const tookMs = segment.runUntil(() => segment.holders(VIP).some((one) => one !== was), 5_000);
    assert.ok(tookMs > 1_000 && tookMs < 1_600, `${tookMs} ms`);
    segment.runFor(10);
    assert.ok(
      segment.announcements.some(({ mac: by }) => by !== was.mac),
      'the new owner announces itself',
    );
  });
});

describe('a freeze', () => {
  for (const frozenMs of [250, 310, 340, 380, 420, 480, 600, 1_000, 5_000]) {
    it(`of ${frozenMs} ms leads to no answer with a wrong MAC after the thaw`, () => {
      for (let seed = 1; seed <= 4; seed++) {
        const segment = settle(new SimulatedSegment({ seed }), 2_000 + 23 * seed);
        const owner = segment.owner();
        segment.freeze(owner, frozenMs);
        segment.runFor(frozenMs + 3_000);
        assert.deepEqual(doubleAnswers(segment.answers), [], `seed ${seed}`);
        assert.ok(segment.settled());
      }
    });
  }

  it('is followed by a yield where the beats are filtered too', () => {
    const segment = settle(new SimulatedSegment({ seed: 6 }));
    const owner = segment.owner();
    segment.filter = isBeatFrame;
    segment.runFor(1_000);
    segment.freeze(owner, 3_000);
    segment.runFor(6_000);
    assert.notEqual(segment.owner(), owner);
    assert.deepEqual(doubleAnswers(segment.answers), []);
  });
});

describe('a thawed node', () => {
  it('does not answer before its peers have spoken', () => {
    const segment = settle(new SimulatedSegment({ seed: 22 }));
    const owner = segment.owner();
    segment.freeze(owner, 1_000);
    // It hears the client, and for a while nobody else.
    segment.filter = (_frame, from, to) => to === owner.mac && from !== CLIENT_MAC;
    segment.runFor(1_350);
    segment.filter = () => false;
    segment.runFor(3_000);
    assert.deepEqual(doubleAnswers(segment.answers), []);
    assert.notEqual(segment.owner(), owner);
  });
});

describe('a speaker that was killed and started again', () => {
  it('is a new one, and what it held is taken within 0.7 s', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const segment = settle(new SimulatedSegment({ seed }));
      const was = segment.owner();
      segment.kill(was);
      segment.after(50, () => segment.restart(was));
      const from = segment.answers.length;
      segment.runFor(1_500);
      assert.ok(longestGapMs(segment, from) < 700, `seed ${seed}: ${longestGapMs(segment, from)}`);
      segment.runFor(3_000);
      assert.ok(segment.settled());
      assert.deepEqual(doubleAnswers(segment.answers), []);
    }
  });
});
