/**
 * EndpointSlices and Endpoints: made from selectors, followed as pods change, and mirrored.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { pod, reportRunning, runningStatus, service } from './support/objects.js';
import { NODE } from './support/servers.js';
import { onEachServer, type World } from './support/world.js';

const SELECTOR = { app: 'web' };
const labelled = { labels: SELECTOR };
const http = (port: number) => [{ name: 'web', image: 'web:1', ports: [{ name: 'http', containerPort: port }] }];

async function slices(world: World, name = 'web'): Promise<readonly Json[]> {
  const query = { labelSelector: `kubernetes.io/service-name=${name}` };
  return (await world.ok(world.http.get(world.path('endpointslices'), query))).items;
}

/** `address:port ready` of every endpoint, sorted. */
async function endpoints(world: World, name = 'web'): Promise<string> {
  const all = (await slices(world, name)).flatMap((slice) =>
    (slice.endpoints ?? []).flatMap((endpoint: Json) =>
      (slice.ports ?? []).map((port: Json) => `${endpoint.addresses[0]}:${port.port} ${endpoint.conditions.ready}`),
    ),
  );
  return all.sort().join(', ');
}

const become = (world: World, want: string, name = 'web') =>
  world
    .waitFor(`endpoints ${want}`, async () => (await endpoints(world, name)) === want, { timeoutMs: 15_000 })
    .catch(async (cause) => {
      assert.equal(await endpoints(world, name), want, cause.message);
    });

async function runningPod(world: World, name: string, ip: string, port = 8080, ready = true): Promise<Json> {
  const created = await world.create('pods', pod(name, { nodeName: NODE, containers: http(port) }, labelled));
  await reportRunning(world, name, ip, ready);
  return created;
}

