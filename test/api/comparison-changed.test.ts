/**
 * Changes and tables as both servers answer them, held against each other.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { APPLY_PATCH, type Json, MERGE_PATCH, STRATEGIC_PATCH, TABLE } from './support/http.js';
import { normalised } from './support/normalise.js';
import { configMap, deployment, loadBalancer, pod } from './support/objects.js';
import { NODE } from './support/servers.js';
import { sameOnBoth } from './support/world.js';

const SLICE = {
  metadata: { name: 'one' },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.9.1'] }],
};

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
