/**
 * Whole answers of both servers to one request, held against each other: every default, every managed field, every cause.
 * What a user sees of it is said in the row; that nothing else differs is the point.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { APPLY_PATCH, type Json, MERGE_PATCH, STRATEGIC_PATCH, TABLE } from './support/http.js';
import { normalised } from './support/normalise.js';
import { configMap, deployment, loadBalancer, pod, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { sameOnBoth, type World } from './support/world.js';

const RICH_POD = {
  nodeName: NODE,
  restartPolicy: 'OnFailure',
  // The lab's control plane gives it to every pod that asks for resources; not every cluster does.
  tolerations: [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }],
  initContainers: [{ name: 'init', image: 'init:latest' }],
  containers: [
    {
      name: 'web',
      image: 'web',
      command: ['serve'],
      ports: [{ containerPort: 8080, protocol: 'TCP' }],
      env: [
        { name: 'A', value: '1' },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'C', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
      ],
      resources: { requests: { cpu: '0.1', memory: '64Mi' }, limits: { memory: '128Mi' } },
      readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 5 },
      livenessProbe: { tcpSocket: { port: 'web' } },
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    },
  ],
  volumes: [
    { name: 'v', emptyDir: {} },
    { name: 'c', configMap: { name: 'c' } },
    { name: 's', secret: { secretName: 's' } },
  ],
};
const INGRESS = {
  rules: [
    {
      host: 'a.example',
      http: {
        paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'http' } } } }],
      },
    },
  ],
};
const LEASE = { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-02T03:04:05.678901Z' };
const SLICE = {
  metadata: { name: 'one' },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.9.1'] }],
};
const EVENT = (world: World) => ({
  metadata: { name: 'one.1' },
  involvedObject: { kind: 'Service', namespace: world.namespace, name: 'one' },
  firstTimestamp: '2026-01-02T03:04:05Z',
  lastTimestamp: '2026-01-02T03:04:05Z',
  eventTime: '2026-01-02T03:04:05.678901Z',
  reportingComponent: 'cairn.dev/controller',
  reportingInstance: 'one',
  action: 'Try',
  reason: 'Tried',
  type: 'Normal',
});

describe('created, and every field of the answer alike:', () => {
  const rows: readonly {
    readonly name: string;
    readonly plural: string;
    readonly object: Json | ((world: World) => Json);
    readonly check: (object: Json) => void;
  }[] = [
    {
      name: 'a Service',
      plural: 'services',
      object: service('one', { selector: { app: 'x' } }, { labels: { a: 'b' }, annotations: { c: 'd' } }),
      check: ({ spec }) => assert.equal(spec.type, 'ClusterIP'),
    },
    {
      name: 'a LoadBalancer Service with the policy Local',
      plural: 'services',
      object: loadBalancer('one', { externalTrafficPolicy: 'Local', ipFamilyPolicy: 'PreferDualStack' }),
      check: ({ spec }) => assert.equal(spec.healthCheckNodePort, '<node port>'),
    },
    {
      name: 'a ConfigMap with bytes',
      plural: 'configmaps',
      object: { ...configMap('one'), binaryData: { b: 'AQID' }, immutable: true },
      check: ({ immutable }) => assert.equal(immutable, true),
    },
    {
      name: 'a Secret from text',
      plural: 'secrets',
      object: { metadata: { name: 'one' }, stringData: { a: '1' } },
      check: ({ data, type }) => assert.deepEqual([data, type], [{ a: 'MQ==' }, 'Opaque']),
    },
    {
      name: 'a small pod',
      plural: 'pods',
      object: pod('one', { nodeName: NODE }),
      check: ({ spec }) => assert.equal(spec.tolerations.length, 2),
    },
    {
      name: 'a pod with probes, volumes and resources',
      plural: 'pods',
      object: pod('one', RICH_POD),
      check: ({ status }) => assert.equal(status.qosClass, 'Burstable'),
    },
    {
      name: 'a Deployment',
      plural: 'deployments',
      object: deployment('one', { replicas: 0 }),
      check: ({ metadata }) => assert.equal(metadata.generation, 1),
    },
    {
      name: 'an Ingress',
      plural: 'ingresses',
      object: { metadata: { name: 'one' }, spec: INGRESS },
      check: ({ metadata }) => assert.equal(metadata.generation, 1),
    },
    {
      name: 'an EndpointSlice',
      plural: 'endpointslices',
      object: SLICE,
      check: ({ ports }) => assert.deepEqual(ports, [{ name: '', port: 80, protocol: 'TCP' }]),
    },
    {
      name: 'Endpoints',
      plural: 'endpoints',
      object: { metadata: { name: 'one' }, subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }] },
      check: ({ subsets }) => assert.equal(subsets[0].ports[0].protocol, 'TCP'),
    },
    {
      name: 'a Lease',
      plural: 'leases',
      object: { metadata: { name: 'one' }, spec: LEASE },
      check: ({ spec }) => assert.equal(spec.leaseDurationSeconds, 15),
    },
    {
      name: 'an event',
      plural: 'events',
      object: EVENT,
      check: ({ source, count }) => assert.deepEqual([source, count], [{}, undefined]),
    },
  ];
  for (const { name, plural, object, check } of rows) {
    sameOnBoth(
      name,
      async (world) => {
        const created = await world.create(plural, typeof object === 'function' ? object(world) : object);
        return normalised(world, created);
      },
      check,
    );
  }
});

describe('refused, and every word of the answer alike:', () => {
  const rows: readonly (readonly [name: string, plural: string, object: Json, want: RegExp])[] = [
    ['a ConfigMap with a bad key', 'configmaps', configMap('one', { 'a b': '1' }), /data\[a b\]/],
    [
      'a ConfigMap with one key twice',
      'configmaps',
      { ...configMap('one'), binaryData: { a: 'AQID' } },
      /duplicate of key present in binaryData/,
    ],
    [
      'a Secret of TLS without its parts',
      'secrets',
      { metadata: { name: 'one' }, type: 'kubernetes.io/tls' },
      /data\[tls\.crt\]/,
    ],
    ['a pod without containers', 'pods', { metadata: { name: 'one' }, spec: {} }, /spec\.containers: Required value/],
    [
      'a pod with two containers of one name',
      'pods',
      pod('one', {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'a', image: 'x' },
        ],
      }),
      /Duplicate value: "a"/,
    ],
    [
      'a pod without an image',
      'pods',
      pod('one', { containers: [{ name: 'a' }] }),
      /spec\.containers\[0\]\.image: Required value/,
    ],
    [
      'a pod with a port out of range',
      'pods',
      pod('one', { containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 70000 }] }] }),
      /containerPort/,
    ],
    [
      'a pod with an unknown restart policy',
      'pods',
      pod('one', { restartPolicy: 'Sometimes' }),
      /restartPolicy: Unsupported value/,
    ],
    ['a Deployment with a negative count', 'deployments', deployment('one', { replicas: -1 }), /spec\.replicas/],
    [
      'a Deployment without a selector',
      'deployments',
      deployment('one', { selector: undefined }),
      /spec\.selector: Required value/,
    ],
    [
      'a Deployment that may neither surge nor lack',
      'deployments',
      deployment('one', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      /may not be 0 when `maxSurge` is 0/,
    ],
    [
      'an Ingress without rules',
      'ingresses',
      { metadata: { name: 'one' }, spec: {} },
      /either `defaultBackend` or `rules` must be specified/,
    ],
    [
      'an Ingress with a relative path',
      'ingresses',
      {
        metadata: { name: 'one' },
        spec: {
          rules: [
            {
              http: {
                paths: [{ path: 'x', pathType: 'Prefix', backend: { service: { name: 'a', port: { number: 80 } } } }],
              },
            },
          ],
        },
      },
      /must be an absolute path/,
    ],
    ['an EndpointSlice of no type', 'endpointslices', { ...SLICE, addressType: '' }, /addressType: Required value/],
    [
      'an EndpointSlice with a bad address',
      'endpointslices',
      { ...SLICE, endpoints: [{ addresses: ['banana'] }] },
      /endpoints\[0\]\.addresses\[0\]/,
    ],
    [
      'Endpoints with a loopback address',
      'endpoints',
      { metadata: { name: 'one' }, subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 80 }] }] },
      /may not be in the loopback range/,
    ],
    [
      'a Lease of no length',
      'leases',
      { metadata: { name: 'one' }, spec: { leaseDurationSeconds: 0 } },
      /must be greater than 0/,
    ],
    ['a name that is no name', 'configmaps', configMap('Bad_Name'), /metadata\.name: Invalid value/],
    [
      'labels that are none',
      'configmaps',
      configMap('one', {}, { labels: { 'a b': 'c', d: 'e f' } }),
      /metadata\.labels/,
    ],
    [
      'annotations without end',
      'configmaps',
      configMap('one', {}, { annotations: { a: 'x'.repeat(262_145) } }),
      /metadata\.annotations: Too long/,
    ],
    [
      'a finalizer that is no name',
      'configmaps',
      configMap('one', {}, { finalizers: ['nope'] }),
      /metadata\.finalizers/,
    ],
    [
      'an owner without name and uid',
      'configmaps',
      configMap('one', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: '', uid: '' }] }),
      /ownerReferences/,
    ],
    [
      'two controllers',
      'configmaps',
      configMap(
        'one',
        {},
        {
          ownerReferences: ['a', 'b'].map((name) => ({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            name,
            uid: name,
            controller: true,
          })),
        },
      ),
      /Only one reference can have Controller set to true/,
    ],
    ['a number where text belongs', 'configmaps', configMap('one', { a: 1 }), /cannot unmarshal number/],
    ['a text where a list belongs', 'services', service('one', { ports: 'x' }), /cannot unmarshal string/],
  ];
  for (const [name, plural, object, want] of rows) {
    sameOnBoth(
      name,
      async (world) => {
        const { code, body } = await world.http.post(world.path(plural), object);
        return normalised(world, { code, body });
      },
      ({ code, body }) => {
        assert.ok(code >= 400, JSON.stringify(body));
        assert.match(body.message, want);
      },
    );
  }
});

describe('changed, and every field of the answer alike:', () => {
  sameOnBoth(
    'what several managers own',
    async (world) => {
      await world.create('services', loadBalancer('web', { ports: [{ name: 'a', port: 80 }] }));
      const path = world.path('services', 'web');
      const by = (fieldManager: string) => ({ fieldManager });
      await world.ok(world.http.patch(path, { metadata: { labels: { x: 'y' } } }, MERGE_PATCH, by('alice')));
      await world.ok(
        world.http.patch(path, { spec: { ports: [{ name: 'b', port: 81 }] } }, STRATEGIC_PATCH, by('bob')),
      );
      const applied = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', annotations: { a: 'b' } },
        spec: { sessionAffinity: 'ClientIP' },
      };
      await world.ok(world.http.patch(path, applied, APPLY_PATCH, { ...by('carol'), force: 'true' }));
      const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
      return normalised(world, await world.ok(world.http.patch(`${path}/status`, { status }, MERGE_PATCH, by('dave'))));
    },
    ({ metadata }) =>
      assert.deepEqual(metadata.managedFields.map((entry: Json) => entry.manager).sort(), [
        'alice',
        'bob',
        'carol',
        'conformance',
        'dave',
      ]),
  );

  sameOnBoth(
    'a Deployment with another image',
    async (world) => {
      await world.create('deployments', deployment('web', { replicas: 0, paused: true }));
      const spec = { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } };
      const after = await world.ok(world.http.patch(world.path('deployments', 'web'), { spec }, STRATEGIC_PATCH));
      return normalised(world, after.spec);
    },
    ({ template }) => assert.equal(template.spec.containers[0].image, 'web:2'),
  );

  const immutable: readonly (readonly [name: string, plural: string, object: Json, patch: Json, want: RegExp])[] = [
    [
      'an immutable ConfigMap',
      'configmaps',
      { ...configMap('one'), immutable: true },
      { data: { a: '2' } },
      /field is immutable when `immutable` is set/,
    ],
    [
      'the containers of a pod',
      'pods',
      pod('one', { nodeName: NODE }),
      { spec: { hostNetwork: true } },
      /pod updates may not change fields other than/,
    ],
    [
      'the type of a Secret',
      'secrets',
      { metadata: { name: 'one' } },
      { type: 'other.example/type' },
      /type: Invalid value/,
    ],
    ['the family of an EndpointSlice', 'endpointslices', SLICE, { addressType: 'IPv6' }, /addressType/],
  ];
  for (const [name, plural, object, patch, want] of immutable) {
    sameOnBoth(
      `${name}: refused`,
      async (world) => {
        await world.create(plural, object);
        const { code, body } = await world.http.patch(world.path(plural, 'one'), patch, MERGE_PATCH);
        return normalised(world, { code, message: body.message?.slice(0, 200), reason: body.reason });
      },
      ({ message }) => assert.match(message, want),
    );
  }
});

describe('tables, and every column alike:', () => {
  for (const plural of [
    'services',
    'pods',
    'configmaps',
    'secrets',
    'deployments',
    'replicasets',
    'ingresses',
    'endpoints',
    'endpointslices',
    'events',
    'leases',
  ]) {
    sameOnBoth(
      plural,
      async (world) => {
        const { body } = await world.http.send('GET', world.path(plural), { accept: TABLE });
        return body.columnDefinitions.map(({ description: _, ...column }: Json) => column);
      },
      (columns) => assert.ok(columns.some(({ format }: Json) => format === 'name') || plural === 'events'),
    );
  }

  sameOnBoth(
    'nodes and namespaces',
    async (world) => {
      const tables = await Promise.all(
        ['/api/v1/nodes', '/api/v1/namespaces'].map((path) => world.http.send('GET', path, { accept: TABLE })),
      );
      return tables.map(({ body }) => body.columnDefinitions.map(({ description: _, ...column }: Json) => column));
    },
    ([nodes]) => assert.equal(nodes[2].name, 'Roles'),
  );
});
