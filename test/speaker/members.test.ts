import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { BeatMessage, Message, SpeakerFrame } from '../../src/arp/beat.js';
import { type Claim, changeMessages, tableMessages } from '../../src/arp/claims.js';
import { type Epoch, type Nonce, toEpoch } from '../../src/arp/envelope.js';
import { ClaimTable } from '../../src/speaker/claim-table.js';
import { Members } from '../../src/speaker/members.js';
import { Nonces } from '../../src/speaker/nonces.js';
import { toIPv4 } from '../../src/values/ipv4.js';
import { ip, mac, node, noiseFrom } from '../support/values.js';

const NOW = 10_000;
const OURS = 'aaaaaaaaaaaaaaaa' as Nonce;
const echoed = (beat: BeatMessage) => beat.echoes.includes(OURS);
const epochs = noiseFrom(1);
const newEpoch = (): Epoch => toEpoch(epochs(16));
const EPOCH = newEpoch();
const VIP = ip('192.0.3.0');

const beat = (over: Partial<BeatMessage> = {}): BeatMessage => ({
  kind: 'beat',
  state: 'running',
  intervalMs: 100,
  beat: 1,
  nodeAddress: undefined,
  claimCount: 0,
  claimsDigest: new ClaimTable().digest,
  nonce: 'bbbbbbbbbbbbbbbb' as Nonce,
  echoes: [OURS],
  keyIds: [],
  ...over,
});
const frame = (message: Message, sequence: number, over: { node?: string; epoch?: Epoch } = {}): SpeakerFrame => ({
  sender: {
    node: node(over.node ?? 'peer'),
    link: 2,
    mac: mac('00:00:5e:00:53:02'),
    epoch: over.epoch ?? EPOCH,
    sequence,
  },
  message,
});
const claim = (address: Claim['address'], state: Claim['state'] = 'owned', term = 1): Claim => ({
  address,
  term,
  state,
  services: '0123456789abcdef',
});
const members = () => new Members(node('self'), () => undefined);
const outcome = (reception: ReturnType<Members['receive']>) =>
  reception.believed ? (reception.joined ? 'joined' : 'believed') : reception.because;

describe('Members.receive', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; frames: readonly SpeakerFrame[]; want: string }[] = [
    { name: 'believes nobody who has not sent our nonce back',   frames: [frame(beat({ echoes: [] }), 1)],                                          want: 'newcomer' },
    { name: 'lets a speaker join with our nonce',                frames: [frame(beat({ echoes: [] }), 1), frame(beat(), 2)],                        want: 'joined' },
    { name: 'lets nobody join with anything but a beat',         frames: [frame(tableMessages(1, [])[0] as Message, 1)],                            want: 'newcomer' },
    { name: 'believes a peer though it does not echo each time', frames: [frame(beat(), 1), frame(beat({ echoes: [] }), 2)],                        want: 'believed' },
    { name: 'takes no frame twice',                              frames: [frame(beat(), 5), frame(beat(), 5)],                                      want: 'replayed' },
    { name: 'takes no frame after a later one',                  frames: [frame(beat(), 5), frame(beat(), 4)],                                      want: 'replayed' },
    { name: 'takes a recording of another start for a newcomer', frames: [frame(beat(), 5), frame(beat({ echoes: [] }), 99, { epoch: newEpoch() })], want: 'newcomer' },
    { name: 'lets a speaker that was started again join',        frames: [frame(beat(), 5), frame(beat(), 1, { epoch: newEpoch() })],               want: 'joined' },
  ];
  for (const { name, frames, want } of cases) {
    it(name, () => {
      const known = members();
      const outcomes = frames.map((one) => outcome(known.receive(one, echoed, NOW)));
      assert.equal(outcomes.at(-1), want);
    });
  }

  it('forgets what the start before held when a speaker was started again', () => {
    const known = members();
    known.receive(frame(beat(), 1), echoed, NOW);
    for (const peer of known.peers) peer.claimsReceived(changeMessages([claim(VIP)])[0] as never);
    assert.equal(known.holderOf(VIP)?.state, 'owned');
    known.receive(frame(beat(), 1, { epoch: newEpoch() }), echoed, NOW);
    assert.equal(known.holderOf(VIP), undefined);
  });

  it('keeps no more peers than a cluster has nodes, and the living before the dead', () => {
    const known = members();
    for (let n = 0; n < 600; n++)
      known.receive(frame(beat(), 1, { node: `n${n}`, epoch: newEpoch() }), echoed, NOW + n);
    assert.equal([...known.peers].length, 512);
    assert.equal(outcome(known.receive(frame(beat(), 1, { node: 'late' }), echoed, NOW)), 'crowded');
    const [first] = known.peers;
    assert.ok(first);
    first.watch = { is: 'dead' };
    assert.equal(outcome(known.receive(frame(beat(), 1, { node: 'late' }), echoed, NOW)), 'joined');
    assert.equal([...known.peers].length, 512);
  });

  it('echoes to the newcomers first, and to every peer in turn', () => {
    const known = members();
    for (let n = 0; n < 200; n++) {
      const nonce = n.toString(16).padStart(16, '0') as Nonce;
      known.receive(frame(beat({ nonce }), 1, { node: `n${n}`, epoch: newEpoch() }), echoed, NOW);
    }
    known.receive(frame(beat({ nonce: OURS, echoes: [] }), 1, { node: 'new', epoch: newEpoch() }), echoed, NOW);
    const rounds = [known.echoes(NOW), known.echoes(NOW), known.echoes(NOW)];
    for (const echoes of rounds) assert.deepEqual([echoes[0], echoes.length <= 96], [OURS, true]);
    assert.equal(new Set(rounds.flat()).size, 201);
  });
});

