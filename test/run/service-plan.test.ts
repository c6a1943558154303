import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Held, Standing } from '../../src/allocator/standing.js';
import { planService } from '../../src/run/service-plan.js';
import type { Announcement } from '../../src/speaker/announced.js';
import type { Condition, Service } from '../../src/values/objects.js';
import { service } from '../support/objects.js';
import { address, pool } from '../support/values.js';

const NOW = '2026-07-01T12:00:00Z';
const BEFORE = '2026-06-01T12:00:00Z';
const VIP = { ip: '192.0.2.7', hostname: '', ipMode: 'VIP' };

const held: Held = { address: address('192.0.2.7'), pool: pool('p'), now: 'layer2', protocol: 'layer2' };
const holds: Standing = { state: 'holds', held: [held], unmet: undefined };
const waits: Standing = { state: 'waits', because: { kind: 'no-address', tried: [] } };
const announced: Announcement = {
  status: 'True',
  reason: 'Announced',
  message: 'by node-a',
  announcedBy: '192.0.2.7=node-a',
};

const assigned: Condition = {
  type: 'cairn.dev/AddressAssigned',
  status: 'True',
  reason: 'Assigned',
  message: '192.0.2.7 from pool "p"',
  observedGeneration: 0,
  lastTransitionTime: BEFORE,
};
const shown: Condition = { ...assigned, type: 'cairn.dev/Announced', reason: 'Announced', message: 'by node-a' };
/** As before there was a mark that says whose they are. */
const oldMarks = { 'cairn.dev/allocated-from-pool': 'p', 'cairn.dev/announced-by': '192.0.2.7=node-a' };
const marks = { ...oldMarks, 'cairn.dev/served-by': 'cairn-system 192.0.2.7' };
const theirMarks = { ...oldMarks, 'cairn.dev/served-by': 'other 192.0.2.7' };

/** As it is when everything was written. */
const written = (parts: Partial<Service> = {}, annotations: Readonly<Record<string, string>> = marks): Service => ({
  ...service('web', { ips: ['192.0.2.7'], meta: { annotations, resourceVersion: '7' } }),
  generation: 0,
  conditions: [assigned, shown],
  ...parts,
});
const bare = (parts: Partial<Service> = {}): Service => written({ ingress: [], conditions: [], ...parts }, {});
const plan = (given: Service, standing: Standing, announcement?: Announcement) =>
  planService(given, standing, {
    installation: 'cairn-system',
    announcement,
    now: NOW,
    forwarding: undefined,
    leftToNode: [],
  });

