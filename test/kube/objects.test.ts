import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  CONFIG_MAPS,
  ENDPOINT_SLICES,
  NAMESPACES,
  NODES,
  readConfigMap,
  readEndpointSlice,
  readMeta,
  readNode,
  readService,
  SERVICES,
} from '../../src/kube/objects.js';
import { serviceKey } from '../../src/values/names.js';
import { node } from '../support/values.js';

const META = {
  namespace: 'shop',
  name: 'web',
  uid: 'u',
  resourceVersion: '7',
  creationTimestamp: '2026-07-01T12:00:00Z',
};
const readMetaOf = (more: object) => readMeta({ metadata: { ...META, ...more } });
const readServiceOf = (spec: object, status: object = {}) => readService({ metadata: META, spec, status });
const readEndpointOf = (endpoint: object) => readEndpointSlice({ metadata: META, endpoints: [endpoint] }).endpoints[0];

describe('Resource', () => {
  // biome-ignore format: table
  const paths = [
    { name: 'finds all Services',             got: SERVICES.path(),                  want: '/api/v1/services' },
    { name: 'finds a namespace’s ConfigMaps', got: CONFIG_MAPS.path('cairn-system'), want: '/api/v1/namespaces/cairn-system/configmaps' },
    { name: 'finds Nodes',                    got: NODES.path(),                     want: '/api/v1/nodes' },
    { name: 'finds Namespaces',               got: NAMESPACES.path(),                want: '/api/v1/namespaces' },
    { name: 'finds slices in their group',    got: ENDPOINT_SLICES.path(),           want: '/apis/discovery.k8s.io/v1/endpointslices' },
  ];
  for (const { name, got, want } of paths) it(name, () => assert.equal(got, want));
});

describe('readMeta', () => {
  it('reads what everybody asks about', () => {
    assert.deepEqual(readMetaOf({ labels: { a: '1' }, annotations: { 'cairn.dev/b': '2' } }), {
      namespace: 'shop',
      name: 'web',
      uid: 'u',
      resourceVersion: '7',
      createdAt: '2026-07-01T12:00:00Z',
      deleting: false,
      labels: { a: '1' },
      annotations: { 'cairn.dev/b': '2' },
    });
  });

  it('knows an object that is being deleted', () => {
    assert.equal(readMetaOf({ deletionTimestamp: '2026-07-01T12:00:01Z' }).deleting, true);
    assert.equal(readMetaOf({ deletionTimestamp: null }).deleting, false);
  });

  it('keeps wishes and marks, Cairn’s and MetalLB’s, and no other annotation', () => {
    const read = {
      'cairn.dev/address-pool': 'a',
      'cairn.dev/served-by': 'cairn-system 192.0.2.1',
      'metallb.io/allow-shared-ip': 'b',
      'metallb.io/ip-allocated-from-pool': 'c',
      'metallb.universe.tf/loadBalancerIPs': '192.0.2.1',
    };
    const others = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'cairn.dev': 'x',
      'not-cairn.dev/address-pool': 'x',
      'argocd.argoproj.io/tracking-id': 'x'.repeat(10_000),
    };
    assert.deepEqual(readMetaOf({ annotations: { ...others, ...read } }).annotations, read);
  });

  it('takes a label named __proto__ for a label', () => {
    const { labels } = readMetaOf({ labels: JSON.parse('{"__proto__":"x","constructor":"y"}') });
    assert.deepEqual(Object.keys(labels), ['__proto__', 'constructor']);
  });
});

describe('readService', () => {
  it('reads a Service with an address', () => {
    const service = readService({
      metadata: { ...META, generation: 3 },
      spec: {
        type: 'LoadBalancer',
        loadBalancerClass: 'cairn.dev/lb',
        loadBalancerIP: '192.0.2.240',
        ipFamilies: ['IPv6', 'IPv4'],
        ipFamilyPolicy: 'PreferDualStack',
        externalTrafficPolicy: 'Local',
        sessionAffinity: 'ClientIP',
        loadBalancerSourceRanges: ['198.51.100.0/24'],
        ports: [{ name: 'dns', protocol: 'UDP', port: 53, targetPort: 5353, nodePort: 30053 }],
        selector: { app: 'web' },
      },
      status: {
        loadBalancer: { ingress: [{ ip: '192.0.2.240', ipMode: 'VIP' }, { hostname: 'lb.example' }] },
        conditions: [
          { type: 'T', status: 'True', reason: 'R', message: 'm', observedGeneration: 3, lastTransitionTime: 't' },
        ],
      },
    });
    const { meta, ...rest } = service;
    assert.equal(meta.name, 'web');
    assert.deepEqual(rest, {
      key: serviceKey('shop', 'web'),
      generation: 3,
      type: 'LoadBalancer',
      loadBalancerClass: 'cairn.dev/lb',
      loadBalancerIP: '192.0.2.240',
      ipFamilies: ['IPv6', 'IPv4'],
      ipFamilyPolicy: 'PreferDualStack',
      externalTrafficPolicy: 'Local',
      sessionAffinity: 'ClientIP',
      loadBalancerSourceRanges: ['198.51.100.0/24'],
      ports: [{ name: 'dns', protocol: 'UDP', port: 53, nodePort: 30053 }],
      selector: { app: 'web' },
      ingress: [
        { ip: '192.0.2.240', hostname: '', ipMode: 'VIP' },
        { ip: '', hostname: 'lb.example', ipMode: '' },
      ],
      conditions: [
        { type: 'T', status: 'True', reason: 'R', message: 'm', observedGeneration: 3, lastTransitionTime: 't' },
      ],
    });
  });

  it('fills in the API’s defaults', () => {
    const service = readServiceOf({ ports: [{ port: 80 }] });
    assert.equal(service.type, 'ClusterIP');
    assert.equal(service.loadBalancerClass, undefined);
    assert.equal(service.ipFamilyPolicy, 'SingleStack');
    assert.equal(service.externalTrafficPolicy, 'Cluster');
    assert.deepEqual(service.ports, [{ name: '', protocol: 'TCP', port: 80, nodePort: 0 }]);
  });
});