describe('an EndpointSlice of a selector', () => {
  onEachServer('names its Service, its pods and their nodes', async (world) => {
    const web = await world.create(
      'services',
      service(
        'web',
        { selector: SELECTOR, ports: [{ name: 'main', port: 80, targetPort: 8080 }] },
        { labels: { tier: 'front' } },
      ),
    );
    const one = await runningPod(world, 'one', '10.244.9.1');
    await become(world, '10.244.9.1:8080 true');
    const [slice] = await slices(world);
    assert.match(slice.metadata.name, /^web-[a-z0-9]{5}$/);
    assert.equal(slice.metadata.generateName, 'web-');
    assert.deepEqual(slice.metadata.labels, {
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      'kubernetes.io/service-name': 'web',
      tier: 'front',
    });
    assert.deepEqual(slice.metadata.ownerReferences, [
      {
        apiVersion: 'v1',
        kind: 'Service',
        name: 'web',
        uid: web.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    assert.equal(slice.addressType, 'IPv4');
    assert.deepEqual(slice.ports, [{ name: 'main', port: 8080, protocol: 'TCP' }]);
    assert.deepEqual(slice.endpoints, [
      {
        addresses: ['10.244.9.1'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: NODE,
        targetRef: { kind: 'Pod', namespace: world.namespace, name: 'one', uid: one.metadata.uid },
      },
    ]);
  });

  onEachServer('finds a named port in each pod by itself', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR, ports: [{ port: 80, targetPort: 'http' }] }));
    await Promise.all([runningPod(world, 'one', '10.244.9.1', 8080), runningPod(world, 'two', '10.244.9.2', 9090)]);
    await become(world, '10.244.9.1:8080 true, 10.244.9.2:9090 true');
    assert.equal((await slices(world)).length, 2);
  });

  onEachServer('leaves out a pod that has no such port', async (world) => {
    await world.create(
      'services',
      service('web', {
        selector: SELECTOR,
        ports: [
          { name: 'm', port: 9, targetPort: 'metrics' },
          { name: 'h', port: 80, targetPort: 'http' },
        ],
      }),
    );
    await runningPod(world, 'one', '10.244.9.1', 8080);
    await become(world, '10.244.9.1:8080 true');
  });

  onEachServer('follows readiness', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR }));
    await runningPod(world, 'one', '10.244.9.1', 80, false);
    await become(world, '10.244.9.1:80 false');
    await reportRunning(world, 'one', '10.244.9.1', true);
    await become(world, '10.244.9.1:80 true');
    await reportRunning(world, 'one', '10.244.9.1', false);
    await become(world, '10.244.9.1:80 false');
  });

  onEachServer('counts pods that are not ready as ready when the Service says so', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR, publishNotReadyAddresses: true }));
    await runningPod(world, 'one', '10.244.9.1', 80, false);
    await become(world, '10.244.9.1:80 true');
  });

  onEachServer('shows a pod that ends as terminating, and drops it when it is gone', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR }));
    await runningPod(world, 'one', '10.244.9.1', 80);
    await become(world, '10.244.9.1:80 true');
    await world.ok(world.http.delete(world.path('pods', 'one')));
    await become(world, '10.244.9.1:80 false');
    const [slice] = await slices(world);
    assert.deepEqual(slice.endpoints[0].conditions, { ready: false, serving: true, terminating: true });
    await world.ok(world.http.delete(world.path('pods', 'one'), { gracePeriodSeconds: 0 }));
    await become(world, '');
  });

  onEachServer('has no pod that has ended or has no address', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR }));
    await runningPod(world, 'one', '10.244.9.1', 80);
    await runningPod(world, 'two', '10.244.9.2', 80);
    await world.create('pods', pod('three', { nodeName: NODE }, labelled));
    await become(world, '10.244.9.1:80 true, 10.244.9.2:80 true');
    // Not ready any more, as a kubelet has it: of the phase alone the real controller hears at its next look for another reason.
    const status = { ...runningStatus('10.244.9.1', false), phase: 'Failed' };
    await world.ok(world.http.patch(world.path('pods', 'one', 'status'), { status }, MERGE_PATCH));
    await become(world, '10.244.9.2:80 true');
  });

  onEachServer('follows the selector and the labels', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR }));
    await runningPod(world, 'one', '10.244.9.1', 80);
    await runningPod(world, 'two', '10.244.9.2', 80);
    await become(world, '10.244.9.1:80 true, 10.244.9.2:80 true');
    await world.ok(world.http.patch(world.path('pods', 'one'), { metadata: { labels: { app: 'db' } } }, MERGE_PATCH));
    await become(world, '10.244.9.2:80 true');
    await world.ok(world.http.patch(world.path('services', 'web'), { spec: { selector: { app: 'db' } } }, MERGE_PATCH));
    await become(world, '10.244.9.1:80 true');
  });

  onEachServer('follows the ports of the Service', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR }));
    await runningPod(world, 'one', '10.244.9.1', 80);
    await become(world, '10.244.9.1:80 true');
    await world.ok(
      world.http.patch(world.path('services', 'web'), { spec: { ports: [{ port: 80, targetPort: 81 }] } }, MERGE_PATCH),
    );
    await become(world, '10.244.9.1:81 true');
  });

  onEachServer('exists for each family of the Service', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR, ipFamilyPolicy: 'RequireDualStack' }));
    await world.create('pods', pod('one', { nodeName: NODE }, labelled));
    await reportRunning(world, 'one', '10.244.9.1');
    const status = { podIPs: [{ ip: '10.244.9.1' }, { ip: 'fd00:244::1' }] };
    await world.ok(world.http.patch(world.path('pods', 'one', 'status'), { status }, MERGE_PATCH));
    await become(world, '10.244.9.1:80 true, fd00:244::1:80 true');
    assert.deepEqual((await slices(world)).map(({ addressType }) => addressType).sort(), ['IPv4', 'IPv6']);
  });

  onEachServer('of a headless Service is labelled so', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR, clusterIP: 'None' }));
    await runningPod(world, 'one', '10.244.9.1', 80);
    await become(world, '10.244.9.1:80 true');
    const [slice] = await slices(world);
    assert.equal(slice.metadata.labels['service.kubernetes.io/headless'], '');
  });

  onEachServer('is there without endpoints while no pod matches', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR }));
    const [slice] = await world.waitFor('a slice', async () => {
      const all = await slices(world);
      return all.length > 0 ? all : undefined;
    });
    assert.deepEqual([slice.endpoints ?? [], slice.ports ?? []], [[], []]);
  });

  onEachServer('goes with its Service, and is put right when changed by hand', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR }));
    await runningPod(world, 'one', '10.244.9.1', 80);
    await become(world, '10.244.9.1:80 true');
    const [slice] = await slices(world);
    await world.ok(world.http.patch(world.path('endpointslices', slice.metadata.name), { endpoints: [] }, MERGE_PATCH));
    await become(world, '10.244.9.1:80 true');
    await world.ok(world.http.delete(world.path('services', 'web')));
    await world.waitFor('the slices are gone', async () => (await slices(world)).length === 0);
  });
});

