/**
 * Server-side apply over bare HTTP.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { APPLY_PATCH, type Json, MERGE_PATCH } from './support/http.js';
import { configMap, service } from './support/objects.js';
import { onEachServer, type World } from './support/world.js';

const apply = (world: World, object: Json, manager: string, query: Record<string, string> = {}) =>
  world.http.patch(
    world.path(object.kind === 'Service' ? 'services' : 'configmaps', object.metadata.name),
    object,
    APPLY_PATCH,
    { fieldManager: manager, ...query },
  );

const managersOf = ({ metadata }: Json): readonly string[] =>
  metadata.managedFields.map(({ manager, operation }: Json) => `${manager} ${operation}`).sort();

describe('server-side apply', () => {
  onEachServer('creates what is not there', async (world) => {
    const { code, body } = await apply(world, configMap('one', { a: '1' }), 'alice');
    assert.equal(code, 201);
    assert.deepEqual(managersOf(body), ['alice Apply']);
    assert.deepEqual(body.metadata.managedFields[0].fieldsV1, { 'f:data': { 'f:a': {} } });
  });

  onEachServer('of the same again changes nothing', async (world) => {
    const first = await world.ok(apply(world, configMap('one'), 'alice'));
    const { code, body } = await apply(world, configMap('one'), 'alice');
    assert.equal(code, 200);
    assert.equal(body.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  onEachServer('takes away what its manager no longer names', async (world) => {
    await world.ok(apply(world, configMap('one', { a: '1', b: '2' }), 'alice'));
    assert.deepEqual((await world.ok(apply(world, configMap('one', { b: '2' }), 'alice'))).data, { b: '2' });
  });

  onEachServer('leaves alone what others have', async (world) => {
    await world.ok(apply(world, configMap('one', { a: '1' }), 'alice'));
    await world.ok(apply(world, configMap('one', { b: '2' }), 'bob'));
    const after = await world.ok(apply(world, configMap('one', {}), 'alice'));
    assert.deepEqual(after.data, { b: '2' });
  });

  onEachServer('of a field that another manager has is a Conflict that names both', async (world) => {
    await world.ok(apply(world, configMap('one', { a: '1' }), 'alice'));
    const { body } = await apply(world, configMap('one', { a: '2' }), 'bob');
    assert.deepEqual(
      [body.code, body.reason, body.message],
      [409, 'Conflict', 'Apply failed with 1 conflict: conflict with "alice": .data.a'],
    );
    assert.deepEqual(body.details, {
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.data.a' }],
    });
  });

  onEachServer('tells every conflict, by manager', async (world) => {
    await world.ok(apply(world, configMap('one', { a: '1', b: '2' }), 'alice'));
    await world.ok(world.http.patch(world.path('configmaps', 'one'), { data: { c: '3' } }, MERGE_PATCH));
    const { body } = await apply(world, configMap('one', { a: '9', b: '9', c: '9' }), 'bob');
    assert.match(
      body.message,
      /^Apply failed with 3 conflicts: conflicts with "alice":\n- \.data\.a\n- \.data\.b\nconflicts with "conformance" using v1:\n- \.data\.c$/,
    );
  });

  onEachServer('with force takes the field over', async (world) => {
    await world.ok(apply(world, configMap('one', { a: '1' }), 'alice'));
    const after = await world.ok(apply(world, configMap('one', { a: '2' }), 'bob', { force: 'true' }));
    assert.deepEqual(after.data, { a: '2' });
    assert.deepEqual(managersOf(after), ['bob Apply']);
  });

  onEachServer('of the same value shares the field', async (world) => {
    await world.ok(apply(world, configMap('one', { a: '1' }), 'alice'));
    const after = await world.ok(apply(world, configMap('one', { a: '1' }), 'bob'));
    assert.deepEqual(managersOf(after), ['alice Apply', 'bob Apply']);
    const shared = await world.ok(apply(world, configMap('one', {}), 'alice'));
    assert.deepEqual(shared.data, { a: '1' });
  });

  onEachServer('joins lists by their keys', async (world) => {
    const web = (ports: Json) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports } });
    await world.ok(apply(world, web([{ name: 'a', port: 80, protocol: 'TCP' }]), 'alice'));
    const both = await world.ok(apply(world, web([{ name: 'b', port: 81, protocol: 'TCP' }]), 'bob'));
    assert.deepEqual(
      both.spec.ports.map((port: Json) => port.name),
      ['a', 'b'],
    );
    const one = await world.ok(apply(world, web([]), 'alice'));
    assert.deepEqual(
      one.spec.ports.map((port: Json) => port.name),
      ['b'],
    );
  });

  onEachServer('needs a field manager', async (world) => {
    const { body } = await world.http.patch(world.path('configmaps', 'one'), configMap('one'), APPLY_PATCH);
    assert.equal(body.code, 422);
    assert.equal(
      body.message,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  });

  onEachServer('must not send managedFields', async (world) => {
    const created = await world.create('configmaps', configMap('one'));
    const { body } = await apply(world, created, 'alice');
    assert.deepEqual([body.code, body.message], [400, 'metadata.managedFields must be nil']);
  });

  onEachServer('reads YAML', async (world) => {
    const { body } = await world.http.send('PATCH', world.path('configmaps', 'one'), {
      body: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: "1"\n',
      contentType: APPLY_PATCH,
      query: { fieldManager: 'alice' },
    });
    assert.deepEqual(body.data, { a: '1' });
  });

  onEachServer('of a status leaves the spec alone', async (world) => {
    const { spec } = await world.create('services', service('web', { type: 'LoadBalancer' }));
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] } };
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, status };
    const query = { fieldManager: 'alice' };
    const after = await world.ok(world.http.patch(world.path('services', 'web', 'status'), object, APPLY_PATCH, query));
    assert.deepEqual([after.spec, after.status], [spec, status]);
  });

  onEachServer('is refused with an unknown field', async (world) => {
    const { body } = await apply(world, { ...configMap('one'), colour: 'red' }, 'alice', { fieldValidation: 'Strict' });
    assert.notEqual(body.kind, 'ConfigMap');
    assert.match(body.message, /colour/);
  });
});