describe('planService', () => {
  it('writes address, conditions and annotations in one patch', () => {
    assert.deepEqual(plan(bare(), holds, announced)?.write, {
      resourceVersion: '7',
      ingress: [VIP],
      conditions: [
        { ...assigned, lastTransitionTime: NOW },
        { ...shown, lastTransitionTime: NOW },
      ],
      annotations: marks,
    });
  });

  // biome-ignore format: table
  const nothing: readonly { name: string; given: Service; standing: Standing; announcement?: Announcement }[] = [
    { name: 'what says it already',                         given: written(),                                            standing: holds, announcement: announced },
    { name: 'what says it on an API that knows no ipMode',  given: written({ ingress: [{ ...VIP, ipMode: '' }] }),       standing: holds, announcement: announced },
    { name: 'a Service of somebody else',                   given: bare({ loadBalancerClass: 'example.com/lb' }),        standing: { state: 'not-ours' } },
    { name: 'a Service of somebody else with an address',   given: bare({ ingress: [VIP] }),                             standing: { state: 'not-ours' } },
    { name: 'a Service that another installation marked',   given: written({}, theirMarks),                              standing: { state: 'not-ours' } },
    { name: 'a Service that another installation marked, of another type now', given: written({ type: 'ClusterIP' }, theirMarks), standing: { state: 'not-ours' } },
    { name: 'a LoadBalancer with marks of nobody knows whom', given: written({}, oldMarks),                              standing: { state: 'not-ours' } },
    { name: 'what another installation marked, and another provider serves', given: written({}, theirMarks),             standing: { state: 'left-alone', because: 'served-by-another' } },
    { name: 'what is left alone',                           given: written({ ingress: [] }),                             standing: { state: 'left-alone', because: 'being-deleted' } },
  ];
  for (const { name, given, standing, announcement } of nothing) {
    it(`writes nothing into ${name}`, () => assert.equal(plan(given, standing, announcement), undefined));
  }

  it('changes the announcement alone when only that is new', () => {
    const moved = { ...announced, message: 'by node-b', announcedBy: '192.0.2.7=node-b' };
    assert.deepEqual(plan(written(), holds, moved), {
      write: {
        resourceVersion: '7',
        conditions: [{ ...shown, message: 'by node-b' }],
        annotations: { 'cairn.dev/announced-by': '192.0.2.7=node-b' },
      },
      notes: [{ type: 'Normal', reason: 'Announced', message: 'by node-b', about: 'cairn.dev/Announced' }],
    });
  });

  for (const reason of ['NoSpeakerReady', 'NoCandidate', 'Waiting', 'Probing', 'OwnerUnheard'] as const) {
    it(`says of ${reason} that it may pass`, () => {
      const status = reason === 'OwnerUnheard' ? 'Unknown' : 'False';
      const [note] = plan(written(), holds, { ...announced, status, reason })?.notes ?? [];
      assert.equal(note?.mayPass, true);
    });
  }

  it('dates a condition anew only when its status changes', () => {
    const kept: Standing = { ...holds, unmet: { kind: 'outside-every-pool', address: address('203.0.113.1') } };
    const [condition] = plan(written(), kept, announced)?.write.conditions ?? [];
    assert.deepEqual([condition?.reason, condition?.lastTransitionTime], ['OutsideEveryPool', BEFORE]);
    const [lost] = plan(written(), waits)?.write.conditions ?? [];
    assert.deepEqual([lost?.status, lost?.lastTransitionTime], ['False', NOW]);
  });

  it('dates the assignment of another address anew: it tells which of two holders was first', () => {
    const other: Standing = { ...holds, held: [{ ...held, address: address('192.0.2.8') }] };
    assert.equal(plan(written(), other, announced)?.write.conditions?.[0]?.lastTransitionTime, NOW);
  });

  // biome-ignore format: table
  const undated: readonly { name: string; given: Service; standing: Standing }[] = [
    { name: 'that somebody overwrote',  given: written({ ingress: [{ ...VIP, ip: '198.51.100.9' }] }),      standing: holds },
    { name: 'that somebody wiped',      given: written({ ingress: [], generation: 2 }),                     standing: holds },
    { name: 'that goes on with fewer',  given: written({ ingress: [VIP, { ...VIP, ip: '192.0.2.8' }] }, { ...marks, 'cairn.dev/served-by': 'cairn-system 192.0.2.7,192.0.2.8' }), standing: holds },
  ];
  for (const { name, given, standing } of undated) {
    it(`does not date an assignment anew ${name}: a second holder since then is the later one`, () => {
      const { write } = plan(given, standing, announced) ?? assert.fail();
      assert.deepEqual(write.ingress, [VIP]);
      const [condition] = write.conditions ?? [];
      assert.equal(condition?.lastTransitionTime ?? BEFORE, BEFORE);
    });
  }

  it('tells a Service whose address is withheld what it waits for, as one that has none', () => {
    const withheld = { status: 'False', reason: 'ConfigurationNotPublished', message: 'not yet' } as const;
    const facts = { installation: 'cairn-system', announcement: announced, now: NOW, forwarding: undefined, withheld };
    assert.deepEqual(planService(bare(), holds, facts)?.write, {
      resourceVersion: '7',
      conditions: [{ ...withheld, type: 'cairn.dev/AddressAssigned', observedGeneration: 0, lastTransitionTime: NOW }],
      annotations: { 'cairn.dev/served-by': 'cairn-system' },
    });
  });

  it('leaves its marks to a Service whose withheld address these list', () => {
    const withheld = { status: 'False', reason: 'NodeAddressWithheld', message: 'not yet' } as const;
    const facts = { installation: 'cairn-system', announcement: announced, now: NOW, forwarding: undefined, withheld };
    const { write } = planService(written({ ingress: [], conditions: [] }), holds, facts) ?? assert.fail();
    assert.deepEqual(write.annotations, { 'cairn.dev/announced-by': null });
  });

  it('takes address, announcement and annotations from a Service that waits', () => {
    const { write } = plan(written(), waits) ?? assert.fail();
    assert.deepEqual(write.ingress, []);
    assert.deepEqual(write.dropConditions, ['cairn.dev/Announced']);
    assert.deepEqual(write.annotations, {
      'cairn.dev/served-by': 'cairn-system',
      'cairn.dev/allocated-from-pool': null,
      'cairn.dev/announced-by': null,
    });
  });

  it('tells an event for what changed and none for what did not', () => {
    assert.deepEqual(plan(bare(), waits)?.notes, [
      {
        type: 'Warning',
        reason: 'NoPools',
        message: 'the configuration has no pools; add one to address-pools',
        about: 'cairn.dev/AddressAssigned',
      },
    ]);
    assert.deepEqual(plan(written({}, { ...marks, 'cairn.dev/announced-by': 'x' }), holds, announced)?.notes, []);
  });

  it('puts a status right that somebody else changed, and says what stood there', () => {
    const foreign = { ip: '198.51.100.9', hostname: '', ipMode: 'VIP' };
    const { write, notes } = plan(written({ ingress: [foreign] }), holds, announced) ?? assert.fail();
    assert.deepEqual(write.ingress, [VIP]);
    assert.deepEqual(
      notes.map(({ reason }) => reason),
      ['StatusRepaired'],
    );
    assert.match(notes[0]?.message ?? '', /198\.51\.100\.9/);
  });

  it('blames nobody for what a webhook made of the write that gave the address', () => {
    const found = written({ ingress: [] });
    const facts = { installation: 'cairn-system', announcement: announced, now: NOW, forwarding: undefined };
    const { notes } = planService(found, holds, { ...facts, lastTold: bare() }) ?? assert.fail();
    assert.deepEqual(
      notes.map(({ reason }) => reason),
      ['Assigned', 'Announced'],
    );
  });

  it('still says what another program had written when a webhook made something else of its repair', () => {
    const foreign = written({ ingress: [{ ip: '198.51.100.9', hostname: '', ipMode: 'VIP' }], conditions: [] });
    const facts = { installation: 'cairn-system', announcement: announced, now: NOW, forwarding: undefined };
    const { notes } = planService(written({ conditions: [] }), holds, { ...facts, lastTold: foreign }) ?? assert.fail();
    assert.ok(notes.some(({ reason }) => reason === 'StatusRepaired'));
  });

  // biome-ignore format: table
  const emptied: readonly { name: string; generation: number; says: RegExp | undefined }[] = [
    { name: 'blames somebody who emptied it',                           generation: 3, says: /^somebody else emptied status\.loadBalancer\.ingress; put back/ },
    { name: 'blames nobody where the type may have done it',  generation: 5, says: undefined },
    { name: 'leaves open who it was where no generations are counted',  generation: 0, says: /somebody else emptied it, or the Service's type had changed/ },
  ];
  for (const { name, generation, says } of emptied) {
    it(`puts an empty status right and ${name}`, () => {
      const observedGeneration = generation === 0 ? 0 : 3;
      const conditions = [assigned, shown].map((condition) => ({ ...condition, observedGeneration }));
      const { write, notes } =
        plan(written({ ingress: [], generation, conditions }), holds, announced) ?? assert.fail();
      assert.deepEqual(write.ingress, [VIP]);
      assert.deepEqual(
        notes.map(({ reason }) => reason),
        says === undefined ? [] : ['StatusRepaired'],
      );
      if (says !== undefined) assert.match(notes[0]?.message ?? '', says);
    });
  }

  describe('with forwarding.mode nftables', () => {
    const PROXY = { ...VIP, ipMode: 'Proxy' };
    const planIn = (mode: 'kube-proxy' | 'nftables' | undefined, given: Service) =>
      planService(given, holds, {
        installation: 'cairn-system',
        announcement: announced,
        now: NOW,
        forwarding: mode,
        leftToNode: [],
      });

    it('has kube-proxy leave the address alone', () => {
      assert.deepEqual(planIn('nftables', bare())?.write.ingress, [PROXY]);
    });

    // biome-ignore format: table
    const cases = [
      { name: 'says who takes an address when that changes',           mode: 'nftables',   given: written(),                                       want: [PROXY] },
      { name: 'says so again when that changes back',                  mode: 'kube-proxy', given: written({ ingress: [PROXY] }),                   want: [VIP] },
      { name: 'writes nothing where it says so already',               mode: 'nftables',   given: written({ ingress: [PROXY] }),                   want: undefined },
      { name: 'writes nothing where the API knows no ipMode',          mode: 'nftables',   given: written({ ingress: [{ ...VIP, ipMode: '' }] }),  want: undefined },
      { name: 'leaves it as it is while there is no configuration',    mode: undefined,    given: written({ ingress: [PROXY] }),                   want: undefined },
    ] as const;
    for (const { name, mode, given, want } of cases) {
      it(name, () => assert.deepEqual(planIn(mode, given)?.write.ingress, want));
    }

    it('neither dates the assignment anew nor blames somebody when the mode changes', () => {
      const { write, notes } = planIn('nftables', written()) ?? assert.fail();
      assert.deepEqual(write, { resourceVersion: '7', ingress: [PROXY] });
      assert.deepEqual(notes, []);
    });
  });

  it('marks what it found marked as another installation’s, and says so', () => {
    const { write, notes } = plan(written({}, theirMarks), holds, announced) ?? assert.fail();
    assert.deepEqual(write.annotations, { 'cairn.dev/served-by': 'cairn-system 192.0.2.7' });
    assert.deepEqual(
      notes.map(({ type, reason }) => `${type} ${reason}`),
      ['Warning TakenOver'],
    );
    assert.match(notes[0]?.message ?? '', /namespace other .*--default-class=false/);
  });

  describe('of a Service that stopped being ours', () => {
    const THEIRS = { ip: '198.51.100.9', hostname: '', ipMode: 'VIP' };
    // biome-ignore format: table
    const cases: readonly { name: string; given: Service; ingress: readonly object[] | undefined; says: RegExp | undefined }[] = [
      { name: 'takes its marks alone where the API took the address away with the type', given: written({ type: 'ClusterIP', ingress: [] }),                        ingress: undefined, says: /^gave back 192\.0\.2\.7: the Service is of type ClusterIP now$/ },
      { name: 'takes the address where the API left it',             given: written({ type: 'NodePort' }),                                     ingress: [],        says: /of type NodePort/ },
      { name: 'takes both when --default-class was switched off',    given: written(),                                                         ingress: [],        says: /^gave back 192\.0\.2\.7: .*--default-class=false/ },
      { name: 'takes both when it has another class now',            given: written({ loadBalancerClass: 'example.com/lb' }),                  ingress: [],        says: /class "example\.com\/lb"/ },
      { name: 'leaves what another provider wrote beside it',        given: written({ ingress: [VIP, THEIRS] }),                               ingress: [THEIRS],  says: /gave back 192\.0\.2\.7/ },
      { name: 'leaves what another provider wrote instead of it',    given: written({ ingress: [THEIRS] }),                                    ingress: undefined, says: /gave back 192\.0\.2\.7/ },
      { name: 'says nothing of an address to one that had waited',   given: written({ ingress: [] }, { 'cairn.dev/served-by': 'cairn-system' }), ingress: undefined, says: undefined },
      { name: 'takes old marks from what is no LoadBalancer',        given: written({ type: 'ClusterIP' }, oldMarks),                          ingress: [],        says: /gave back 192\.0\.2\.7/ },
      { name: 'takes old marks whose address is gone',               given: written({ type: 'ClusterIP', ingress: [] }, oldMarks),             ingress: undefined, says: /gave back its address/ },
    ];
    for (const { name, given, ingress, says } of cases) {
      it(name, () => {
        const { write, notes } = plan(given, { state: 'not-ours' }) ?? assert.fail();
        assert.deepEqual(write.ingress, ingress);
        assert.deepEqual(write.dropConditions, ['cairn.dev/AddressAssigned', 'cairn.dev/Announced']);
        const taken = Object.keys(given.meta.annotations).map((annotation) => [annotation, null]);
        assert.deepEqual(write.annotations, Object.fromEntries(taken));
        assert.deepEqual(
          notes.map(({ reason }) => reason),
          says === undefined ? [] : ['Released'],
        );
        if (says !== undefined) assert.match(notes[0]?.message ?? '', says);
      });
    }
  });

  it('takes its marks, and nothing else, from a Service that another provider serves now', () => {
    const theirs = written({ ingress: [{ ip: '198.51.100.9', hostname: '', ipMode: 'VIP' }] });
    const { write, notes } = plan(theirs, { state: 'left-alone', because: 'served-by-another' }) ?? assert.fail();
    assert.equal(write.ingress, undefined);
    assert.deepEqual(write.dropConditions, ['cairn.dev/AddressAssigned', 'cairn.dev/Announced']);
    const message =
      'somebody else wrote 198.51.100.9 into status.loadBalancer.ingress, which no pool has; Cairn leaves the Service alone, and serves it when that is gone';
    const about = 'cairn.dev/AddressAssigned';
    assert.deepEqual(notes, [{ type: 'Warning', reason: 'ServedByAnother', message, about }]);
  });
});
