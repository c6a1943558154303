/**
 * The tables that `kubectl get` prints of each kind.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { configMap, deployment, node, pod, reportRunning, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { agelessCells, cells } from './support/tables.js';
import { onEachServer } from './support/world.js';

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
