import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { endpoints } from '../../../../src/playground/api/controllers/endpoints.js';
import { mirroring } from '../../../../src/playground/api/controllers/mirroring.js';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { ago, inShort, NOW_MS, object, ownedBy, pod, service, viewOf } from './objects.js';

const WEB = service('web');
const decide = (...objects: readonly ApiObject[]) => endpoints.decide('default/web', viewOf(...objects), NOW_MS);
const written = (...objects: readonly ApiObject[]): JsonObject | undefined => {
  const [write] = decide(...objects).writes;
  return write?.do === 'create' || write?.do === 'update' ? write.object : undefined;
};
const address = (name: string, ip: string) => ({
  ip,
  nodeName: 'n1',
  targetRef: { kind: 'Pod', namespace: 'default', name, uid: `uid-of-${name}` },
});
const PORTS = [{ port: 8080, protocol: 'TCP' }];

describe('the Endpoints of a Service', () => {
  const [p, q] = [pod('p'), pod('q', { ips: ['10.244.0.10'] })];
  const subsets = [{ addresses: [address('p', '10.244.0.2')], ports: PORTS }];
  const labels = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
  const right = object('Endpoints', 'web', { metadata: { labels }, subsets });

  it("are made with upstream's label and when they changed", () => {
    assert.deepEqual(written(WEB, pod('p')), {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        namespace: 'default',
        name: 'web',
        labels,
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': ago(600) },
      },
      subsets,
    });
  });

  const cases = [
    {
      name: 'keep those apart that are not ready',
      objects: [WEB, p, pod('q', { ready: false, ips: ['10.244.0.10'] })],
      want: [
        { addresses: [address('p', '10.244.0.2')], notReadyAddresses: [address('q', '10.244.0.10')], ports: PORTS },
      ],
    },
    {
      name: 'are in the order of addresses',
      objects: [WEB, q, p],
      want: [{ addresses: [address('p', '10.244.0.2'), address('q', '10.244.0.10')], ports: PORTS }],
    },
    { name: 'have no subsets without pods', objects: [WEB], want: undefined },
    {
      name: 'leave out who is being deleted',
      objects: [WEB, pod('p', { metadata: { labels: { app: 'web' }, deletionTimestamp: ago(1) } })],
      want: undefined,
    },
    {
      name: 'have the first family alone',
      objects: [service('web', { ipFamilies: ['IPv6', 'IPv4'] }), pod('p', { ips: ['10.244.0.2', 'fd00::2'] })],
      want: [{ addresses: [address('p', 'fd00::2')], ports: PORTS }],
    },
    {
      name: 'have no ports when the Service has none',
      objects: [service('web', { clusterIP: 'None', ports: [] }), p],
      want: [{ addresses: [address('p', '10.244.0.2')] }],
    },
  ];
  for (const { name, objects, want } of cases) {
    it(name, () => assert.deepEqual(written(...objects)?.['subsets'], want));
  }

  const rests = [
    { name: 'are left alone when they are right', objects: [WEB, p, right], want: [] },
    { name: 'follow what changes', objects: [WEB, p, q, right], want: ['update endpoints web'] },
    { name: 'are left alone without a selector', objects: [service('web', { selector: undefined }), right], want: [] },
    { name: 'are left alone for an ExternalName', objects: [service('web', { type: 'ExternalName' }), p], want: [] },
    { name: 'go when their Service is gone', objects: [right], want: ['delete endpoints web'] },
  ];
  for (const { name, objects, want } of rests) it(name, () => assert.deepEqual(inShort(decide(...objects)), want));

  it('say since when they say something else, but not when pods went', () => {
    const time = (...objects: readonly ApiObject[]) =>
      written(...objects)?.['metadata'].annotations['endpoints.kubernetes.io/last-change-trigger-time'];
    const late = pod('q', { ips: ['10.244.0.10'], readySince: ago(5) });
    assert.equal(time(WEB, p, late, right), ago(5));
    assert.equal(time(WEB, pod('p', { ready: false, readySince: ago(7) }), right), ago(7));
    assert.equal(time(WEB, right), undefined);
  });

  it('hold at most 1000, ready ones first, and say that they are cut', () => {
    const pods = Array.from({ length: 1100 }, (_, n) =>
      pod(`p${n}`, { ready: n >= 200, ips: [`10.244.${n >> 8}.${n & 255}`] }),
    );
    const made = written(WEB, ...pods);
    assert.equal(made?.['subsets'][0].addresses.length, 900);
    assert.equal(made?.['subsets'][0].notReadyAddresses.length, 100);
    assert.equal(made?.['metadata'].annotations['endpoints.kubernetes.io/over-capacity'], 'truncated');
  });
});

