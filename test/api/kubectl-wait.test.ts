/**
 * `kubectl wait` for conditions, values, creations and deletions.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { MERGE_PATCH } from './support/http.js';
import { configMap, deployment, loadBalancer, pod, reportRunning } from './support/objects.js';
import { NODE } from './support/servers.js';
import { onEachServerAtOnce, type World } from './support/world.js';

/** Resolves once kubectl has begun to watch, as far as can be told from outside: it has read what it waits for. */
async function whileWaiting(world: World, args: readonly string[], act: () => Promise<unknown>): Promise<string> {
  const waiting = world.kubectl('wait', ...args, '--timeout=20s');
  await act();
  return waiting;
}

describe('kubectl wait', () => {
  onEachServerAtOnce({
    '--for=condition of a pod': async (world) => {
      await world.create('pods', pod('one', { nodeName: NODE }));
      const said = await whileWaiting(world, ['--for=condition=Ready', 'pod/one'], () =>
        reportRunning(world, 'one', '10.244.9.1'),
      );
      assert.equal(said, 'pod/one condition met\n');
    },

    '--for=condition that is there already, and of another value': async (world) => {
      await world.create('pods', pod('one', { nodeName: NODE }));
      await reportRunning(world, 'one', '10.244.9.1', false);
      assert.equal(
        await world.kubectl('wait', '--for=condition=Ready=false', 'pod/one', '--timeout=5s'),
        'pod/one condition met\n',
      );
    },

    "--for=condition of a Service in Cairn's name": async (world) => {
      await world.create('services', loadBalancer('web'));
      const condition = {
        type: 'cairn.dev/Announced',
        status: 'True',
        reason: 'Announced',
        message: '',
        lastTransitionTime: '2026-01-02T03:04:05Z',
      };
      const said = await whileWaiting(world, ['--for=condition=cairn.dev/Announced', 'svc/web'], () =>
        world.ok(
          world.http.patch(
            world.path('services', 'web', 'status'),
            { status: { conditions: [condition] } },
            MERGE_PATCH,
          ),
        ),
      );
      assert.equal(said, 'service/web condition met\n');
    },

    '--for=condition of a Deployment': async (world) => {
      await world.create('deployments', deployment('web', { replicas: 0 }));
      assert.equal(
        await world.kubectl('wait', '--for=condition=Available', 'deploy/web', '--timeout=20s'),
        'deployment.apps/web condition met\n',
      );
    },

    '--for=jsonpath of an address': async (world) => {
      await world.create('services', loadBalancer('web'));
      const status = { loadBalancer: { ingress: [{ ip: '192.0.2.240' }] } };
      const said = await whileWaiting(world, ['--for=jsonpath={.status.loadBalancer.ingress}', 'svc/web'], () =>
        world.ok(world.http.patch(world.path('services', 'web', 'status'), { status }, MERGE_PATCH)),
      );
      assert.equal(said, 'service/web condition met\n');
    },

    '--for=jsonpath of a value': async (world) => {
      await world.create('services', loadBalancer('web'));
      const status = { loadBalancer: { ingress: [{ ip: '192.0.2.240' }] } };
      const said = await whileWaiting(
        world,
        ['--for=jsonpath={.status.loadBalancer.ingress[0].ip}=192.0.2.240', 'svc', '--all'],
        () => world.ok(world.http.patch(world.path('services', 'web', 'status'), { status }, MERGE_PATCH)),
      );
      assert.equal(said, 'service/web condition met\n');
    },

    '--for=delete': async (world) => {
      await world.create('configmaps', configMap('one'));
      const said = await whileWaiting(world, ['--for=delete', 'cm/one'], () =>
        world.http.delete(world.path('configmaps', 'one')),
      );
      // kubectl that came after the deletion has nothing to wait for, and says nothing.
      assert.match(said, /^(configmap\/one condition met\n)?$/);
    },

    '--for=create': async (world) => {
      const said = await whileWaiting(world, ['--for=create', 'cm/one'], () =>
        world.create('configmaps', configMap('one')),
      );
      assert.equal(said, 'configmap/one condition met\n');
    },

    'gives up in time': async (world) => {
      await world.create('services', loadBalancer('web'));
      assert.equal(
        await world.kubectlFails(['wait', '--for=jsonpath={.status.loadBalancer.ingress}', 'svc/web', '--timeout=1s']),
        'error: timed out waiting for the condition on services/web',
      );
    },

    'of what is not there is NotFound': async (world) => {
      assert.equal(
        await world.kubectlFails(['wait', '--for=condition=Ready', 'pod/none', '--timeout=5s']),
        'Error from server (NotFound): pods "none" not found',
      );
    },
  });
});
