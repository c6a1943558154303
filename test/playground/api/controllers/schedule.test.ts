import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { chooseNode, scheduler, tolerates } from '../../../../src/playground/api/controllers/schedule.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { ago, inShort, NOW, NOW_MS, node, object, ownedBy, pod, viewOf } from './objects.js';

const SET = object('ReplicaSet', 'web');
const OTHER = object('ReplicaSet', 'db');
const waiting = (spec: JsonObject = {}, metadata: JsonObject = {}) =>
  pod('p', { phase: 'Pending', ready: false, ips: [], metadata, spec: { nodeName: undefined, ...spec } });
const on = (nodeName: string, name: string, owner = SET, phase = 'Running') =>
  pod(name, { metadata: ownedBy(owner), spec: { nodeName }, phase });
const tainted = (name: string, ...taints: readonly JsonObject[]) => node(name, { spec: { taints } });
const notReady = node('n9', { status: { conditions: [{ type: 'Ready', status: 'False' }] } });
const MASTER = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };

describe('the node of a Pod', () => {
  const [a, b] = [node('a'), node('b')];
  const mine = waiting({}, ownedBy(SET));
  const cases = [
    { name: 'is the first by name when all are alike', pod: waiting(), nodes: [b, a], others: [], want: 'a' },
    {
      name: 'is the one with the fewest pods of the same owner',
      pod: mine,
      nodes: [a, b],
      others: [on('a', 'x'), on('b', 'y', OTHER), on('b', 'z', OTHER)],
      want: 'b',
    },
    {
      name: 'is then the one with the fewest pods',
      pod: mine,
      nodes: [a, b],
      others: [on('a', 'x'), on('b', 'y'), on('a', 'z', OTHER)],
      want: 'b',
    },
    {
      name: 'does not count pods that have ended',
      pod: mine,
      nodes: [a, b],
      others: [on('a', 'x', SET, 'Succeeded'), on('b', 'y', OTHER)],
      want: 'a',
    },
    { name: 'is none that is not ready', pod: waiting(), nodes: [notReady, b], others: [], want: 'b' },
    {
      name: 'is none that is cordoned',
      pod: waiting(),
      nodes: [node('a', { spec: { unschedulable: true } }), b],
      others: [],
      want: 'b',
    },
    {
      name: 'has the labels that the selector asks for',
      pod: waiting({ nodeSelector: { disk: 'ssd' } }),
      nodes: [a, node('b', { metadata: { labels: { disk: 'ssd' } } })],
      others: [],
      want: 'b',
    },
    {
      name: 'is none with a taint that the pod does not tolerate',
      pod: waiting(),
      nodes: [tainted('a', MASTER), b],
      others: [],
      want: 'b',
    },
    {
      name: 'may have a taint that it tolerates',
      pod: waiting({ tolerations: [{ key: MASTER.key, operator: 'Exists' }] }),
      nodes: [tainted('a', MASTER)],
      others: [],
      want: 'a',
    },
    {
      name: 'may have a taint that only asks',
      pod: waiting(),
      nodes: [tainted('a', { key: 'k', effect: 'PreferNoSchedule' })],
      others: [],
      want: 'a',
    },
  ];
  for (const { name, pod: asked, nodes, others, want } of cases) {
    it(name, () => assert.deepEqual(chooseNode(asked, nodes, others), { node: want }));
  }

  it('is none when there is no node at all', () =>
    assert.deepEqual(chooseNode(waiting(), [], []), { message: 'no nodes available to schedule pods' }));

  it('is none when each node has a reason, and the reasons are counted as upstream counts them', () => {
    const nodes = [tainted('a', MASTER), tainted('b', MASTER), node('c', { spec: { unschedulable: true } })];
    assert.deepEqual(chooseNode(waiting(), nodes, []), {
      message:
        '0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had untolerated taint(s). no new claims to ' +
        'deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    });
  });
});

describe('a toleration', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoSchedule' };
  const cases = [
    {
      name: 'of the same key, value and effect holds',
      toleration: { key: 'k', value: 'v', effect: 'NoSchedule' },
      want: true,
    },
    { name: 'of no effect holds for each', toleration: { key: 'k', operator: 'Equal', value: 'v' }, want: true },
    { name: 'of another effect does not hold', toleration: { key: 'k', value: 'v', effect: 'NoExecute' }, want: false },
    { name: 'of another value does not hold', toleration: { key: 'k', value: 'w' }, want: false },
    { name: 'that the key exists holds for each value', toleration: { key: 'k', operator: 'Exists' }, want: true },
    { name: 'that anything exists holds for all', toleration: { operator: 'Exists' }, want: true },
    { name: 'of another key does not hold', toleration: { key: 'l', operator: 'Exists' }, want: false },
    { name: 'that says nothing does not hold', toleration: {}, want: false },
  ];
  for (const { name, toleration, want } of cases) {
    it(name, () => assert.equal(tolerates({ tolerations: [toleration] }, taint), want));
  }
});

describe('the scheduler', () => {
  const decide = (...objects: readonly ApiObject[]) => scheduler.decide('default/p', viewOf(...objects), NOW_MS);

  it('binds and says so', () => {
    const decision = decide(waiting(), node('a'));
    assert.deepEqual(inShort(decision), ['bind p to a', 'event Scheduled: Successfully assigned default/p to a']);
    const [bind] = decision.writes;
    assert.deepEqual(bind?.do === 'bind' && bind.object['status'].conditions.at(-1), {
      type: 'PodScheduled',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: NOW,
    });
  });

  it('says why it cannot, once', () => {
    const [write] = decide(waiting()).writes;
    assert.ok(write?.do === 'update-status');
    assert.deepEqual(write.object['status'].conditions.at(-1).message, 'no nodes available to schedule pods');
    assert.deepEqual(decide(write.object).writes, []);
  });

  const others = [
    { name: 'has a node already', pod: pod('p') },
    { name: 'is being deleted', pod: waiting({}, { deletionTimestamp: ago(1) }) },
    { name: 'names another scheduler', pod: waiting({ schedulerName: 'mine' }) },
    { name: 'waits behind a gate', pod: waiting({ schedulingGates: [{ name: 'g' }] }) },
  ];
  for (const { name, pod: asked } of others) {
    it(`leaves a pod alone that ${name}`, () => assert.deepEqual(decide(asked, node('a')).writes, []));
  }
});
