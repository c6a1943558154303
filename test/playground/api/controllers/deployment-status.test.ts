import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { deadlineInMs, deploymentStatus } from '../../../../src/playground/api/controllers/deployment-status.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { ago, NOW, NOW_MS, object } from './objects.js';

const progressing = (reason: string, secondsAgo: number, status = 'True'): JsonObject => ({
  type: 'Progressing',
  status,
  reason,
  lastUpdateTime: ago(secondsAgo),
  lastTransitionTime: ago(secondsAgo),
});
const deployment = (status: JsonObject = {}): ApiObject =>
  object('Deployment', 'web', {
    metadata: { generation: 2 },
    spec: { replicas: 3, progressDeadlineSeconds: 60, strategy: { type: 'RollingUpdate' } },
    status,
  });
const set = (name: string, counts: JsonObject): ApiObject =>
  object('ReplicaSet', name, { spec: { replicas: counts['replicas'] }, status: counts });

const FRESH = { replicas: 3, readyReplicas: 1, availableReplicas: 1 };
const DONE = { replicas: 3, readyReplicas: 3, availableReplicas: 3 };
const MOVING = { replicas: 3, updatedReplicas: 3, readyReplicas: 1, availableReplicas: 1 };

describe('the condition Progressing', () => {
  const cases = [
    {
      name: 'sees a new ReplicaSet grow',
      before: { conditions: [progressing('NewReplicaSetCreated', 5)] },
      fresh: FRESH,
      want: ['ReplicaSetUpdated', 'True', NOW, ago(5)],
    },
    {
      name: 'starts its time anew at each sign',
      before: { updatedReplicas: 3, replicas: 3, conditions: [progressing('ReplicaSetUpdated', 50)] },
      fresh: FRESH,
      want: ['ReplicaSetUpdated', 'True', NOW, ago(50)],
    },
    {
      name: 'keeps its time without one',
      before: { ...MOVING, conditions: [progressing('ReplicaSetUpdated', 50)] },
      fresh: FRESH,
      want: ['ReplicaSetUpdated', 'True', ago(50), ago(50)],
    },
    {
      name: 'gives up after its deadline',
      before: { ...MOVING, conditions: [progressing('ReplicaSetUpdated', 61)] },
      fresh: FRESH,
      want: ['ProgressDeadlineExceeded', 'False', NOW, NOW],
    },
    {
      name: 'ends well',
      before: { ...MOVING, conditions: [progressing('ReplicaSetUpdated', 5)] },
      fresh: DONE,
      want: ['NewReplicaSetAvailable', 'True', NOW, ago(5)],
    },
    {
      name: 'ends well even late',
      before: { ...MOVING, conditions: [progressing('ProgressDeadlineExceeded', 9, 'False')] },
      fresh: DONE,
      want: ['NewReplicaSetAvailable', 'True', NOW, NOW],
    },
    {
      name: 'is not asked again when a pod fails later',
      before: { ...DONE, updatedReplicas: 3, conditions: [progressing('NewReplicaSetAvailable', 900)] },
      fresh: FRESH,
      want: ['NewReplicaSetAvailable', 'True', ago(900), ago(900)],
    },
  ];
  for (const { name, before, fresh, want } of cases) {
    it(name, () => {
      const { conditions } = deploymentStatus(
        deployment(before),
        { fresh: set('web-1', fresh), old: [] },
        true,
        NOW_MS,
      );
      const found = conditions.find(({ type }: JsonObject) => type === 'Progressing');
      assert.deepEqual([found.reason, found.status, found.lastUpdateTime, found.lastTransitionTime], want);
    });
  }

  it('has a deadline only while a rollout is under way', () => {
    assert.equal(
      deadlineInMs(deployment({ ...MOVING, conditions: [progressing('ReplicaSetUpdated', 50)] }), NOW_MS),
      10_000,
    );
    assert.equal(
      deadlineInMs(deployment({ conditions: [progressing('NewReplicaSetAvailable', 50)] }), NOW_MS),
      undefined,
    );
  });
});

describe('the counts of a Deployment', () => {
  it('leave out what is 0, and add up old and new', () => {
    const old = [set('web-0', { replicas: 1, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 2 })];
    const { conditions, ...counts } = deploymentStatus(
      deployment(),
      { fresh: set('web-1', { replicas: 3 }), old },
      false,
      NOW_MS,
    );
    assert.deepEqual(counts, {
      observedGeneration: 2,
      replicas: 4,
      updatedReplicas: 3,
      readyReplicas: 1,
      availableReplicas: 1,
      unavailableReplicas: 3,
      terminatingReplicas: 2,
    });
    assert.deepEqual(
      conditions.map(({ type, status }: JsonObject) => [type, status]),
      [['Available', 'False']],
    );
  });

  it('say why a ReplicaSet cannot make its pods', () => {
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'no' };
    const fresh = set('web-1', { replicas: 0, conditions: [failure] });
    const { conditions } = deploymentStatus(deployment(), { fresh, old: [] }, true, NOW_MS);
    assert.deepEqual(conditions.find(({ type }: JsonObject) => type === 'ReplicaFailure')?.message, 'no');
  });
});
