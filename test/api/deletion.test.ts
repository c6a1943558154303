/**
 * Deletion: answers, finalizers, grace periods, collections, and what becomes of dependents.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { configMap, deployment, pod, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { onEachServer, type World } from './support/world.js';

const FINALIZER = 'example.com/hold';
const isGone = async (world: World, plural: string, name: string): Promise<boolean> =>
  (await world.http.get(world.path(plural, name))).code === 404;
const gone = (world: World, plural: string, name: string) =>
  world.waitFor(`${plural}/${name} is gone`, () => isGone(world, plural, name), { timeoutMs: 15_000 });
const letGo = (world: World, plural: string, name: string) =>
  world.ok(world.http.patch(world.path(plural, name), { metadata: { finalizers: null } }, MERGE_PATCH));
const names = async (world: World, plural: string, query: Record<string, string> = {}): Promise<string> =>
  (await world.ok(world.http.get(world.path(plural), query))).items.map((item: Json) => item.metadata.name).join(' ');

describe('a deletion', () => {
  onEachServer('answers a Status that says what went', async (world) => {
    const { metadata } = await world.create('configmaps', configMap('one'));
    const { code, body } = await world.http.delete(world.path('configmaps', 'one'));
    assert.equal(code, 200);
    assert.deepEqual(body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'one', kind: 'configmaps', uid: metadata.uid },
    });
    assert.ok(await isGone(world, 'configmaps', 'one'));
  });

  onEachServer('of a Service or pod answers the object as it was', async (world) => {
    await world.create('services', service('web'));
    await world.create('pods', pod('one', { nodeName: NODE }));
    const answers = await Promise.all([
      world.ok(world.http.delete(world.path('services', 'web'))),
      world.ok(world.http.delete(world.path('pods', 'one'), { gracePeriodSeconds: 0 })),
    ]);
    assert.deepEqual(
      answers.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ['Service web', 'Pod one'],
    );
  });

  onEachServer('of what is not there is NotFound', async (world) => {
    const { body } = await world.http.delete(world.path('configmaps', 'none'));
    assert.deepEqual([body.code, body.message], [404, 'configmaps "none" not found']);
  });

  onEachServer('with dryRun answers as if, and deletes nothing', async (world) => {
    await world.create('configmaps', configMap('one'));
    await world.ok(world.http.delete(world.path('configmaps', 'one'), undefined, { dryRun: 'All' }));
    assert.equal(await isGone(world, 'configmaps', 'one'), false);
  });

  onEachServer('takes its options from the body or the URL', async (world) => {
    await world.create('pods', pod('one', { nodeName: NODE }));
    await world.create('pods', pod('two', { nodeName: NODE }));
    const one = await world.ok(world.http.delete(world.path('pods', 'one'), { gracePeriodSeconds: 7 }));
    const two = await world.ok(world.http.delete(world.path('pods', 'two'), undefined, { gracePeriodSeconds: '8' }));
    assert.deepEqual(
      [one, two].map(({ metadata }) => metadata.deletionGracePeriodSeconds),
      [7, 8],
    );
  });

  onEachServer('of an unknown policy is refused', async (world) => {
    await world.create('configmaps', configMap('one'));
    const { body } = await world.http.delete(world.path('configmaps', 'one'), { propagationPolicy: 'Sideways' });
    assert.equal(body.code, 422);
    assert.match(
      body.message,
      /propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"/,
    );
  });
});

describe('an object with a finalizer', () => {
  onEachServer('stays, marked as being deleted, until the finalizer is taken away', async (world) => {
    await world.create('configmaps', configMap('one', {}, { finalizers: [FINALIZER] }));
    const { code, body } = await world.http.delete(world.path('configmaps', 'one'));
    assert.equal(code, 200);
    assert.equal(body.kind, 'ConfigMap');
    const { metadata } = await world.get('configmaps', 'one');
    assert.match(metadata.deletionTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(metadata.deletionGracePeriodSeconds, 0);
    await letGo(world, 'configmaps', 'one');
    assert.ok(await isGone(world, 'configmaps', 'one'));
  });

  onEachServer('is told to watchers as changed, then as deleted', async (world) => {
    const created = await world.create('services', service('web', {}, { finalizers: [FINALIZER] }));
    const events = await world.http.watch(world.path('services'), {
      resourceVersion: created.metadata.resourceVersion,
    });
    await world.ok(world.http.delete(world.path('services', 'web')));
    await letGo(world, 'services', 'web');
    assert.deepEqual(await events.take(2), ['MODIFIED web', 'DELETED web']);
    events.close();
  });

  onEachServer('takes no new finalizer while it goes', async (world) => {
    await world.create('configmaps', configMap('one', {}, { finalizers: [FINALIZER] }));
    await world.ok(world.http.delete(world.path('configmaps', 'one')));
    const more = { metadata: { finalizers: [FINALIZER, 'example.com/more'] } };
    const { body } = await world.http.patch(world.path('configmaps', 'one'), more, MERGE_PATCH);
    assert.equal(
      body.message,
      'ConfigMap "one" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
    );
    await letGo(world, 'configmaps', 'one');
  });

  onEachServer('can be deleted again without a change', async (world) => {
    await world.create('configmaps', configMap('one', {}, { finalizers: [FINALIZER] }));
    await world.ok(world.http.delete(world.path('configmaps', 'one')));
    const first = await world.get('configmaps', 'one');
    await world.ok(world.http.delete(world.path('configmaps', 'one')));
    assert.deepEqual(await world.get('configmaps', 'one'), first);
    await letGo(world, 'configmaps', 'one');
  });

  onEachServer('keeps its cluster IP until it is gone', async (world) => {
    const clusterIP = '10.0.78.1';
    await world.create('services', service('web', { clusterIP }, { finalizers: [FINALIZER] }));
    await world.ok(world.http.delete(world.path('services', 'web')));
    assert.equal((await world.http.post(world.path('services'), service('other', { clusterIP }))).code, 422);
    await letGo(world, 'services', 'web');
    await world.create('services', service('other', { clusterIP }));
    await world.ok(world.http.delete(world.path('services', 'other')));
  });
});

describe('a pod', () => {
  onEachServer('of a node ends after its grace period, which a second deletion may shorten', async (world) => {
    await world.create('pods', pod('one', { nodeName: NODE }));
    const { metadata } = await world.ok(world.http.delete(world.path('pods', 'one')));
    assert.equal(metadata.deletionGracePeriodSeconds, 30);
    assert.ok(Date.parse(metadata.deletionTimestamp) > Date.parse(metadata.creationTimestamp) + 25_000);
    const shorter = await world.ok(world.http.delete(world.path('pods', 'one'), { gracePeriodSeconds: 5 }));
    assert.equal(shorter.metadata.deletionGracePeriodSeconds, 5);
    await world.ok(world.http.delete(world.path('pods', 'one'), { gracePeriodSeconds: 0 }));
    assert.ok(await isGone(world, 'pods', 'one'));
  });

  onEachServer('has the grace period that its spec says', async (world) => {
    await world.create('pods', pod('one', { nodeName: NODE, terminationGracePeriodSeconds: 3 }));
    const { metadata } = await world.ok(world.http.delete(world.path('pods', 'one')));
    assert.equal(metadata.deletionGracePeriodSeconds, 3);
  });

  onEachServer('that is on no node, or has ended, goes at once', async (world) => {
    await world.create('pods', pod('waiting', { schedulerName: 'nobody' }));
    await world.create('pods', pod('done', { nodeName: NODE }));
    await world.ok(
      world.http.patch(world.path('pods', 'done', 'status'), { status: { phase: 'Succeeded' } }, MERGE_PATCH),
    );
    await Promise.all(['waiting', 'done'].map((name) => world.ok(world.http.delete(world.path('pods', name)))));
    assert.equal(await names(world, 'pods'), '');
  });
});

describe('a deletion of a collection', () => {
  onEachServer('takes what the selector picks, and answers the list of it', async (world) => {
    for (const [name, app] of [
      ['a', 'web'],
      ['b', 'db'],
      ['c', 'web'],
    ] as const) {
      await world.create('configmaps', configMap(name, {}, { labels: { app } }));
    }
    const list = await world.ok(world.http.delete(world.path('configmaps'), undefined, { labelSelector: 'app=web' }));
    assert.equal(list.kind, 'ConfigMapList');
    assert.deepEqual(
      list.items.map((item: Json) => item.metadata.name),
      ['a', 'c'],
    );
    assert.equal(await names(world, 'configmaps', { labelSelector: 'app' }), 'b');
  });

  onEachServer('without a selector takes all, but what finalizers hold', async (world) => {
    await world.create('services', service('a'));
    await world.create('services', service('b', {}, { finalizers: [FINALIZER] }));
    await world.ok(world.http.delete(world.path('services')));
    assert.equal(await names(world, 'services'), 'b');
    await letGo(world, 'services', 'b');
  });
});

describe('kubectl delete', () => {
  onEachServer('says what it deleted, and what is not there', async (world) => {
    await world.create('configmaps', configMap('one'));
    assert.equal(
      await world.kubectl('delete', 'cm', 'one'),
      `configmap "one" deleted from ${world.namespace} namespace\n`,
    );
    assert.equal(
      await world.kubectlFails(['delete', 'cm', 'one']),
      'Error from server (NotFound): configmaps "one" not found',
    );
    assert.equal(await world.kubectl('delete', 'cm', 'one', '--ignore-not-found'), '');
  });

  onEachServer('takes many by selector, by kind and by file', async (world) => {
    const labels = { app: 'web' };
    await Promise.all(
      ['a', 'b', 'c'].map((name) => world.create('services', service(name, {}, name === 'c' ? {} : { labels }))),
    );
    const said = await world.kubectl('delete', 'svc', '-l', 'app=web');
    assert.equal(
      said.replaceAll(` from ${world.namespace} namespace`, ''),
      'service "a" deleted\nservice "b" deleted\n',
    );
    await world.feed(['delete'], service('c'));
    await world.create('configmaps', configMap('d'));
    await world.kubectl('delete', 'svc,cm', '--all');
    assert.equal(await names(world, 'services'), '');
  });

  onEachServer('waits until finalizers let go', async (world) => {
    await world.create('configmaps', configMap('one', {}, { finalizers: [FINALIZER] }));
    assert.match(
      await world.kubectlFails(['delete', 'cm', 'one', '--timeout=1s']),
      /^(error: timed out waiting for the condition on configmaps\/one|.*context deadline exceeded.*)$/m,
    );
    await letGo(world, 'configmaps', 'one');
    await world.create('configmaps', configMap('two', {}, { finalizers: [FINALIZER] }));
    const deleting = world.kubectl('delete', 'cm', 'two');
    await world.waitFor('kubectl asked', async () => (await world.get('configmaps', 'two')).metadata.deletionTimestamp);
    await letGo(world, 'configmaps', 'two');
    assert.match(await deleting, /^configmap "two" deleted/);
  });

  onEachServer('--grace-period and --force end a pod at once', async (world) => {
    await world.create('pods', pod('one', { nodeName: NODE }));
    const { code, stderr } = await world.tryKubectl(['delete', 'pod', 'one', '--grace-period=0', '--force']);
    assert.equal(code, 0);
    assert.match(stderr, /^Warning: Immediate deletion does not wait for confirmation/);
    assert.ok(await isGone(world, 'pods', 'one'));
  });

  onEachServer('--dry-run=server deletes nothing', async (world) => {
    await world.create('configmaps', configMap('one'));
    assert.match(await world.kubectl('delete', 'cm', 'one', '--dry-run=server'), /deleted .*\(server dry run\)/);
    assert.equal(await isGone(world, 'configmaps', 'one'), false);
  });
});

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
