/**
 * What is filled in for a Service of each type, field by field.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { service } from './support/objects.js';
import { COMMON, NODE_PORT, ONE_IPV4, PORT, withoutAllocations } from './support/services.js';
import { onEachServer } from './support/world.js';

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
