/**
 * `kubectl get`: its outputs, selectors and watches.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { configMap, loadBalancer, service } from './support/objects.js';
import { agelessCells, cells } from './support/tables.js';
import { onEachServer, type World } from './support/world.js';

/** One of each type, with fixed addresses and ports, which other cases do not use. */
async function everyType(world: World): Promise<void> {
  const selector = { app: 'web' };
  await Promise.all([
    world.create('services', service('a-plain', { clusterIP: '10.0.0.61', selector })),
    world.create('services', service('b-headless', { clusterIP: 'None', selector })),
    world.create(
      'services',
      service('c-node', { type: 'NodePort', clusterIP: '10.0.0.63', ports: [{ port: 80, nodePort: 30003 }] }),
    ),
    world.create(
      'services',
      loadBalancer('d-outside', {
        clusterIP: '10.0.0.64',
        selector: { app: 'web', tier: 'front' },
        ports: [
          { name: 'web', port: 80, nodePort: 30004 },
          { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30005 },
        ],
      }),
    ),
    world.create(
      'services',
      loadBalancer('e-waiting', { clusterIP: '10.0.0.65', ports: [{ port: 80, nodePort: 30006 }] }),
    ),
    world.create('services', service('f-named', { type: 'ExternalName', externalName: 'a.example', ports: undefined })),
    world.create(
      'services',
      service('g-external', { clusterIP: '10.0.0.67', externalIPs: ['192.0.2.7', '192.0.2.8'] }),
    ),
  ]);
  const ingress = [{ ip: '192.0.2.240' }, { hostname: 'a.example' }];
  await world.ok(
    world.http.patch(
      world.path('services', 'd-outside', 'status'),
      { status: { loadBalancer: { ingress } } },
      MERGE_PATCH,
    ),
  );
}

/** Gives the fixed addresses back for other cases of this file. */
const removeAll = (world: World) => world.ok(world.http.delete(world.path('services')));

describe('kubectl get svc', () => {
  onEachServer('shows each type, and -o wide its selector', async (world) => {
    await everyType(world);
    const [narrow, wide] = await Promise.all([world.kubectl('get', 'svc'), world.kubectl('get', 'svc', '-o', 'wide')]);
    const rows = [
      ['a-plain', 'ClusterIP', '10.0.0.61', '<none>', '80/TCP', 'AGE', 'app=web'],
      ['b-headless', 'ClusterIP', 'None', '<none>', '80/TCP', 'AGE', 'app=web'],
      ['c-node', 'NodePort', '10.0.0.63', '<none>', '80:30003/TCP', 'AGE', '<none>'],
      [
        'd-outside',
        'LoadBalancer',
        '10.0.0.64',
        '192.0.2.240,a.example',
        '80:30004/TCP,53:30005/UDP',
        'AGE',
        'app=web,tier=front',
      ],
      ['e-waiting', 'LoadBalancer', '10.0.0.65', '<pending>', '80:30006/TCP', 'AGE', '<none>'],
      ['f-named', 'ExternalName', '<none>', 'a.example', '<none>', 'AGE', '<none>'],
      ['g-external', 'ClusterIP', '10.0.0.67', '192.0.2.7,192.0.2.8', '80/TCP', 'AGE', '<none>'],
    ];
    const head = ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE', 'SELECTOR'];
    assert.deepEqual(agelessCells(wide), [head, ...rows]);
    assert.deepEqual(
      agelessCells(narrow),
      [head, ...rows].map((line) => line.slice(0, -1)),
    );
    await removeAll(world);
  });

  onEachServer('says when there are none, and when one is missing', async (world) => {
    const none = await world.tryKubectl(['get', 'svc']);
    assert.deepEqual(
      [none.code, none.stdout, none.stderr],
      [0, '', `No resources found in ${world.namespace} namespace.\n`],
    );
    assert.equal(
      await world.kubectlFails(['get', 'svc', 'none']),
      'Error from server (NotFound): services "none" not found',
    );
  });

  onEachServer('refuses what the server does not have', async (world) => {
    assert.equal(
      await world.kubectlFails(['get', 'bananas']),
      `error: the server doesn't have a resource type "bananas"`,
    );
  });

  onEachServer('knows short and full names', async (world) => {
    await world.create('services', service('web'));
    const outputs = await Promise.all(
      ['svc', 'service', 'services', 'services.v1.'].map((name) => world.kubectl('get', name, '-o', 'name')),
    );
    assert.deepEqual(outputs, Array(4).fill('service/web\n'));
  });
});

