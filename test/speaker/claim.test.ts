import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type ClaimFacts, decide, type Holding, holdingWakeMs, IDLE, standingOf } from '../../src/speaker/claim.js';
import { outranks } from '../../src/speaker/elect.js';
import type { Holder } from '../../src/speaker/members.js';
import type { Peer } from '../../src/speaker/peer.js';
import { answered, HEARD, type Watch } from '../../src/speaker/suspect.js';
import { ip, node } from '../support/values.js';

const NOW = 10_000;
const VIP = ip('192.0.2.240');
// In one term the first of these two stays.
const [FIRST, SECOND] = outranks(node('a'), node('b'), VIP) ? [node('a'), node('b')] : [node('b'), node('a')];
const SUSPECTED: Watch = {
  is: 'suspected',
  sinceMs: NOW - 50,
  asked: 2,
  nextAskMs: NOW,
  witnessMs: undefined,
  isolated: false,
};

const by = (name: typeof FIRST, state: Holder['state'], term: number, watch: Watch = HEARD): Holder => ({
  peer: { node: name, watch } as Peer,
  state,
  term,
});
const TAKE_OVER = { probes: 1, gapMs: 33, lastsMs: 100 };
const FACTS: ClaimFacts = {
  self: FIRST,
  address: VIP,
  standing: 'eligible',
  holder: undefined,
  highestTerm: 4,
  rank: 0,
  mayClaim: true,
  mayBegin: true,
  alone: false,
  takeOver: TAKE_OVER,
};
const facts = (over: Partial<ClaimFacts> = {}): ClaimFacts => ({ ...FACTS, ...over });

const OWNED: Holding = { is: 'owned', term: 5 };
const OFFERED: Holding = { is: 'offered', term: 5 };
const waiting = (sinceMs: number, offered = false): Holding => ({ is: 'waiting', sinceMs, offered });
const probing = (over: Partial<Extract<Holding, { is: 'probing' }>> = {}): Holding => ({
  is: 'probing',
  term: 5,
  probes: 1,
  sent: 1,
  gapMs: 33,
  nextProbeMs: NOW,
  untilMs: NOW,
  ...over,
});
const fresh = probing({ sent: 0, untilMs: NOW + 100 });
const avoiding: Holding = { is: 'avoiding', untilMs: NOW + 1 };

