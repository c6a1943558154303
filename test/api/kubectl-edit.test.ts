/**
 * kubectl's verbs that change things: create, edit, patch, annotate, label, set, scale, expose, replace.
 * @module
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe } from 'mocha';
import { configMap, deployment, service } from './support/objects.js';
import { onEachServer, type World } from './support/world.js';

/** An editor that runs one sed command on the file. */
const editor = (world: World, command: string) => ({
  KUBE_EDITOR: world.file('editor', `#!/bin/sh\nsed -i '${command}' "$1"\n`, 0o755),
});

describe('kubectl create', () => {
  const rows: readonly (readonly [args: string, said: string])[] = [
    ['service clusterip one --tcp=80:8080', 'service/one created'],
    ['service loadbalancer two --tcp=80:http', 'service/two created'],
    ['service nodeport three --tcp=80', 'service/three created'],
    ['service externalname four --external-name=a.example', 'service/four created'],
    ['service clusterip five --clusterip=None', 'service/five created'],
    ['configmap six --from-literal=a=1', 'configmap/six created'],
    ['secret generic seven --from-literal=a=1', 'secret/seven created'],
    ['deployment eight --image=web:1 --replicas=0', 'deployment.apps/eight created'],
    ['ingress nine --rule=a.example/x=web:80', 'ingress.networking.k8s.io/nine created'],
  ];
  onEachServer('makes each kind', async (world) => {
    const said = await Promise.all(rows.map(([args]) => world.kubectl('create', ...args.split(' '))));
    assert.deepEqual(
      said,
      rows.map(([, want]) => `${want}\n`),
    );
    const [one, two, six, seven] = await Promise.all([
      world.get('services', 'one'),
      world.get('services', 'two'),
      world.get('configmaps', 'six'),
      world.get('secrets', 'seven'),
    ]);
    assert.deepEqual(one.spec.ports, [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 }]);
    assert.deepEqual([two.spec.type, two.spec.ports[0].targetPort], ['LoadBalancer', 'http']);
    assert.deepEqual([one.spec.selector, two.metadata.labels], [{ app: 'one' }, { app: 'two' }]);
    assert.deepEqual([six.data, seven.data, seven.type], [{ a: '1' }, { a: 'MQ==' }, 'Opaque']);
  });

  onEachServer('of a namespace', async (world) => {
    const name = world.unique('made');
    assert.equal(await world.kubectl('create', 'namespace', name), `namespace/${name} created\n`);
    const { body } = await world.http.get(`/api/v1/namespaces/${name}`);
    assert.deepEqual(body.metadata.labels, { 'kubernetes.io/metadata.name': name });
    assert.deepEqual([body.spec, body.status], [{ finalizers: ['kubernetes'] }, { phase: 'Active' }]);
    await world.http.delete(`/api/v1/namespaces/${name}`);
  });

  onEachServer('of what is there is AlreadyExists', async (world) => {
    await world.kubectl('create', 'configmap', 'one');
    assert.equal(
      await world.kubectlFails(['create', 'configmap', 'one']),
      'error: failed to create configmap: configmaps "one" already exists',
    );
    const input = JSON.stringify(configMap('one'));
    assert.equal(
      await world.kubectlFails(['create', '-f', '-'], { input }),
      'Error from server (AlreadyExists): error when creating "STDIN": configmaps "one" already exists',
    );
  });

  onEachServer('--dry-run=server fills in defaults, and stores nothing', async (world) => {
    const args = ['create', 'service', 'clusterip', 'one', '--tcp=80', '--dry-run=server', '-o', 'json'];
    const { spec } = JSON.parse(await world.kubectl(...args));
    assert.deepEqual([spec.sessionAffinity, spec.ipFamilies], ['None', ['IPv4']]);
    assert.equal((await world.http.get(world.path('services', 'one'))).code, 404);
  });
});

