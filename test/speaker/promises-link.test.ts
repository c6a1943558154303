/** What docs/protocol.md promises of a link that brings some frames and not others, or none. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isProbe } from '../../src/arp/arp.js';
import { BROADCAST } from '../../src/values/mac.js';
import { ip } from '../support/values.js';
import { msUntilAnswered, settle } from './support/measure.js';
import { doubleAnswers, isBeatFrame, SimulatedSegment, type TestNode, wantedAddress } from './support/segment.js';

const VIP = ip('192.0.3.0');
const warnings = (one: TestNode) => one.engine.observations().warnings.map(({ warning }) => warning);

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
