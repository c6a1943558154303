/**
 * Deployments: their defaults, ReplicaSets and pods. Pods are reported ready by the cases.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { pods, replicaSets, rolledOut } from './support/kubelet.js';
import { deployment } from './support/objects.js';
import { agelessCells } from './support/tables.js';
import { onEachServer } from './support/world.js';

describe('a Deployment', () => {
  onEachServer('has the defaults of upstream', async (world) => {
    const { spec } = await world.create('deployments', {
      ...deployment('web', { replicas: undefined }),
    });
    assert.deepEqual(
      { ...spec, template: undefined },
      {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: undefined,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
    );
    assert.deepEqual(spec.template.spec, {
      containers: [
        {
          name: 'web',
          image: 'web:1',
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    });
  });

  onEachServer('makes one ReplicaSet, which makes the pods', async (world) => {
    const { metadata } = await world.create('deployments', deployment('web', { replicas: 3 }));
    await world.waitFor('three pods', async () => (await pods(world)).length === 3);
    const [set, ...others] = await replicaSets(world);
    assert.deepEqual(others, []);
    const hash = set.metadata.labels['pod-template-hash'];
    assert.equal(set.metadata.name, `web-${hash}`);
    assert.equal(set.metadata.annotations['deployment.kubernetes.io/revision'], '1');
    const owner = (kind: string, { name, uid }: Json) => [
      { apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true },
    ];
    assert.deepEqual(set.metadata.ownerReferences, owner('Deployment', metadata));
    for (const each of await pods(world)) {
      assert.match(each.metadata.name, new RegExp(`^web-${hash}-[a-z0-9]{5}$`));
      assert.deepEqual(each.metadata.labels, { app: 'web', 'pod-template-hash': hash });
      assert.deepEqual(each.metadata.ownerReferences, owner('ReplicaSet', set.metadata));
      assert.equal(each.metadata.generateName, `web-${hash}-`);
    }
  });

  onEachServer('says in its status and table how far it is', async (world) => {
    await world.create('deployments', deployment('web'));
    await world.waitFor('two pods', async () => (await world.get('deployments', 'web')).status.replicas === 2);
    assert.deepEqual(agelessCells(await world.kubectl('get', 'deploy'))[1], ['web', '0/2', '2', '0', 'AGE']);
    await rolledOut(world);
    assert.deepEqual(agelessCells(await world.kubectl('get', 'deploy'))[1], ['web', '2/2', '2', '2', 'AGE']);
    const { status, metadata } = await world.get('deployments', 'web');
    assert.deepEqual(
      {
        ...status,
        conditions: status.conditions.map(({ type, status, reason }: Json) => `${type} ${status} ${reason}`).sort(),
      },
      {
        observedGeneration: metadata.generation,
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 2,
        availableReplicas: 2,
        terminatingReplicas: 0,
        conditions: ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'],
      },
    );
  });

  onEachServer('makes a new pod for one that was deleted', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 1 }));
    await rolledOut(world);
    const [before] = await pods(world);
    await world.ok(world.http.delete(world.path('pods', before.metadata.name), { gracePeriodSeconds: 0 }));
    await world.waitFor('another pod', async () => {
      const all = await pods(world);
      return all.length === 1 && all[0].metadata.uid !== before.metadata.uid;
    });
  });

  onEachServer('is scaled up and down', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 1 }));
    await rolledOut(world);
    await world.kubectl('scale', 'deploy', 'web', '--replicas=3');
    await rolledOut(world);
    assert.equal((await pods(world)).length, 3);
    await world.kubectl('scale', 'deploy', 'web', '--replicas=0');
    await world.waitFor(
      'no pods',
      async () => (await pods(world)).filter((each) => each.metadata.deletionTimestamp === undefined).length === 0,
    );
    await world.waitFor(
      'the status says so',
      async () => ((await world.get('deployments', 'web')).status.replicas ?? 0) === 0,
    );
  });

  onEachServer('is refused with a selector that its template does not match', async (world) => {
    const wrong = deployment('web', { selector: { matchLabels: { app: 'other' } } });
    const { body } = await world.http.post(world.path('deployments'), wrong);
    assert.equal(
      body.message,
      'Deployment.apps "web" is invalid: spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    );
  });

  onEachServer('cannot change its selector', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 0 }));
    const selector = { matchLabels: { app: 'web', more: 'x' } };
    const template = { metadata: { labels: { app: 'web', more: 'x' } } };
    const { body } = await world.http.patch(
      world.path('deployments', 'web'),
      { spec: { selector, template } },
      MERGE_PATCH,
    );
    assert.equal(body.code, 422);
    assert.match(body.message, /spec\.selector: Invalid value: .*: field is immutable$/);
  });
});
