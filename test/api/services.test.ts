/**
 * Services: what is filled in for each type, how addresses and ports are given and taken back, and what a change of type
 * or family does to them.
 * @module
 */
import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { loadBalancer, service } from './support/objects.js';
import { onEachServer, type World } from './support/world.js';

const change = (world: World, name: string, spec: Json) =>
  world.http.patch(world.path('services', name), { spec }, MERGE_PATCH);
const changed = async (world: World, name: string, spec: Json): Promise<Json> =>
  (await world.ok(change(world, name, spec))).spec;

/** The spec with what was allocated replaced by what it is. */
function withoutAllocations(spec: Json): Json {
  const family = (ip: string) => (isIPv4(ip) ? 'an IPv4' : isIPv6(ip) ? 'an IPv6' : ip);
  const isNodePort = (port: number) => port >= 30_000 && port <= 32_767;
  return JSON.parse(JSON.stringify(spec), (key, value) => {
    if (key === 'clusterIP') return family(value);
    if (key === 'clusterIPs') return value.map(family);
    if ((key === 'nodePort' || key === 'healthCheckNodePort') && isNodePort(value)) return 'a node port';
    return value;
  });
}

const COMMON = { sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' };
const ONE_IPV4 = { clusterIP: 'an IPv4', clusterIPs: ['an IPv4'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
const PORT = { protocol: 'TCP', port: 80, targetPort: 80 };
const NODE_PORT = { ...PORT, nodePort: 'a node port' };

describe('the defaults of a Service', () => {
  const rows: readonly { readonly name: string; readonly spec: Json; readonly want: Json }[] = [
    {
      name: 'without a type are those of ClusterIP',
      spec: {},
      want: { ...COMMON, ...ONE_IPV4, type: 'ClusterIP', ports: [PORT] },
    },
    {
      name: 'of type NodePort',
      spec: { type: 'NodePort' },
      want: { ...COMMON, ...ONE_IPV4, type: 'NodePort', externalTrafficPolicy: 'Cluster', ports: [NODE_PORT] },
    },
    {
      name: 'of type LoadBalancer',
      spec: { type: 'LoadBalancer' },
      want: {
        ...COMMON,
        ...ONE_IPV4,
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Cluster',
        allocateLoadBalancerNodePorts: true,
        ports: [NODE_PORT],
      },
    },
    {
      name: 'of type LoadBalancer with the policy Local',
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
      want: {
        ...COMMON,
        ...ONE_IPV4,
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        allocateLoadBalancerNodePorts: true,
        healthCheckNodePort: 'a node port',
        ports: [NODE_PORT],
      },
    },
    {
      name: 'of type LoadBalancer without node ports',
      spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false },
      want: {
        ...COMMON,
        ...ONE_IPV4,
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Cluster',
        allocateLoadBalancerNodePorts: false,
        ports: [PORT],
      },
    },
    {
      name: 'of type ExternalName',
      spec: { type: 'ExternalName', externalName: 'a.example', ports: undefined },
      want: { type: 'ExternalName', externalName: 'a.example', sessionAffinity: 'None' },
    },
    {
      name: 'without a cluster IP',
      spec: { clusterIP: 'None', selector: { app: 'web' } },
      want: {
        ...COMMON,
        type: 'ClusterIP',
        selector: { app: 'web' },
        clusterIP: 'None',
        clusterIPs: ['None'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        ports: [PORT],
      },
    },
    {
      name: 'without a cluster IP and without a selector are both families',
      spec: { clusterIP: 'None' },
      want: {
        ...COMMON,
        type: 'ClusterIP',
        clusterIP: 'None',
        clusterIPs: ['None'],
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'RequireDualStack',
        ports: [PORT],
      },
    },
    {
      name: 'with session affinity last three hours',
      spec: { sessionAffinity: 'ClientIP' },
      want: {
        ...COMMON,
        ...ONE_IPV4,
        type: 'ClusterIP',
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
        ports: [PORT],
      },
    },
    {
      name: 'with both families',
      spec: { ipFamilyPolicy: 'PreferDualStack' },
      want: {
        ...COMMON,
        type: 'ClusterIP',
        clusterIP: 'an IPv4',
        clusterIPs: ['an IPv4', 'an IPv6'],
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'PreferDualStack',
        ports: [PORT],
      },
    },
    {
      name: 'with both families, IPv6 first',
      spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] },
      want: {
        ...COMMON,
        type: 'ClusterIP',
        clusterIP: 'an IPv6',
        clusterIPs: ['an IPv6', 'an IPv4'],
        ipFamilies: ['IPv6', 'IPv4'],
        ipFamilyPolicy: 'RequireDualStack',
        ports: [PORT],
      },
    },
    {
      name: 'with IPv6 alone',
      spec: { ipFamilies: ['IPv6'] },
      want: {
        ...COMMON,
        type: 'ClusterIP',
        clusterIP: 'an IPv6',
        clusterIPs: ['an IPv6'],
        ipFamilies: ['IPv6'],
        ipFamilyPolicy: 'SingleStack',
        ports: [PORT],
      },
    },
    {
      name: 'keep a named targetPort, another protocol and several ports',
      spec: {
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'dns' },
          { name: 'dns-tcp', port: 53 },
          { name: 'web', port: 80, targetPort: 8080, appProtocol: 'kubernetes.io/h2c' },
        ],
      },
      want: {
        ...COMMON,
        ...ONE_IPV4,
        type: 'ClusterIP',
        ports: [
          { name: 'dns', protocol: 'UDP', port: 53, targetPort: 'dns' },
          { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 53 },
          { name: 'web', protocol: 'TCP', appProtocol: 'kubernetes.io/h2c', port: 80, targetPort: 8080 },
        ],
      },
    },
  ];
  for (const { name, spec, want } of rows) {
    onEachServer(name, async (world) => {
      const created = await world.create('services', service('web', spec));
      assert.deepEqual(withoutAllocations(created.spec), want);
      assert.deepEqual(created.status, { loadBalancer: {} });
    });
  }
});

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
    const clusterIP = '10.0.77.1';
    const { spec } = await world.create('services', service('first', { clusterIP }));
    assert.equal(spec.clusterIP, clusterIP);
    const { body } = await world.http.post(world.path('services'), service('second', { clusterIP }));
    assert.equal(
      body.message,
      'Service "second" is invalid: spec.clusterIPs: Invalid value: ["10.0.77.1"]: failed to allocate IP 10.0.77.1: provided IP is already allocated',
    );
    await world.ok(world.http.delete(world.path('services', 'first')));
    await world.create('services', service('second', { clusterIP }));
    await world.ok(world.http.delete(world.path('services', 'second')));
  });

  onEachServer('cannot be changed', async (world) => {
    await world.create('services', service('web'));
    const { body } = await change(world, 'web', { clusterIP: '10.0.77.2', clusterIPs: ['10.0.77.2'] });
    assert.match(
      body.message,
      /^Service "web" is invalid: spec\.clusterIPs\[0\]: Invalid value: \["10\.0\.77\.2"\]: may not change once set$/,
    );
  });

  onEachServer('stay when a PUT leaves them out', async (world) => {
    const { spec } = await world.create('services', loadBalancer('web'));
    const after = await world.ok(world.http.put(world.path('services', 'web'), loadBalancer('web')));
    assert.deepEqual(after.spec, spec);
  });

  onEachServer('are given back by a change to ExternalName and given anew on the way back', async (world) => {
    const clusterIP = '10.0.77.3';
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
    const clusterIP = '10.0.77.4';
    const wrong = service('wrong', { clusterIP, type: 'NodePort', ports: [{ port: 80, nodePort: 40000 }] });
    assert.equal((await world.http.post(world.path('services'), wrong)).code, 422);
    assert.equal((await world.create('services', service('right', { clusterIP }))).spec.clusterIP, clusterIP);
    await world.ok(world.http.delete(world.path('services', 'right')));
  });
});

