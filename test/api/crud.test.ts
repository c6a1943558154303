/**
 * Create, read and replace over bare HTTP: status codes, reasons and what the answers hold.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { configMap, service } from './support/objects.js';
import { onEachServer, type World } from './support/world.js';

const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** A Status without what every one has. */
async function refusal(world: World, method: string, path: string, body?: unknown, contentType?: string) {
  const answer = await world.http.send(method, path, {
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  });
  assert.equal(answer.body.kind, 'Status', answer.text);
  assert.equal(answer.body.apiVersion, 'v1');
  assert.equal(answer.body.status, 'Failure');
  assert.equal(answer.body.code, answer.code);
  const { code, reason, message, details } = answer.body;
  return { code, reason, message, details };
}

describe('creating', () => {
  onEachServer('answers the object with what the server knows of it', async (world) => {
    const { code, body } = await world.http.post(world.path('configmaps'), configMap('one', { a: '1' }));
    assert.equal(code, 201);
    const { uid, resourceVersion, creationTimestamp, managedFields, ...metadata } = body.metadata;
    assert.deepEqual(
      { ...body, metadata },
      {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: 'one', namespace: world.namespace },
        data: { a: '1' },
      },
    );
    assert.match(uid, UID);
    assert.match(resourceVersion, /^[1-9][0-9]*$/);
    assert.match(creationTimestamp, TIME);
    assert.deepEqual(managedFields, [
      {
        manager: 'conformance',
        operation: 'Update',
        apiVersion: 'v1',
        time: creationTimestamp,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
      },
    ]);
    assert.deepEqual(await world.get('configmaps', 'one'), body);
  });

  onEachServer('takes no uid, version or time from the client', async (world) => {
    const uid = '11111111-1111-4111-8111-111111111111';
    const created = await world.create(
      'configmaps',
      configMap('one', {}, { uid, creationTimestamp: '2001-01-01T00:00:00Z' }),
    );
    assert.notEqual(created.metadata.uid, uid);
    assert.notEqual(created.metadata.creationTimestamp, '2001-01-01T00:00:00Z');
  });

  onEachServer('makes a name from generateName', async (world) => {
    const { metadata } = await world.create('configmaps', { metadata: { generateName: 'log-' }, data: {} });
    assert.match(metadata.name, /^log-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.equal(metadata.generateName, 'log-');
  });

  onEachServer('gives greater versions to later objects of any kind', async (world) => {
    const first = await world.create('configmaps', configMap('one'));
    const second = await world.create('services', service('two'));
    assert.ok(Number(second.metadata.resourceVersion) > Number(first.metadata.resourceVersion));
  });

  onEachServer('reads YAML', async (world) => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: "1"\n';
    const options = { body: yaml, contentType: 'application/yaml' };
    assert.deepEqual((await world.ok(world.http.send('POST', world.path('configmaps'), options))).data, { a: '1' });
  });

  onEachServer('needs neither kind nor apiVersion', async (world) => {
    const { kind, apiVersion } = await world.create('configmaps', { metadata: { name: 'one' }, data: {} });
    assert.deepEqual([apiVersion, kind], ['v1', 'ConfigMap']);
  });

  onEachServer('with dryRun answers as if, and stores nothing', async (world) => {
    const { code, body } = await world.http.post(world.path('configmaps'), configMap('one'), { dryRun: 'All' });
    assert.equal(code, 201);
    assert.match(body.metadata.uid, UID);
    assert.equal(body.metadata.resourceVersion, undefined);
    assert.equal((await world.http.get(world.path('configmaps', 'one'))).code, 404);
  });

  onEachServer('with dryRun takes no address from the range', async (world) => {
    // Of the lower part of the range, from which the server gives none by itself.
    const spec = { clusterIP: '10.0.0.200' };
    await world.ok(world.http.post(world.path('services'), service('try', spec), { dryRun: 'All' }));
    const { body } = await world.http.post(world.path('services'), service('real', spec));
    assert.equal(body.spec?.clusterIP, '10.0.0.200', JSON.stringify(body));
    await world.ok(world.http.delete(world.path('services', 'real')));
  });

  onEachServer('a name that is there is AlreadyExists', async (world) => {
    await world.create('configmaps', configMap('one'));
    assert.deepEqual(await refusal(world, 'POST', world.path('configmaps'), configMap('one')), {
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "one" already exists',
      details: { name: 'one', kind: 'configmaps' },
    });
  });

  onEachServer('in a namespace that is not there is NotFound', async (world) => {
    assert.deepEqual(await refusal(world, 'POST', '/api/v1/namespaces/none-such/configmaps', configMap('one')), {
      code: 404,
      reason: 'NotFound',
      message: 'namespaces "none-such" not found',
      details: { name: 'none-such', kind: 'namespaces' },
    });
  });

  onEachServer('an object of another namespace than the URL names is a BadRequest', async (world) => {
    const other = configMap('one', {}, { namespace: 'other' });
    assert.deepEqual(await refusal(world, 'POST', world.path('configmaps'), other), {
      code: 400,
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match the namespace sent on the request',
      details: undefined,
    });
  });

  onEachServer('an object of another kind than the URL names is a BadRequest', async (world) => {
    const { code, message } = await refusal(world, 'POST', world.path('configmaps'), service('one'));
    assert.equal(code, 400);
    assert.match(message, /^Service in version "v1" cannot be handled as a ConfigMap: /);
  });

  onEachServer('a value of the wrong type is a BadRequest that names the field', async (world) => {
    const wrong = service('one', { ports: [{ port: 'eighty' }] });
    const { code, message } = await refusal(world, 'POST', world.path('services'), wrong);
    assert.equal(code, 400);
    assert.equal(
      message,
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
    );
  });

  onEachServer('text that is no JSON is a BadRequest', async (world) => {
    const { code, reason } = await refusal(world, 'POST', world.path('configmaps'), '{"a":');
    assert.deepEqual([code, reason], [400, 'BadRequest']);
  });

  onEachServer('a content type that it cannot read is UnsupportedMediaType', async (world) => {
    const { code, reason } = await refusal(world, 'POST', world.path('configmaps'), 'hello', 'text/plain');
    assert.deepEqual([code, reason], [415, 'UnsupportedMediaType']);
  });

  onEachServer('with a resourceVersion is refused', async (world) => {
    const answer = await world.http.post(world.path('configmaps'), configMap('one', {}, { resourceVersion: '5' }));
    assert.equal(answer.body.message, 'resourceVersion should not be set on objects to be created');
  });
});