describe('mirrors of Endpoints', () => {
  const of = service('web', { selector: undefined });
  const byHand = (subsets: readonly JsonObject[], metadata: JsonObject = {}) =>
    object('Endpoints', 'web', { metadata, subsets });
  const one = byHand([{ addresses: [{ ip: '192.0.2.42' }], ports: [{ port: 9376, protocol: 'TCP' }] }]);
  const mirror = (...objects: readonly ApiObject[]) => mirroring.decide('default/web', viewOf(...objects), NOW_MS);
  const madeFrom = (...objects: readonly ApiObject[]): readonly JsonObject[] =>
    mirror(...objects).writes.flatMap((write) => (write.do === 'create' ? [write.object] : []));

  it('are made as upstream makes them', () => {
    const [made] = madeFrom(of, byHand(one['subsets'], { annotations: { note: 'a' }, labels: { team: 'b' } }));
    assert.deepEqual(made, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: 'web-',
        namespace: 'default',
        labels: {
          team: 'b',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
        },
        annotations: { note: 'a' },
        ...ownedBy(one),
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['192.0.2.42'], conditions: { ready: true } }],
      ports: [{ name: '', port: 9376, protocol: 'TCP' }],
    });
  });

  it('have one slice for each family and each set of ports', () => {
    const made = madeFrom(
      of,
      byHand([
        { addresses: [{ ip: '192.0.2.42' }, { ip: '2001:db8::1' }], ports: [{ port: 1, protocol: 'TCP' }] },
        { notReadyAddresses: [{ ip: '192.0.2.43' }], ports: [{ name: 'b', port: 2, protocol: 'UDP' }] },
      ]),
    );
    assert.deepEqual(
      made.map((each) => [each['addressType'], each['ports'][0].port, each['endpoints'][0].conditions.ready]),
      [
        ['IPv4', 1, true],
        ['IPv6', 1, true],
        ['IPv4', 2, false],
      ],
    );
  });

  const none = [
    { name: 'a Service that selects', objects: [WEB, one] },
    { name: 'no Service', objects: [one] },
    {
      name: 'Endpoints that ask for none',
      objects: [of, byHand(one['subsets'], { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } })],
    },
    {
      name: 'the record of an election',
      objects: [of, byHand(one['subsets'], { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } })],
    },
  ];
  const [first] = madeFrom(of, one);
  const { generateName: _, ...metadata } = first?.['metadata'] ?? {};
  const slice = object('EndpointSlice', 'web-abcde', { ...first, metadata });
  for (const { name, objects } of none) {
    it(`are not made for ${name}, and those that exist are removed`, () => {
      assert.deepEqual(mirror(...objects).writes, []);
      assert.deepEqual(inShort(mirror(...objects, slice)), ['delete endpointslices.discovery.k8s.io web-abcde']);
    });
  }

  it('are left alone when they are right, and written in place when they are not', () => {
    assert.deepEqual(mirror(of, one, slice).writes, []);
    const moved = byHand([{ addresses: [{ ip: '192.0.2.50' }], ports: [{ port: 1, protocol: 'TCP' }] }]);
    assert.deepEqual(inShort(mirror(of, moved, slice)), ['update endpointslices.discovery.k8s.io web-abcde']);
  });
});
