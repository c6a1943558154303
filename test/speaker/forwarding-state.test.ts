import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { standingOf } from '../../src/speaker/claim.js';
import { isStale, mayHaveStaleFlows, type UdpTargets } from '../../src/speaker/forwarding-flows.js';
import { withGaps } from '../../src/speaker/forwarding-gaps.js';
import { type ForwardingState, forwardingRefusals, sameForwarding } from '../../src/speaker/forwarding-state.js';
import { service } from '../support/objects.js';
import { address } from '../support/values.js';

const HELD = address('192.0.2.1');
const OTHER = address('192.0.2.2');
const cairn = (trouble?: string, outdated = false): ForwardingState => ({
  by: 'cairn',
  covered: new Set([HELD]),
  trouble,
  outdated,
});

describe('forwardingRefusals', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'nothing where kube-proxy forwards',                   state: { by: 'kube-proxy' } as const, of: OTHER, want: [] },
    { name: 'nothing where the rules are in place',                state: cairn(),              of: HELD,  want: [] },
    { name: 'an address without rules yet',                        state: cairn(),              of: OTHER, want: ['ForwardingPending'] },
    { name: 'an address without rules that cannot be set',         state: cairn('no nft'),      of: OTHER, want: ['ForwardingFailed'] },
    { name: 'nothing at the first trouble, where there are rules', state: cairn('busy'),        of: HELD,  want: [] },
    { name: 'an address whose rules have been old for long',       state: cairn('busy', true),  of: HELD,  want: ['ForwardingFailed'] },
  ];
  for (const { name, state, of, want } of cases) {
    it(`refuses ${name}`, () =>
      assert.deepEqual(
        forwardingRefusals(state, of).map(({ reason }) => reason),
        want,
      ));
  }

  it('never lets a node take an address whose packets it would lose, and keeps the owner answering', () => {
    assert.equal(standingOf(forwardingRefusals(cairn('busy', true), HELD)), 'reluctant');
  });

  it('knows a state that says nothing new', () => {
    assert.ok(sameForwarding(cairn('busy'), cairn('busy')));
    assert.ok(!sameForwarding(cairn('busy'), cairn('gone')));
    assert.ok(!sameForwarding(cairn(), { ...cairn(), covered: new Set([OTHER]) } as ForwardingState));
    assert.ok(!sameForwarding(cairn(), { by: 'kube-proxy' }));
  });
});

describe('UDP connections', () => {
  const targets = (...pods: readonly string[]): UdpTargets => new Map([['192.0.2.1:53', new Set(pods)]]);
  const NONE: UdpTargets = new Map();
  const flow = {
    source: '192.0.2.9',
    sourcePort: '4000',
    destination: '192.0.2.1',
    destinationPort: '53',
    answeredBy: '10.244.0.2',
    answeredFrom: '5353',
  };
  const [A, B] = ['10.244.0.2:5353', '10.244.0.3:5353'] as const;

  // biome-ignore format: table
  const cases = [
    { name: 'stay while their endpoint serves',               before: targets(A), now: targets(A, B), look: false, stale: false },
    { name: 'go with their endpoint',                         before: targets(A), now: targets(B),    look: true,  stale: true },
    { name: 'go when no endpoint is left',                    before: targets(A), now: targets(),     look: true,  stale: true },
    { name: 'go with their Service',                          before: targets(A), now: NONE,          look: true,  stale: true },
    { name: 'to a dead endpoint from before the start go',    before: undefined,  now: targets(B),    look: true,  stale: true },
    { name: 'to a living one from before the start stay',     before: undefined,  now: targets(A),    look: true,  stale: false },
    { name: 'of others stay',                                 before: undefined,  now: NONE,          look: false, stale: false },
  ];
  for (const { name, before, now, look, stale } of cases) {
    it(name, () => {
      assert.equal(mayHaveStaleFlows(before, now), look);
      assert.equal(isStale(flow, before, now), stale);
    });
  }

  it('that nobody sent on go once there is a rule for them', () => {
    assert.ok(isStale({ ...flow, answeredBy: '192.0.2.1', answeredFrom: '53' }, NONE, targets(A)));
  });
});

describe('withGaps', () => {
  const announced = { status: 'True', reason: 'Announced', message: 'by node-a', announcedBy: 'x=node-a' } as const;
  const sticky = service('web', { sessionAffinity: 'ClientIP' });

  it('says nothing of a Service that asks for nothing more', () => {
    assert.equal(withGaps(announced, service('web')), announced);
    assert.equal(withGaps(undefined, sticky), undefined);
  });

  it('names all that a Service asks for in vain', () => {
    const told = withGaps(announced, { ...sticky, loadBalancerSourceRanges: ['198.51.100.0/24'] });
    assert.equal(told?.reason, 'ForwardingIncomplete');
    assert.equal(told?.status, 'True');
    assert.match(told?.message ?? '', /^by node-a; .*loadBalancerSourceRanges.*every client.*sessionAffinity/);
  });

  it('keeps a worse reason', () => {
    const told = withGaps({ ...announced, status: 'False', reason: 'NoCandidate' }, sticky);
    assert.equal(told?.reason, 'NoCandidate');
    assert.match(told?.message ?? '', /sessionAffinity/);
  });
});
