/**
 * `kubectl describe` of what a user of Cairn looks at.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { MERGE_PATCH } from './support/http.js';
import { configMap, deployment, loadBalancer, node, pod, reportRunning, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { fieldsOf } from './support/tables.js';
import { onEachServer, type World } from './support/world.js';

const event = (world: World, kind: string, name: string, uid: string) =>
  world.create('events', {
    metadata: { name: `${name}.1` },
    involvedObject: { apiVersion: 'v1', kind, namespace: world.namespace, name, uid },
    type: 'Normal',
    reason: 'AddressAssigned',
    message: '192.0.2.240 from pool "blue"',
    source: { component: 'cairn' },
    firstTimestamp: new Date().toISOString().replace(/\.\d+Z/, 'Z'),
    lastTimestamp: new Date().toISOString().replace(/\.\d+Z/, 'Z'),
    count: 1,
  });

describe('kubectl describe', () => {
  onEachServer('a Service with its address, endpoints and events', async (world) => {
    const clusterIP = '10.0.0.59';
    const ports = [{ name: 'web', port: 80, targetPort: 'http', nodePort: 30011 }];
    const { metadata } = await world.create(
      'services',
      loadBalancer(
        'web',
        { clusterIP, ports, selector: { app: 'web' } },
        { labels: { tier: 'front' }, annotations: { 'cairn.dev/pool': 'blue' } },
      ),
    );
    await world.create('pods', pod('one', { nodeName: NODE }, { labels: { app: 'web' } }));
    await reportRunning(world, 'one', '10.244.9.1');
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.240' }] } };
    await world.ok(world.http.patch(world.path('services', 'web', 'status'), { status }, MERGE_PATCH));
    await event(world, 'Service', 'web', metadata.uid);
    const told = await world.waitFor('its endpoint', async () => {
      const text = await world.kubectl('describe', 'svc', 'web');
      return text.includes('10.244.9.1') ? text : undefined;
    });
    const [fields, events] = told.split('Events:');
    assert.equal(
      fields,
      `Name:                     web
Namespace:                ${world.namespace}
Labels:                   tier=front
Annotations:              cairn.dev/pool: blue
Selector:                 app=web
Type:                     LoadBalancer
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       10.0.0.59
IPs:                      10.0.0.59
LoadBalancer Ingress:     192.0.2.240 (VIP)
Port:                     web  80/TCP
TargetPort:               http/TCP
NodePort:                 web  30011/TCP
Endpoints:                10.244.9.1:8080
Session Affinity:         None
External Traffic Policy:  Cluster
Internal Traffic Policy:  Cluster
`,
    );
    assert.match(events ?? '', /Normal +AddressAssigned +\S+ +cairn +192\.0\.2\.240 from pool "blue"\n/);
    await world.ok(world.http.delete(world.path('services', 'web')));
  });

  onEachServer('a Service without any of that', async (world) => {
    await world.create('services', service('web', { clusterIP: 'None' }));
    const fields = fieldsOf(await world.kubectl('describe', 'svc', 'web'));
    assert.deepEqual(
      [fields['Selector'], fields['IP'], fields['Events'], fields['Labels']],
      ['<none>', 'None', '<none>', '<none>'],
    );
  });

  onEachServer('a pod that runs', async (world) => {
    await world.create('pods', pod('one', { nodeName: NODE }));
    await reportRunning(world, 'one', '10.244.9.1');
    const told = await world.kubectl('describe', 'pod', 'one');
    const fields = fieldsOf(told);
    assert.deepEqual(
      [fields['Node'], fields['Status'], fields['IP'], fields['QoS Class']],
      [`${NODE}/192.0.2.11`, 'Running', '10.244.9.1', 'BestEffort'],
    );
    assert.match(
      told,
      /^ {2}web:\n(.*\n)* {4}Image: +web:1\n(.*\n)* {4}State: +Running\n(.*\n)* {4}Ready: +True\n {4}Restart Count: +0$/m,
    );
    assert.match(
      told,
      /^Tolerations: +node\.kubernetes\.io\/not-ready:NoExecute op=Exists for 300s\n +node\.kubernetes\.io\/unreachable:NoExecute op=Exists for 300s$/m,
    );
  });

  onEachServer('a node with what it has and what it runs', async (world) => {
    const name = world.unique('node');
    await world.ok(
      world.http.post('/api/v1/nodes', {
        ...node(name),
        spec: {
          podCIDR: '10.244.99.0/24',
          podCIDRs: ['10.244.99.0/24'],
          taints: [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }],
        },
      }),
    );
    const status = {
      addresses: [
        { type: 'InternalIP', address: '192.0.2.11' },
        { type: 'Hostname', address: name },
      ],
      capacity: { cpu: '2', memory: '4Gi', pods: '110' },
      allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'lab' }],
    };
    await world.ok(world.http.patch(`/api/v1/nodes/${name}/status`, { status }, MERGE_PATCH));
    await world.create('pods', pod('one', { nodeName: name }));
    const told = await world.kubectl('describe', 'node', name);
    const fields = fieldsOf(told);
    assert.deepEqual([fields['Name'], fields['PodCIDR'], fields['Unschedulable']], [name, '10.244.99.0/24', 'false']);
    assert.match(told, /dedicated=x:NoSchedule/);
    assert.match(told, /^ {2}InternalIP: {2}192\.0\.2\.11$/m);
    assert.match(told, /^ {2}Ready +True .* KubeletReady +lab$/m);
    assert.match(told, /^Non-terminated Pods: +\(1 in total\)$/m);
    assert.match(told, new RegExp(`^  ${world.namespace} +one `, 'm'));
    await world.ok(world.http.delete(world.path('pods', 'one'), { gracePeriodSeconds: 0 }));
    await world.ok(world.http.delete(`/api/v1/nodes/${name}`));
  });

  onEachServer('a Deployment with its ReplicaSet and events', async (world) => {
    await world.create('deployments', deployment('web'));
    const told = await world.waitFor('two pods, and the event', async () => {
      const text = await world.kubectl('describe', 'deploy', 'web');
      return text.includes('(2/2 replicas created)') && text.includes('ScalingReplicaSet') ? text : undefined;
    });
    const fields = fieldsOf(told);
    assert.equal(fields['Replicas'], '2 desired | 2 updated | 2 total | 0 available | 2 unavailable');
    assert.equal(fields['StrategyType'], 'RollingUpdate');
    assert.equal(fields['RollingUpdateStrategy'], '25% max unavailable, 25% max surge');
    assert.match(fields['NewReplicaSet'] ?? '', /^web-[0-9a-z]+ \(2\/2 replicas created\)$/);
    assert.match(told, /^ {2}Available +False +MinimumReplicasUnavailable$/m);
    assert.match(
      told,
      /ScalingReplicaSet +\S+ +deployment-controller +Scaled up replica set web-[0-9a-z]+ from 0 to 2$/m,
    );
  });

  onEachServer('a ConfigMap with its text', async (world) => {
    await world.create('configmaps', configMap('one', { config: 'pools:\n  - name: blue\n' }));
    assert.equal(
      await world.kubectl('describe', 'cm', 'one'),
      `Name:         one
Namespace:    ${world.namespace}
Labels:       <none>
Annotations:  <none>

Data
====
config:
----
pools:
  - name: blue



BinaryData
====

Events:  <none>
`,
    );
  });

  onEachServer('an EndpointSlice, a namespace, a Secret and an Ingress', async (world) => {
    await Promise.all([
      world.create('endpointslices', {
        metadata: { name: 'slice' },
        addressType: 'IPv4',
        ports: [{ name: 'web', port: 80 }],
        endpoints: [{ addresses: ['10.244.9.1'], conditions: { ready: true } }],
      }),
      world.create('secrets', { metadata: { name: 'sec' }, stringData: { key: '12345' } }),
      world.create('ingresses', {
        metadata: { name: 'ing' },
        spec: { defaultBackend: { service: { name: 'none', port: { number: 80 } } } },
      }),
    ]);
    const [slice, namespace, secret, ingress] = await Promise.all([
      world.kubectl('describe', 'endpointslice', 'slice'),
      world.kubectl('describe', 'ns', world.namespace),
      world.kubectl('describe', 'secret', 'sec'),
      world.kubectl('describe', 'ing', 'ing'),
    ]);
    assert.match(
      slice,
      /^AddressType: +IPv4\nPorts:\n {2}Name +Port +Protocol\n.*\n {2}web +80 +TCP\nEndpoints:\n {2}- Addresses: +10\.244\.9\.1\n {4}Conditions:\n {6}Ready: +true$/m,
    );
    assert.equal(fieldsOf(namespace)['Status'], 'Active');
    assert.match(secret, /^Type: +Opaque\n\nData\n====\nkey: +5 bytes$/m);
    assert.match(ingress, /^Default backend: +none:80 \(<error: services "none" not found>\)$/m);
  });

  onEachServer('what is not there is NotFound', async (world) => {
    assert.equal(
      await world.kubectlFails(['describe', 'svc', 'none']),
      'Error from server (NotFound): services "none" not found',
    );
  });
});
