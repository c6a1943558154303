import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { replicaSets } from '../../../../src/playground/api/controllers/replica-set.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { ago, inShort, NOW_MS, object, ownedBy, pod, viewOf } from './objects.js';

const set = (replicas: number, rest: JsonObject = {}): ApiObject =>
  object('ReplicaSet', 'web', {
    metadata: { generation: 1 },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } } } },
    ...rest,
  });
const WEB = set(1);
const owned = (name: string, parts: Parameters<typeof pod>[1] = {}, metadata: JsonObject = {}) =>
  pod(name, { ...parts, metadata: { labels: { app: 'web' }, ...ownedBy(WEB), ...metadata } });
const decide = (...objects: readonly ApiObject[]) => replicaSets.decide('default/web', viewOf(...objects), NOW_MS);
const gone = (name: string) => [`delete pods ${name}`, `event SuccessfulDelete: Deleted pod: ${name}`];

describe('a ReplicaSet', () => {
  const status = {
    replicas: 1,
    fullyLabeledReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    terminatingReplicas: 0,
  };
  const right = set(1, { status: { ...status, observedGeneration: 1 } });
  const cases = [
    {
      name: 'makes the pods that are missing',
      objects: [set(3), owned('a')],
      want: ['create pods web-', 'create pods web-'],
    },
    { name: 'is left alone when all is said', objects: [right, owned('a')], want: [] },
    { name: 'counts its pods', objects: [WEB, owned('a')], want: ['update-status replicasets.apps web'] },
    {
      name: 'replaces a pod that has ended',
      objects: [WEB, owned('a', { phase: 'Failed' })],
      want: ['create pods web-'],
    },
    {
      name: 'replaces a pod that is being deleted',
      objects: [WEB, owned('a', {}, { deletionTimestamp: ago(1) })],
      want: ['create pods web-'],
    },
    { name: 'adopts a pod that nobody manages', objects: [WEB, pod('a')], want: ['update pods a'] },
    {
      name: 'leaves a pod to another that manages it',
      objects: [set(0), pod('a', { metadata: { labels: { app: 'web' }, ...ownedBy(object('ReplicaSet', 'db')) } })],
      want: ['update-status replicasets.apps web'],
    },
    {
      name: 'releases a pod that no longer matches',
      objects: [WEB, owned('a', {}, { labels: {} })],
      want: ['update pods a'],
    },
    {
      name: 'makes nothing while it is being deleted',
      objects: [set(2, { metadata: { generation: 1, deletionTimestamp: ago(1) } })],
      want: ['update-status replicasets.apps web'],
    },
  ];
  for (const { name, objects, want } of cases) it(name, () => assert.deepEqual(inShort(decide(...objects)), want));

  it('makes pods of its template, named and owned by it', () => {
    const [write] = decide(WEB).writes;
    assert.ok(write?.do === 'create');
    const metadata = { namespace: 'default', generateName: 'web-', labels: { app: 'web' }, ...ownedBy(WEB) };
    assert.deepEqual(write.object['metadata'], metadata);
  });

  it('asks again when the next pod will have been ready for minReadySeconds', () => {
    const { spec } = WEB as ApiObject & JsonObject;
    const counts = { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, terminatingReplicas: 0 };
    const of = set(1, { spec: { ...spec, minReadySeconds: 30 }, status: { ...counts, observedGeneration: 1 } });
    assert.deepEqual(decide(of, owned('a', { readySince: ago(10) })), { writes: [], againInMs: 20_000 });
  });
});

describe('the pod that goes first when there are too many', () => {
  const cases = [
    { name: 'is one without a node', pods: [owned('b'), owned('a', { spec: { nodeName: undefined } })], want: 'a' },
    {
      name: 'is one that does not run yet',
      pods: [owned('b', { ready: false }), owned('a', { phase: 'Pending', ready: false })],
      want: 'a',
    },
    { name: 'is one that is not ready', pods: [owned('b'), owned('a', { ready: false })], want: 'a' },
    {
      name: 'is one that costs less',
      pods: [owned('b'), owned('a', {}, { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-1' } })],
      want: 'a',
    },
    {
      name: 'is one that became ready later',
      pods: [owned('b', { readySince: ago(60) }), owned('a', { readySince: ago(10) })],
      want: 'a',
    },
    { name: 'is the younger one', pods: [owned('b'), owned('a', {}, { creationTimestamp: ago(60) })], want: 'a' },
  ];
  for (const { name, pods, want } of cases) it(name, () => assert.deepEqual(inShort(decide(WEB, ...pods)), gone(want)));

  it('is one of those that share a node', () => {
    const pods = [
      owned('z', { spec: { nodeName: 'n2' } }),
      owned('b', { spec: { nodeName: 'n1' } }),
      owned('c', { spec: { nodeName: 'n1' } }),
    ];
    assert.deepEqual(inShort(decide(set(2), ...pods)), gone('c'));
  });
});
