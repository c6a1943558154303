/**
 * Namespaces: what they are made with, and how one ends.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { configMap, deployment, loadBalancer, service } from './support/objects.js';
import { onEachServer, onEachServerAtOnce, type World } from './support/world.js';

const ofNamespace = (world: World, ...rest: string[]) => ['/api/v1/namespaces', world.namespace, ...rest].join('/');

describe('a namespace', () => {
  onEachServer('is Active, labelled with its name, and held by one finalizer', async (world) => {
    const { metadata, spec, status } = await world.ok(world.http.get(ofNamespace(world)));
    assert.deepEqual(metadata.labels, { 'kubernetes.io/metadata.name': world.namespace });
    assert.deepEqual([spec, status], [{ finalizers: ['kubernetes'] }, { phase: 'Active' }]);
  });

  onEachServer('of the cluster itself cannot be deleted', async (world) => {
    const { body } = await world.http.delete('/api/v1/namespaces/default');
    assert.deepEqual(
      [body.code, body.reason, body.message],
      [403, 'Forbidden', 'namespaces "default" is forbidden: this namespace may not be deleted'],
    );
  });
});

describe('the end of a namespace', () => {
  onEachServerAtOnce({
    'takes everything in it along, and leaves the name free': async (world) => {
      await Promise.all([
        world.create('configmaps', configMap('one')),
        world.create('services', loadBalancer('web')),
        world.create('deployments', deployment('web', { replicas: 1 })),
      ]);
      const said = await world.kubectl('delete', 'namespace', world.namespace, '--timeout=30s');
      assert.equal(said, `namespace "${world.namespace}" deleted\n`);
      assert.equal((await world.http.get(ofNamespace(world))).code, 404);
      const { items } = await world.ok(world.http.get(world.path('services')));
      assert.deepEqual(items, []);
      const again = await world.ok(world.http.post('/api/v1/namespaces', { metadata: { name: world.namespace } }));
      assert.equal(again.status.phase, 'Active');
      await world.create('services', service('web'));
    },

    'is waited for by what has finalizers, and nothing new is taken': async (world) => {
      await world.create('configmaps', configMap('one', {}, { finalizers: ['example.com/hold'] }));
      await world.create('services', service('web'));
      const ending = await world.ok(world.http.delete(ofNamespace(world)));
      assert.equal(ending.status.phase, 'Terminating');
      const { body } = await world.http.post(world.path('configmaps'), configMap('two'));
      assert.deepEqual([body.code, body.reason], [403, 'Forbidden']);
      assert.equal(
        body.message,
        `configmaps "two" is forbidden: unable to create new content in namespace ${world.namespace} because it is being terminated`,
      );
      assert.deepEqual(body.details.causes, [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${world.namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ]);
      await world.waitFor(
        'the Service is gone',
        async () => (await world.http.get(world.path('services', 'web'))).code === 404,
      );
      const { status } = await world.waitFor('the namespace says why', async () => {
        const namespace = await world.ok(world.http.get(ofNamespace(world)));
        return namespace.status.conditions?.some(({ status }: Json) => status === 'True') ? namespace : undefined;
      });
      const reasons = status.conditions
        .filter((each: Json) => each.status === 'True')
        .map(({ type, reason }: Json) => `${type} ${reason}`);
      assert.deepEqual(reasons.sort(), [
        'NamespaceContentRemaining SomeResourcesRemain',
        'NamespaceFinalizersRemaining SomeFinalizersRemain',
      ]);
      await world.ok(
        world.http.patch(world.path('configmaps', 'one'), { metadata: { finalizers: null } }, MERGE_PATCH),
      );
      await world.waitFor('the namespace is gone', async () => (await world.http.get(ofNamespace(world))).code === 404);
    },

    'is up to who has a finalizer in its spec': async (world) => {
      const own = await world.ok(
        world.http.post('/api/v1/namespaces', {
          metadata: { name: world.unique('held') },
          spec: { finalizers: ['example.com/mine'] },
        }),
      );
      const path = `/api/v1/namespaces/${own.metadata.name}`;
      await world.ok(world.http.delete(path));
      const held = await world.waitFor('only our finalizer is left', async () => {
        const namespace = await world.ok(world.http.get(path));
        return namespace.spec.finalizers?.length === 1 ? namespace : undefined;
      });
      assert.deepEqual(held.spec.finalizers, ['example.com/mine']);
      await world.ok(world.http.put(`${path}/finalize`, { ...held, spec: {} }));
      await world.waitFor('the namespace is gone', async () => (await world.http.get(path)).code === 404);
    },
  });
});
