/** A node whose cable was cut and plugged back: whom it takes for a stranger, and how soon it can take over again. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { announcement, encodeArp } from '../../src/arp/arp.js';
import { ETHERTYPE, encodeEthernet } from '../../src/arp/ethernet.js';
import type { Refusal } from '../../src/speaker/messages.js';
import { BROADCAST } from '../../src/values/mac.js';
import { ip, mac } from '../support/values.js';
import { longestGapMs, msUntilAnswered, quantile, settle } from './support/measure.js';
import { CLIENT_MAC, doubleAnswers, isBeatFrame, SimulatedSegment, type TestNode } from './support/segment.js';

const VIP = ip('192.0.3.0');
const STRANGER = mac('00:00:5e:00:53:ee');
const EXCLUDED: Refusal = { kind: 'soft', reason: 'ExcludeLabel', detail: 'a test says so' };
const PROMISED_MS = 700;

const announce = (segment: SimulatedSegment, by: TestNode['mac']) =>
  segment.inject(
    encodeEthernet({ destination: BROADCAST, source: by, etherType: ETHERTYPE.arp }, encodeArp(announcement(by, VIP))),
    by,
  );
const strangersOf = (one: TestNode) => one.engine.observations().conflicts.map((conflict) => conflict.mac);

/** Cuts the owner until another node answers. Returns both. */
function ownerCut(segment: SimulatedSegment): { readonly was: TestNode; readonly now: TestNode } {
  const was = segment.owner();
  segment.cut(was);
  msUntilAnswered(segment, was, 5_000);
  const now = segment.nodes.find((one) => one !== was && segment.holds(one, VIP));
  assert.ok(now);
  return { was, now };
}

describe('a node that returns', () => {
  it('takes no peer for a stranger whose announcement comes before its beats', () => {
    for (const lossRatio of [0, 0.3]) {
      for (let seed = 1; seed <= 8; seed++) {
        const segment = settle(new SimulatedSegment({ seed, lossRatio, askEveryMs: 50 }), 2_000 + 13 * seed);
        const { was, now } = ownerCut(segment);
        segment.runFor(500);
        segment.plug(was);
        const named = new Set<string>();
        for (let n = 0; n < 400; n++) {
          if (n < 20) announce(segment, now.mac);
          segment.runFor(5);
          for (const one of segment.nodes) for (const stranger of strangersOf(one)) named.add(stranger);
        }
        assert.deepEqual([...named], [], `seed ${seed}, ${lossRatio} lost`);
      }
    }
  });

  it('takes back that a peer was a stranger, when it hears that it is none', () => {
    const segment = settle(new SimulatedSegment({ seed: 31 }));
    const { was, now } = ownerCut(segment);
    segment.filter = (frame, from) => from === now.mac && isBeatFrame(frame);
    segment.plug(was);
    announce(segment, now.mac);
    segment.runFor(2_000);
    assert.deepEqual(strangersOf(was), [now.mac], 'all that it knows is that somebody answers');
    segment.filter = () => false;
    segment.runFor(500);
    assert.deepEqual(strangersOf(was), []);
  });

  it('names the stranger that comes after a peer that looked like one', () => {
    const segment = settle(new SimulatedSegment({ seed: 36 }));
    const { was, now } = ownerCut(segment);
    segment.plug(was);
    segment.runFor(1);
    announce(segment, now.mac);
    segment.runFor(500);
    announce(segment, STRANGER);
    segment.runFor(1_500);
    assert.deepEqual(strangersOf(was), [STRANGER]);
  });

  it('names a real stranger as soon as every peer could have been heard', () => {
    const segment = settle(new SimulatedSegment({ seed: 32 }));
    const { was, now } = ownerCut(segment);
    segment.plug(was);
    announce(segment, STRANGER);
    segment.runFor(1_000);
    assert.deepEqual([strangersOf(was), strangersOf(now)], [[], [STRANGER]]);
    segment.runFor(500);
    assert.deepEqual(strangersOf(was), [STRANGER]);
  });

  it('names one stranger of several that answer in turn', () => {
    const segment = settle(new SimulatedSegment({ seed: 33 }));
    const other = mac('00:00:5e:00:53:ef');
    for (let n = 0; n < 40; n++) {
      announce(segment, n % 2 === 0 ? STRANGER : other);
      segment.runFor(20);
    }
    assert.deepEqual(strangersOf(segment.owner()), [STRANGER]);
  });
});

