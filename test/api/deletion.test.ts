/**
 * Deletion: answers, finalizers, grace periods and collections.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { FINALIZER, isGone, letGo, names } from './support/deletion.js';
import { type Json, MERGE_PATCH } from './support/http.js';
import { configMap, pod, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { onEachServer } from './support/world.js';

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
    const clusterIP = '10.0.0.78';
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
