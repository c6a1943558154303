import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { toMicroTime } from '../../../../src/kube/clock.js';
import { judge, nodeLifecycle } from '../../../../src/playground/api/controllers/node-lifecycle.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { ago, inShort, NOW_MS, node, object, pod, viewOf } from './objects.js';

const lease = (secondsAgo: number) =>
  object('Lease', 'n1', {
    metadata: { namespace: 'kube-node-lease' },
    spec: { renewTime: toMicroTime(NOW_MS - secondsAgo * 1000) },
  });
const ready = (status: string, reason = 'KubeletReady') => ({
  status: { conditions: [{ type: 'Ready', status, reason, lastTransitionTime: ago(600) }] },
});
const unreachable = ['NoSchedule', 'NoExecute'].map((effect) => ({ key: 'node.kubernetes.io/unreachable', effect }));
const silent = node('n1', { ...ready('Unknown', 'NodeStatusUnknown'), spec: { taints: unreachable } });

/** `awake`: for how many seconds somebody has been listening to Leases. */
const look = (of: ApiObject, others: readonly ApiObject[], awake = 600) =>
  inShort(judge(of, viewOf(of, ...others), { nowMs: NOW_MS, awakeSinceMs: NOW_MS - awake * 1000 }));

describe('a Node', () => {
  const p = pod('p', { ready: true });
  const lost = pod('p', { ready: true });
  for (const condition of lost['status'].conditions) if (condition.type === 'Ready') condition.status = 'False';
  const NOT_READY = ['update-status nodes n1', 'event NodeNotReady: Node n1 status is now: NodeNotReady'];
  const cases = [
    { name: 'is left alone while its Lease is renewed', of: node('n1'), others: [lease(39), p], want: [] },
    { name: 'is Unknown when its Lease is older than 40 s', of: node('n1'), others: [lease(41), p], want: NOT_READY },
    {
      name: 'is not blamed for a time when nobody listened',
      of: node('n1'),
      others: [lease(41), p],
      want: [],
      awake: 30,
    },
    { name: 'is left alone without a Lease', of: node('n1'), others: [p], want: [] },
    {
      name: 'gets the taints of one that nobody reaches',
      of: node('n1', ready('Unknown', 'NodeStatusUnknown')),
      others: [lease(41)],
      want: ['update nodes n1'],
    },
    {
      name: 'gets the taints of one that is not ready',
      of: node('n1', ready('False')),
      others: [lease(1)],
      want: ['update nodes n1'],
    },
    {
      name: 'takes its pods with it',
      of: silent,
      others: [lease(41), p],
      want: ['update-status pods p', 'event NodeNotReady: Node is not ready'],
    },
    { name: 'is left alone when all is said', of: silent, others: [lease(41), lost], want: [] },
    {
      name: 'is ready again when its Lease is renewed, pods first',
      of: silent,
      others: [lease(1), lost],
      want: ['update-status pods p', 'update-status nodes n1'],
    },
    {
      name: 'leaves pods of other nodes alone',
      of: silent,
      others: [lease(41), pod('q', { spec: { nodeName: 'n2' } })],
      want: [],
    },
    {
      name: 'loses its taints when it is ready',
      of: node('n1', { spec: { taints: unreachable } }),
      others: [lease(1)],
      want: ['update nodes n1'],
    },
    {
      name: 'is tainted when it is cordoned',
      of: node('n1', { spec: { unschedulable: true } }),
      others: [lease(1)],
      want: ['update nodes n1'],
    },
    {
      name: "is nobody's business without condition Ready",
      of: object('Node', 'n1', { spec: { taints: unreachable } }),
      others: [],
      want: [],
    },
  ];
  for (const { name, of, others, want, awake } of cases)
    it(name, () => assert.deepEqual(look(of, others, awake), want));

  it('is Unknown in what its kubelet reported, and in nothing else', () => {
    const of = node('n1');
    of['status'].conditions.unshift({ type: 'DiskPressure', status: 'False' });
    const [write] = judge(of, viewOf(of, lease(41)), { nowMs: NOW_MS, awakeSinceMs: 0 }).writes;
    assert.ok(write?.do === 'update-status');
    assert.deepEqual(
      write.object['status'].conditions.map(({ type, status }: JsonObject) => [type, status]),
      [
        ['DiskPressure', 'Unknown'],
        ['Ready', 'Unknown'],
      ],
    );
  });

  const taintsAfter = (of: ApiObject): readonly JsonObject[] | undefined => {
    const [write] = judge(of, viewOf(of, lease(1)), { nowMs: NOW_MS, awakeSinceMs: 0 }).writes;
    return write?.do === 'update' ? write.object['spec'].taints : undefined;
  };

  it('keeps the taints that people gave it', () => {
    const mine = { key: 'mine', effect: 'NoSchedule' };
    assert.deepEqual(taintsAfter(node('n1', { spec: { taints: [...unreachable, mine] } })), [mine]);
  });

  it('changes from one that is not reached to one that is not ready', () => {
    const of = node('n1', { ...ready('False'), spec: { taints: unreachable } });
    assert.deepEqual(
      taintsAfter(of)?.map(({ key, effect }) => `${key}:${effect}`),
      ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'],
    );
  });
});

describe('whoever listens to the Leases of nodes', () => {
  it('waits anew after it slept', () => {
    const { decide, everyMs } = nodeLifecycle();
    const key = everyMs?.key ?? '';
    const view = viewOf(node('n1'), lease(0));
    for (let second = 0; second <= 40; second += 5)
      assert.deepEqual(decide(key, view, NOW_MS + second * 1000).writes, []);
    assert.equal(decide(key, view, NOW_MS + 45_000).writes.length, 2);
    assert.deepEqual(decide(key, view, NOW_MS + 600_000).writes, []);
    for (let second = 605; second <= 640; second += 5)
      assert.deepEqual(decide(key, view, NOW_MS + second * 1000).writes, []);
    assert.equal(decide(key, view, NOW_MS + 645_000).writes.length, 2);
  });
});
