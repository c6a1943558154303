/**
 * Two writers of one object: who is told of the other, and how.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH } from './support/http.js';
import { configMap, service } from './support/objects.js';
import { onEachServer } from './support/world.js';

const MODIFIED =
  'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again';

describe('a write that names an old version', () => {
  onEachServer('is a Conflict as PUT', async (world) => {
    const old = await world.create('configmaps', configMap('one', { a: '1' }));
    await world.ok(world.http.put(world.path('configmaps', 'one'), { ...old, data: { a: '2' } }));
    const { body } = await world.http.put(world.path('configmaps', 'one'), { ...old, data: { a: '3' } });
    assert.deepEqual(body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: MODIFIED,
      reason: 'Conflict',
      details: { name: 'one', kind: 'configmaps' },
      code: 409,
    });
    assert.deepEqual((await world.get('configmaps', 'one')).data, { a: '2' });
  });

  for (const [name, contentType] of [
    ['merge', MERGE_PATCH],
    ['strategic merge', STRATEGIC_PATCH],
  ] as const) {
    onEachServer(`is a Conflict as ${name} patch`, async (world) => {
      await world.create('configmaps', configMap('one'));
      const patch = { metadata: { resourceVersion: '1' }, data: { a: '2' } };
      const { body } = await world.http.patch(world.path('configmaps', 'one'), patch, contentType);
      assert.deepEqual([body.code, body.reason, body.message], [409, 'Conflict', MODIFIED]);
    });
  }

  onEachServer('is a Conflict on the status too', async (world) => {
    const old = await world.create('services', service('one', { type: 'LoadBalancer' }));
    await world.ok(world.http.patch(world.path('services', 'one'), { metadata: { labels: { a: 'b' } } }, MERGE_PATCH));
    const { body } = await world.http.put(world.path('services', 'one', 'status'), {
      ...old,
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    });
    assert.equal(
      body.message,
      'Operation cannot be fulfilled on services "one": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  onEachServer('succeeds with the newest version', async (world) => {
    const { metadata } = await world.create('configmaps', configMap('one'));
    const patch = { metadata: { resourceVersion: metadata.resourceVersion }, data: { a: '2' } };
    const { code } = await world.http.patch(world.path('configmaps', 'one'), patch, MERGE_PATCH);
    assert.equal(code, 200);
  });
});

describe('patches of many writers at once', () => {
  onEachServer('all take effect when none names a version', async (world) => {
    await world.create('configmaps', configMap('one', {}));
    const keys = Array.from({ length: 20 }, (_, at) => `k${at}`);
    const answers = await Promise.all(
      keys.map((key) => world.http.patch(world.path('configmaps', 'one'), { data: { [key]: key } }, MERGE_PATCH)),
    );
    assert.deepEqual(new Set(answers.map(({ code }) => code)), new Set([200]));
    assert.deepEqual(Object.keys((await world.get('configmaps', 'one')).data).sort(), keys.sort());
  });

  onEachServer('let one through when all test for the same value', async (world) => {
    await world.create('configmaps', configMap('one', { owner: '' }));
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((me) =>
        world.http.patch(
          world.path('configmaps', 'one'),
          [
            { op: 'test', path: '/data/owner', value: '' },
            { op: 'replace', path: '/data/owner', value: me },
          ],
          JSON_PATCH,
        ),
      ),
    );
    assert.deepEqual(answers.map(({ code }) => code).sort(), [200, 422, 422, 422]);
  });
});

describe('a precondition', () => {
  onEachServer('on another uid makes a deletion a Conflict', async (world) => {
    const { metadata } = await world.create('configmaps', configMap('one'));
    const { body } = await world.http.delete(world.path('configmaps', 'one'), { preconditions: { uid: 'x' } });
    assert.deepEqual(
      [body.code, body.reason, body.message],
      [
        409,
        'Conflict',
        `Operation cannot be fulfilled on ConfigMap "one": the UID in the precondition (x) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
      ],
    );
  });

  onEachServer('on another version makes a deletion a Conflict', async (world) => {
    const { metadata } = await world.create('configmaps', configMap('one'));
    const { body } = await world.http.delete(world.path('configmaps', 'one'), {
      preconditions: { resourceVersion: '1' },
    });
    assert.equal(
      body.message,
      `Operation cannot be fulfilled on ConfigMap "one": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  });

  onEachServer('that holds lets a deletion through', async (world) => {
    const { metadata } = await world.create('configmaps', configMap('one'));
    const { uid, resourceVersion } = metadata;
    const { code } = await world.http.delete(world.path('configmaps', 'one'), {
      preconditions: { uid, resourceVersion },
    });
    assert.equal(code, 200);
  });

  onEachServer('is what a uid in a PUT is', async (world) => {
    await world.create('configmaps', configMap('one'));
    const other = configMap('one', {}, { uid: '11111111-1111-4111-8111-111111111111' });
    const { body } = await world.http.put(world.path('configmaps', 'one'), other);
    assert.deepEqual([body.code, body.reason], [409, 'Conflict']);
    assert.match(body.message, /Precondition failed: UID in precondition: 11111111-1111-4111-8111-111111111111/);
  });
});
