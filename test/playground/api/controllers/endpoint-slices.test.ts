import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { View } from '../../../../src/playground/api/controllers/controller.js';
import { endpointSlices } from '../../../../src/playground/api/controllers/endpoint-slices.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { ago, inShort, NOW_MS, node, object, ownedBy, pod, service, viewOf } from './objects.js';

const WEB = service('web');
const N1 = node('n1');
const decide = (view: View) => endpointSlices.decide('default/web', view, NOW_MS);
/** The objects of its creates and updates. */
const slicesFrom = (view: View): readonly JsonObject[] =>
  decide(view).writes.flatMap((write) => (write.do === 'create' || write.do === 'update' ? [write.object] : []));
const endpointsFrom = (...objects: readonly ApiObject[]) => slicesFrom(viewOf(N1, ...objects))[0]?.['endpoints'];

/** A slice of `web` as the controller made it. */
const slice = (name: string, endpoints: readonly JsonObject[], rest: JsonObject = {}): ApiObject =>
  object('EndpointSlice', name, {
    metadata: {
      labels: {
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ...ownedBy(WEB),
    },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints,
    ...rest,
  });
const endpoint = (name: string, ip: string, rest: JsonObject = {}): JsonObject => ({
  addresses: [ip],
  conditions: { ready: true, serving: true, terminating: false },
  nodeName: 'n1',
  targetRef: { kind: 'Pod', namespace: 'default', name, uid: `uid-of-${name}` },
  ...rest,
});

describe('the EndpointSlice of a Service', () => {
  it('is made with its labels, its owner and when its endpoints changed', () => {
    const of = service('web', {}, { labels: { team: 'a' } });
    const [made] = slicesFrom(viewOf(of, N1, pod('p')));
    assert.deepEqual(made, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        labels: {
          team: 'a',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': ago(600) },
        generateName: 'web-',
        namespace: 'default',
        ...ownedBy(of),
      },
      addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      endpoints: [endpoint('p', '10.244.0.2')],
    });
  });

  const conditions = [
    { name: 'calls a ready pod ready', of: WEB, on: pod('p'), want: [true, true, false] },
    {
      name: 'lists one that is not, as not ready',
      of: WEB,
      on: pod('p', { ready: false }),
      want: [false, false, false],
    },
    {
      name: 'calls one that ends serving only',
      of: WEB,
      on: pod('p', { metadata: { labels: { app: 'web' }, deletionTimestamp: ago(1) } }),
      want: [false, true, true],
    },
    {
      name: 'publishes one that is not ready',
      of: service('web', { publishNotReadyAddresses: true }),
      on: pod('p', { ready: false }),
      want: [true, false, false],
    },
  ];
  for (const { name, of, on, want } of conditions) {
    it(name, () => {
      const [{ conditions: is }] = endpointsFrom(of, on);
      assert.deepEqual([is.ready, is.serving, is.terminating], want);
    });
  }

  const nobody = [
    { name: 'a pod of another label', on: pod('p', { metadata: { labels: { app: 'db' } } }) },
    { name: 'a pod without address', on: pod('p', { ips: [] }) },
    { name: 'a pod that has ended', on: pod('p', { phase: 'Succeeded' }) },
    { name: 'a pod of a missing node', on: pod('p', { spec: { nodeName: 'n9' } }) },
    { name: 'a pod of another namespace', on: pod('p', { metadata: { labels: { app: 'web' }, namespace: 'other' } }) },
    { name: 'an address of another family', on: pod('p', { ips: ['fd00::2'] }) },
  ];
  for (const { name, on } of nobody) {
    it(`leaves out ${name}, and says that there is nobody`, () => {
      const [made] = slicesFrom(viewOf(WEB, N1, on));
      assert.deepEqual([made?.['endpoints'], made?.['ports']], [null, null]);
    });
  }

  it('publishes even a pod of a missing node when the Service publishes all', () => {
    const of = service('web', { publishNotReadyAddresses: true });
    assert.equal(slicesFrom(viewOf(of, N1, pod('p', { spec: { nodeName: 'n9' } })))[0]?.['endpoints'].length, 1);
  });

  it('has one for each family, with the addresses of that family', () => {
    const of = service('web', { ipFamilies: ['IPv4', 'IPv6'] });
    const made = slicesFrom(viewOf(of, N1, pod('p', { ips: ['10.244.0.2', 'fd00::2'] })));
    assert.deepEqual(
      made.map((each) => [each['addressType'], each['endpoints'][0].addresses]),
      [
        ['IPv4', ['10.244.0.2']],
        ['IPv6', ['fd00::2']],
      ],
    );
  });

  it('keeps pods apart whose port of that name has another number', () => {
    const of = service('web', { ports: [{ name: 'h', port: 80, protocol: 'TCP', targetPort: 'http' }] });
    const containers = [{ name: 'web', ports: [{ name: 'http', containerPort: 9090, protocol: 'TCP' }] }];
    const made = slicesFrom(viewOf(of, N1, pod('p'), pod('q', { spec: { containers }, ips: ['10.244.0.3'] })));
    assert.deepEqual(
      made.map((each) => [each['ports'][0].port, each['endpoints'].length]),
      [
        [8080, 1],
        [9090, 1],
      ],
    );
  });

  it('leaves a port out that the pod does not have', () => {
    const ports = [
      { name: 'a', port: 80, protocol: 'TCP', targetPort: 8080, appProtocol: 'http' },
      { name: 'b', port: 81, protocol: 'UDP', targetPort: 'http' },
    ];
    const [made] = slicesFrom(viewOf(service('web', { ports }), N1, pod('p')));
    assert.deepEqual(made?.['ports'], [{ name: 'a', port: 8080, protocol: 'TCP', appProtocol: 'http' }]);
  });

  it('says that a headless Service is one', () => {
    const [made] = slicesFrom(viewOf(service('web', { clusterIP: 'None' }), N1, pod('p')));
    assert.equal(made?.['metadata'].labels['service.kubernetes.io/headless'], '');
  });

  it('names the zone of the node, and the hostname in a subdomain of that name', () => {
    const n1 = node('n1', { metadata: { labels: { 'topology.kubernetes.io/zone': 'z' } } });
    const [made] = slicesFrom(
      viewOf(WEB, n1, pod('p', { spec: { nodeName: 'n1', hostname: 'h', subdomain: 'web', containers: [] } })),
    );
    assert.deepEqual([made?.['endpoints'][0].zone, made?.['endpoints'][0].hostname], ['z', 'h']);
  });

  it('takes 250 endpoints in slices of at most 100', () => {
    const pods = Array.from({ length: 250 }, (_, n) => pod(`p${n}`, { ips: [`10.244.${n >> 8}.${n & 255}`] }));
    const made = slicesFrom(viewOf(WEB, N1, ...pods));
    assert.deepEqual(
      made.map((each) => each['endpoints'].length),
      [100, 100, 50],
    );
  });
});

