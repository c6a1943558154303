/**
 * `kubectl get`: its tables, its other outputs, selectors and watches.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { configMap, deployment, loadBalancer, node, pod, reportRunning, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { agelessCells, cells } from './support/tables.js';
import { onEachServer, type World } from './support/world.js';

/** One of each type, with fixed addresses and ports, which other cases do not use. */
async function everyType(world: World): Promise<void> {
  const selector = { app: 'web' };
  await Promise.all([
    world.create('services', service('a-plain', { clusterIP: '10.0.66.1', selector })),
    world.create('services', service('b-headless', { clusterIP: 'None', selector })),
    world.create(
      'services',
      service('c-node', { type: 'NodePort', clusterIP: '10.0.66.3', ports: [{ port: 80, nodePort: 30803 }] }),
    ),
    world.create(
      'services',
      loadBalancer('d-outside', {
        clusterIP: '10.0.66.4',
        selector: { app: 'web', tier: 'front' },
        ports: [
          { name: 'web', port: 80, nodePort: 30804 },
          { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30805 },
        ],
      }),
    ),
    world.create(
      'services',
      loadBalancer('e-waiting', { clusterIP: '10.0.66.5', ports: [{ port: 80, nodePort: 30806 }] }),
    ),
    world.create('services', service('f-named', { type: 'ExternalName', externalName: 'a.example', ports: undefined })),
    world.create(
      'services',
      service('g-external', { clusterIP: '10.0.66.7', externalIPs: ['192.0.2.7', '192.0.2.8'] }),
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
      ['a-plain', 'ClusterIP', '10.0.66.1', '<none>', '80/TCP', 'AGE', 'app=web'],
      ['b-headless', 'ClusterIP', 'None', '<none>', '80/TCP', 'AGE', 'app=web'],
      ['c-node', 'NodePort', '10.0.66.3', '<none>', '80:30803/TCP', 'AGE', '<none>'],
      [
        'd-outside',
        'LoadBalancer',
        '10.0.66.4',
        '192.0.2.240,a.example',
        '80:30804/TCP,53:30805/UDP',
        'AGE',
        'app=web,tier=front',
      ],
      ['e-waiting', 'LoadBalancer', '10.0.66.5', '<pending>', '80:30806/TCP', 'AGE', '<none>'],
      ['f-named', 'ExternalName', '<none>', 'a.example', '<none>', 'AGE', '<none>'],
      ['g-external', 'ClusterIP', '10.0.66.7', '192.0.2.7,192.0.2.8', '80/TCP', 'AGE', '<none>'],
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

describe('the tables of kubectl get', () => {
  onEachServer('show pods as they run', async (world) => {
    await world.create('pods', pod('p-new', { nodeName: NODE }));
    await world.create('pods', pod('p-run', { nodeName: NODE }));
    await world.create('pods', pod('p-unready', { nodeName: NODE }));
    await Promise.all([
      reportRunning(world, 'p-run', '10.244.9.1'),
      reportRunning(world, 'p-unready', '10.244.9.2', false),
    ]);
    assert.deepEqual(agelessCells(await world.kubectl('get', 'pods', '-o', 'wide')), [
      ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
      ['p-new', '0/1', 'Pending', '0', 'AGE', '<none>', NODE, '<none>', '<none>'],
      ['p-run', '1/1', 'Running', '0', 'AGE', '10.244.9.1', NODE, '<none>', '<none>'],
      ['p-unready', '0/1', 'Running', '0', 'AGE', '10.244.9.2', NODE, '<none>', '<none>'],
    ]);
  });

  onEachServer('show why a pod does not run, its restarts, and that it ends', async (world) => {
    const report = async (name: string, status: Json, finalizers?: string[]) => {
      await world.create('pods', pod(name, { nodeName: NODE }, finalizers ? { finalizers } : {}));
      await world.ok(world.http.patch(world.path('pods', name, 'status'), { status }, MERGE_PATCH));
    };
    const container = { name: 'web', image: 'web:1', imageID: '', ready: false, restartCount: 0 };
    await Promise.all([
      report('a', {
        phase: 'Running',
        containerStatuses: [{ ...container, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      }),
      report('b', {
        phase: 'Pending',
        containerStatuses: [{ ...container, state: { waiting: { reason: 'ErrImagePull' } } }],
      }),
      report('c', {
        phase: 'Succeeded',
        containerStatuses: [{ ...container, state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
      }),
      report('d', { phase: 'Failed', containerStatuses: [{ ...container, state: { terminated: { exitCode: 3 } } }] }),
      report('e', { phase: 'Failed', reason: 'Evicted' }),
      report('f', { phase: 'Running', containerStatuses: [{ ...container, ready: true, state: { running: {} } }] }),
    ]);
    await world.kubectl('delete', 'pod', 'f', '--wait=false');
    assert.deepEqual(agelessCells(await world.kubectl('get', 'pods')), [
      ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
      ['a', '0/1', 'CrashLoopBackOff', '3', 'AGE'],
      ['b', '0/1', 'ErrImagePull', '0', 'AGE'],
      ['c', '0/1', 'Completed', '0', 'AGE'],
      ['d', '0/1', 'ExitCode:3', '0', 'AGE'],
      ['e', '0/1', 'Evicted', '0', 'AGE'],
      ['f', '1/1', 'Terminating', '0', 'AGE'],
    ]);
  });

  onEachServer('show nodes', async (world) => {
    const name = world.unique('node');
    await world.ok(
      world.http.post(
        '/api/v1/nodes',
        node(name, { labels: { 'node-role.kubernetes.io/control-plane': '', case: name } }),
      ),
    );
    const status = {
      addresses: [{ type: 'InternalIP', address: '192.0.2.11' }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
      nodeInfo: {
        kubeletVersion: 'v1.36.3',
        osImage: 'Debian',
        kernelVersion: '6.18',
        containerRuntimeVersion: 'lab://1',
        architecture: 'amd64',
        bootID: '',
        kubeProxyVersion: '',
        machineID: '',
        operatingSystem: 'linux',
        systemUUID: '',
      },
    };
    await world.ok(world.http.patch(`/api/v1/nodes/${name}/status`, { status }, MERGE_PATCH));
    await world.ok(world.http.patch(`/api/v1/nodes/${name}`, { spec: { unschedulable: true } }, MERGE_PATCH));
    assert.deepEqual(agelessCells(await world.kubectl('get', 'nodes', '-o', 'wide', '-l', `case=${name}`)), [
      [
        'NAME',
        'STATUS',
        'ROLES',
        'AGE',
        'VERSION',
        'INTERNAL-IP',
        'EXTERNAL-IP',
        'OS-IMAGE',
        'KERNEL-VERSION',
        'CONTAINER-RUNTIME',
      ],
      [
        name,
        'Ready,SchedulingDisabled',
        'control-plane',
        'AGE',
        'v1.36.3',
        '192.0.2.11',
        '<none>',
        'Debian',
        '6.18 (amd64)',
        'lab://1',
      ],
    ]);
    await world.ok(world.http.delete(`/api/v1/nodes/${name}`));
  });

  onEachServer('show ConfigMaps, Secrets, Ingresses and Leases', async (world) => {
    const labels = { case: 'tables' };
    await Promise.all([
      world.create('configmaps', configMap('conf', { a: '1', b: '2' }, { labels })),
      world.create('secrets', { metadata: { name: 'sec', labels }, stringData: { a: '1' } }),
      world.create('ingresses', {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'ing', labels },
        spec: {
          ingressClassName: 'nginx',
          tls: [{ hosts: ['a.example'], secretName: 'sec' }],
          rules: [
            {
              host: 'a.example',
              http: {
                paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
              },
            },
          ],
        },
      }),
      world.create('leases', { metadata: { name: 'lock', labels }, spec: { holderIdentity: 'alice' } }),
    ]);
    const [conf, sec, ing, lease] = await Promise.all(
      ['cm', 'secret', 'ing', 'lease'].map(async (kind) =>
        agelessCells(await world.kubectl('get', kind, '-l', 'case=tables')),
      ),
    );
    assert.deepEqual(conf, [
      ['NAME', 'DATA', 'AGE'],
      ['conf', '2', 'AGE'],
    ]);
    assert.deepEqual(sec, [
      ['NAME', 'TYPE', 'DATA', 'AGE'],
      ['sec', 'Opaque', '1', 'AGE'],
    ]);
    assert.deepEqual(ing, [
      ['NAME', 'CLASS', 'HOSTS', 'ADDRESS', 'PORTS', 'AGE'],
      ['ing', 'nginx', 'a.example', '80, 443', 'AGE'],
    ]);
    assert.deepEqual(lease, [
      ['NAME', 'HOLDER', 'AGE'],
      ['lock', 'alice', 'AGE'],
    ]);
  });

  onEachServer('show Deployments, ReplicaSets and namespaces', async (world) => {
    await world.create('deployments', deployment('web', { replicas: 0 }));
    await world.waitFor('a ReplicaSet', async () => (await world.kubectl('get', 'rs')) !== '');
    const [deploy, rs, ns] = await Promise.all([
      world.kubectl('get', 'deploy', '-o', 'wide'),
      world.kubectl('get', 'rs', '-o', 'wide'),
      world.kubectl('get', 'ns', world.namespace),
    ]);
    assert.deepEqual(agelessCells(deploy), [
      ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR'],
      ['web', '0/0', '0', '0', 'AGE', 'web', 'web:1', 'app=web'],
    ]);
    const [head, row] = agelessCells(rs);
    assert.deepEqual(head, ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR']);
    assert.match(row?.join(' ') ?? '', /^web-[0-9a-z]+ 0 0 0 AGE web web:1 app=web,pod-template-hash=[0-9a-z]+$/);
    assert.deepEqual(agelessCells(ns), [
      ['NAME', 'STATUS', 'AGE'],
      [world.namespace, 'Active', 'AGE'],
    ]);
  });

  onEachServer('show EndpointSlices', async (world) => {
    await world.create('endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1' },
      addressType: 'IPv4',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
      endpoints: [{ addresses: ['10.244.9.1'] }, { addresses: ['10.244.9.2'] }],
    });
    assert.deepEqual(agelessCells(await world.kubectl('get', 'endpointslices')), [
      ['NAME', 'ADDRESSTYPE', 'PORTS', 'ENDPOINTS', 'AGE'],
      ['web-1', 'IPv4', '80,81', '10.244.9.1,10.244.9.2', 'AGE'],
    ]);
  });

  onEachServer('show events', async (world) => {
    const time = new Date(Date.now() - 30 * 60_000).toISOString().replace(/\.\d+Z/, 'Z');
    await world.create('events', {
      metadata: { name: 'web.1' },
      involvedObject: { kind: 'Service', namespace: world.namespace, name: 'web' },
      type: 'Warning',
      reason: 'NoPool',
      message: 'no pool has it',
      source: { component: 'cairn' },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 2,
    });
    assert.deepEqual(cells(await world.kubectl('get', 'events')), [
      ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
      ['30m', 'Warning', 'NoPool', 'service/web', 'no pool has it'],
    ]);
    assert.deepEqual(cells(await world.kubectl('get', 'events', '-o', 'wide')), [
      ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'SUBOBJECT', 'SOURCE', 'MESSAGE', 'FIRST SEEN', 'COUNT', 'NAME'],
      ['30m', 'Warning', 'NoPool', 'service/web', 'cairn', 'no pool has it', '30m', '2', 'web.1'],
    ]);
  });

  onEachServer('come together in kubectl get all', async (world) => {
    await world.create('services', service('web'));
    await world.create('deployments', deployment('web', { replicas: 0 }));
    await world.waitFor('a ReplicaSet', async () => (await world.kubectl('get', 'rs')) !== '');
    const names = (await world.kubectl('get', 'all', '-o', 'name')).replace(/(web-)[0-9a-z]+/, '$1HASH');
    assert.equal(names, 'service/web\ndeployment.apps/web\nreplicaset.apps/web-HASH\n');
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