describe('reading', () => {
  onEachServer('what is not there is NotFound', async (world) => {
    assert.deepEqual(await refusal(world, 'GET', world.path('configmaps', 'none')), {
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "none" not found',
      details: { name: 'none', kind: 'configmaps' },
    });
  });

  onEachServer('names the group of what is not there', async (world) => {
    const { message, details } = await refusal(world, 'GET', world.path('endpointslices', 'none'));
    assert.equal(message, 'endpointslices.discovery.k8s.io "none" not found');
    assert.deepEqual(details, { name: 'none', group: 'discovery.k8s.io', kind: 'endpointslices' });
  });

  onEachServer('an unknown resource is NotFound without a name', async (world) => {
    assert.deepEqual(await refusal(world, 'GET', '/api/v1/namespaces/default/bananas'), {
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
      details: {},
    });
  });

  onEachServer('an unknown path is a plain 404', async (world) => {
    const { code, text } = await world.http.get('/apis/none.example/v1/things');
    assert.deepEqual([code, text], [404, '404 page not found\n']);
  });

  onEachServer('answers YAML when asked for it', async (world) => {
    await world.create('configmaps', configMap('one', { a: '1' }));
    const answer = await world.http.send('GET', world.path('configmaps', 'one'), { accept: 'application/yaml' });
    assert.equal(answer.headers['content-type'], 'application/yaml');
    assert.match(answer.text, /^apiVersion: v1\ndata:\n {2}a: "1"\nkind: ConfigMap\nmetadata:\n/);
  });

  onEachServer('an unknown format is NotAcceptable', async (world) => {
    const answer = await world.http.send('GET', world.path('configmaps', 'none'), { accept: 'text/html' });
    assert.deepEqual([answer.code, answer.body.reason], [406, 'NotAcceptable']);
  });

  onEachServer('takes the first format that it knows', async (world) => {
    await world.create('configmaps', configMap('one'));
    const accept = 'application/vnd.example+json, application/json;q=0.5';
    const answer = await world.http.send('GET', world.path('configmaps', 'one'), { accept });
    assert.deepEqual([answer.code, answer.headers['content-type']], [200, 'application/json']);
  });
});

describe('replacing', () => {
  onEachServer('without a version writes over whatever is there', async (world) => {
    const before = await world.create('configmaps', configMap('one', { a: '1' }));
    const after = await world.ok(world.http.put(world.path('configmaps', 'one'), configMap('one', { b: '2' })));
    assert.deepEqual(after.data, { b: '2' });
    assert.equal(after.metadata.uid, before.metadata.uid);
    assert.equal(after.metadata.creationTimestamp, before.metadata.creationTimestamp);
    assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion);
  });

  onEachServer('with the same content makes no new version', async (world) => {
    const before = await world.create('configmaps', configMap('one'));
    const after = await world.ok(world.http.put(world.path('configmaps', 'one'), before));
    assert.deepEqual(after, before);
  });

  onEachServer('what is not there is NotFound', async (world) => {
    const { code, message } = await refusal(world, 'PUT', world.path('configmaps', 'none'), configMap('none'));
    assert.deepEqual([code, message], [404, 'configmaps "none" not found']);
  });

  onEachServer('under another name is a BadRequest', async (world) => {
    await world.create('configmaps', configMap('one'));
    const { code, message } = await refusal(world, 'PUT', world.path('configmaps', 'one'), configMap('two'));
    assert.equal(code, 400);
    assert.equal(message, 'the name of the object (two) does not match the name on the URL (one)');
  });

  onEachServer('with dryRun answers as if, and changes nothing', async (world) => {
    const before = await world.create('configmaps', configMap('one', { a: '1' }));
    const query = { dryRun: 'All' };
    const tried = await world.ok(world.http.put(world.path('configmaps', 'one'), configMap('one', { a: '2' }), query));
    assert.deepEqual(tried.data, { a: '2' });
    assert.deepEqual(await world.get('configmaps', 'one'), before);
  });
});

describe('methods that a path does not have', () => {
  for (const [method, ...path] of [
    ['POST', 'configmaps', 'one'],
    ['PUT', 'configmaps'],
    ['PATCH', 'configmaps'],
  ] as const) {
    onEachServer(`answer MethodNotAllowed: ${method} ${path.join('/')}`, async (world) => {
      const [plural, ...rest] = path;
      const { code, reason, message } = await refusal(world, method, world.path(plural, ...rest), configMap('one'));
      assert.deepEqual(
        [code, reason, message],
        [405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource'],
      );
    });
  }
});
