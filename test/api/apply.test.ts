/**
 * Server-side apply over bare HTTP, and `kubectl apply` of both kinds.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { APPLY_PATCH, type Json, MERGE_PATCH } from './support/http.js';
import { configMap, deployment, service } from './support/objects.js';
import { onEachServer, type World } from './support/world.js';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
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

describe('kubectl apply', () => {
  onEachServer('creates, then changes, then leaves alone', async (world) => {
    assert.equal(await world.feed(['apply'], configMap('one', { a: '1' })), 'configmap/one created\n');
    assert.equal(await world.feed(['apply'], configMap('one', { a: '2' })), 'configmap/one configured\n');
    assert.equal(await world.feed(['apply'], configMap('one', { a: '2' })), 'configmap/one unchanged\n');
    const { data, metadata } = await world.get('configmaps', 'one');
    assert.deepEqual(data, { a: '2' });
    assert.deepEqual(JSON.parse(metadata.annotations[LAST_APPLIED]).data, { a: '2' });
  });

  onEachServer('takes away fields that left the file, and keeps what others added', async (world) => {
    await world.feed(
      ['apply'],
      service('web', { selector: { app: 'web', tier: 'front' } }, { labels: { a: '1', b: '2' } }),
    );
    await world.kubectl('label', 'service/web', 'added=later');
    await world.feed(['apply'], service('web', { selector: { app: 'web' } }, { labels: { b: '2' } }));
    const { metadata, spec } = await world.get('services', 'web');
    assert.deepEqual([metadata.labels, spec.selector], [{ b: '2', added: 'later' }, { app: 'web' }]);
    assert.match(spec.clusterIP, /^10\.0\./);
  });

  onEachServer('changes one port of several', async (world) => {
    const ports = (target: number) => [
      { name: 'a', port: 80, targetPort: target },
      { name: 'b', port: 81 },
    ];
    await world.feed(['apply'], service('web', { type: 'LoadBalancer', ports: ports(1) }));
    const before = await world.get('services', 'web');
    await world.feed(['apply'], service('web', { type: 'LoadBalancer', ports: ports(2) }));
    const after = await world.get('services', 'web');
    assert.deepEqual(after.spec.ports, [{ ...before.spec.ports[0], targetPort: 2 }, before.spec.ports[1]]);
  });

  onEachServer('of several objects says what became of each', async (world) => {
    await world.feed(['apply'], configMap('one'));
    const said = await world.feed(['apply'], configMap('one'), service('web'), deployment('web', { replicas: 0 }));
    assert.deepEqual(said.trim().split('\n'), [
      'configmap/one unchanged',
      'service/web created',
      'deployment.apps/web created',
    ]);
  });

  onEachServer('takes what kubectl get printed: a List', async (world) => {
    await Promise.all(
      ['one', 'two'].map((name) => world.create('configmaps', configMap(name, {}, { labels: { a: 'b' } }))),
    );
    const list = await world.kubectl('get', 'cm', '-l', 'a=b', '-o', 'yaml');
    const { code, stdout, stderr } = await world.tryKubectl(['apply', '-f', '-'], { input: list });
    assert.deepEqual([code, stdout], [0, 'configmap/one configured\nconfigmap/two configured\n'], stderr);
  });

  onEachServer('warns when the object was created in another way', async (world) => {
    await world.kubectl('create', 'configmap', 'one', '--from-literal=a=1');
    const input = JSON.stringify(configMap('one', { a: '2' }));
    const { code, stdout, stderr } = await world.tryKubectl(['apply', '-f', '-'], { input });
    assert.deepEqual([code, stdout], [0, 'configmap/one configured\n']);
    assert.match(
      stderr,
      /^Warning: resource configmaps\/one is missing the kubectl\.kubernetes\.io\/last-applied-configuration annotation/,
    );
  });

  onEachServer('refuses a misspelt field by name', async (world) => {
    const input = JSON.stringify(service('web', { prots: [] }));
    assert.match(
      await world.kubectlFails(['apply', '-f', '-'], { input }),
      /strict decoding error: unknown field "spec\.prots"/,
    );
  });

  onEachServer('tells what validation refuses', async (world) => {
    const input = JSON.stringify(service('web', { ports: [{ port: 0 }] }));
    assert.equal(
      await world.kubectlFails(['apply', '-f', '-'], { input }),
      `The Service "web" is invalid: \n* spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive\n* spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive`,
    );
  });

  onEachServer('--server-side creates, conflicts and forces', async (world) => {
    const side = (manager: string, ...more: string[]) => [
      'apply',
      '--server-side',
      `--field-manager=${manager}`,
      ...more,
    ];
    assert.equal(await world.feed(side('alice'), configMap('one', { a: '1' })), 'configmap/one serverside-applied\n');
    const input = JSON.stringify(configMap('one', { a: '2' }));
    const refused = await world.kubectlFails([...side('bob'), '-f', '-'], { input });
    assert.match(refused, /^error: Apply failed with 1 conflict: conflict with "alice": \.data\.a\n/);
    await world.feed(side('bob', '--force-conflicts'), configMap('one', { a: '2' }));
    assert.deepEqual((await world.get('configmaps', 'one')).data, { a: '2' });
  });

  onEachServer('--server-side takes over from client-side apply', async (world) => {
    await world.feed(['apply'], configMap('one', { a: '1', b: '2' }));
    await world.feed(['apply', '--server-side'], configMap('one', { b: '2' }));
    const { data } = await world.get('configmaps', 'one');
    assert.deepEqual(data, { b: '2' });
  });

  onEachServer('--dry-run=server says what would be, and does nothing', async (world) => {
    assert.equal(
      await world.feed(['apply', '--dry-run=server'], configMap('one')),
      'configmap/one created (server dry run)\n',
    );
    assert.match(await world.kubectlFails(['get', 'configmap/one']), /\(NotFound\): configmaps "one" not found/);
  });

  onEachServer('--prune deletes what left the files', async (world) => {
    const labels = { set: 'mine' };
    const prune = ['apply', '--prune', '-l', 'set=mine', '--prune-allowlist=core/v1/ConfigMap'];
    await world.feed(['apply'], configMap('one', {}, { labels }), configMap('two', {}, { labels }));
    assert.match(await world.feed(prune, configMap('one', {}, { labels })), /configmap\/two pruned/);
    assert.equal((await world.http.get(world.path('configmaps', 'two'))).code, 404);
  });
});

describe('kubectl diff', () => {
  onEachServer('shows what apply would change, and exits with 1', async (world) => {
    await world.feed(['apply'], configMap('one', { a: '1' }));
    const same = await world.tryKubectl(['diff', '-f', '-'], { input: JSON.stringify(configMap('one', { a: '1' })) });
    assert.deepEqual([same.code, same.stdout], [0, '']);
    const { code, stdout } = await world.tryKubectl(['diff', '-f', '-'], {
      input: JSON.stringify(configMap('one', { a: '2' })),
    });
    assert.equal(code, 1);
    assert.match(stdout, /^-\s+a: "1"$/m);
    assert.match(stdout, /^\+\s+a: "2"$/m);
  });
});