describe('Endpoints', () => {
  onEachServer('of a selector hold the ready and the other addresses', async (world) => {
    await world.create('services', service('web', { selector: SELECTOR, ports: [{ name: 'main', port: 80 }] }));
    await runningPod(world, 'one', '10.244.9.1', 80, true);
    await runningPod(world, 'two', '10.244.9.2', 80, false);
    const object = await world.waitFor('both addresses', async () => {
      const { code, body } = await world.http.get(world.path('endpoints', 'web'));
      const [subset] = (code === 200 && body.subsets) || [];
      return subset?.addresses && subset.notReadyAddresses ? body : undefined;
    });
    const [subset] = object.subsets;
    assert.equal(object.subsets.length, 1);
    assert.deepEqual(
      subset.addresses.map(({ ip, nodeName }: Json) => [ip, nodeName]),
      [['10.244.9.1', NODE]],
    );
    assert.deepEqual(
      subset.notReadyAddresses.map(({ ip }: Json) => ip),
      ['10.244.9.2'],
    );
    assert.deepEqual(subset.ports, [{ name: 'main', port: 80, protocol: 'TCP' }]);
    assert.match(await world.kubectl('get', 'endpoints', 'web'), /^web +10\.244\.9\.1:80 /m);
  });

  onEachServer('written by hand for a Service without selector become a slice', async (world) => {
    await world.create('services', service('web', { ports: [{ name: 'main', port: 80 }] }));
    await world.create('endpoints', {
      metadata: { name: 'web' },
      subsets: [
        {
          addresses: [{ ip: '192.0.2.50' }],
          notReadyAddresses: [{ ip: '192.0.2.51' }],
          ports: [{ name: 'main', port: 8080 }],
        },
      ],
    });
    await become(world, '192.0.2.50:8080 true, 192.0.2.51:8080 false');
    const [slice] = await slices(world);
    assert.equal(
      slice.metadata.labels['endpointslice.kubernetes.io/managed-by'],
      'endpointslicemirroring-controller.k8s.io',
    );
    assert.equal(slice.metadata.ownerReferences[0].kind, 'Endpoints');
    await world.ok(
      world.http.patch(
        world.path('endpoints', 'web'),
        { subsets: [{ addresses: [{ ip: '192.0.2.60' }], ports: [{ port: 81 }] }] },
        MERGE_PATCH,
      ),
    );
    await become(world, '192.0.2.60:81 true');
    await world.ok(world.http.delete(world.path('endpoints', 'web')));
    await become(world, '');
  });

  onEachServer('are not made for a Service without selector', async (world) => {
    await world.create('services', service('bare'));
    await world.create('services', service('web', { selector: SELECTOR }));
    await world.waitFor(
      'Endpoints of the other',
      async () => (await world.http.get(world.path('endpoints', 'web'))).code === 200,
    );
    assert.equal((await world.http.get(world.path('endpoints', 'bare'))).code, 404);
    assert.deepEqual(await slices(world, 'bare'), []);
  });
});