describe('node ports', () => {
  onEachServer('can be asked for, and are refused while another has them', async (world) => {
    const ports = [{ port: 80, nodePort: 30901 }];
    const { spec } = await world.create('services', service('first', { type: 'NodePort', ports }));
    assert.equal(spec.ports[0].nodePort, 30901);
    const { body } = await world.http.post(world.path('services'), service('second', { type: 'NodePort', ports }));
    assert.equal(
      body.message,
      'Service "second" is invalid: spec.ports[0].nodePort: Invalid value: 30901: provided port is already allocated',
    );
    await world.ok(world.http.delete(world.path('services', 'first')));
    await world.create('services', service('second', { type: 'NodePort', ports }));
    await world.ok(world.http.delete(world.path('services', 'second')));
  });

  onEachServer('may be shared by protocols of one Service', async (world) => {
    const ports = [
      { name: 'tcp', port: 53, protocol: 'TCP', nodePort: 30902 },
      { name: 'udp', port: 53, protocol: 'UDP', nodePort: 30902 },
    ];
    const { spec } = await world.create('services', service('dns', { type: 'NodePort', ports }));
    assert.deepEqual(
      spec.ports.map((port: Json) => port.nodePort),
      [30902, 30902],
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
    await world.create('services', loadBalancer('web', { externalTrafficPolicy: 'Local', healthCheckNodePort: 30903 }));
    const after = await changed(world, 'web', { externalTrafficPolicy: 'Cluster', healthCheckNodePort: null });
    assert.equal(after.healthCheckNodePort, undefined);
    const ports = [{ port: 80, nodePort: 30903 }];
    await world.create('services', service('other', { type: 'NodePort', ports }));
  });

  onEachServer('of a health check cannot be changed', async (world) => {
    await world.create('services', loadBalancer('web', { externalTrafficPolicy: 'Local' }));
    const { body } = await change(world, 'web', { healthCheckNodePort: 30904 });
    assert.deepEqual(
      body.details?.causes?.map(({ field, message }: Json) => `${field}: ${message}`),
      ['spec.healthCheckNodePort: Forbidden: field is immutable'],
    );
  });
});

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
