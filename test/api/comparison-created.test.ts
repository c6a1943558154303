/**
 * Objects of each kind as both servers answer them, held against each other whole: every default, every managed field.
 * What a user sees of it is said in the row; that nothing else differs is the point.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
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
