import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { announcement, decodeArp, encodeArp, request } from '../../src/arp/arp.js';
import { encodeMessage } from '../../src/arp/beat.js';
import { clusterTag, type Nonce, type Sender, toEpoch, toKey } from '../../src/arp/envelope.js';
import { ETHERTYPE, encodeEthernet } from '../../src/arp/ethernet.js';
import { Engine } from '../../src/speaker/engine.js';
import type { Link, Orders } from '../../src/speaker/messages.js';
import { BROADCAST, type Mac } from '../../src/values/mac.js';
import { address, ip, mac, node, noiseFrom, prefix } from '../support/values.js';
import { etherTypeOf, LINK, wantedAddress } from './support/segment.js';

const SELF = mac('00:00:5e:00:53:01');
const CLIENT = mac('00:00:5e:00:53:c1');
const VIP = ip('192.0.3.0');
const KEY = new TextEncoder().encode('a key of more than 32 bytes, to be safe');

const link = (index: number, self: Mac, up = true): Link => ({
  index,
  name: `eth${index}`,
  mac: self,
  up,
  ethernet: true,
  addresses: [{ address: address('192.0.2.10'), onLink: prefix('192.0.2.0/23') }],
});
const ORDERS: Orders = {
  wanted: [wantedAddress(VIP)],
  excludeInterfaces: [],
  announceIntervalMs: 60_000,
  alone: true,
};

class Driven {
  readonly engine: Engine;
  nowMs = 0;

  constructor(links: readonly Link[], orders: Orders | 'none' = ORDERS, secretKeys: readonly Uint8Array[] = [KEY]) {
    this.engine = new Engine(
      {
        node: node('self'),
        clusterId: 'a',
        secretKeys,
        heartbeatIntervalMs: 100,
        heartbeatMisses: 3,
        randomBytes: noiseFrom(9),
      },
      0,
    );
    this.engine.linksChanged(links, 0);
    if (orders !== 'none') this.engine.ordersChanged(orders, 0);
  }

  /** Turns of the loop without frames, and every frame that was sent. */
  run(forMs: number): { link: number; frame: Uint8Array; notAfterMs: number | undefined }[] {
    const sent: { link: number; frame: Uint8Array; notAfterMs: number | undefined }[] = [];
    const endMs = this.nowMs + forMs;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, Math.max(this.engine.nextWakeMs, this.nowMs + 1));
      this.engine.wake(this.nowMs);
      this.engine.advance(this.nowMs);
      for (const effect of this.engine.takeEffects()) if (effect.kind === 'send') sent.push(effect);
    }
    return sent;
  }

  ask(target = VIP, to: Mac = BROADCAST): ReturnType<Engine['takeEffects']> {
    const header = { destination: to, source: CLIENT, etherType: ETHERTYPE.arp };
    const frame = encodeEthernet(header, encodeArp(request(CLIENT, ip('192.0.2.200'), target)));
    this.engine.frameReceived(LINK, frame, this.nowMs);
    return this.engine.takeEffects();
  }

  get counters() {
    return this.engine.observations().counters;
  }

  get warnings() {
    return this.engine.observations().warnings.map(({ warning }) => warning);
  }
}

const PEER: Sender = {
  node: node('peer'),
  link: 5,
  mac: mac('00:00:5e:00:53:02'),
  epoch: toEpoch(noiseFrom(2)(16)),
  sequence: 1,
};
const beatOf = (sender: Sender, over: { echoes?: readonly Nonce[]; key?: Uint8Array; cluster?: string } = {}) =>
  encodeMessage(
    sender,
    {
      kind: 'beat',
      state: 'running',
      intervalMs: 100,
      beat: sender.sequence,
      nodeAddress: undefined,
      claimCount: 0,
      claimsDigest: '0000000000000000',
      nonce: '0011223344556677' as Nonce,
      echoes: over.echoes ?? [],
      keyIds: [],
    },
    clusterTag(over.cluster ?? 'a'),
    toKey(over.key ?? KEY),
  );

