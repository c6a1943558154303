/**
 * `kubectl delete` in its forms.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { FINALIZER, isGone, letGo, names } from './support/deletion.js';
import { configMap, pod, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { onEachServer } from './support/world.js';

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