describe('decide', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; holding: Holding; facts: ClaimFacts; want: Holding }[] = [
    // Rule 1: turns.
    { name: 'probes at once for what is nobody\'s, as the first',        holding: IDLE, facts: facts(), want: fresh },
    { name: 'waits for its turn as the second',                          holding: IDLE, facts: facts({ rank: 1 }), want: waiting(NOW) },
    { name: 'goes on waiting one millisecond before its turn',           holding: waiting(NOW - 149), facts: facts({ rank: 1 }), want: waiting(NOW - 149) },
    { name: 'probes when its turn has come',                             holding: waiting(NOW - 150), facts: facts({ rank: 1 }), want: fresh },
    { name: 'stops at a peer\'s probe',                                  holding: waiting(NOW - 150), facts: facts({ rank: 1, holder: by(SECOND, 'probing', 5) }), want: IDLE },
    { name: 'stops at a peer\'s claim',                                  holding: waiting(NOW - 150), facts: facts({ rank: 1, holder: by(SECOND, 'owned', 5) }), want: IDLE },
    { name: 'takes nothing from an owner of a lower term',               holding: IDLE, facts: facts({ holder: by(SECOND, 'owned', 1) }), want: IDLE },
    { name: 'takes nothing from an owner whose addresses answer',        holding: IDLE, facts: facts({ holder: by(SECOND, 'owned', 1, answered(NOW)) }), want: IDLE },
    { name: 'claims nothing on a link that it may not claim on',         holding: waiting(NOW - 999), facts: facts({ mayClaim: false }), want: IDLE },
    { name: 'begins nothing while a peer\'s claims are unknown',         holding: waiting(NOW - 999), facts: facts({ mayBegin: false }), want: waiting(NOW - 999) },
    // Rule 2: probes.
    { name: 'probes three times for an address that nobody ever had',    holding: IDLE, facts: facts({ highestTerm: 0 }), want: probing({ term: 1, probes: 3, sent: 0, gapMs: 200, untilMs: NOW + 600 }) },
    { name: 'goes on probing to the end',                                holding: probing({ untilMs: NOW + 1 }), facts: facts(), want: probing({ untilMs: NOW + 1 }) },
    { name: 'owns what nobody answered for',                             holding: probing(), facts: facts(), want: OWNED },
    { name: 'goes above a term that it heard of meanwhile',              holding: probing(), facts: facts({ highestTerm: 8 }), want: { is: 'owned', term: 9 } },
    { name: 'gives way to an owner that turns up while it probes',       holding: probing(), facts: facts({ holder: by(SECOND, 'owned', 1) }), want: IDLE },
    { name: 'gives way to a prober of a higher term',                    holding: probing(), facts: facts({ holder: by(SECOND, 'probing', 6) }), want: IDLE },
    { name: 'gives way to a prober that comes first in the same term',   holding: probing(), facts: facts({ self: SECOND, holder: by(FIRST, 'probing', 5) }), want: IDLE },
    { name: 'goes on beside a prober that comes second',                 holding: probing(), facts: facts({ holder: by(SECOND, 'probing', 5) }), want: OWNED },
    { name: 'drops its probe when the link may not be claimed on',       holding: probing(), facts: facts({ mayClaim: false }), want: IDLE },
    { name: 'finishes its probe though a peer\'s claims became unknown', holding: probing(), facts: facts({ mayBegin: false }), want: OWNED },
    { name: 'leaves an address alone that somebody answered for',        holding: avoiding, facts: facts(), want: avoiding },
    { name: 'probes for it again after a while',                         holding: { is: 'avoiding', untilMs: NOW }, facts: facts(), want: fresh },
    // Rule 3: terms.
    { name: 'keeps what it owns when nobody else says so',               holding: OWNED, facts: facts(), want: OWNED },
    { name: 'keeps it beside an owner of a lower term',                  holding: OWNED, facts: facts({ holder: by(SECOND, 'owned', 4) }), want: OWNED },
    { name: 'yields to an owner of a higher term',                       holding: OWNED, facts: facts({ holder: by(SECOND, 'owned', 6) }), want: IDLE },
    { name: 'yields to the first in order in one term',                  holding: OWNED, facts: facts({ self: SECOND, holder: by(FIRST, 'owned', 5) }), want: IDLE },
    { name: 'keeps it as the first in order in one term',                holding: OWNED, facts: facts({ holder: by(SECOND, 'owned', 5) }), want: OWNED },
    { name: 'yields to a higher term that is on offer already',          holding: OWNED, facts: facts({ holder: by(SECOND, 'offered', 6) }), want: IDLE },
    { name: 'yields to nobody who only probes',                          holding: OWNED, facts: facts({ holder: by(SECOND, 'probing', 9) }), want: OWNED },
    { name: 'keeps it on a link that it could not claim it on',          holding: OWNED, facts: facts({ mayClaim: false }), want: OWNED },
    // Rule 4: take-over.
    { name: 'probes beside the question about a suspect, as the first',  holding: IDLE, facts: facts({ holder: by(SECOND, 'owned', 4, SUSPECTED) }), want: fresh },
    { name: 'leaves a suspect to the first in rank',                     holding: IDLE, facts: facts({ rank: 1, holder: by(SECOND, 'owned', 4, SUSPECTED) }), want: IDLE },
    { name: 'claims nothing before the suspect is dead',                 holding: probing(), facts: facts({ holder: by(SECOND, 'owned', 4, SUSPECTED) }), want: probing() },
    { name: 'drops its probe when the suspect lives',                    holding: probing(), facts: facts({ holder: by(SECOND, 'owned', 4) }), want: IDLE },
    // Rule 7: refusals.
    { name: 'stops at once for a hard refusal',                          holding: OWNED, facts: facts({ standing: 'barred' }), want: IDLE },
    { name: 'offers what it holds for a soft refusal',                   holding: OWNED, facts: facts({ standing: 'reluctant' }), want: OFFERED },
    { name: 'offers it for a refusal of the last resort',                holding: OWNED, facts: facts({ standing: 'last-resort' }), want: OFFERED },
    { name: 'takes its offer back when it may have it again',            holding: OFFERED, facts: facts(), want: OWNED },
    { name: 'goes on offering',                                          holding: OFFERED, facts: facts({ standing: 'reluctant' }), want: OFFERED },
    { name: 'stops when its offer is taken',                             holding: OFFERED, facts: facts({ standing: 'reluctant', holder: by(SECOND, 'owned', 6) }), want: IDLE },
    { name: 'takes an offer without a probe, as the first',              holding: IDLE, facts: facts({ holder: by(SECOND, 'offered', 4) }), want: OWNED },
    { name: 'waits for its turn with an offer',                          holding: IDLE, facts: facts({ rank: 1, holder: by(SECOND, 'offered', 4) }), want: waiting(NOW, true) },
    { name: 'takes an offer when its turn has come',                     holding: waiting(NOW - 150, true), facts: facts({ rank: 1, holder: by(SECOND, 'offered', 4) }), want: OWNED },
    { name: 'waits anew when its turn was for something else',           holding: waiting(NOW - 999), facts: facts({ rank: 1, holder: by(SECOND, 'offered', 4) }), want: waiting(NOW, true) },
    { name: 'takes an offer though it answered our probe before',        holding: avoiding, facts: facts({ holder: by(SECOND, 'offered', 4) }), want: OWNED },
    { name: 'takes no offer of one who could not hear that it did',      holding: IDLE, facts: facts({ holder: by(SECOND, 'offered', 4, answered(NOW)) }), want: IDLE },
    { name: 'takes no offer that it would have to offer itself',         holding: IDLE, facts: facts({ standing: 'last-resort', holder: by(SECOND, 'offered', 4) }), want: IDLE },
    { name: 'claims nothing while it is reluctant',                      holding: IDLE, facts: facts({ standing: 'reluctant' }), want: IDLE },
    { name: 'waits a second for somebody better',                        holding: waiting(NOW - 999), facts: facts({ standing: 'last-resort' }), want: waiting(NOW - 999) },
    { name: 'probes for want of somebody better',                        holding: waiting(NOW - 1_000), facts: facts({ standing: 'last-resort' }), want: fresh },
    { name: 'waits for nobody when it is alone',                         holding: IDLE, facts: facts({ standing: 'last-resort', alone: true }), want: fresh },
    { name: 'offers what it claims for want of somebody better',         holding: probing(), facts: facts({ standing: 'last-resort' }), want: OFFERED },
    { name: 'leaves a suspect to those who are eligible',                holding: IDLE, facts: facts({ standing: 'last-resort', holder: by(SECOND, 'owned', 4, SUSPECTED) }), want: IDLE },
  ];
  for (const { name, holding, facts: given, want } of cases) {
    it(name, () => assert.deepEqual(decide(holding, given, NOW), want));
  }

  it('never goes above the highest term that a frame can carry', () => {
    const next = decide(probing(), facts({ highestTerm: 0xffff_ffff }), NOW);
    assert.deepEqual(next, { is: 'owned', term: 0xffff_ffff });
  });
});