describe('EndpointSlices that exist', () => {
  const [p, q] = [pod('p'), pod('q', { ips: ['10.244.0.3'] })];
  const [inP, inQ] = [endpoint('p', '10.244.0.2'), endpoint('q', '10.244.0.3')];
  const empty = slice('a', [], { endpoints: null, ports: null });
  const cases = [
    { name: 'are left alone when they are right', objects: [p, slice('a', [inP])], want: [] },
    { name: 'are left alone in whatever order they are', objects: [p, q, slice('a', [inQ, inP])], want: [] },
    { name: 'are left alone when they say that nobody is there', objects: [empty], want: [] },
    {
      name: 'take new endpoints up',
      objects: [p, q, slice('a', [inP])],
      want: ['update endpointslices.discovery.k8s.io a'],
    },
    {
      name: 'take the first endpoint of a Service up',
      objects: [p, empty],
      want: ['update endpointslices.discovery.k8s.io a'],
    },
    {
      name: 'lose endpoints that are gone',
      objects: [q, slice('a', [inP, inQ])],
      want: ['update endpointslices.discovery.k8s.io a'],
    },
    { name: 'stay where they are, each', objects: [p, q, slice('a', [inP]), slice('b', [inQ])], want: [] },
    {
      name: 'go when they would be empty beside others',
      objects: [p, slice('a', [inP]), slice('b', [inQ])],
      want: ['delete endpointslices.discovery.k8s.io b'],
    },
    {
      name: 'go when their family is gone',
      objects: [p, slice('a', [inP]), slice('b', [], { addressType: 'IPv6' })],
      want: ['delete endpointslices.discovery.k8s.io b'],
    },
    {
      name: 'are left alone when somebody else manages them',
      objects: [
        p,
        slice('a', [inP]),
        slice('b', [inQ], { metadata: { ...ownedBy(WEB), labels: { 'kubernetes.io/service-name': 'web' } } }),
      ],
      want: [],
    },
  ];
  for (const { name, objects, want } of cases) {
    it(name, () => assert.deepEqual(inShort(decide(viewOf(WEB, N1, ...objects))), want));
  }

  it('take a new endpoint up where something changes anyway', () => {
    const r = pod('r', { ips: ['10.244.0.4'] });
    const [inGone, inR] = [endpoint('gone', '10.244.0.9'), endpoint('r', '10.244.0.4')];
    const view = viewOf(WEB, N1, p, q, r, slice('a', [inP]), slice('b', [inR, inGone]));
    assert.deepEqual(inShort(decide(view)), ['update endpointslices.discovery.k8s.io b']);
  });

  it('are written again when the labels of the Service change', () => {
    const of = service('web', {}, { labels: { team: 'b' } });
    assert.deepEqual(inShort(decide(viewOf(of, N1, p, slice('a', [inP])))), [
      'update endpointslices.discovery.k8s.io a',
    ]);
  });

  it('say since when they say something else, but not when pods went', () => {
    const time = (...objects: readonly ApiObject[]) =>
      slicesFrom(viewOf(WEB, N1, ...objects))[0]?.['metadata'].annotations[
        'endpoints.kubernetes.io/last-change-trigger-time'
      ];
    const late = pod('q', { ips: ['10.244.0.3'], readySince: ago(5) });
    assert.equal(time(p, late, slice('a', [inP])), ago(5));
    assert.equal(time(p, slice('a', [inP, inQ])), undefined);
  });

  it('are nothing to a Service without selector, of type ExternalName, or gone', () => {
    for (const of of [service('web', { selector: undefined }), service('web', { type: 'ExternalName' }), N1]) {
      assert.deepEqual(decide(viewOf(of, p)).writes, []);
    }
  });
});
