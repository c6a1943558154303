/**
 * Cluster IPs and node ports: how they are given, kept and taken back.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { loadBalancer, service } from './support/objects.js';
import { change, changed } from './support/services.js';
import { onEachServer } from './support/world.js';

describe('cluster IPs', () => {
  onEachServer('are of the range, and no two Services have one', async (world) => {
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        world.create('services', service(`s${at}`, { ipFamilyPolicy: 'PreferDualStack' })),
      ),
    );
    const ips = created.flatMap(({ spec }) => spec.clusterIPs as string[]);
    assert.equal(new Set(ips).size, 40);
    for (const ip of ips) assert.match(ip, /^(10\.0\.|fd00:10::)/);
  });

  onEachServer('can be asked for, and are refused while another has them', async (world) => {
    const clusterIP = '10.0.0.71';
    const { spec } = await world.create('services', service('first', { clusterIP }));
    assert.equal(spec.clusterIP, clusterIP);
    const { body } = await world.http.post(world.path('services'), service('second', { clusterIP }));
    assert.equal(
      body.message,
      'Service "second" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.71"]: failed to allocate IP 10.0.0.71: provided IP is already allocated',
    );
    await world.ok(world.http.delete(world.path('services', 'first')));
    await world.create('services', service('second', { clusterIP }));
    await world.ok(world.http.delete(world.path('services', 'second')));
  });

  onEachServer('cannot be changed', async (world) => {
    await world.create('services', service('web'));
    const { body } = await change(world, 'web', { clusterIP: '10.0.0.72', clusterIPs: ['10.0.0.72'] });
    assert.match(
      body.message,
      /^Service "web" is invalid: spec\.clusterIPs\[0\]: Invalid value: \["10\.0\.0\.72"\]: may not change once set$/,
    );
  });

  onEachServer('stay when a PUT leaves them out', async (world) => {
    const { spec } = await world.create('services', loadBalancer('web'));
    const after = await world.ok(world.http.put(world.path('services', 'web'), loadBalancer('web')));
    assert.deepEqual(after.spec, spec);
  });

  onEachServer('are given back by a change to ExternalName and given anew on the way back', async (world) => {
    const clusterIP = '10.0.0.73';
    await world.create('services', service('web', { clusterIP }));
    const named = await changed(world, 'web', {
      type: 'ExternalName',
      externalName: 'a.example',
      clusterIP: null,
      clusterIPs: null,
    });
    assert.equal(named.clusterIP, undefined);
    await world.create('services', service('other', { clusterIP }));
    const back = await changed(world, 'web', { type: 'ClusterIP', externalName: null });
    assert.match(back.clusterIP, /^10\.0\./);
    await world.ok(world.http.delete(world.path('services', 'other')));
  });

  onEachServer('are not given to a refused Service', async (world) => {
    const clusterIP = '10.0.0.74';
    const wrong = service('wrong', { clusterIP, type: 'NodePort', ports: [{ port: 80, nodePort: 40000 }] });
    assert.equal((await world.http.post(world.path('services'), wrong)).code, 422);
    assert.equal((await world.create('services', service('right', { clusterIP }))).spec.clusterIP, clusterIP);
    await world.ok(world.http.delete(world.path('services', 'right')));
  });
});

describe('node ports', () => {
  onEachServer('can be asked for, and are refused while another has them', async (world) => {
    const ports = [{ port: 80, nodePort: 30041 }];
    const { spec } = await world.create('services', service('first', { type: 'NodePort', ports }));
    assert.equal(spec.ports[0].nodePort, 30041);
    const { body } = await world.http.post(world.path('services'), service('second', { type: 'NodePort', ports }));
    assert.equal(
      body.message,
      'Service "second" is invalid: spec.ports[0].nodePort: Invalid value: 30041: provided port is already allocated',
    );
    await world.ok(world.http.delete(world.path('services', 'first')));
    await world.create('services', service('second', { type: 'NodePort', ports }));
    await world.ok(world.http.delete(world.path('services', 'second')));
  });

  onEachServer('may be shared by protocols of one Service', async (world) => {
    const ports = [
      { name: 'tcp', port: 53, protocol: 'TCP', nodePort: 30042 },
      { name: 'udp', port: 53, protocol: 'UDP', nodePort: 30042 },
    ];
    const { spec } = await world.create('services', service('dns', { type: 'NodePort', ports }));
    assert.deepEqual(
      spec.ports.map((port: Json) => port.nodePort),
      [30042, 30042],
    );
  });

  onEachServer('stay while ports are added, and go with theirs', async (world) => {
    const before = await world.create('services', loadBalancer('web', { ports: [{ name: 'a', port: 80 }] }));
    const kept = before.spec.ports[0].nodePort;
    const more = await changed(world, 'web', {
      ports: [
        { name: 'b', port: 81 },
        { name: 'a', port: 80, nodePort: kept },
      ],
    });
    assert.equal(more.ports[1].nodePort, kept);
    assert.notEqual(more.ports[0].nodePort, kept);
    const freed = more.ports[0].nodePort;
    await changed(world, 'web', { ports: [{ name: 'a', port: 80, nodePort: kept }] });
    const ports = [{ port: 80, nodePort: freed }];
    assert.equal(
      (await world.create('services', service('other', { type: 'NodePort', ports }))).spec.ports[0].nodePort,
      freed,
    );
  });

  onEachServer('of a health check are given with the policy Local and taken back with it', async (world) => {
    await world.create('services', loadBalancer('web', { externalTrafficPolicy: 'Local', healthCheckNodePort: 30043 }));
    const after = await changed(world, 'web', { externalTrafficPolicy: 'Cluster', healthCheckNodePort: null });
    assert.equal(after.healthCheckNodePort, undefined);
    const ports = [{ port: 80, nodePort: 30043 }];
    await world.create('services', service('other', { type: 'NodePort', ports }));
  });

  onEachServer('of a health check cannot be changed', async (world) => {
    await world.create('services', loadBalancer('web', { externalTrafficPolicy: 'Local' }));
    const { body } = await change(world, 'web', { healthCheckNodePort: 30044 });
    assert.deepEqual(
      body.details?.causes?.map(({ field, message }: Json) => `${field}: ${message}`),
      ['spec.healthCheckNodePort: Forbidden: field is immutable'],
    );
  });
});
