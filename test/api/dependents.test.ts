/**
 * What becomes of dependents when their owner goes: garbage collection.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { FINALIZER, gone, isGone, letGo, names } from './support/deletion.js';
import type { Json } from './support/http.js';
import { configMap, deployment } from './support/objects.js';
import { onEachServer } from './support/world.js';

describe('dependents', () => {
  const owned = (name: string, owner: Json, more: Json = {}) =>
    configMap(
      name,
      {},
      {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid, ...more },
        ],
      },
    );

  onEachServer('go after their owner', async (world) => {
    const owner = await world.create('configmaps', configMap('owner'));
    await world.create('configmaps', owned('child', owner));
    await world.ok(world.http.delete(world.path('configmaps', 'owner'), { propagationPolicy: 'Background' }));
    assert.ok(await isGone(world, 'configmaps', 'owner'));
    await gone(world, 'configmaps', 'child');
  });

  onEachServer('go before their owner in the foreground', async (world) => {
    const owner = await world.create('configmaps', configMap('owner'));
    const child = owned('child', owner, { blockOwnerDeletion: true });
    await world.create('configmaps', { ...child, metadata: { ...child.metadata, finalizers: [FINALIZER] } });
    const answer = await world.ok(
      world.http.delete(world.path('configmaps', 'owner'), { propagationPolicy: 'Foreground' }),
    );
    assert.deepEqual(answer.metadata.finalizers, ['foregroundDeletion']);
    await world.waitFor(
      'the child is being deleted',
      async () => (await world.get('configmaps', 'child')).metadata.deletionTimestamp,
    );
    assert.equal(await isGone(world, 'configmaps', 'owner'), false);
    await letGo(world, 'configmaps', 'child');
    await gone(world, 'configmaps', 'owner');
  });

  onEachServer('stay without their owner when orphaned', async (world) => {
    const owner = await world.create('configmaps', configMap('owner'));
    await world.create('configmaps', owned('child', owner));
    await world.ok(world.http.delete(world.path('configmaps', 'owner'), { propagationPolicy: 'Orphan' }));
    await gone(world, 'configmaps', 'owner');
    assert.equal((await world.get('configmaps', 'child')).metadata.ownerReferences, undefined);
  });

  onEachServer('of an owner that never was go too', async (world) => {
    const nobody = { metadata: { name: 'nobody', uid: '22222222-2222-4222-8222-222222222222' } };
    await world.create('configmaps', owned('child', nobody));
    await gone(world, 'configmaps', 'child');
  });

  onEachServer('with a second living owner lose the first one only', async (world) => {
    const [first, second] = await Promise.all([
      world.create('configmaps', configMap('first')),
      world.create('configmaps', configMap('second')),
    ]);
    const child = owned('child', first);
    child.metadata.ownerReferences.push(...owned('child', second).metadata.ownerReferences);
    await world.create('configmaps', child);
    await world.ok(world.http.delete(world.path('configmaps', 'first')));
    await world.waitFor(
      'one owner is left',
      async () => {
        const { metadata } = await world.get('configmaps', 'child');
        return metadata.ownerReferences.length === 1 && metadata.ownerReferences[0].name === 'second';
      },
      { timeoutMs: 15_000 },
    );
  });

  onEachServer('of a Deployment go with it, and stay with --cascade=orphan', async (world) => {
    for (const name of ['gone', 'kept']) await world.create('deployments', deployment(name, { replicas: 1 }));
    const owned = (name: string) => names(world, 'pods', { labelSelector: `app=${name}` });
    await world.waitFor('pods', async () => (await owned('gone')) !== '' && (await owned('kept')) !== '');
    const kept = await owned('kept');
    await world.kubectl('delete', 'deploy', 'gone');
    await world.kubectl('delete', 'deploy', 'kept', '--cascade=orphan');
    await world.waitFor('the pods of the first are gone', async () => (await owned('gone')) === '');
    assert.equal(await owned('kept'), kept);
    assert.match(await names(world, 'replicasets'), /^kept-[0-9a-z]+$/);
    await world.ok(world.http.delete(world.path('replicasets'), { propagationPolicy: 'Background' }));
  });
});
