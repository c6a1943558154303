/**
 * What a change of type or of address families does to a Service.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { loadBalancer, service } from './support/objects.js';
import { COMMON, change, changed, NODE_PORT, PORT, withoutAllocations } from './support/services.js';
import { onEachServer } from './support/world.js';

describe('a change of type', () => {
  onEachServer('from ClusterIP to LoadBalancer keeps the cluster IP and adds a node port', async (world) => {
    const { spec } = await world.create('services', service('web'));
    const after = await changed(world, 'web', { type: 'LoadBalancer' });
    assert.equal(after.clusterIP, spec.clusterIP);
    assert.deepEqual(withoutAllocations(after).ports, [NODE_PORT]);
    assert.equal(after.externalTrafficPolicy, 'Cluster');
    assert.equal(after.allocateLoadBalancerNodePorts, true);
  });

  onEachServer('from LoadBalancer to ClusterIP takes away what belonged to it', async (world) => {
    const { spec } = await world.create('services', loadBalancer('web'));
    const after = await changed(world, 'web', { type: 'ClusterIP' });
    assert.deepEqual(after, {
      ...COMMON,
      ...{
        clusterIP: spec.clusterIP,
        clusterIPs: spec.clusterIPs,
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
      },
      type: 'ClusterIP',
      ports: [PORT],
    });
  });

  onEachServer('from LoadBalancer to NodePort keeps the node ports', async (world) => {
    const { spec } = await world.create('services', loadBalancer('web'));
    const after = await changed(world, 'web', { type: 'NodePort' });
    assert.deepEqual(after.ports, spec.ports);
    assert.equal(after.allocateLoadBalancerNodePorts, undefined);
  });

  onEachServer('away from LoadBalancer takes the class along', async (world) => {
    await world.create('services', loadBalancer('web', { loadBalancerClass: 'cairn.dev/l2' }));
    assert.equal(
      (await changed(world, 'web', { type: 'ClusterIP', loadBalancerClass: null })).loadBalancerClass,
      undefined,
    );
  });

  onEachServer('is needed to change the class', async (world) => {
    await world.create('services', loadBalancer('web', { loadBalancerClass: 'cairn.dev/l2' }));
    const { body } = await change(world, 'web', { loadBalancerClass: 'other.example/lb' });
    assert.equal(
      body.message,
      'Service "web" is invalid: spec.loadBalancerClass: Invalid value: "other.example/lb": may not change once set',
    );
  });

  onEachServer('to LoadBalancer may bring a class', async (world) => {
    await world.create('services', service('web'));
    const after = await changed(world, 'web', { type: 'LoadBalancer', loadBalancerClass: 'cairn.dev/l2' });
    assert.equal(after.loadBalancerClass, 'cairn.dev/l2');
  });
});

describe('address families', () => {
  onEachServer('can be added to a live Service, which keeps its first address', async (world) => {
    const { spec } = await world.create('services', loadBalancer('web'));
    const after = await changed(world, 'web', { ipFamilyPolicy: 'PreferDualStack' });
    assert.equal(after.clusterIPs[0], spec.clusterIP);
    assert.match(after.clusterIPs[1], /^fd00:10::/);
    assert.deepEqual(after.ipFamilies, ['IPv4', 'IPv6']);
  });

  onEachServer('can be taken away again, the second one first', async (world) => {
    const { spec } = await world.create('services', loadBalancer('web', { ipFamilyPolicy: 'RequireDualStack' }));
    const after = await changed(world, 'web', {
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: ['IPv4'],
      clusterIPs: [spec.clusterIP],
    });
    assert.deepEqual(after.clusterIPs, [spec.clusterIP]);
    assert.deepEqual(after.ipFamilies, ['IPv4']);
  });

  onEachServer('go back to one by the policy alone', async (world) => {
    const { spec } = await world.create('services', loadBalancer('web', { ipFamilyPolicy: 'RequireDualStack' }));
    const after = await changed(world, 'web', { ipFamilyPolicy: 'SingleStack' });
    assert.deepEqual([after.clusterIPs, after.ipFamilies], [[spec.clusterIP], ['IPv4']]);
  });

  onEachServer('keep their order for ever', async (world) => {
    const { spec } = await world.create('services', service('web', { ipFamilyPolicy: 'RequireDualStack' }));
    const { body } = await change(world, 'web', { ipFamilies: ['IPv6', 'IPv4'] });
    const [first, second] = spec.clusterIPs;
    assert.deepEqual(
      body.details?.causes?.map(({ field, message }: Json) => `${field}: ${message}`),
      [
        `spec.clusterIPs[0]: Invalid value: "${first}": expected an IPv6 value as indicated by \`ipFamilies[0]\``,
        `spec.clusterIPs[1]: Invalid value: "${second}": expected an IPv4 value as indicated by \`ipFamilies[1]\``,
      ],
    );
  });
});
