/** What docs/protocol.md promises of a start, a planned move, a speaker of another version and a stranger on the segment. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { announcement, encodeArp, probe, replyTo } from '../../src/arp/arp.js';
import { ETHERTYPE, encodeEthernet } from '../../src/arp/ethernet.js';
import type { Refusal } from '../../src/speaker/messages.js';
import { BROADCAST } from '../../src/values/mac.js';
import { ip, mac } from '../support/values.js';
import { longestGapMs, msUntilAnswered, settle } from './support/measure.js';
import { doubleAnswers, isBeatFrame, SimulatedSegment, type TestNode } from './support/segment.js';

const VIP = ip('192.0.3.0');
const STRANGER = mac('00:00:5e:00:53:ee');
const soft = (reason: Refusal['reason']): Refusal => ({ kind: 'soft', reason, detail: 'a test says so' });
const warnings = (one: TestNode) => one.engine.observations().warnings.map(({ warning }) => warning);
const arpFrame = (packet: Parameters<typeof encodeArp>[0]) =>
  encodeEthernet({ destination: BROADCAST, source: packet.senderMac, etherType: ETHERTYPE.arp }, encodeArp(packet));

describe('a start', () => {
  it('gives an address one owner when three nodes start at once, after listening', () => {
    const segment = new SimulatedSegment({ seed: 1, signed: true });
    const tookMs = segment.runUntil(() => segment.settled(), 10_000);
    assert.ok(tookMs > 1_200 && tookMs < 2_200, `${tookMs} ms`);
    segment.runFor(5_000);
    assert.ok(segment.settled());
    assert.deepEqual(doubleAnswers(segment.answers), []);
  });

  it('needs no more than the probe on a cluster of one node', () => {
    const segment = new SimulatedSegment({ seed: 1, nodes: 1, askEveryMs: 0 });
    const tookMs = segment.runUntil(() => segment.settled(), 2_000);
    assert.ok(tookMs < 750, `${tookMs} ms`);
    segment.runFor(6_000);
    assert.equal(segment.announcements.length, 14, 'seven announcements in two forms');
  });

  it('claims nothing on a link that has not brought a frame, until a spanning tree would have', () => {
    const segment = new SimulatedSegment({ seed: 1, nodes: 1, askEveryMs: 0 });
    segment.runFor(150);
    segment.restartWith(segment.nodes[0] as TestNode, { alone: false });
    segment.runFor(34_000);
    assert.equal(segment.holders(VIP).length, 0);
    segment.runFor(3_000);
    assert.equal(segment.holders(VIP).length, 1);
  });

  it('spreads a hundred addresses over the nodes', () => {
    const segment = settle(new SimulatedSegment({ seed: 1, addresses: 100 }));
    const counts = segment.nodes.map((one) => segment.addresses.filter((at) => segment.holds(one, at)).length);
    assert.ok(Math.min(...counts) > 15, counts.join(' '));
  });

  it('neither probes nor answers for an address that a kernel owns', () => {
    const segment = new SimulatedSegment({ seed: 1 });
    segment.runFor(150);
    for (const one of segment.nodes) {
      segment.order(one, { wanted: one.orders.wanted.map((wanted) => ({ ...wanted, ownedByKernel: true })) });
    }
    segment.runFor(10_000);
    assert.deepEqual([segment.answers.length, segment.probesSeen], [0, 0]);
  });
});

describe('a planned move', () => {
  it('leaves no question unanswered when a speaker is told to leave', () => {
    const segment = settle(new SimulatedSegment({ seed: 12, addresses: 3 }));
    const leaver = segment.owner();
    const from = segment.answers.length;
    segment.leave(leaver);
    const tookMs = segment.runUntil(() => leaver.left, 1_000);
    segment.runFor(500);
    assert.ok(tookMs < 200, `${tookMs} ms`);
    assert.ok(longestGapMs(segment, from) < 11, `${longestGapMs(segment, from)} ms`);
    assert.ok(segment.settled());
  });

  it('ends within half a second where nobody takes over', () => {
    const segment = settle(new SimulatedSegment({ seed: 13, nodes: 2 }));
    const leaver = segment.owner();
    const other = segment.nodes.find((one) => one !== leaver) as TestNode;
    segment.refuse(other, [soft('NoLocalEndpoint')]);
    segment.leave(leaver);
    assert.ok(segment.runUntil(() => leaver.left, 1_000) <= 600);
  });

  it('goes to a candidate that is eligible, without a gap', () => {
    const segment = settle(new SimulatedSegment({ seed: 14 }));
    const was = segment.owner();
    const from = segment.answers.length;
    segment.refuse(was, [soft('ProxyUnhealthy')]);
    segment.runFor(1_000);
    assert.notEqual(segment.owner(), was);
    assert.ok(longestGapMs(segment, from) < 11, `${longestGapMs(segment, from)} ms`);
    assert.ok(doubleAnswers(segment.answers).length <= 4, 'for at most 20 ms');
  });

  it('does not happen where nobody is eligible, which is said', () => {
    const segment = settle(new SimulatedSegment({ seed: 15 }));
    const was = segment.owner();
    for (const one of segment.nodes) segment.refuse(one, [soft('ExcludeLabel')]);
    segment.runFor(5_000);
    assert.equal(segment.owner(), was);
    assert.deepEqual(warnings(was), ['IneligibleOwner']);
    segment.cut(was);
    const tookMs = msUntilAnswered(segment, was, 5_000);
    assert.ok(tookMs > 1_000 && tookMs < 2_200, `${tookMs} ms`);
  });

  it('stops at once for a hard refusal, and the next one follows', () => {
    const segment = settle(new SimulatedSegment({ seed: 16 }));
    const was = segment.owner();
    segment.refuse(was, [{ kind: 'hard', reason: 'NodeAddressElsewhere', detail: 'a test says so' }]);
    assert.ok(!segment.holds(was, VIP));
    assert.ok(msUntilAnswered(segment, was, 2_000) < 450);
  });
});

describe('a speaker of another version', () => {
  it('is present, and not even suspected', () => {
    const segment = settle(new SimulatedSegment({ seed: 23 }));
    const owner = segment.owner();
    segment.rewrite = (frame, from) => {
      if (from !== owner.mac || !isBeatFrame(frame)) return frame;
      const other = frame.slice();
      other[14] = 2;
      return other;
    };
    const asks = () =>
      segment.nodes.filter((one) => one !== owner).map((one) => one.engine.observations().counters['sent_ask']);
    segment.runFor(10_000);
    assert.deepEqual(asks(), [undefined, undefined]);
    assert.equal(segment.owner(), owner);
    segment.cut(owner);
    assert.ok(msUntilAnswered(segment, owner, 5_000) < 700);
  });
});

describe('a stranger', () => {
  it('that answers keeps the address, is reported, and is followed when it falls silent', () => {
    const segment = new SimulatedSegment({ seed: 17 });
    let there = true;
    segment.onArp = (packet) => {
      if (there && packet.operation === 'request' && packet.targetIp === VIP) {
        segment.inject(arpFrame(replyTo(packet, STRANGER)), STRANGER);
      }
    };
    segment.runFor(5_000);
    assert.deepEqual(segment.holders(VIP), []);
    const conflicts = segment.nodes.flatMap((one) => one.engine.observations().conflicts);
    assert.deepEqual(conflicts[0], { address: VIP, link: 2, mac: STRANGER });
    there = false;
    segment.runUntil(() => segment.settled(), 30_000);
    segment.runFor(1_000);
    assert.ok(segment.settled());
    assert.deepEqual(
      segment.nodes.flatMap((one) => one.engine.observations().conflicts),
      [],
      'it is told of no more',
    );
  });

  it('that announces an address takes it from nobody, and is reported', () => {
    const segment = settle(new SimulatedSegment({ seed: 18 }));
    const owner = segment.owner();
    segment.inject(arpFrame(announcement(STRANGER, VIP)), STRANGER);
    segment.runFor(1_000);
    assert.equal(segment.owner(), owner);
    assert.deepEqual(owner.engine.observations().conflicts, [{ address: VIP, link: 2, mac: STRANGER }]);
  });

  it('is never another speaker, also for one whose link was down', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const segment = settle(new SimulatedSegment({ seed }), 2_000);
      const was = segment.owner();
      segment.cut(was);
      segment.runFor(5_000);
      segment.plug(was);
      segment.runFor(5_000);
      assert.ok(segment.settled());
      const conflicts = segment.nodes.flatMap((one) => one.engine.observations().conflicts);
      assert.deepEqual(conflicts, [], `seed ${seed}`);
    }
  });

  it('that probes for an address finds it answered for', () => {
    const segment = settle(new SimulatedSegment({ seed: 19 }));
    const owner = segment.owner();
    let answers = 0;
    segment.onArp = (packet) => {
      if (packet.operation === 'reply' && packet.targetMac === STRANGER && packet.senderMac === owner.mac) answers += 1;
    };
    segment.inject(arpFrame(probe(STRANGER, VIP)), STRANGER);
    segment.runFor(10);
    assert.equal(answers, 1);
  });
});
