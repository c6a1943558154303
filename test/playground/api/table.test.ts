import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../src/playground/api/object.js';
import { toTable } from '../../../src/playground/api/table.js';
import { objectOf, resourceOf } from './support/strategy.js';

/** Five minutes after every object of these tests was created. */
const NOW_MS = Date.UTC(2026, 0, 1, 0, 5);
const ago = (seconds: number) => new Date(NOW_MS - seconds * 1000).toISOString();

const rowOf = (plural: string, said: JsonObject): readonly unknown[] => {
  const resource = resourceOf(plural);
  return toTable(resource, [objectOf(resource, said)], { nowMs: NOW_MS })['rows'][0].cells;
};

describe('toTable', () => {
  const services = resourceOf('services');
  const service = objectOf(services, { spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.7'], ports: [] } });

  it('heads the columns as kubectl does', () => {
    const { columnDefinitions } = toTable(services, [], { nowMs: NOW_MS });
    assert.deepEqual(
      (columnDefinitions as readonly JsonObject[]).map(({ name, type, format, priority }) => [
        name,
        type,
        format,
        priority,
      ]),
      [
        ['Name', 'string', 'name', 0],
        ['Type', 'string', '', 0],
        ['Cluster-IP', 'string', '', 0],
        ['External-IP', 'string', '', 0],
        ['Port(s)', 'string', '', 0],
        ['Age', 'string', '', 0],
        ['Selector', 'string', '', 1],
      ],
    );
  });

  it('heads nothing in a later event of a watch', () => {
    assert.deepEqual(toTable(services, [service], { nowMs: NOW_MS, noHeaders: true })['columnDefinitions'], []);
  });

  it('says where the list goes on', () => {
    const listMeta = { resourceVersion: '7', continue: 'abc', remainingItemCount: 3 };
    const table = toTable(services, [], { nowMs: NOW_MS, listMeta });
    assert.deepEqual([table['kind'], table['apiVersion'], table['metadata']], ['Table', 'meta.k8s.io/v1', listMeta]);
  });

  // biome-ignore format: table
  const carried = [
    { include: 'None' as const,     want: null },
    { include: 'Metadata' as const, want: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: service.metadata } },
    { include: 'Object' as const,   want: service },
  ];
  for (const { include, want } of carried) {
    it(`carries along what is asked for: ${include}`, () => {
      const table = toTable(services, [service], { nowMs: NOW_MS, includeObject: include });
      assert.deepEqual(table['rows'][0].object, want);
    });
  }
});

describe('a row shows', () => {
  const LB = {
    type: 'LoadBalancer',
    clusterIPs: ['10.96.0.7'],
    ports: [{ port: 80, nodePort: 31_234, protocol: 'TCP' }],
  };
  const slice = (endpoints: readonly JsonObject[], ports: readonly JsonObject[]) => ({
    addressType: 'IPv4',
    endpoints,
    ports,
  });
  // Checked cell by cell against kube-apiserver 1.36.3.
  // biome-ignore format: table
  const cases = [
    { name: 'a Service that waits for its address', kind: 'services', said: { spec: LB },                                                                 want: ['x', 'LoadBalancer', '10.96.0.7', '<pending>', '80:31234/TCP', '5m', '<none>'] },
    { name: 'a Service with its addresses, sorted', kind: 'services', said: { spec: { ...LB, externalIPs: ['192.0.2.9'], selector: { b: '2', a: '1' } }, status: { loadBalancer: { ingress: [{ ip: '192.0.2.5' }, { hostname: 'a.b' }, { ip: '192.0.2.10' }] } } }, want: ['x', 'LoadBalancer', '10.96.0.7', '192.0.2.10,192.0.2.5,a.b,192.0.2.9', '80:31234/TCP', '5m', 'a=1,b=2'] },
    { name: 'a headless Service',                   kind: 'services', said: { spec: { type: 'ClusterIP', clusterIPs: ['None'] } },                        want: ['x', 'ClusterIP', 'None', '<none>', '<none>', '5m', '<none>'] },
    { name: 'a Service that is a name',             kind: 'services', said: { spec: { type: 'ExternalName', externalName: 'a.b' } },                      want: ['x', 'ExternalName', '<none>', 'a.b', '<none>', '5m', '<none>'] },
    { name: 'a Service of two ports',               kind: 'services', said: { spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.7'], ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] } }, want: ['x', 'ClusterIP', '10.96.0.7', '<none>', '53/UDP,53/TCP', '5m', '<none>'] },
    { name: 'a Node that is ready',                 kind: 'nodes',    said: { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'a' } }, spec: {}, status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address: '192.0.2.11' }], nodeInfo: { kubeletVersion: 'v1.36.3', osImage: 'Debian', kernelVersion: '6.1', architecture: 'amd64', containerRuntimeVersion: 'lab://1' } } }, want: ['x', 'Ready', 'a,control-plane', '5m', 'v1.36.3', '192.0.2.11', '<none>', 'Debian', '6.1 (amd64)', 'lab://1'] },
    { name: 'a Node of which nothing is heard',     kind: 'nodes',    said: { spec: { unschedulable: true }, status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }, want: ['x', 'NotReady,SchedulingDisabled', '<none>', '5m', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'] },
    { name: 'a Node that never said anything',      kind: 'nodes',    said: { spec: {} },                                                                 want: ['x', 'Unknown', '<none>', '5m', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'] },
    { name: 'an Event of the old form',             kind: 'events',   said: { involvedObject: { kind: 'Pod', name: 'web', fieldPath: 'spec.a' }, reason: 'R', type: 'Normal', message: ' m \n', firstTimestamp: ago(500), lastTimestamp: ago(50), count: 3, source: { component: 'c', host: 'h' } }, want: ['50s', 'Normal', 'R', 'pod/web', 'spec.a', 'c, h', 'm', '8m20s', 3, 'x'] },
    { name: 'an Event that happened once',          kind: 'events',   said: { involvedObject: { kind: 'Service' }, eventTime: ago(70), reportingComponent: 'a.b/c', reportingInstance: 'i' }, want: ['70s', '', '', 'service', '', 'a.b/c, i', '', '70s', 1, 'x'] },
    { name: 'an Event that goes on',                kind: 'events',   said: { involvedObject: { kind: 'Node', name: 'n' }, eventTime: ago(700), series: { count: 7, lastObservedTime: ago(3) } }, want: ['3s', '', '', 'node/n', '', '', '', '11m', 7, 'x'] },
    { name: 'a Deployment',                         kind: 'deployments', said: { spec: { replicas: 3, selector: { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'z', operator: 'DoesNotExist' }, { key: 'b', operator: 'In', values: ['2', '1'] }] }, template: { spec: { containers: [{ name: 'c1', image: 'i1' }, { name: 'c2', image: 'i2' }] } } }, status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 } }, want: ['x', '2/3', 3, 1, '5m', 'c1,c2', 'i1,i2', 'app=a,b in (1,2),!z'] },
    { name: 'a ReplicaSet',                         kind: 'replicasets', said: { spec: { replicas: 3, selector: { matchLabels: { app: 'a' } }, template: { spec: { containers: [{ name: 'c1', image: 'i1' }] } } }, status: { replicas: 2 } }, want: ['x', 3, 2, 0, '5m', 'c1', 'i1', 'app=a'] },
    { name: 'Endpoints, the first three of them',   kind: 'endpoints', said: { subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], ports: [{ port: 1 }, { port: 2 }] }] }, want: ['x', '10.0.0.1:1,[fd00::1]:1,10.0.0.1:2 + 1 more...', '5m'] },
    { name: 'Endpoints without a port',             kind: 'endpoints', said: { subsets: [{ addresses: [{ ip: '10.0.0.1' }] }] },                          want: ['x', '10.0.0.1', '5m'] },
    { name: 'Endpoints that are none',              kind: 'endpoints', said: {},                                                                          want: ['x', '<none>', '5m'] },
    { name: 'an EndpointSlice',                     kind: 'endpointslices', said: slice([{ addresses: ['10.0.0.1', '10.0.0.2'] }, { addresses: ['10.0.0.3', '10.0.0.4'] }], [{ port: 1 }, { name: 'b' }, {}]), want: ['x', 'IPv4', '1,b,*', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...', '5m'] },
    { name: 'an EndpointSlice of nothing',          kind: 'endpointslices', said: slice([], []),                                                        want: ['x', 'IPv4', '<unset>', '<unset>', '5m'] },
    { name: 'a ConfigMap',                          kind: 'configmaps', said: { data: { a: '' }, binaryData: { b: '' } },                                 want: ['x', 2, '5m'] },
    { name: 'a Secret',                             kind: 'secrets',  said: { type: 'Opaque', data: { a: '' } },                                          want: ['x', 'Opaque', 1, '5m'] },
    { name: 'a Namespace',                          kind: 'namespaces', said: { status: { phase: 'Terminating' } },                                       want: ['x', 'Terminating', '5m'] },
    { name: 'a Lease',                              kind: 'leases',   said: { spec: { holderIdentity: 'me' } },                                           want: ['x', 'me', '5m'] },
    { name: 'an Ingress',                           kind: 'ingresses', said: { spec: { ingressClassName: 'q', tls: [{}], rules: ['a', 'b', 'c', 'd'].map((host) => ({ host })) }, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }, want: ['x', 'q', 'a,b,c + 1 more...', '192.0.2.1', '80, 443', '5m'] },
    { name: 'an Ingress for every host',            kind: 'ingresses', said: { spec: { rules: [{}] } },                                                   want: ['x', '<none>', '*', '', '80', '5m'] },
  ];
  for (const { name, kind, said, want } of cases) it(name, () => assert.deepEqual(rowOf(kind, said), want));
});

