/**
 * What both servers refuse, held against each other whole: code, reason, every cause and its words.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { normalised } from './support/normalise.js';
import { configMap, deployment, pod, service } from './support/objects.js';
import { sameOnBoth } from './support/world.js';

const SLICE = {
  metadata: { name: 'one' },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.9.1'] }],
};

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
    // One fault each: the real one looks through a map in another order every time.
    ['a label whose name is none', 'configmaps', configMap('one', {}, { labels: { 'a b': 'c' } }), /metadata\.labels/],
    ['a label whose value is none', 'configmaps', configMap('one', {}, { labels: { d: 'e f' } }), /metadata\.labels/],
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