describe('Members.electors', () => {
  it('are those who are heard and not about to leave, each node once', () => {
    const known = members();
    known.receive(frame(beat(), 1, { node: 'a', epoch: newEpoch() }), echoed, NOW);
    known.receive(frame(beat({ state: 'leaving' }), 1, { node: 'b', epoch: newEpoch() }), echoed, NOW);
    known.receive(frame(beat(), 1, { node: 'c', epoch: newEpoch() }), echoed, NOW);
    for (const peer of known.peers) if (peer.node === 'c') peer.watch = { is: 'dead' };
    known.changed();
    assert.deepEqual([...known.electors], ['a']);
  });
});

describe('Peer', () => {
  const peerOf = (known: Members) => {
    const [peer] = known.peers;
    assert.ok(peer);
    return peer;
  };
  const twoClaims = [claim(VIP), claim(ip('192.0.3.1'))];
  const told = () => {
    const table = new ClaimTable();
    for (const one of twoClaims) table.set(one);
    return { claimCount: table.size, claimsDigest: table.digest };
  };

  it('knows from the beat that a claims frame was lost, and from the table that none is', () => {
    const known = members();
    known.receive(frame(beat(told()), 1), echoed, NOW);
    const peer = peerOf(known);
    assert.equal(peer.behindSinceMs, NOW);
    peer.claimsReceived(changeMessages(twoClaims.slice(0, 1))[0] as never);
    assert.equal(peer.behindSinceMs, NOW);
    peer.claimsReceived(tableMessages(1, twoClaims)[0] as never);
    assert.equal(peer.behindSinceMs, undefined);
  });

  it('forgets what a whole table leaves out, when all its parts are there', () => {
    const known = members();
    known.receive(frame(beat(), 1), echoed, NOW);
    const peer = peerOf(known);
    const old = claim(toIPv4(9_999));
    peer.claimsReceived(changeMessages([old])[0] as never);
    const parts = tableMessages(
      1,
      Array.from({ length: 70 }, (_, n) => claim(toIPv4(n))),
    );
    assert.ok(parts.length > 1);
    for (const [n, part] of parts.entries()) {
      assert.equal(peer.table.get(old.address), old, `before part ${n}`);
      peer.claimsReceived(part);
    }
    assert.equal(peer.table.get(old.address), undefined);
    assert.equal(peer.table.size, 70);
  });

  it('holds no more claims than any speaker has', () => {
    const known = members();
    known.receive(frame(beat(), 1), echoed, NOW);
    const peer = peerOf(known);
    const many = Array.from({ length: 9_000 }, (_, n) => claim(toIPv4(n)));
    for (const message of changeMessages(many)) peer.claimsReceived(message);
    assert.equal(peer.table.size, 8_192);
  });

  it('counts missed beats, and not the frames between them', () => {
    const known = members();
    known.receive(frame(beat({ beat: 1 }), 1), echoed, NOW);
    known.receive(frame(beat({ beat: 2 }), 50), echoed, NOW);
    assert.equal(peerOf(known).losses.ratio, 0);
    known.receive(frame(beat({ beat: 5 }), 51), echoed, NOW);
    assert.equal(peerOf(known).losses.ratio, 0.5);
  });
});

describe('ClaimTable', () => {
  const some = [claim(VIP), claim(ip('192.0.3.1'), 'offered', 7), claim(ip('192.0.3.2'), 'probing')];
  const tableOf = (claims: readonly Claim[]) => {
    const table = new ClaimTable();
    for (const one of claims) table.set(one);
    return table;
  };

  it('has the same digest in whatever order it came to be', () => {
    assert.equal(tableOf(some).digest, tableOf(some.toReversed()).digest);
    const roundabout = tableOf([...some, claim(ip('192.0.3.9')), claim(VIP, 'owned', 99)]);
    roundabout.set(claim(ip('192.0.3.9'), 'released'));
    roundabout.set(claim(VIP));
    assert.equal(roundabout.digest, tableOf(some).digest);
  });

  it('has another digest for another term, state, address or Service', () => {
    const digests = [
      some,
      [...some.slice(1), claim(VIP, 'owned', 2)],
      [...some.slice(1), claim(VIP, 'offered')],
      [...some.slice(1), claim(ip('192.0.3.7'))],
      [...some.slice(1), { ...claim(VIP), services: 'ffffffffffffffff' }],
      some.slice(1),
    ].map((claims) => tableOf(claims).digest);
    assert.equal(new Set(digests).size, digests.length);
  });
});

describe('Nonces', () => {
  const noise = noiseFrom(3);

  it('count for two draws, so that a beat under way is not in vain', () => {
    const nonces = new Nonces(noise, 0);
    const first = nonces.at(0);
    assert.ok(nonces.isEchoed([first]));
    nonces.at(1_000);
    assert.ok(nonces.isEchoed([first]));
    nonces.at(2_000);
    assert.ok(!nonces.isEchoed([first]));
  });

  it('count no more after a freeze', () => {
    const nonces = new Nonces(noise, 0);
    const first = nonces.at(0);
    nonces.renew(10);
    assert.ok(!nonces.isEchoed([first]));
  });
});
