/**
 * Patches of each type over bare HTTP: what they mean for lists and nulls, and how a wrong one is refused.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { JSON_PATCH, type Json, MERGE_PATCH, STRATEGIC_PATCH } from './support/http.js';
import { configMap, pod, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { onEachServer, type World } from './support/world.js';

const PORTS = [
  { name: 'web', port: 80, protocol: 'TCP', targetPort: 80 },
  { name: 'tls', port: 443, protocol: 'TCP', targetPort: 443 },
];
const created = (world: World) =>
  world.create(
    'services',
    service('web', { ports: PORTS, selector: { app: 'web', tier: 'front' } }, { labels: { a: '1', b: '2' } }),
  );
const patch = (world: World, body: Json, contentType: string, query: Record<string, string> = {}) =>
  world.http.patch(world.path('services', 'web'), body, contentType, query);

describe('a merge patch', () => {
  onEachServer('changes what it names, and takes away what it names as null', async (world) => {
    await created(world);
    const { metadata } = await world.ok(patch(world, { metadata: { labels: { a: null, c: '3' } } }, MERGE_PATCH));
    assert.deepEqual(metadata.labels, { b: '2', c: '3' });
  });

  onEachServer('replaces lists whole', async (world) => {
    await created(world);
    const { spec } = await world.ok(patch(world, { spec: { ports: [{ port: 81 }] } }, MERGE_PATCH));
    assert.deepEqual(spec.ports, [{ port: 81, protocol: 'TCP', targetPort: 81 }]);
  });

  onEachServer('that changes nothing makes no new version', async (world) => {
    const before = await created(world);
    assert.deepEqual(await world.ok(patch(world, { metadata: { labels: { a: '1' } } }, MERGE_PATCH)), before);
  });

  onEachServer('is validated like any other write', async (world) => {
    await created(world);
    const { body } = await patch(world, { spec: { type: 'Balancer' } }, MERGE_PATCH);
    assert.equal(
      body.message,
      'Service "web" is invalid: spec.type: Unsupported value: "Balancer": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    );
  });

  onEachServer('cannot change name, namespace or uid', async (world) => {
    const { metadata } = await created(world);
    const other = { metadata: { name: 'other' } };
    const { body } = await patch(world, other, MERGE_PATCH);
    assert.deepEqual(
      [body.code, body.message],
      [400, 'the name of the object (other) does not match the name on the URL (web)'],
    );
    const uid = '11111111-1111-4111-8111-111111111111';
    const { body: refused } = await patch(world, { metadata: { uid } }, MERGE_PATCH);
    assert.deepEqual([refused.code, refused.reason], [422, 'Invalid']);
    assert.match(refused.message, /metadata\.uid: Invalid value: "[-0-9]+": field is immutable/);
    assert.equal((await world.get('services', 'web')).metadata.uid, metadata.uid);
  });

  onEachServer('of what is not there is NotFound', async (world) => {
    const { body } = await world.http.patch(world.path('services', 'none'), { spec: {} }, MERGE_PATCH);
    assert.deepEqual([body.code, body.message], [404, 'services "none" not found']);
  });

  onEachServer('with dryRun answers as if, and changes nothing', async (world) => {
    const before = await created(world);
    const tried = await world.ok(patch(world, { metadata: { labels: { a: '9' } } }, MERGE_PATCH, { dryRun: 'All' }));
    assert.equal(tried.metadata.labels.a, '9');
    assert.deepEqual(await world.get('services', 'web'), before);
  });
});

describe('a strategic merge patch', () => {
  onEachServer('joins the ports of a Service by their number', async (world) => {
    await created(world);
    const ports = [{ port: 80, targetPort: 8080 }];
    const { spec } = await world.ok(patch(world, { spec: { ports } }, STRATEGIC_PATCH));
    assert.deepEqual(spec.ports, [{ ...PORTS[0], targetPort: 8080 }, PORTS[1]]);
  });

  onEachServer('adds a port that is not there yet in front', async (world) => {
    await created(world);
    const { spec } = await world.ok(patch(world, { spec: { ports: [{ name: 'dns', port: 53 }] } }, STRATEGIC_PATCH));
    assert.deepEqual(
      spec.ports.map((port: Json) => port.name),
      ['dns', 'web', 'tls'],
    );
  });

  onEachServer('takes away one item with $patch: delete', async (world) => {
    await created(world);
    const { spec } = await world.ok(
      patch(world, { spec: { ports: [{ port: 80, $patch: 'delete' }] } }, STRATEGIC_PATCH),
    );
    assert.deepEqual(spec.ports, [PORTS[1]]);
  });

  onEachServer('replaces a list with $patch: replace', async (world) => {
    await created(world);
    const ports = [{ $patch: 'replace' }, { name: 'only', port: 81 }];
    const { spec } = await world.ok(patch(world, { spec: { ports } }, STRATEGIC_PATCH));
    assert.deepEqual(
      spec.ports.map((port: Json) => port.name),
      ['only'],
    );
  });

  onEachServer('replaces a map with $patch: replace', async (world) => {
    await created(world);
    const { spec } = await world.ok(
      patch(world, { spec: { selector: { $patch: 'replace', x: 'y' } } }, STRATEGIC_PATCH),
    );
    assert.deepEqual(spec.selector, { x: 'y' });
  });

  onEachServer('orders a list with $setElementOrder', async (world) => {
    await created(world);
    const spec = { '$setElementOrder/ports': [{ port: 443 }, { port: 80 }], ports: [{ port: 80, targetPort: 1 }] };
    const after = await world.ok(patch(world, { spec }, STRATEGIC_PATCH));
    assert.deepEqual(
      after.spec.ports.map((port: Json) => [port.port, port.targetPort]),
      [
        [443, 443],
        [80, 1],
      ],
    );
  });

  onEachServer('takes values out of a list of words with $deleteFromPrimitiveList', async (world) => {
    await world.create('configmaps', configMap('one', {}, { finalizers: ['example.com/a', 'example.com/b'] }));
    const path = world.path('configmaps', 'one');
    const more = await world.ok(
      world.http.patch(path, { metadata: { finalizers: ['example.com/c'] } }, STRATEGIC_PATCH),
    );
    assert.deepEqual([...more.metadata.finalizers].sort(), ['example.com/a', 'example.com/b', 'example.com/c']);
    const less = { metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a', 'example.com/c'] } };
    const after = await world.ok(world.http.patch(path, less, STRATEGIC_PATCH));
    assert.deepEqual(after.metadata.finalizers, ['example.com/b']);
  });

  onEachServer('joins the containers of a pod by their name', async (world) => {
    await world.create('pods', pod('one', { nodeName: NODE }));
    const spec = { containers: [{ name: 'web', image: 'web:2' }] };
    const after = await world.ok(world.http.patch(world.path('pods', 'one'), { spec }, STRATEGIC_PATCH));
    assert.equal(after.spec.containers.length, 1);
    assert.equal(after.spec.containers[0].image, 'web:2');
    assert.equal(after.spec.containers[0].ports[0].containerPort, 8080);
  });

  onEachServer('replaces lists that have no key', async (world) => {
    await created(world);
    await world.ok(patch(world, { spec: { externalIPs: ['192.0.2.1', '192.0.2.2'] } }, STRATEGIC_PATCH));
    const { spec } = await world.ok(patch(world, { spec: { externalIPs: ['192.0.2.3'] } }, STRATEGIC_PATCH));
    assert.deepEqual(spec.externalIPs, ['192.0.2.3']);
  });
});

describe('a JSON patch', () => {
  onEachServer('adds, replaces, removes, copies, moves and tests', async (world) => {
    await world.create('configmaps', configMap('one', { a: '1', b: '2', c: '3' }));
    const operations = [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/example.com~1key', value: 'a slash' },
      { op: 'replace', path: '/data/a', value: '9' },
      { op: 'remove', path: '/data/b' },
      { op: 'copy', from: '/data/a', path: '/data/d' },
      { op: 'move', from: '/data/c', path: '/data/e' },
    ];
    const path = world.path('configmaps', 'one');
    const { data, metadata } = await world.ok(world.http.patch(path, operations, JSON_PATCH));
    assert.deepEqual(data, { a: '9', d: '9', e: '3' });
    assert.deepEqual(metadata.annotations, { 'example.com/key': 'a slash' });
  });

  onEachServer('appends to and inserts into lists', async (world) => {
    await created(world);
    const operations = [
      { op: 'add', path: '/spec/ports/-', value: { name: 'last', port: 9 } },
      { op: 'add', path: '/spec/ports/0', value: { name: 'first', port: 1 } },
      { op: 'remove', path: '/spec/ports/1' },
    ];
    const { spec } = await world.ok(patch(world, operations, JSON_PATCH));
    assert.deepEqual(
      spec.ports.map((port: Json) => port.name),
      ['first', 'tls', 'last'],
    );
  });

  for (const [name, operation] of [
    ['a test that does not hold', { op: 'test', path: '/data/a', value: 'x' }],
    ['a path that is not there', { op: 'remove', path: '/data/q' }],
  ] as const) {
    onEachServer(`is refused whole for ${name}`, async (world) => {
      const before = await world.create('configmaps', configMap('one', { a: '1' }));
      const operations = [{ op: 'add', path: '/data/b', value: '2' }, operation];
      const { body } = await world.http.patch(world.path('configmaps', 'one'), operations, JSON_PATCH);
      assert.deepEqual(
        [body.code, body.reason, body.message],
        [422, 'Invalid', 'the server rejected our request due to an error in our request'],
      );
      assert.deepEqual(await world.get('configmaps', 'one'), before);
    });
  }

  onEachServer('takes the replacement of a member that is not there for an addition', async (world) => {
    await world.create('configmaps', configMap('one', { a: '1' }));
    const operations = [{ op: 'replace', path: '/data/b', value: '2' }];
    const { data } = await world.ok(world.http.patch(world.path('configmaps', 'one'), operations, JSON_PATCH));
    assert.deepEqual(data, { a: '1', b: '2' });
  });

  onEachServer('that is no list is a BadRequest', async (world) => {
    await world.create('configmaps', configMap('one'));
    const { body } = await world.http.patch(world.path('configmaps', 'one'), { op: 'remove' }, JSON_PATCH);
    assert.deepEqual([body.code, body.reason], [400, 'BadRequest']);
  });
});

describe('a patch', () => {
  onEachServer('of another content type is UnsupportedMediaType', async (world) => {
    await created(world);
    const { body } = await patch(world, {}, 'text/plain');
    assert.deepEqual([body.code, body.reason], [415, 'UnsupportedMediaType']);
  });

  onEachServer('may be YAML when it is a server-side apply only', async (world) => {
    await created(world);
    const { body } = await world.http.send('PATCH', world.path('services', 'web'), {
      body: 'metadata:\n  labels: {a: x}\n',
      contentType: MERGE_PATCH,
    });
    assert.equal(body.code, 400);
  });

  onEachServer('with an unknown field warns, or is refused when asked to be strict', async (world) => {
    await created(world);
    const warned = await patch(world, { spec: { colour: 'red' } }, MERGE_PATCH);
    assert.deepEqual([warned.code, warned.headers['warning']], [200, '299 - "unknown field \\"spec.colour\\""']);
    const refused = await patch(world, { spec: { colour: 'red' } }, MERGE_PATCH, { fieldValidation: 'Strict' });
    assert.equal(refused.code, 422);
    assert.match(refused.body.message, /strict decoding error: unknown field "spec\.colour"$/);
  });

  onEachServer('is recorded with its manager', async (world) => {
    await created(world);
    const query = { fieldManager: 'somebody' };
    const { metadata } = await world.ok(patch(world, { metadata: { labels: { c: '3' } } }, MERGE_PATCH, query));
    assert.deepEqual(
      metadata.managedFields.map(({ manager, operation }: Json) => `${manager} ${operation}`),
      ['conformance Update', 'somebody Update'],
    );
    assert.deepEqual(metadata.managedFields[1].fieldsV1, { 'f:metadata': { 'f:labels': { 'f:c': {} } } });
  });
});
