/**
 * The status subresource: who may write what, what counts as a new generation, and what a status may hold.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { JSON_PATCH, type Json, MERGE_PATCH, STRATEGIC_PATCH } from './support/http.js';
import { configMap, deployment, loadBalancer, pod, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { onEachServer, type World } from './support/world.js';

const patchStatus = (world: World, name: string, status: Json, contentType = MERGE_PATCH) =>
  world.http.patch(world.path('services', name, 'status'), { status }, contentType);
const TIME = '2026-01-02T03:04:05Z';
const condition = (change: Json = {}) => ({
  type: 'Ready',
  status: 'True',
  reason: 'AllGood',
  message: '',
  lastTransitionTime: TIME,
  ...change,
});

describe('the status of a Service', () => {
  onEachServer('is empty after creation, whatever the client sent', async (world) => {
    const wish = { ...loadBalancer('web'), status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
    assert.deepEqual((await world.create('services', wish)).status, { loadBalancer: {} });
  });

  onEachServer('is not changed through the object itself', async (world) => {
    const created = await world.create('services', loadBalancer('web'));
    const wish = { ...created, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
    assert.deepEqual((await world.ok(world.http.put(world.path('services', 'web'), wish))).status, {
      loadBalancer: {},
    });
    const path = world.path('services', 'web');
    const patched = await world.ok(world.http.patch(path, { status: wish.status }, MERGE_PATCH));
    assert.deepEqual(patched.status, { loadBalancer: {} });
    assert.equal(patched.metadata.resourceVersion, created.metadata.resourceVersion);
  });

  onEachServer('is all that a write to it changes', async (world) => {
    const created = await world.create('services', loadBalancer('web', {}, { labels: { a: 'b' } }));
    const wish = {
      ...created,
      metadata: { ...created.metadata, labels: { a: 'changed' }, annotations: { new: 'one' } },
      spec: { ...created.spec, sessionAffinity: 'ClientIP' },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    };
    const after = await world.ok(world.http.put(world.path('services', 'web', 'status'), wish));
    assert.deepEqual(after.spec, created.spec);
    assert.deepEqual(after.metadata.labels, { a: 'changed' });
    assert.deepEqual(after.metadata.annotations, { new: 'one' });
    assert.deepEqual(after.status, { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] } });
  });

  for (const [name, contentType, patch] of [
    ['merge', MERGE_PATCH, { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }],
    ['strategic merge', STRATEGIC_PATCH, { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }],
    ['JSON', JSON_PATCH, [{ op: 'add', path: '/status/loadBalancer/ingress', value: [{ ip: '192.0.2.1' }] }]],
  ] as const) {
    onEachServer(`takes a ${name} patch`, async (world) => {
      await world.create('services', loadBalancer('web'));
      const after = await world.ok(world.http.patch(world.path('services', 'web', 'status'), patch, contentType));
      assert.deepEqual(after.status.loadBalancer.ingress, [{ ip: '192.0.2.1', ipMode: 'VIP' }]);
    });
  }

  onEachServer('has conditions that a strategic merge patch joins by type', async (world) => {
    await world.create('services', loadBalancer('web'));
    await world.ok(patchStatus(world, 'web', { conditions: [condition()] }, STRATEGIC_PATCH));
    const second = condition({ type: 'cairn.dev/Announced', status: 'False', reason: 'NoNode' });
    const after = await world.ok(patchStatus(world, 'web', { conditions: [second] }, STRATEGIC_PATCH));
    assert.deepEqual(after.status.conditions.map((each: Json) => each.type).sort(), ['Ready', 'cairn.dev/Announced']);
    const gone = { conditions: [{ type: 'Ready', $patch: 'delete' }] };
    const rest = await world.ok(patchStatus(world, 'web', gone, STRATEGIC_PATCH));
    assert.deepEqual(rest.status.conditions, [second]);
  });

  onEachServer('is read at its own path as the whole object', async (world) => {
    const created = await world.create('services', loadBalancer('web'));
    assert.deepEqual(await world.ok(world.http.get(world.path('services', 'web', 'status'))), created);
  });

  onEachServer('is recorded under its own manager entry', async (world) => {
    await world.create('services', loadBalancer('web'));
    const { metadata } = await world.ok(
      patchStatus(world, 'web', { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }),
    );
    assert.deepEqual(
      metadata.managedFields.map(({ manager, operation, subresource, fieldsV1 }: Json) => [
        manager,
        operation,
        subresource,
        Object.keys(fieldsV1),
      ]),
      [
        ['conformance', 'Update', undefined, ['f:spec']],
        ['conformance', 'Update', 'status', ['f:status']],
      ],
    );
  });

  onEachServer('goes when the type stops being LoadBalancer', async (world) => {
    await world.create('services', loadBalancer('web'));
    await world.ok(patchStatus(world, 'web', { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }));
    const path = world.path('services', 'web');
    const after = await world.ok(world.http.patch(path, { spec: { type: 'ClusterIP' } }, MERGE_PATCH));
    assert.deepEqual(after.status, { loadBalancer: {} });
  });
});

describe('the status of a Service is refused with', () => {
  const rows: readonly { readonly name: string; readonly ingress: Json; readonly want: string }[] = [
    {
      name: 'an address that is none',
      ingress: { ip: 'banana' },
      want: 'ip: Invalid value: "banana": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    },
    {
      name: 'a host name that is an address',
      ingress: { hostname: '192.0.2.1' },
      want: 'hostname: Invalid value: "192.0.2.1": must be a DNS name, not an IP address',
    },
    {
      name: 'a host name that is none',
      ingress: { hostname: 'not a name!' },
      want: `hostname: Invalid value: "not a name!": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    },
    {
      name: 'an ipMode that it does not know',
      ingress: { ip: '192.0.2.1', ipMode: 'Tunnel' },
      want: 'ipMode: Unsupported value: "Tunnel": supported values: "Proxy", "VIP"',
    },
    {
      name: 'an ipMode without an address',
      ingress: { hostname: 'a.example', ipMode: 'VIP' },
      want: 'ipMode: Forbidden: may not be specified when `ip` is not set',
    },
  ];
  for (const { name, ingress, want } of rows) {
    onEachServer(name, async (world) => {
      await world.create('services', loadBalancer('web'));
      const { body } = await patchStatus(world, 'web', { loadBalancer: { ingress: [ingress] } });
      assert.deepEqual(
        [body.code, body.message],
        [422, `Service "web" is invalid: status.loadBalancer.ingress[0].${want}`],
      );
    });
  }

  onEachServer('an address while the type is another', async (world) => {
    await world.create('services', service('web'));
    const { body } = await patchStatus(world, 'web', { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } });
    assert.equal(
      body.message,
      `Service "web" is invalid: status.loadBalancer.ingress: Forbidden: may only be used when \`spec.type\` is 'LoadBalancer'`,
    );
  });

  onEachServer('a condition whose type is a number', async (world) => {
    await world.create('services', loadBalancer('web'));
    const { body } = await patchStatus(world, 'web', { conditions: [condition({ type: 5 })] });
    assert.equal(body.code, 422);
    assert.match(
      body.message,
      /cannot unmarshal number into Go struct field Condition\.status\.conditions\.type of type string/,
    );
  });
});

describe('a status that is left as it is', () => {
  onEachServer('may hold Proxy and host names', async (world) => {
    await world.create('services', loadBalancer('web'));
    const ingress = [{ ip: '192.0.2.1', ipMode: 'Proxy' }, { hostname: 'a.example' }, { ip: '2001:db8::1' }];
    const { status } = await world.ok(patchStatus(world, 'web', { loadBalancer: { ingress } }));
    assert.deepEqual(status.loadBalancer.ingress, [ingress[0], ingress[1], { ip: '2001:db8::1', ipMode: 'VIP' }]);
  });

  onEachServer('may hold conditions that other kinds would refuse: nothing checks them', async (world) => {
    await world.create('services', loadBalancer('web'));
    const odd = condition({ status: 'Maybe', reason: 'it is so', observedGeneration: -1 });
    const { status } = await world.ok(patchStatus(world, 'web', { conditions: [odd] }));
    assert.deepEqual(status.conditions, [odd]);
  });

  onEachServer('makes no new version', async (world) => {
    await world.create('services', loadBalancer('web'));
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] }, conditions: [condition()] };
    const first = await world.ok(patchStatus(world, 'web', status));
    const second = await world.ok(patchStatus(world, 'web', status));
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });
});

describe('the generation', () => {
  onEachServer('of a Deployment counts changes of its spec, and not of labels or status', async (world) => {
    const created = await world.create('deployments', deployment('web', { replicas: 0 }));
    assert.equal(created.metadata.generation, 1);
    const path = world.path('deployments', 'web');
    const labelled = await world.ok(world.http.patch(path, { metadata: { labels: { a: 'b' } } }, MERGE_PATCH));
    assert.equal(labelled.metadata.generation, 1);
    const paused = await world.ok(world.http.patch(path, { spec: { paused: true } }, MERGE_PATCH));
    assert.equal(paused.metadata.generation, 2);
    const status = await world.ok(world.http.patch(`${path}/status`, { status: { collisionCount: 3 } }, MERGE_PATCH));
    assert.equal(status.metadata.generation, 2);
  });

  onEachServer(
    'of a Deployment counts its annotations, but not the revision that its controller notes',
    async (world) => {
      await world.create('deployments', deployment('web', { replicas: 0 }));
      const revised = await world.waitFor('the revision', async () => {
        const { metadata } = await world.get('deployments', 'web');
        return metadata.annotations === undefined ? undefined : metadata;
      });
      assert.deepEqual([revised.annotations['deployment.kubernetes.io/revision'], revised.generation], ['1', 1]);
      const path = world.path('deployments', 'web');
      const noted = await world.ok(world.http.patch(path, { metadata: { annotations: { note: 'x' } } }, MERGE_PATCH));
      assert.equal(noted.metadata.generation, 2);
    },
  );

  onEachServer('of kinds that do not count is absent', async (world) => {
    const created = await Promise.all([
      world.create('services', service('web')),
      world.create('configmaps', configMap('web')),
    ]);
    assert.deepEqual(
      created.map(({ metadata }) => metadata.generation),
      [undefined, undefined],
    );
  });
});

describe('the status of a pod', () => {
  onEachServer('begins as Pending', async (world) => {
    const { status } = await world.create('pods', pod('one', { nodeName: NODE }));
    assert.deepEqual([status.phase, status.qosClass], ['Pending', 'BestEffort']);
  });

  onEachServer('is written through its subresource', async (world) => {
    await world.create('pods', pod('one', { nodeName: NODE }));
    const status = { phase: 'Running', podIP: '10.244.0.9', podIPs: [{ ip: '10.244.0.9' }] };
    const after = await world.ok(world.http.patch(world.path('pods', 'one', 'status'), { status }, MERGE_PATCH));
    assert.deepEqual([after.status.phase, after.status.podIP], ['Running', '10.244.0.9']);
  });
});
