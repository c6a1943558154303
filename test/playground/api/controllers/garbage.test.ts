import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { garbage } from '../../../../src/playground/api/controllers/garbage.js';
import { namespaces } from '../../../../src/playground/api/controllers/namespaces.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { ago, inShort, NOW_MS, object, ownedBy, viewOf } from './objects.js';

const SET = object('ReplicaSet', 'web');
const deleted = (finalizer: string, rest: JsonObject = {}) =>
  object('ReplicaSet', 'web', { metadata: { deletionTimestamp: ago(1), finalizers: [finalizer], ...rest } });
const owned = (...references: readonly JsonObject[]) =>
  object('Pod', 'p', {
    metadata: { ownerReferences: references.flatMap((reference) => reference['ownerReferences']) },
  });
const decide = (key: string, ...objects: readonly ApiObject[]) => garbage.decide(key, viewOf(...objects), NOW_MS);

describe('an object with owners', () => {
  const POD = 'pods default/p';
  const cases = [
    { name: 'stays while its owner is there', objects: [owned(ownedBy(SET)), SET], want: [] },
    { name: 'goes when its owner is gone', objects: [owned(ownedBy(SET))], want: ['delete pods p'] },
    {
      name: 'goes when its owner is another of that name',
      objects: [owned(ownedBy(SET)), object('ReplicaSet', 'web', { metadata: { uid: 'new' } })],
      want: ['delete pods p'],
    },
    {
      name: 'only forgets one of two owners',
      objects: [owned(ownedBy(SET), ownedBy(object('ConfigMap', 'c'))), SET],
      want: ['update pods p'],
    },
    {
      name: 'stays when nobody knows the kind of its owner',
      objects: [owned(ownedBy(object('Widget', 'w', { apiVersion: 'example.com/v1' })))],
      want: [],
    },
    {
      name: 'goes before an owner that waits for it',
      objects: [owned(ownedBy(SET)), deleted('foregroundDeletion')],
      want: ['delete pods p'],
    },
    {
      name: 'stays with an owner that is to leave it behind',
      objects: [owned(ownedBy(SET)), deleted('orphan')],
      want: [],
    },
  ];
  for (const { name, objects, want } of cases) it(name, () => assert.deepEqual(inShort(decide(POD, ...objects)), want));

  it('is told of by the end of its owner', () => {
    const view = viewOf(owned(ownedBy(SET)));
    const change = { type: 'DELETED', resource: 'replicasets.apps', object: SET, previous: SET } as const;
    assert.deepEqual(garbage.watches['*']?.(change, view), [POD]);
  });
});

describe('an owner that is being deleted', () => {
  const WEB = 'replicasets.apps default/web';
  const update = 'update replicasets.apps web';
  const cases = [
    {
      name: 'waits in the foreground for what blocks it',
      objects: [deleted('foregroundDeletion'), owned(ownedBy(SET))],
      want: [],
    },
    {
      name: 'does not wait for what does not block it',
      objects: [deleted('foregroundDeletion'), owned(ownedBy(SET, { blockOwnerDeletion: false }))],
      want: [update],
    },
    { name: 'ends when nothing is left', objects: [deleted('foregroundDeletion')], want: [update] },
    {
      name: 'is forgotten by what it leaves behind, and ends',
      objects: [deleted('orphan'), owned(ownedBy(SET))],
      want: ['update pods p', update],
    },
    {
      name: "is nobody's business with a finalizer of others",
      objects: [deleted('example.com/f'), owned(ownedBy(SET))],
      want: [],
    },
  ];
  for (const { name, objects, want } of cases) it(name, () => assert.deepEqual(inShort(decide(WEB, ...objects)), want));
});

describe('a namespace', () => {
  const space = (rest: JsonObject = {}, phase = 'Terminating') =>
    object('Namespace', 'shop', { metadata: rest, spec: { finalizers: ['kubernetes'] }, status: { phase } });
  const gone = space({ deletionTimestamp: ago(1) });
  const inShop = (kind: string, name: string, rest: JsonObject = {}) =>
    object(kind, name, { metadata: { namespace: 'shop', ...rest } });
  const look = (...objects: readonly ApiObject[]) => inShort(namespaces.decide('shop', viewOf(...objects), NOW_MS));
  const cases = [
    { name: 'is left alone while nobody deletes it', objects: [space({}, 'Active'), inShop('Pod', 'p')], want: [] },
    {
      name: 'says that it ends',
      objects: [space({ deletionTimestamp: ago(1) }, 'Active')],
      want: ['update-status namespaces shop'],
    },
    {
      name: 'loses all that is in it',
      objects: [gone, inShop('Pod', 'p'), inShop('Lease', 'l'), object('Pod', 'q')],
      want: ['delete pods p', 'delete leases.coordination.k8s.io l'],
    },
    { name: 'ends when it is empty', objects: [gone, object('Pod', 'q')], want: ['finalize shop to []'] },
  ];
  for (const { name, objects, want } of cases) it(name, () => assert.deepEqual(look(...objects), want));

  it('says what it waits for, once', () => {
    const held = inShop('ConfigMap', 'c', { deletionTimestamp: ago(1), finalizers: ['example.com/f'] });
    const [write] = namespaces.decide('shop', viewOf(gone, held), NOW_MS).writes;
    assert.ok(write?.do === 'update-status');
    const messages = write.object['status'].conditions.map(({ message }: { message: string }) => message);
    assert.deepEqual(messages.slice(-2), [
      'Some resources are remaining: configmaps. has 1 resource instances',
      'Some content in the namespace has finalizers remaining: example.com/f in 1 resource instances',
    ]);
    assert.deepEqual(look(write.object, held), []);
  });
});
