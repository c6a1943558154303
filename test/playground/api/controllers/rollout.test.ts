import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  isScaling,
  margins,
  nextFreshSize,
  recreateStep,
  rollingStep,
  scalingStep,
} from '../../../../src/playground/api/controllers/rollout.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { object } from './objects.js';

const deployment = (replicas: number, rollingUpdate: JsonObject = {}): ApiObject =>
  object('Deployment', 'web', { spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } } });
const recreate = object('Deployment', 'web', { spec: { replicas: 3, strategy: { type: 'Recreate' } } });

/** A ReplicaSet of that size, so many of it available, told those numbers of replicas. */
const set = (name: string, replicas: number, availableReplicas = replicas, desired = replicas, max = desired + 1) =>
  object('ReplicaSet', name, {
    metadata: {
      annotations: {
        'deployment.kubernetes.io/desired-replicas': String(desired),
        'deployment.kubernetes.io/max-replicas': String(max),
      },
    },
    spec: { replicas },
    status: { replicas, availableReplicas },
  });

describe('margins of a rollout', () => {
  const cases = [
    { name: 'are a quarter by default, surge rounded up', of: deployment(3), want: { surge: 1, unavailable: 0 } },
    { name: 'round the missing ones down', of: deployment(10), want: { surge: 3, unavailable: 2 } },
    {
      name: 'take numbers as they are',
      of: deployment(3, { maxSurge: 2, maxUnavailable: 1 }),
      want: { surge: 2, unavailable: 1 },
    },
    {
      name: 'are never both 0',
      of: deployment(3, { maxSurge: 0, maxUnavailable: '1%' }),
      want: { surge: 0, unavailable: 1 },
    },
    {
      name: 'miss no more than there are',
      of: deployment(2, { maxSurge: 1, maxUnavailable: 5 }),
      want: { surge: 1, unavailable: 2 },
    },
    { name: 'are nothing when everything is recreated', of: recreate, want: { surge: 0, unavailable: 0 } },
  ];
  for (const { name, of, want } of cases) it(name, () => assert.deepEqual(margins(of), want));
});

describe('the step of a rolling update', () => {
  const cases = [
    {
      name: 'brings up as many as the surge allows',
      of: deployment(3),
      fresh: set('b', 0),
      old: [set('a', 3)],
      want: { b: 1 },
    },
    { name: 'waits for the new one', of: deployment(3), fresh: set('b', 1, 0), old: [set('a', 3)], want: {} },
    { name: 'then takes an old one away', of: deployment(3), fresh: set('b', 1), old: [set('a', 3)], want: { a: 2 } },
    { name: 'then brings the next up', of: deployment(3), fresh: set('b', 1), old: [set('a', 2)], want: { b: 2 } },
    {
      name: 'ends with all of the new and none old',
      of: deployment(3),
      fresh: set('b', 3),
      old: [set('a', 1)],
      want: { a: 0 },
    },
    { name: 'is nothing when it is done', of: deployment(3), fresh: set('b', 3), old: [set('a', 0)], want: {} },
    {
      name: 'takes away first when no surge is allowed',
      of: deployment(4, { maxSurge: 0, maxUnavailable: 2 }),
      fresh: set('b', 0),
      old: [set('a', 4)],
      want: { a: 2 },
    },
    {
      name: 'removes broken old pods at once',
      of: deployment(3),
      fresh: set('b', 1),
      old: [set('a', 3, 2)],
      want: { a: 2 },
    },
    {
      name: 'starts with the oldest',
      of: deployment(4, { maxSurge: 2, maxUnavailable: 0 }),
      fresh: set('c', 2),
      old: [set('a', 1), set('b', 3)],
      want: { a: 0, b: 2 },
    },
    {
      name: 'keeps working pods while new ones fail',
      of: deployment(10, { maxSurge: 3, maxUnavailable: 2 }),
      fresh: set('b', 5, 0),
      old: [set('a', 8)],
      want: {},
    },
    {
      name: 'keeps broken old pods too while new ones fail',
      of: deployment(10, { maxSurge: 3, maxUnavailable: 2 }),
      fresh: set('b', 5, 0),
      old: [set('a', 8, 7)],
      want: {},
    },
    { name: 'shrinks a new set that is too large', of: deployment(2), fresh: set('b', 3), old: [], want: { b: 2 } },
  ];
  for (const { name, of, fresh, old, want } of cases) {
    it(name, () => assert.deepEqual(Object.fromEntries(rollingStep(of, { fresh, old })), want));
  }

  it('lets all 10 of an update through, never below 8 available nor above 13', () => {
    const of = deployment(10, { maxSurge: 3, maxUnavailable: 2 });
    let sizes: Record<string, number> = { a: 10, b: 0 };
    for (let steps = 0; sizes['b'] !== 10 || sizes['a'] !== 0; steps++) {
      assert.ok(steps < 30, JSON.stringify(sizes));
      const fresh = set('b', sizes['b'] ?? 0);
      sizes = { ...sizes, ...Object.fromEntries(rollingStep(of, { fresh, old: [set('a', sizes['a'] ?? 0)] })) };
      const sum = (sizes['a'] ?? 0) + (sizes['b'] ?? 0);
      assert.ok(sum >= 8 && sum <= 13, JSON.stringify(sizes));
    }
  });
});