describe('Engine', () => {
  it('says nothing before it has orders', () => {
    const driven = new Driven([link(LINK, SELF)], 'none');
    assert.deepEqual(driven.run(5_000), []);
  });

  it('is never further from its next turn than one interval', () => {
    const driven = new Driven([link(LINK, SELF)]);
    for (let n = 0; n < 50; n++) {
      driven.run(50);
      assert.ok(driven.engine.nextWakeMs <= driven.nowMs + 100);
    }
  });

  it('answers for what it owns, and the answer is void after a freeze', () => {
    const driven = new Driven([link(LINK, SELF)]);
    driven.run(1_000);
    const [effect, ...more] = driven.ask();
    assert.deepEqual(more, []);
    assert.ok(effect?.kind === 'send' && effect.notAfterMs !== undefined);
    assert.ok(effect.notAfterMs > driven.nowMs && effect.notAfterMs <= driven.nowMs + 300);
    const reply = decodeArp(effect.frame.subarray(14));
    assert.deepEqual(reply.ok && [reply.value.senderIp, reply.value.senderMac, reply.value.targetMac], [
      VIP,
      SELF,
      CLIENT,
    ]);
  });

  it('answers for nothing else', () => {
    const driven = new Driven([link(LINK, SELF)]);
    driven.run(1_000);
    assert.deepEqual(driven.ask(ip('192.0.3.1')), []);
    assert.deepEqual(driven.ask(VIP, mac('00:00:5e:00:53:99')), []);
    assert.equal(driven.counters['arp_unanswered_to-another-host'], 1);
  });

  it('throws away what waited when it stood still, and answers again only after an interval', () => {
    const driven = new Driven([link(LINK, SELF)]);
    driven.run(1_000);
    driven.nowMs += 301;
    driven.engine.wake(driven.nowMs);
    assert.equal(driven.engine.takeEffects()[0]?.kind, 'discard-queued');
    assert.deepEqual(driven.ask(), []);
    driven.run(99);
    assert.deepEqual(driven.ask(), []);
    driven.run(2);
    assert.equal(driven.ask().length, 1);
  });

  it('notices a freeze also in the middle of a turn, and does not answer the frame that it was about to read', () => {
    const driven = new Driven([link(LINK, SELF)]);
    driven.run(1_000);
    driven.nowMs += 5_000;
    assert.equal(driven.ask()[0]?.kind, 'discard-queued');
    assert.equal(driven.counters['arp_answered'], undefined);
  });

  it('stops at once when the cable is cut, and begins anew when it is back', () => {
    const driven = new Driven([link(LINK, SELF)], { ...ORDERS, alone: false });
    driven.ask();
    driven.run(3_000);
    assert.equal(driven.ask().length, 1);
    driven.engine.linksChanged([link(LINK, SELF, false)], driven.nowMs);
    assert.deepEqual(driven.ask(), []);
    assert.deepEqual(
      driven.engine
        .observations()
        .refusals.get(VIP)
        ?.map(({ reason }) => reason),
      ['LinkDown'],
    );
    driven.engine.linksChanged([link(LINK, SELF)], driven.nowMs);
    driven.ask();
    driven.run(1_700);
    assert.deepEqual(driven.ask(), []);
    driven.run(200);
    assert.equal(driven.ask().length, 1);
  });

  it('says what changed by counting, and not for counters alone', () => {
    const driven = new Driven([link(LINK, SELF)]);
    driven.run(1_000);
    const before = driven.engine.changes;
    driven.ask();
    driven.run(3_000);
    assert.equal(driven.engine.changes, before);
    driven.engine.ordersChanged({ ...ORDERS, wanted: [] }, driven.nowMs);
    assert.notEqual(driven.engine.changes, before);
    assert.deepEqual(driven.engine.observations().claims, []);
  });

  it('reports a stranger that announces what it owns, once', () => {
    const driven = new Driven([link(LINK, SELF)]);
    driven.run(1_000);
    const header = { destination: BROADCAST, source: CLIENT, etherType: ETHERTYPE.arp };
    const frame = encodeEthernet(header, encodeArp(announcement(CLIENT, VIP)));
    const before = driven.engine.changes;
    for (let n = 0; n < 5; n++) driven.engine.frameReceived(LINK, frame, driven.nowMs);
    driven.run(600);
    assert.equal(driven.engine.changes, before + 1);
    assert.deepEqual(driven.engine.observations().conflicts, [{ address: VIP, link: LINK, mac: CLIENT }]);
    driven.run(60_001);
    assert.deepEqual(driven.engine.observations().conflicts, []);
  });

  it('announces on the lowest link where two of them are on one segment', () => {
    const other = mac('00:00:5e:00:53:03');
    const driven = new Driven([link(LINK, SELF), link(7, other)]);
    const endMs = 3_000;
    while (driven.nowMs < endMs) {
      // Whatever leaves on one link arrives on the other.
      for (const { link: from, frame } of driven.run(10)) {
        driven.engine.frameReceived(from === LINK ? 7 : LINK, frame, driven.nowMs);
      }
    }
    assert.deepEqual(
      driven.engine.observations().claims.map((claim) => [claim.link, claim.state]),
      [[LINK, 'owned']],
    );
    driven.engine.linksChanged([link(LINK, SELF, false), link(7, other)], driven.nowMs);
    driven.run(1_000);
    assert.deepEqual(
      driven.engine.observations().claims.map((claim) => [claim.link, claim.state]),
      [[7, 'owned']],
    );
  });

  it('says that its frames are rewritten on the way', () => {
    const driven = new Driven([link(LINK, SELF)]);
    const frame = beatOf(PEER);
    frame.set([0x02, 0, 0, 0, 0, 9], 6);
    driven.engine.frameReceived(LINK, frame, driven.nowMs);
    assert.deepEqual(driven.warnings, ['MacRewritten']);
    driven.run(11_000);
    assert.deepEqual(driven.warnings, []);
  });

  // biome-ignore format: table
  const refused = [
    { name: 'a speaker of another cluster', frame: beatOf(PEER, { cluster: 'b' }),                         counter: 'refused_other-cluster' },
    { name: 'a speaker with another key',   frame: beatOf(PEER, { key: new Uint8Array(32) }),              counter: 'refused_unknown-key' },
    { name: 'a speaker that only begins',   frame: beatOf(PEER),                                           counter: 'disbelieved_newcomer' },
    { name: 'a frame that is cut short',    frame: beatOf(PEER).slice(0, 30),                              counter: 'refused_truncated' },
    { name: 'half an Ethernet header',      frame: new Uint8Array(9),                                      counter: 'refused_ethernet_truncated' },
    { name: 'ARP for something else',       frame: encodeEthernet({ destination: BROADCAST, source: CLIENT, etherType: ETHERTYPE.arp }, new Uint8Array(28)), counter: 'refused_arp_not-ipv4-over-ethernet' },
  ];
  for (const { name, frame, counter } of refused) {
    it(`counts ${name}, and makes it no peer`, () => {
      const driven = new Driven([link(LINK, SELF)]);
      driven.engine.frameReceived(LINK, frame, 0);
      assert.equal(driven.counters[counter], 1);
      assert.deepEqual(driven.engine.observations().peers, []);
    });
  }

  it('throws at nothing, answers nothing and keeps nothing, whatever 20,000 frames say', () => {
    const driven = new Driven([link(LINK, SELF)], ORDERS, []);
    driven.run(1_000);
    const noise = noiseFrom(0x0806);
    const models = [
      beatOf(PEER),
      encodeMessage(PEER, { kind: 'claims-wanted', epoch: PEER.epoch }, clusterTag('a'), undefined),
      encodeEthernet(
        { destination: BROADCAST, source: CLIENT, etherType: ETHERTYPE.arp },
        encodeArp(request(CLIENT, ip('192.0.2.200'), ip('192.0.3.1'))),
      ),
    ];
    for (let n = 0; n < 20_000; n++) {
      const frame = (models[n % models.length] as Uint8Array).slice();
      const [where = 0, what = 0, also = 0] = noise(3);
      frame[(where * 7 + also) % frame.length] = what;
      driven.engine.frameReceived(LINK, frame, driven.nowMs);
    }
    const answers = driven.engine
      .takeEffects()
      .filter((effect) => effect.kind === 'send' && etherTypeOf(effect.frame) === ETHERTYPE.arp);
    assert.ok(answers.length < 200, 'only those whose question came out as one for our address');
    const { peers, conflicts } = driven.engine.observations();
    assert.ok(peers.length === 0 && conflicts.length <= 1);
  });
});
