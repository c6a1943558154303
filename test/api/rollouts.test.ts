/**
 * Rollouts of Deployments, and what kubectl says of them. Pods are reported ready by the cases.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { isReady, playKubelet, pods, replicaSets, rolledOut } from './support/kubelet.js';
import { deployment } from './support/objects.js';
import { onEachServer } from './support/world.js';

const isStaying = ({ metadata }: Json) => metadata.deletionTimestamp === undefined;

describe('a rollout', () => {
  onEachServer('puts new pods in place of old ones without falling below what must run', async (world) => {
    await world.create(
      'deployments',
      deployment('web', { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } }),
    );
    await rolledOut(world);
    const [old] = await replicaSets(world);
    const before = await world.ok(world.http.get(world.path('pods')));
    const isNew = (all: readonly Json[]) =>
      all.length === 2 && all.every((each) => each.spec.containers[0].image === 'web:2' && isReady(each));
    // Watched, not looked at: between two looks a third pod may come and an old one go.
    const { resourceVersion } = before.metadata;
    const events = await world.http.watch(world.path('pods'), { resourceVersion });
    try {
      await world.kubectl('set', 'image', 'deploy/web', 'web=web:2');
      await playKubelet(world, 'the new image runs', async () => isNew((await pods(world)).filter(isStaying)));
      const staying = new Map<string, Json>(before.items.map((each: Json) => [each.metadata.name, each]));
      let most = 2;
      let fewest = 2;
      while (!isNew([...staying.values()])) {
        const event = await events.next();
        assert.ok(event, 'the watch ended');
        const { type, object } = event;
        if (type === 'DELETED' || !isStaying(object)) staying.delete(object.metadata.name);
        else staying.set(object.metadata.name, object);
        most = Math.max(most, staying.size);
        fewest = Math.min(fewest, [...staying.values()].filter(isReady).length);
      }
      assert.deepEqual([most, fewest], [3, 2]);
    } finally {
      events.close();
    }
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