describe('the row of a Pod shows', () => {
  const containers = [{ name: 'c' }, { name: 'd' }];
  const one = { containers: containers.slice(0, 1) };
  const two = { containers };
  const init = { ...one, initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] };
  const running = { ready: true, state: { running: {} } };
  const done = { state: { terminated: { exitCode: 0, reason: 'Completed' } } };
  const status = (phase: string, containerStatuses: readonly JsonObject[], more: JsonObject = {}) => ({
    phase,
    containerStatuses,
    ...more,
  });
  const starting = (...initContainerStatuses: readonly JsonObject[]) => ({ phase: 'Pending', initContainerStatuses });
  const restarted = (count: number, seconds: number) => ({
    restartCount: count,
    lastState: { terminated: { finishedAt: ago(seconds) } },
  });
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  // READY, STATUS, RESTARTS; checked against kube-apiserver 1.36.3.
  // biome-ignore format: table
  const cases = [
    { name: 'that it waits for a node',             spec: one,  status: { phase: 'Pending' },                                                             want: ['0/1', 'Pending', '0'] },
    { name: 'that it runs',                         spec: one,  status: status('Running', [running]),                                                     want: ['1/1', 'Running', '0'] },
    { name: 'that it is made',                      spec: one,  status: status('Pending', [{ state: { waiting: { reason: 'ContainerCreating' } } }]),     want: ['0/1', 'ContainerCreating', '0'] },
    { name: 'that it fails again and again',        spec: one,  status: status('Running', [{ state: { waiting: { reason: 'CrashLoopBackOff' } }, ...restarted(3, 200) }]), want: ['0/1', 'CrashLoopBackOff', '3 (3m20s ago)'] },
    { name: 'the trouble of the first of two',      spec: two,  status: status('Pending', [{ state: { waiting: { reason: 'ErrImagePull' } } }, { state: { waiting: { reason: 'CrashLoopBackOff' } } }]), want: ['0/2', 'ErrImagePull', '0'] },
    { name: 'that it has ended well',               spec: one,  status: status('Succeeded', [done]),                                                      want: ['0/1', 'Completed', '0'] },
    { name: 'how it has ended badly',               spec: one,  status: status('Failed', [{ state: { terminated: { exitCode: 3 } } }]),                   want: ['0/1', 'ExitCode:3', '0'] },
    { name: 'which signal ended it',                spec: one,  status: status('Failed', [{ state: { terminated: { exitCode: 137, signal: 9 } } }]),      want: ['0/1', 'Signal:9', '0'] },
    { name: 'why it was ended',                     spec: one,  status: { phase: 'Failed', reason: 'Evicted' },                                           want: ['0/1', 'Evicted', '0'] },
    { name: 'that it runs on with one of two',      spec: two,  status: status('Running', [done, { ...running, ...restarted(2, 90_000) }], ready),        want: ['1/2', 'Running', '2 (25h ago)'] },
    { name: 'that one of two is not enough',        spec: two,  status: status('Running', [done, running]),                                               want: ['1/2', 'NotReady', '0'] },
    { name: 'what it waits for first',              spec: init, status: starting({ name: 'i', state: { running: {} } }),                                  want: ['0/2', 'Init:0/2', '0'] },
    { name: 'that its beginning fails',             spec: init, status: starting({ name: 'i', state: { terminated: { exitCode: 2, reason: 'Error' } } }), want: ['0/2', 'Init:Error', '0'] },
    { name: 'that its beginning fails again and again', spec: init, status: starting({ name: 'i', restartCount: 5, state: { waiting: { reason: 'CrashLoopBackOff' } } }), want: ['0/2', 'Init:CrashLoopBackOff', '5'] },
    { name: 'how far it has come',                  spec: init, status: starting({ name: 'i', state: { terminated: { exitCode: 0 } } }, { name: 's', state: { waiting: { reason: 'PodInitializing' } } }), want: ['0/2', 'Init:1/2', '0'] },
    { name: 'its sidecar among those that are ready', spec: init, status: { ...starting({ name: 'i', restartCount: 1, state: { terminated: { exitCode: 0 } } }, { name: 's', ...running, started: true, ...restarted(4, 4000) }), ...status('Running', [running]) }, want: ['2/2', 'Running', '4 (66m ago)'] },
    { name: 'that something holds it back',         spec: one,  status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] }, want: ['0/1', 'SchedulingGated', '0'] },
  ];
  for (const { name, spec, status: said, want } of cases) {
    it(name, () => assert.deepEqual(rowOf('pods', { spec, status: said }).slice(1, 4), want));
  }

  it('that it ends, unless it has ended already', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:01:00Z' };
    const word = (said: JsonObject) => rowOf('pods', { metadata, spec: one, status: said })[2];
    assert.equal(word(status('Running', [running])), 'Terminating');
    assert.equal(word(status('Succeeded', [done])), 'Completed');
    assert.equal(word({ phase: 'Running', reason: 'NodeLost' }), 'Unknown');
  });

  it('where it is, with -o wide', () => {
    const spec = {
      ...one,
      nodeName: 'node-1',
      readinessGates: [{ conditionType: 'a.b/g' }, { conditionType: 'a.b/h' }],
    };
    const said = { phase: 'Running', podIPs: [{ ip: '10.1.1.1' }], conditions: [{ type: 'a.b/g', status: 'True' }] };
    assert.deepEqual(rowOf('pods', { spec, status: said }).slice(5), ['10.1.1.1', 'node-1', '<none>', '1/2']);
    assert.deepEqual(rowOf('pods', { spec: one }).slice(5), ['<none>', '<none>', '<none>', '<none>']);
  });
});