describe('kubectl edit', () => {
  onEachServer('saves what the editor changed', async (world) => {
    await world.create('configmaps', configMap('one', { colour: 'red' }));
    const { code, stdout } = await world.tryKubectl(['edit', 'configmap', 'one'], {
      env: editor(world, 's/red/green/'),
    });
    assert.deepEqual([code, stdout], [0, 'configmap/one edited\n']);
    assert.deepEqual((await world.get('configmaps', 'one')).data, { colour: 'green' });
  });

  onEachServer('does nothing when nothing was changed', async (world) => {
    await world.create('configmaps', configMap('one'));
    const { stdout, stderr } = await world.tryKubectl(['edit', 'configmap', 'one'], { env: editor(world, '') });
    assert.match(stdout + stderr, /Edit cancelled, no changes made\./);
  });

  onEachServer('changes a Service from type to type', async (world) => {
    await world.create('services', service('web'));
    await world.tryKubectl(['edit', 'svc', 'web'], { env: editor(world, 's/type: ClusterIP/type: LoadBalancer/') });
    assert.equal((await world.get('services', 'web')).spec.type, 'LoadBalancer');
  });

  onEachServer('tells what is wrong with a change', async (world) => {
    await world.create('services', service('web'));
    // The second time the editor is opened, it is shown the reason and leaves the file alone, which ends the edit.
    const shown = world.file('shown', '');
    const { code, stderr } = await world.tryKubectl(['edit', 'svc', 'web'], {
      env: editor(world, `w ${shown}\ns/type: ClusterIP/type: Balancer/`),
    });
    assert.equal(code, 1);
    assert.match(stderr, /^error: services "web" is invalid\n/);
    assert.match(
      fs.readFileSync(shown, 'utf8'),
      /^# services "web" was not valid:\n# \* spec\.type: Unsupported value: "Balancer": supported values: /m,
    );
  });
});

describe('kubectl patch', () => {
  const rows = [
    {
      type: 'strategic',
      patch: '{"spec":{"ports":[{"port":80,"targetPort":8080}]}}',
      ports: [
        [80, 8080],
        [81, 81],
      ],
    },
    { type: 'merge', patch: '{"spec":{"ports":[{"port":80,"targetPort":8080}]}}', ports: [[80, 8080]] },
    {
      type: 'json',
      patch: '[{"op":"replace","path":"/spec/ports/1/targetPort","value":8081}]',
      ports: [
        [80, 80],
        [81, 8081],
      ],
    },
  ];
  for (const { type, patch, ports } of rows) {
    onEachServer(`--type=${type}`, async (world) => {
      await world.create(
        'services',
        service('web', {
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 81 },
          ],
        }),
      );
      assert.equal(await world.kubectl('patch', 'svc', 'web', `--type=${type}`, '-p', patch), 'service/web patched\n');
      const { spec } = await world.get('services', 'web');
      assert.deepEqual(
        spec.ports.map((port: { port: number; targetPort: number }) => [port.port, port.targetPort]),
        ports,
      );
    });
  }

  onEachServer('says when nothing changes', async (world) => {
    await world.create('services', service('web'));
    assert.equal(
      await world.kubectl('patch', 'svc', 'web', '-p', '{"spec":{"sessionAffinity":"None"}}'),
      'service/web patched (no change)\n',
    );
  });

  onEachServer('--subresource=status writes the status', async (world) => {
    await world.create('services', service('web', { type: 'LoadBalancer' }));
    const status = '{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.9"}]}}}';
    await world.kubectl('patch', 'svc', 'web', '--subresource=status', '-p', status);
    assert.equal(
      await world.kubectl('get', 'svc', 'web', '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}'),
      '192.0.2.9',
    );
  });
});

describe('kubectl annotate and label', () => {
  onEachServer('add, refuse to overwrite, overwrite and remove', async (world) => {
    await world.create('services', service('web'));
    assert.equal(await world.kubectl('annotate', 'svc', 'web', 'cairn.dev/pool=blue'), 'service/web annotated\n');
    assert.equal(
      await world.kubectlFails(['annotate', 'svc', 'web', 'cairn.dev/pool=red']),
      "error: --overwrite is false but found the following declared annotation(s): 'cairn.dev/pool' already has a value (blue)",
    );
    await world.kubectl('annotate', 'svc', 'web', 'cairn.dev/pool=red', '--overwrite');
    assert.equal((await world.get('services', 'web')).metadata.annotations['cairn.dev/pool'], 'red');
    await world.kubectl('annotate', 'svc', 'web', 'cairn.dev/pool-');
    assert.equal((await world.get('services', 'web')).metadata.annotations, undefined);
    assert.equal(await world.kubectl('label', 'svc', 'web', 'app=web'), 'service/web labeled\n');
    assert.equal(await world.kubectl('label', 'svc', 'web', 'app-'), 'service/web unlabeled\n');
    assert.equal((await world.get('services', 'web')).metadata.labels, undefined);
  });

  onEachServer('take many at once by selector', async (world) => {
    const labels = { app: 'web' };
    await Promise.all(
      ['a', 'b', 'c'].map((name) => world.create('services', service(name, {}, name === 'c' ? {} : { labels }))),
    );
    assert.equal(
      await world.kubectl('label', 'svc', '-l', 'app=web', 'tier=front'),
      'service/a labeled\nservice/b labeled\n',
    );
    assert.equal(await world.kubectl('get', 'svc', '-l', 'tier', '-o', 'name'), 'service/a\nservice/b\n');
  });

  onEachServer('refuse a bad value', async (world) => {
    await world.create('services', service('web'));
    assert.match(await world.kubectlFails(['label', 'svc', 'web', 'app=not ok']), /invalid label value: "app=not ok"/);
  });
});