describe('standingOf', () => {
  const soft = (reason: 'ExcludeLabel' | 'NoLocalEndpoint' | 'NoOnLinkPrefix') =>
    ({ kind: 'soft', reason, detail: '' }) as const;
  const hard = { kind: 'hard', reason: 'LinkDown', detail: '' } as const;
  // biome-ignore format: table
  const cases = [
    { name: 'is a candidate without refusals',             refusals: [],                                                     want: 'eligible' },
    { name: 'is a last resort for a label',                refusals: [soft('ExcludeLabel')],                                 want: 'last-resort' },
    { name: 'is a last resort outside the prefix',         refusals: [soft('NoOnLinkPrefix'), soft('ExcludeLabel')],         want: 'last-resort' },
    { name: 'is none where traffic would find no endpoint', refusals: [soft('ExcludeLabel'), soft('NoLocalEndpoint')],       want: 'reluctant' },
    { name: 'is out for a hard refusal among others',      refusals: [soft('ExcludeLabel'), hard],                           want: 'barred' },
  ];
  for (const { name, refusals, want } of cases) {
    it(name, () => assert.equal(standingOf(refusals), want));
  }
});

describe('holdingWakeMs', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'wakes at our turn',                              holding: waiting(NOW),              facts: facts({ rank: 2 }),                         want: NOW + 300 },
    { name: 'wakes at the turn of a last resort',             holding: waiting(NOW),              facts: facts({ rank: 2, standing: 'last-resort' }), want: NOW + 1_300 },
    { name: 'wakes for the next probe',                       holding: { ...fresh, nextProbeMs: NOW + 33, probes: 3 } as Holding, facts: facts(),    want: NOW + 33 },
    { name: 'wakes at the end of a probe',                    holding: probing({ untilMs: NOW + 9 }), facts: facts(),                                want: NOW + 9 },
    { name: 'leaves a probe past its end to the suspicion',   holding: probing(),                 facts: facts(),                                    want: Number.POSITIVE_INFINITY },
    { name: 'has nothing to do for what it owns',             holding: OWNED,                     facts: facts(),                                    want: Number.POSITIVE_INFINITY },
  ];
  for (const { name, holding, facts: given, want } of cases) {
    it(name, () => assert.equal(holdingWakeMs(holding, given, NOW), want));
  }
});