describe('readNode', () => {
  it('reads what decides about announcing', () => {
    const read = readNode({
      metadata: { name: 'worker-1' },
      spec: { unschedulable: true, taints: [{ key: 'k', effect: 'NoExecute' }], podCIDRs: ['10.244.1.0/24'] },
      status: {
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'NetworkUnavailable', status: 'odd' },
        ],
        addresses: [
          { type: 'Hostname', address: 'worker-1' },
          { type: 'InternalIP', address: '192.0.2.11' },
        ],
      },
    });
    assert.equal(read.name, 'worker-1');
    assert.equal(read.unschedulable, true);
    assert.deepEqual(read.taints, [{ key: 'k', value: '', effect: 'NoExecute' }]);
    assert.deepEqual(read.conditions, { Ready: 'True', NetworkUnavailable: 'Unknown' });
    assert.deepEqual(read.addresses, ['192.0.2.11']);
    assert.deepEqual(read.podCIDRs, ['10.244.1.0/24']);
  });
});

describe('readEndpointSlice', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'takes an endpoint that says nothing for ready', endpoint: { nodeName: 'a' },                                                      want: { addresses: [], nodeName: node('a'), ready: true,  serving: true,  terminating: false } },
    { name: 'reads one that is not ready',                   endpoint: { conditions: { ready: false } },                                       want: { addresses: [], nodeName: undefined, ready: false, serving: false, terminating: false } },
    { name: 'reads one that ends and still serves',          endpoint: { conditions: { ready: false, serving: true, terminating: true } },     want: { addresses: [], nodeName: undefined, ready: false, serving: true,  terminating: true } },
    { name: 'reads one that nobody knows about yet',         endpoint: { conditions: { ready: null, serving: null, terminating: null } },      want: { addresses: [], nodeName: undefined, ready: true,  serving: true,  terminating: false } },
  ];
  for (const { name, endpoint, want } of cases) it(name, () => assert.deepEqual(readEndpointOf(endpoint), want));

  it('reads where traffic for the Service’s ports goes', () => {
    const read = readEndpointSlice({
      metadata: META,
      addressType: 'IPv6',
      ports: [{ name: 'dns', protocol: 'UDP', port: 5353 }, { port: null }],
      endpoints: [{ addresses: ['2001:db8::1'] }],
    });
    assert.equal(read.addressType, 'IPv6');
    assert.deepEqual(read.ports, [
      { name: 'dns', protocol: 'UDP', port: 5353 },
      { name: '', protocol: 'TCP', port: 0 },
    ]);
    assert.deepEqual(read.endpoints[0]?.addresses, ['2001:db8::1']);
  });

  it('knows its Service by the label', () => {
    const labels = { 'kubernetes.io/service-name': 'web' };
    assert.equal(readEndpointSlice({ metadata: { ...META, labels } }).service, serviceKey('shop', 'web'));
    assert.equal(readEndpointSlice({ metadata: META }).service, undefined);
  });
});

describe('readConfigMap', () => {
  it('reads its texts alone', () => {
    assert.deepEqual(readConfigMap({ metadata: META, data: { config: 'x', odd: 5 } }).data, { config: 'x' });
  });
});

describe('every reader', () => {
  const anything = fc.jsonValue({ maxDepth: 6 });
  const lookingRight = fc.record({
    metadata: anything,
    spec: anything,
    status: anything,
    data: anything,
    endpoints: anything,
  });
  const oneLevelDeeper = fc.record({
    metadata: fc.record({ name: anything, labels: anything, annotations: anything, deletionTimestamp: anything }),
    spec: fc.record({
      ports: fc.array(anything),
      taints: fc.array(anything),
      ipFamilies: anything,
      selector: anything,
    }),
    status: fc.record({
      loadBalancer: fc.record({ ingress: fc.array(anything) }),
      conditions: fc.array(anything),
      addresses: fc.array(anything),
    }),
    endpoints: fc.array(anything),
  });

  it('never throws, whatever JSON it is given', () => {
    const resources = [SERVICES, NODES, NAMESPACES, CONFIG_MAPS, ENDPOINT_SLICES];
    fc.assert(
      fc.property(fc.oneof(anything, lookingRight, oneLevelDeeper), (raw) => {
        for (const { read } of resources) read(raw);
        return true;
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});
