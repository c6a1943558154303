/**
 * Deployments: their ReplicaSets and pods, rollouts, and what kubectl says of them. Pods are reported ready by the cases.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { deployment, reportRunning } from './support/objects.js';
import { agelessCells } from './support/tables.js';
import { onEachServer, type World } from './support/world.js';

const pods = async (world: World): Promise<readonly Json[]> =>
  (await world.ok(world.http.get(world.path('pods')))).items;
const replicaSets = async (world: World): Promise<readonly Json[]> =>
  (await world.ok(world.http.get(world.path('replicasets')))).items;
const isReady = ({ status }: Json) =>
  status.conditions?.some((each: Json) => each.type === 'Ready' && each.status === 'True');

/** Plays the kubelet: whatever pod there is becomes ready, until `done`. */
async function playKubelet(world: World, what: string, done: () => Promise<boolean>): Promise<void> {
  let next = 1;
  await world.waitFor(
    what,
    async () => {
      const waiting = (await pods(world)).filter(
        (each) => !isReady(each) && each.metadata.deletionTimestamp === undefined,
      );
      // A pod may be gone by now; the next round sees that.
      await Promise.allSettled(
        waiting.map(({ metadata }) => reportRunning(world, metadata.name, `10.244.8.${next++}`)),
      );
      return done();
    },
    { timeoutMs: 20_000 },
  );
}

const rolledOut = (world: World, name = 'web') =>
  playKubelet(world, `${name} is rolled out`, async () => {
    const { metadata, spec, status } = await world.get('deployments', name);
    return (
      status.observedGeneration === metadata.generation &&
      (status.updatedReplicas ?? 0) === spec.replicas &&
      (status.replicas ?? 0) === spec.replicas &&
      (status.availableReplicas ?? 0) === spec.replicas
    );
  });

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

describe('a rollout', () => {
  onEachServer('puts new pods in place of old ones without falling below what must run', async (world) => {
    await world.create(
      'deployments',
      deployment('web', { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } }),
    );
    await rolledOut(world);
    const [old] = await replicaSets(world);
    let most = 0;
    let fewest = 2;
    await world.kubectl('set', 'image', 'deploy/web', 'web=web:2');
    await playKubelet(world, 'the new image runs', async () => {
      const all = (await pods(world)).filter((each) => each.metadata.deletionTimestamp === undefined);
      most = Math.max(most, all.length);
      fewest = Math.min(fewest, all.filter(isReady).length);
      return all.length === 2 && all.every((each) => each.spec.containers[0].image === 'web:2' && isReady(each));
    });
    assert.deepEqual([most, fewest], [3, 2]);
    await rolledOut(world);
    const sets = await replicaSets(world);
    assert.equal(sets.length, 2);
    assert.equal(sets.find(({ metadata }) => metadata.name === old.metadata.name)?.spec.replicas, 0);
    assert.equal(
      (await world.get('deployments', 'web')).metadata.annotations['deployment.kubernetes.io/revision'],
      '2',
    );
  });

  onEachServer('with Recreate has no old pod beside a new one', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 1, strategy: { type: 'Recreate' } }));
    await rolledOut(world);
    await world.kubectl('set', 'image', 'deploy/web', 'web=web:2');
    await playKubelet(world, 'the new image runs', async () => {
      const images = (await pods(world)).map((each) => each.spec.containers[0].image);
      assert.ok(images.length < 2, images.join());
      return images[0] === 'web:2';
    });
  });

  onEachServer('is waited for by kubectl rollout status', async (world) => {
    await world.create('deployments', deployment('web'));
    await world.waitFor(
      'two pods',
      async () => (await world.get('deployments', 'web')).status.unavailableReplicas === 2,
    );
    const status = world.follow('rollout', 'status', 'deploy/web', '--timeout=20s');
    try {
      const waiting = 'Waiting for deployment "web" rollout to finish: 0 of 2 updated replicas are available...';
      for (let line = await status.next(); line !== waiting; line = await status.next()) assert.ok(line !== undefined);
      await rolledOut(world);
      let last = waiting;
      for (let line = await status.next(); line !== undefined; line = await status.next()) last = line;
      assert.equal(last, 'deployment "web" successfully rolled out');
    } finally {
      status.stop();
    }
  });

  onEachServer('that does not come to its end lets kubectl give up', async (world) => {
    await world.create('deployments', deployment('web'));
    assert.equal(
      await world.kubectlFails(['rollout', 'status', 'deploy/web', '--timeout=1s']),
      'error: timed out waiting for the condition',
    );
  });

  onEachServer('is started by restart, listed by history and undone by undo', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 1 }));
    await rolledOut(world);
    assert.equal(await world.kubectl('rollout', 'restart', 'deploy/web'), 'deployment.apps/web restarted\n');
    await rolledOut(world);
    const { template } = (await world.get('deployments', 'web')).spec;
    assert.match(template.metadata.annotations['kubectl.kubernetes.io/restartedAt'], /^\d{4}-/);
    assert.equal(
      await world.kubectl('rollout', 'history', 'deploy/web'),
      'deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n',
    );
    assert.equal(await world.kubectl('rollout', 'undo', 'deploy/web'), 'deployment.apps/web rolled back\n');
    await rolledOut(world);
    assert.equal((await world.get('deployments', 'web')).spec.template.metadata.annotations, undefined);
    assert.match(await world.kubectl('rollout', 'history', 'deploy/web'), /^2 .*\n3 /m);
    assert.equal((await replicaSets(world)).length, 2);
  });

  onEachServer('waits while paused', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 1 }));
    await rolledOut(world);
    await world.kubectl('rollout', 'pause', 'deploy/web');
    await world.kubectl('set', 'image', 'deploy/web', 'web=web:2');
    await world.waitFor('the change was seen', async () => {
      const { metadata, status } = await world.get('deployments', 'web');
      return status.observedGeneration === metadata.generation;
    });
    assert.equal((await replicaSets(world)).length, 1);
    const progressing = (await world.get('deployments', 'web')).status.conditions.find(
      (each: Json) => each.type === 'Progressing',
    );
    assert.deepEqual([progressing.status, progressing.reason], ['Unknown', 'DeploymentPaused']);
    await world.kubectl('rollout', 'resume', 'deploy/web');
    await rolledOut(world);
    assert.equal((await pods(world)).at(-1)?.spec.containers[0].image, 'web:2');
  });
});