describe('kubectl scale, set and expose', () => {
  onEachServer('scale through the scale subresource', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 0 }));
    assert.equal(await world.kubectl('scale', 'deploy/web', '--replicas=1'), 'deployment.apps/web scaled\n');
    const scale = await world.ok(world.http.get(world.path('deployments', 'web', 'scale')));
    assert.deepEqual([scale.apiVersion, scale.kind, scale.spec], ['autoscaling/v1', 'Scale', { replicas: 1 }]);
    assert.equal(scale.status.selector, 'app=web');
    assert.equal(
      await world.kubectlFails(['scale', 'deploy/web', '--current-replicas=5', '--replicas=2']),
      'error: Expected replicas to be 5, was 1',
    );
  });

  onEachServer('set image, env and resources of a container', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 0 }));
    assert.equal(await world.kubectl('set', 'image', 'deploy/web', 'web=web:2'), 'deployment.apps/web image updated\n');
    assert.equal(await world.kubectl('set', 'env', 'deploy/web', 'A=1'), 'deployment.apps/web env updated\n');
    await world.kubectl('set', 'resources', 'deploy/web', '--limits=cpu=100m');
    const [container] = (await world.get('deployments', 'web')).spec.template.spec.containers;
    assert.deepEqual(
      [container.image, container.env, container.resources],
      ['web:2', [{ name: 'A', value: '1' }], { limits: { cpu: '100m' } }],
    );
  });

  onEachServer('set the selector of a Service', async (world) => {
    await world.create('services', service('web', { selector: { app: 'old', tier: 'front' } }));
    assert.equal(await world.kubectl('set', 'selector', 'svc', 'web', 'app=new'), 'service/web selector updated\n');
    assert.deepEqual((await world.get('services', 'web')).spec.selector, { app: 'new' });
  });

  onEachServer('expose a Deployment', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 0 }));
    const args = ['expose', 'deploy', 'web', '--port=80', '--target-port=http', '--type=LoadBalancer'];
    assert.equal(await world.kubectl(...args), 'service/web exposed\n');
    const { spec } = await world.get('services', 'web');
    assert.deepEqual([spec.type, spec.selector, spec.ports[0].targetPort], ['LoadBalancer', { app: 'web' }, 'http']);
  });
});

describe('kubectl replace', () => {
  onEachServer('puts the file in place of the object', async (world) => {
    await world.create('configmaps', configMap('one', { a: '1' }, { labels: { a: 'b' } }));
    assert.equal(await world.feed(['replace'], configMap('one', { b: '2' })), 'configmap/one replaced\n');
    const { data, metadata } = await world.get('configmaps', 'one');
    assert.deepEqual([data, metadata.labels], [{ b: '2' }, undefined]);
  });

  onEachServer('--force deletes and creates', async (world) => {
    const { metadata } = await world.create('configmaps', configMap('one', { a: '1' }));
    await world.feed(['replace', '--force'], configMap('one', { b: '2' }));
    const after = await world.get('configmaps', 'one');
    assert.notEqual(after.metadata.uid, metadata.uid);
  });

  onEachServer('of an old version is a conflict', async (world) => {
    const old = await world.create('configmaps', configMap('one', { a: '1' }));
    await world.kubectl('label', 'cm', 'one', 'a=b');
    const { code, stderr } = await world.tryKubectl(['replace', '-f', '-'], { input: JSON.stringify(old) });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^Error from server \(Conflict\): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "one": the object has been modified/,
    );
  });
});