describe('the size of a new ReplicaSet', () => {
  it('is all of them when there is nothing else', () =>
    assert.equal(nextFreshSize(deployment(3), { fresh: undefined, old: [] }), 3));
  it('is the surge beside old ones', () =>
    assert.equal(nextFreshSize(deployment(3), { fresh: undefined, old: [set('a', 3)] }), 1));
  it('is 0 when there are too many already', () =>
    assert.equal(nextFreshSize(deployment(3), { fresh: undefined, old: [set('a', 4)] }), 0));
  it('is all of them when everything is recreated', () =>
    assert.equal(nextFreshSize(recreate, { fresh: undefined, old: [] }), 3));
});

describe('the step of a recreation', () => {
  it('ends everything old', () =>
    assert.deepEqual(Object.fromEntries(recreateStep({ fresh: undefined, old: [set('a', 3), set('b', 0)] })), {
      a: 0,
    }));
});

describe('scaling', () => {
  it('is seen by what ReplicaSets with pods were told', () => {
    assert.equal(isScaling(deployment(5), { fresh: set('a', 3), old: [] }), true);
    assert.equal(isScaling(deployment(3), { fresh: set('a', 3), old: [set('b', 0, 0, 7)] }), false);
  });

  const cases = [
    { name: 'sizes the only ReplicaSet', of: deployment(5), fresh: set('a', 3), old: [], want: { a: 5 } },
    {
      name: 'sizes the only one that has pods',
      of: deployment(5),
      fresh: set('b', 0),
      old: [set('a', 3)],
      want: { a: 5 },
    },
    {
      name: 'wakes the newest when all sleep',
      of: deployment(2),
      fresh: set('b', 0),
      old: [set('a', 0)],
      want: { b: 2 },
    },
    {
      name: 'shares new pods in proportion',
      of: deployment(20),
      fresh: set('b', 4, 4, 10, 13),
      old: [set('a', 8, 8, 10, 13)],
      want: { a: 17, b: 8 },
    },
    {
      name: 'takes pods away in proportion',
      of: deployment(5),
      fresh: set('b', 4, 4, 10, 13),
      old: [set('a', 8, 8, 10, 13)],
      want: { a: 4, b: 3 },
    },
    {
      name: 'takes all away when none is wanted',
      of: deployment(0),
      fresh: set('b', 1),
      old: [set('a', 3)],
      want: { a: 0, b: 0 },
    },
    {
      name: 'ends old ones beside one that is complete',
      of: deployment(3),
      fresh: set('b', 3),
      old: [set('a', 1)],
      want: { a: 0 },
    },
  ];
  for (const { name, of, fresh, old, want } of cases) {
    it(name, () => assert.deepEqual(Object.fromEntries(scalingStep(of, { fresh, old })), want));
  }
});
