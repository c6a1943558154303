/** What docs/protocol.md promises, line by line, on a simulated segment. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { announcement, encodeArp, isProbe, probe, replyTo } from '../../src/arp/arp.js';
import { ETHERTYPE, encodeEthernet } from '../../src/arp/ethernet.js';
import type { Refusal } from '../../src/speaker/messages.js';
import { BROADCAST } from '../../src/values/mac.js';
import { ip, mac } from '../support/values.js';
import { longestGapMs, msUntilAnswered, quantile, settle } from './support/measure.js';
import {
  CLIENT_MAC,
  doubleAnswers,
  isBeatFrame,
  SimulatedSegment,
  type TestNode,
  wantedAddress,
} from './support/segment.js';

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

describe('30 % loss each way', () => {
  it('takes nothing from a living owner in ten minutes', () => {
    const segment = settle(new SimulatedSegment({ seed: 7, lossRatio: 0.3, askEveryMs: 50 }));
    const owner = segment.owner();
    for (let n = 0; n < 6_000; n++) {
      segment.runFor(100);
      assert.equal(segment.owner(), owner, `after ${n * 100} ms`);
    }
    assert.deepEqual(doubleAnswers(segment.answers), []);
  });

  it('leaves an address without an owner for 2 s at most after a real death', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const segment = settle(new SimulatedSegment({ seed, lossRatio: 0.3 }), 15_000);
      const owner = segment.owner();
      segment.cut(owner);
      const tookMs = segment.runUntil(() => segment.holders(VIP).some((one) => one !== owner), 5_000);
      assert.ok(tookMs <= 2_000, `seed ${seed}: ${tookMs} ms`);
    }
  });
});

describe('heartbeats filtered everywhere', () => {
  it('move nothing, and a real death is still noticed in about a second', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const segment = settle(new SimulatedSegment({ seed, addresses: 3 }));
      const before = segment.addresses.map((at) => segment.owner(at));
      segment.filter = isBeatFrame;
      segment.runFor(20_000);
      assert.deepEqual(
        segment.addresses.map((at) => segment.owner(at)),
        before,
      );
      const gone = segment.owner();
      segment.kill(gone);
      const tookMs = msUntilAnswered(segment, gone, 5_000);
      assert.ok(tookMs <= 1_300, `seed ${seed}: ${tookMs} ms`);
      segment.runFor(5_000);
      assert.deepEqual(doubleAnswers(segment.answers), []);
    }
  });

  it('leave an owner in peace that was found to answer, the one that takes over unheard too', () => {
    const segment = settle(new SimulatedSegment({ seed: 20 }));
    segment.filter = isBeatFrame;
    segment.runFor(2_000);
    let broadcastProbes = 0;
    segment.onArp = (packet, to) => {
      if (isProbe(packet) && to === BROADCAST && packet.targetIp === VIP) broadcastProbes += 1;
    };
    segment.runFor(20_000);
    assert.equal(broadcastProbes, 0, 'it is asked alone');
    segment.kill(segment.owner());
    segment.runFor(3_000);
    broadcastProbes = 0;
    segment.runFor(20_000);
    assert.equal(broadcastProbes, 0, 'and so is the next one');
  });

  it('give each address one owner when the nodes start in the same instant', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const segment = new SimulatedSegment({ seed, together: true });
      segment.filter = isBeatFrame;
      segment.runFor(15_000);
      assert.ok(segment.settled(), `seed ${seed}`);
      assert.deepEqual(doubleAnswers(segment.answers), []);
    }
  });

  it('give an address one owner that all nodes begin to probe for in the same instant', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const segment = settle(new SimulatedSegment({ seed, askEveryMs: 2 }));
      segment.filter = isBeatFrame;
      segment.runFor(3_000);
      const fresh = ip('192.0.3.77');
      for (const one of segment.nodes) segment.order(one, { wanted: [...one.orders.wanted, wantedAddress(fresh)] });
      for (let n = 0; n < 2_000; n++) {
        segment.ask(fresh);
        segment.runFor(2);
      }
      assert.equal(segment.holders(fresh).length, 1, `seed ${seed}`);
      assert.deepEqual(doubleAnswers(segment.answers), []);
    }
  });

  it('leave peers alive whose frames still arrive where they are for one host alone', () => {
    const segment = settle(new SimulatedSegment({ seed: 21 }));
    const owner = segment.owner();
    segment.filter = (frame) => isBeatFrame(frame) && frame[0] === 0xff;
    segment.runFor(10_000);
    for (const one of segment.nodes) {
      const seen = one.engine.observations().peers.find(({ node }) => node === owner.name);
      assert.ok(one === owner || seen?.alive === true, one.name);
    }
  });

  it('give each address one owner also when the nodes start so', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const segment = new SimulatedSegment({ seed, addresses: 2 });
      segment.filter = isBeatFrame;
      segment.runFor(15_000);
      assert.ok(segment.settled(), `seed ${seed}`);
      assert.deepEqual(doubleAnswers(segment.answers), []);
    }
  });
});

describe('a node that hears nobody', () => {
  it('keeps what it holds, takes nothing, and yields within 0.3 s of hearing a higher term', () => {
    const segment = settle(new SimulatedSegment({ seed: 8 }));
    const was = segment.owner();
    was.part = 1;
    msUntilAnswered(segment, was, 5_000);
    segment.runFor(60_000);
    assert.ok(segment.holds(was, VIP));
    const now = segment.holders(VIP).find((one) => one !== was);
    was.part = 0;
    const tookMs = segment.runUntil(() => segment.holders(VIP).length === 1, 5_000);
    assert.ok(tookMs <= 300, `${tookMs} ms`);
    assert.equal(segment.owner(), now);
    const healedMs = segment.nowMs;
    segment.runFor(1_500);
    assert.deepEqual(doubleAnswers(segment.answers, healedMs), []);
    assert.ok(segment.announcements.some(({ atMs, mac: by }) => atMs > healedMs - 300 && by === now?.mac));
  });

  it('says that it is isolated, and takes nothing when the switch was down for ten seconds', () => {
    const segment = settle(new SimulatedSegment({ seed: 9 }));
    const owner = segment.owner();
    for (const [n, one] of segment.nodes.entries()) one.part = n + 1;
    segment.clientPart = 9;
    segment.runFor(10_000);
    assert.deepEqual(segment.holders(VIP), [owner]);
    for (const one of segment.nodes) if (one !== owner) assert.deepEqual(warnings(one), ['Isolated']);
    for (const one of segment.nodes) one.part = 0;
    segment.clientPart = 0;
    segment.runFor(3_000);
    assert.equal(segment.owner(), owner);
    assert.deepEqual(segment.nodes.flatMap(warnings), []);
    assert.deepEqual(doubleAnswers(segment.answers), []);
  });

  it('claims nothing new while it is isolated', () => {
    const segment = settle(new SimulatedSegment({ seed: 24 }));
    const owner = segment.owner();
    const lone = segment.nodes.find((one) => one !== owner) as TestNode;
    lone.part = 1;
    segment.runFor(1_000);
    const fresh = ip('192.0.3.77');
    segment.order(lone, { wanted: [...lone.orders.wanted, wantedAddress(fresh)] });
    segment.runFor(5_000);
    assert.deepEqual(segment.holders(fresh), []);
    lone.part = 0;
    segment.runFor(2_000);
    assert.deepEqual(segment.holders(fresh), [lone]);
  });

  it('does not announce into the void', () => {
    const segment = settle(new SimulatedSegment({ seed: 25 }));
    const owner = segment.owner();
    segment.order(owner, { announceIntervalMs: 1_000 });
    segment.runFor(6_000);
    owner.part = 1;
    segment.runFor(2_000);
    let announced = 0;
    segment.onArp = (packet) => {
      if (packet.senderMac === owner.mac && packet.senderIp === packet.targetIp) announced += 1;
    };
    segment.runFor(10_000);
    assert.equal(announced, 0);
  });

  it('takes nothing when it alone is deaf', () => {
    const segment = settle(new SimulatedSegment({ seed: 10 }));
    const owner = segment.owner();
    const deaf = segment.nodes.find((one) => one !== owner) as TestNode;
    segment.filter = (_frame, _from, to) => to === deaf.mac;
    segment.runFor(10_000);
    assert.equal(segment.owner(), owner);
    assert.deepEqual(warnings(deaf), ['Isolated']);
  });

  it('takes nothing from an owner that only it does not hear, since the others did', () => {
    const segment = settle(new SimulatedSegment({ seed: 11 }));
    const owner = segment.owner();
    const other = segment.nodes.find((one) => one !== owner) as TestNode;
    segment.filter = (_frame, from, to) => from === owner.mac && to === other.mac;
    segment.runFor(20_000);
    assert.equal(segment.owner(), owner);
    assert.deepEqual(doubleAnswers(segment.answers), []);
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