describe('a node that never met the others', () => {
  it('takes none of them for a stranger when its part of the segment is joined to theirs', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const segment = new SimulatedSegment({ seed, askEveryMs: 50 });
      const lone = segment.nodes[seed % 3] as TestNode;
      lone.part = 1;
      segment.runFor(5_000 + 13 * seed);
      const owner = segment.owner();
      lone.part = 0;
      const named = new Set<string>();
      for (let n = 0; n < 200; n++) {
        if (n < 10) announce(segment, owner.mac);
        segment.runFor(5);
        for (const stranger of strangersOf(lone)) named.add(stranger);
      }
      assert.deepEqual([...named], [], `seed ${seed}`);
    }
  });
});

/** The third node may announce nothing: it is refused, or nothing is wanted on its link. */
const BYSTANDERS = { refused: [EXCLUDED], 'without any address': undefined } as const;
const CUTS = {
  'its cable cut': {
    cut: (segment: SimulatedSegment, one: TestNode) => segment.cut(one),
    plug: (segment: SimulatedSegment, one: TestNode) => segment.plug(one),
  },
  'the path behind its switch cut': {
    cut: (_: SimulatedSegment, one: TestNode) => {
      one.part = 1;
    },
    plug: (_: SimulatedSegment, one: TestNode) => {
      one.part = 0;
    },
  },
} as const;

describe('two candidates of three nodes', () => {
  for (const [bystander, refusals] of Object.entries(BYSTANDERS)) {
    for (const [way, { cut, plug }] of Object.entries(CUTS)) {
      it(`answer in time again, one with ${way} soon after the other returned, the third ${bystander}`, () => {
        const firstMs: number[] = [];
        const secondMs: number[] = [];
        for (const returnedForMs of [300, 500, 1_000, 2_000, 5_000, 15_000]) {
          for (let seed = 1; seed <= 4; seed++) {
            const segment = new SimulatedSegment({ seed });
            segment.runFor(150);
            const third = segment.nodes[seed % 3] as TestNode;
            if (refusals === undefined) segment.order(third, { wanted: [] });
            else segment.refuse(third, refusals);
            settle(segment, 2_000 + 13 * seed);
            const was = segment.owner();
            cut(segment, was);
            firstMs.push(msUntilAnswered(segment, was, 5_000));
            const now = segment.nodes.find((one) => one !== was && segment.holds(one, VIP)) as TestNode;
            segment.runFor(3_000);
            plug(segment, was);
            segment.runFor(returnedForMs);
            assert.deepEqual(segment.holders(VIP), [now]);
            cut(segment, now);
            secondMs.push(msUntilAnswered(segment, now, 5_000));
            segment.runFor(2_000);
            assert.deepEqual(doubleAnswers(segment.answers, segment.nowMs - 1_500), []);
          }
        }
        for (const gaps of [firstMs, secondMs]) {
          assert.ok(quantile(gaps, 0.5) <= 450, `p50 ${quantile(gaps, 0.5)}`);
          assert.ok(Math.max(...gaps) <= PROMISED_MS, `longest ${Math.max(...gaps)}`);
        }
      });
    }
  }
});

describe('a node that still listens', () => {
  it('leaves the address to a node that has listened, without making it wait', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const segment = settle(new SimulatedSegment({ seed, nodes: 4 }), 2_000 + 13 * seed);
      const { was, now } = ownerCut(segment);
      segment.runFor(3_000);
      segment.plug(was);
      segment.runFor(400);
      segment.cut(now);
      const tookMs = msUntilAnswered(segment, now, 5_000);
      assert.ok(tookMs <= 450, `seed ${seed}: ${tookMs} ms`);
      assert.ok(!segment.holds(was, VIP), `seed ${seed}`);
    }
  });

  it('claims nothing that it never heard anybody hold', () => {
    const segment = settle(new SimulatedSegment({ seed: 34 }));
    const { was, now } = ownerCut(segment);
    // It hears the client and the third node, and never the owner, which dies meanwhile.
    segment.filter = (_frame, from, to) => from === now.mac && to === was.mac;
    segment.plug(was);
    const third = segment.nodes.find((one) => one !== was && one !== now) as TestNode;
    segment.kill(third);
    segment.kill(now);
    segment.runFor(1_150);
    assert.ok(!segment.holds(was, VIP));
    segment.runFor(2_000);
    assert.equal(segment.owner(), was);
  });

  it('takes nothing from an owner that it ceases to hear, but that answers', () => {
    const segment = settle(new SimulatedSegment({ seed: 35 }));
    const { was, now } = ownerCut(segment);
    segment.plug(was);
    segment.runFor(200);
    segment.filter = (frame, from) => from === now.mac && isBeatFrame(frame);
    const from = segment.answers.length;
    segment.runFor(5_000);
    assert.equal(segment.owner(), now);
    assert.ok(longestGapMs(segment, from) < 20);
    assert.ok(segment.answers.slice(from).every((answer) => answer.mac === now.mac && answer.mac !== CLIENT_MAC));
  });
});