describe('kubectl get prints', () => {
  const labelled = (world: World) =>
    Promise.all([
      world.create('services', service('a', { sessionAffinity: 'ClientIP' }, { labels: { app: 'web', n: '2' } })),
      world.create('services', service('b', { type: 'NodePort' }, { labels: { app: 'db', n: '1' } })),
      world.create('services', service('c')),
    ]);
  const firstCells = (printed: string) => cells(printed).map((line) => line[0]);

  onEachServer('YAML and JSON of the whole object, without managedFields', async (world) => {
    const { metadata, ...rest } = await world.create('services', service('web'));
    const { managedFields, ...shown } = metadata;
    assert.equal(managedFields.length, 1);
    const [json, yaml] = await Promise.all([
      world.kubectl('get', 'svc', 'web', '-o', 'json'),
      world.kubectl('get', 'svc', 'web', '-o', 'yaml'),
    ]);
    assert.deepEqual(JSON.parse(json), { ...rest, metadata: shown });
    assert.match(yaml, /^apiVersion: v1\nkind: Service\nmetadata:\n {2}creationTimestamp: "/);
    assert.match(yaml, /\nstatus:\n {2}loadBalancer: \{\}\n$/);
  });

  onEachServer('a List of several', async (world) => {
    await labelled(world);
    const list = JSON.parse(await world.kubectl('get', 'svc', '-o', 'json'));
    assert.deepEqual([list.kind, list.items.map((item: Json) => item.kind)], ['List', Array(3).fill('Service')]);
  });

  onEachServer('jsonpath, go-template, custom columns and names', async (world) => {
    await labelled(world);
    const [path, template, columns, names] = await Promise.all([
      world.kubectl('get', 'svc', '-o', 'jsonpath={range .items[*]}{.metadata.name}={.spec.type} {end}'),
      world.kubectl('get', 'svc', 'a', '-o', 'go-template={{.spec.sessionAffinityConfig.clientIP.timeoutSeconds}}'),
      world.kubectl('get', 'svc', '-o', 'custom-columns=NAME:.metadata.name,N:.metadata.labels.n'),
      world.kubectl('get', 'svc', '-o', 'name'),
    ]);
    assert.equal(path, 'a=ClusterIP b=NodePort c=ClusterIP ');
    assert.equal(template, '10800');
    assert.deepEqual(cells(columns), [
      ['NAME', 'N'],
      ['a', '2'],
      ['b', '1'],
      ['c', '<none>'],
    ]);
    assert.equal(names, 'service/a\nservice/b\nservice/c\n');
  });

  onEachServer('labels with -L and --show-labels', async (world) => {
    await labelled(world);
    const [columns, labels] = await Promise.all([
      world.kubectl('get', 'svc', '-L', 'app'),
      world.kubectl('get', 'svc', '--show-labels'),
    ]);
    assert.deepEqual(
      cells(columns).map((line) => line.slice(6)),
      [['APP'], ['web'], ['db'], []],
    );
    assert.deepEqual(
      cells(labels).map((line) => line.at(-1)),
      ['LABELS', 'app=web,n=2', 'app=db,n=1', '<none>'],
    );
  });

  onEachServer('what selectors pick, in the order of --sort-by', async (world) => {
    await labelled(world);
    const [label, field, sorted, bare] = await Promise.all([
      world.kubectl('get', 'svc', '-l', 'app in (web,db),n!=1'),
      world.kubectl('get', 'svc', '--field-selector=spec.type=NodePort'),
      world.kubectl('get', 'svc', '-l', 'app', '--sort-by=.metadata.labels.n'),
      world.kubectl('get', 'svc', '--no-headers'),
    ]);
    assert.deepEqual(firstCells(label), ['NAME', 'a']);
    assert.deepEqual(firstCells(field), ['NAME', 'b']);
    assert.deepEqual(firstCells(sorted), ['NAME', 'b', 'a']);
    assert.deepEqual(firstCells(bare), ['a', 'b', 'c']);
  });

  onEachServer('the namespace in front with -A', async (world) => {
    await world.create('services', service(world.unique('mine')));
    const lines = cells(await world.kubectl('get', 'svc', '-A'));
    assert.deepEqual(lines[0]?.slice(0, 3), ['NAMESPACE', 'NAME', 'TYPE']);
    assert.ok(lines.some(([namespace, name]) => namespace === world.namespace && name === world.unique('mine')));
  });

  onEachServer('several kinds at once, each with its prefix', async (world) => {
    await Promise.all([world.create('services', service('web')), world.create('configmaps', configMap('web'))]);
    const printed = await world.kubectl('get', 'svc/web', 'cm/web');
    assert.deepEqual(
      agelessCells(printed).filter(([name]) => name?.includes('/')),
      [
        ['service/web', 'ClusterIP', cells(printed)[1]?.[2], '<none>', '80/TCP', 'AGE'],
        ['configmap/web', '1', 'AGE'],
      ],
    );
  });

  onEachServer('many objects in chunks', async (world) => {
    await Promise.all(Array.from({ length: 7 }, (_, at) => world.create('services', service(`s${at}`))));
    const printed = await world.kubectl('get', 'svc', '--chunk-size=2', '--no-headers');
    assert.deepEqual(firstCells(printed), ['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
  });
});

describe('kubectl get -w', () => {
  onEachServer('prints each change as it comes', async (world) => {
    await world.create('services', loadBalancer('web', { allocateLoadBalancerNodePorts: false }));
    const watching = world.follow('get', 'svc', '-w', '--output-watch-events', '--no-headers');
    try {
      const next = async () => {
        const line = cells((await watching.next()) ?? '')[0] ?? [];
        return [line[0], line[1], line[4]];
      };
      assert.deepEqual(await next(), ['ADDED', 'web', '<pending>']);
      const status = { loadBalancer: { ingress: [{ ip: '192.0.2.240' }] } };
      await world.ok(world.http.patch(world.path('services', 'web', 'status'), { status }, MERGE_PATCH));
      assert.deepEqual(await next(), ['MODIFIED', 'web', '192.0.2.240']);
      await world.ok(world.http.delete(world.path('services', 'web')));
      assert.deepEqual(await next(), ['DELETED', 'web', '192.0.2.240']);
    } finally {
      watching.stop();
    }
  });
});
