/**
 * `kubectl apply` of both kinds, and `kubectl diff`.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { configMap, deployment, service } from './support/objects.js';
import { onEachServer } from './support/world.js';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

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
