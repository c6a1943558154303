import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import { create, made, refusals, resourceOf } from '../support/strategy.js';

const PORTS = [{ port: 80 }];
const SINGLE = ['10.96.0.0/16'];
const DUAL = ['10.96.0.0/16', 'fd00:10:96::/112'];
/** Always the first one that is not kept for those who name theirs. */
const options = (serviceCidrs: readonly string[]) => ({ serviceCidrs, random: () => 0 });
const specOf = (spec: JsonObject, serviceCidrs = SINGLE): JsonObject =>
  made(create(resourceOf('services', options(serviceCidrs)), { spec }))['spec'];
const refused = (spec: JsonObject, serviceCidrs = SINGLE) =>
  refusals(create(resourceOf('services', options(serviceCidrs)), { spec }));

/** What the one of `10.96.0.0/16` and of 30000 to 32767 gives first: 256 and 86 are kept. */
const FIRST_IP = '10.96.1.1';
const FIRST_PORT = 30_086;

describe('a new Service', () => {
  it('is given what kube-apiserver gives it', () => {
    assert.deepEqual(specOf({ ports: PORTS }), {
      clusterIP: FIRST_IP,
      clusterIPs: [FIRST_IP],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    });
  });

  // biome-ignore format: table
  const given = [
    { name: 'of type NodePort has a port on every node',          spec: { type: 'NodePort', ports: PORTS },                                                      want: { externalTrafficPolicy: 'Cluster', ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: FIRST_PORT }] } },
    { name: 'keeps the node port that it names',                  spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_001 }] },                           want: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_001 }] } },
    { name: 'has one node port for one number of two protocols',  spec: { type: 'NodePort', ports: [{ name: 'a', port: 53 }, { name: 'b', port: 53, protocol: 'UDP', nodePort: 30_053 }] }, want: { ports: [{ name: 'a', port: 53, protocol: 'TCP', targetPort: 53, nodePort: 30_053 }, { name: 'b', port: 53, protocol: 'UDP', targetPort: 53, nodePort: 30_053 }] } },
    { name: 'of type LoadBalancer allocates node ports',          spec: { type: 'LoadBalancer', ports: PORTS },                                                  want: { allocateLoadBalancerNodePorts: true, externalTrafficPolicy: 'Cluster', ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: FIRST_PORT }] } },
    { name: 'allocates no node port when told so',                spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: PORTS },            want: { allocateLoadBalancerNodePorts: false, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] } },
    { name: 'with policy Local has a health check port',          spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: PORTS },                  want: { healthCheckNodePort: FIRST_PORT + 1 } },
    { name: 'keeps the health check port that it names',          spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32_000, ports: PORTS }, want: { healthCheckNodePort: 32_000 } },
    { name: 'with external addresses has a policy for them',      spec: { ports: PORTS, externalIPs: ['192.0.2.1'] },                                            want: { externalTrafficPolicy: 'Cluster' } },
    { name: 'remembers a client for three hours',                 spec: { ports: PORTS, sessionAffinity: 'ClientIP' },                                           want: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } } },
    { name: 'remembers nobody where it says None',                spec: { ports: PORTS, sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },            want: { sessionAffinity: 'None', sessionAffinityConfig: undefined } },
    { name: 'keeps the address that it names',                    spec: { ports: PORTS, clusterIP: '10.96.0.10' },                                               want: { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] } },
    { name: 'without an address has none',                        spec: { clusterIP: 'None', selector: { app: 'a' } },                                           want: { clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' } },
    { name: 'without address and selector is of both families',   spec: { clusterIP: 'None' },                                                                   want: { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } },
    { name: 'of type ExternalName has no address and no policy',  spec: { type: 'ExternalName', externalName: 'example.com' },                                   want: { clusterIP: undefined, clusterIPs: undefined, ipFamilies: undefined, internalTrafficPolicy: undefined } },
    { name: 'of both families where it may, has the one there is', spec: { ports: PORTS, ipFamilyPolicy: 'PreferDualStack' },                                    want: { ipFamilies: ['IPv4'], clusterIPs: [FIRST_IP] } },
  ];
  for (const { name, spec, want } of given) {
    it(name, () => {
      const got = specOf(spec);
      assert.deepEqual(Object.fromEntries(Object.keys(want).map((key) => [key, got[key]])), want);
    });
  }

  // biome-ignore format: table
  const dual = [
    { name: 'is of one family unless it asks for two',   spec: { ports: PORTS },                                                                   want: { ipFamilies: ['IPv4'], clusterIPs: [FIRST_IP] } },
    { name: 'has two addresses where it prefers so',     spec: { ports: PORTS, ipFamilyPolicy: 'PreferDualStack' },                                want: { ipFamilies: ['IPv4', 'IPv6'], clusterIPs: [FIRST_IP, 'fd00:10:96::101'] } },
    { name: 'has its families in the order asked for',   spec: { ports: PORTS, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] }, want: { clusterIP: 'fd00:10:96::101', clusterIPs: ['fd00:10:96::101', FIRST_IP] } },
    { name: 'tells its family by the address it names',  spec: { ports: PORTS, clusterIP: 'fd00:10:96::7' },                                       want: { ipFamilies: ['IPv6'], clusterIPs: ['fd00:10:96::7'] } },
  ];
  for (const { name, spec, want } of dual) {
    it(`${name}, on a dual-stack cluster`, () => {
      const got = specOf(spec, DUAL);
      assert.deepEqual(Object.fromEntries(Object.keys(want).map((key) => [key, got[key]])), want);
    });
  }

  // biome-ignore format: table
  const refusedRows = [
    { name: 'an address of another network',          spec: { ports: PORTS, clusterIP: '192.0.2.1' },                                           want: ['spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided network does not match the current range'] },
    { name: "the network's own address",              spec: { ports: PORTS, clusterIP: '10.96.0.0' },                                           want: ['spec.clusterIPs: Invalid value: ["10.96.0.0"]: failed to allocate IP 10.96.0.0: the provided network does not match the current range'] },
    { name: 'a node port out of range',               spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },                          want: ['spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767'] },
    { name: 'one node port for two numbers',          spec: { type: 'NodePort', ports: [{ name: 'a', port: 80, nodePort: 30_080 }, { name: 'b', port: 81, nodePort: 30_080 }] }, want: ['spec.ports[1].nodePort: Invalid value: 30080: provided port is already allocated'] },
    { name: 'a health check port out of range',       spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 9, ports: PORTS }, want: ['Internal error occurred: failed to allocate requested HealthCheck NodePort 9: provided port is not in the valid range. The range of valid ports is 30000-32767'] },
    { name: 'two families on a cluster of one',       spec: { ports: PORTS, ipFamilyPolicy: 'RequireDualStack' },                               want: ['spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'] },
    { name: 'a family that the cluster has not',      spec: { ports: PORTS, ipFamilies: ['IPv6'] },                                             want: ['spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'] },
    { name: 'an address of a family that is not there', spec: { ports: PORTS, clusterIP: 'fd00::1' },                                           want: ['spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster'] },
    { name: 'two families without saying so',         spec: { ports: PORTS, ipFamilies: ['IPv4', 'IPv6'] },                                     want: [`spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`] },
    { name: 'a family twice',                         spec: { ports: PORTS, ipFamilies: ['IPv4', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' },  want: ['spec.ipFamilies[1]: Duplicate value: "IPv4"'] },
    { name: 'an address against its family',          spec: { ports: PORTS, clusterIP: '10.96.0.7', ipFamilies: ['IPv6'] },                     want: ['spec.clusterIPs[0]: Invalid value: "10.96.0.7": expected an IPv6 value as indicated by `ipFamilies[0]`'] },
    { name: 'the list without the first address',     spec: { ports: PORTS, clusterIPs: ['10.96.0.7'] },                                        want: ['spec.clusterIPs: Invalid value: ["10.96.0.7"]: must be empty when `clusterIP` is not specified'] },
    { name: 'two different first addresses',          spec: { ports: PORTS, clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.8'] },                want: ['spec.clusterIPs: Invalid value: ["10.96.0.8"]: first value must match `clusterIP`'] },
    { name: 'None beside an address',                 spec: { ports: PORTS, clusterIP: 'None', clusterIPs: ['None', '10.96.0.8'] },             want: [`spec.clusterIPs: Invalid value: ["None","10.96.0.8"]: 'None' must be the first and only value`] },
    { name: 'an address that two would read as two',  spec: { ports: PORTS, clusterIP: '010.96.0.7' },                                          want: ['spec.clusterIPs[0]: Invalid value: "010.96.0.7": must not have leading 0s'] },
  ];
  for (const { name, spec, want } of refusedRows) {
    it(`is refused ${name}`, () => assert.deepEqual(refused(spec), want));
  }

  it('forgets a status that it came with', () => {
    const service = create(resourceOf('services'), {
      spec: { type: 'LoadBalancer', ports: PORTS },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    });
    assert.deepEqual(made(service)['status'], { loadBalancer: {} });
  });
});

describe('addresses and ports of Services', () => {
  const fixed = { type: 'LoadBalancer', clusterIP: '10.96.0.10', externalTrafficPolicy: 'Local' };
  const spec = { ...fixed, healthCheckNodePort: 30_002, ports: [{ port: 80, nodePort: 30_001 }] };

  it('are no others while the Service is there', () => {
    const services = resourceOf('services');
    made(create(services, { spec }));
    const other = { ports: PORTS, clusterIP: '10.96.0.10' };
    assert.match(
      refusals(create(services, { spec: other }))[0] ?? '',
      /10\.96\.0\.10: provided IP is already allocated$/,
    );
    for (const nodePort of [30_001, 30_002]) {
      const taken = create(services, { spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] } });
      assert.match(refusals(taken)[0] ?? '', /provided port is already allocated$/);
    }
  });

  it('are free again when it is gone', () => {
    const services = resourceOf('services');
    services.strategy.release?.(made(create(services, { spec })));
    assert.deepEqual(refusals(create(services, { spec })), []);
  });

  it('stay free when the Service was refused', () => {
    const services = resourceOf('services');
    assert.notDeepEqual(refusals(create(services, { spec: { ...spec, sessionAffinity: 'Never' } })), []);
    assert.deepEqual(refusals(create(services, { spec })), []);
  });

  it('run out, which is nobody’s fault', () => {
    const services = resourceOf('services', {
      serviceCidrs: ['10.96.0.0/29'],
      nodePorts: { first: 30_000, last: 30_002 },
    });
    for (let n = 0; n < 6; n++) made(create(services, { metadata: { name: `s${n}` }, spec: { ports: PORTS } }));
    const seventh = refusals(create(services, { spec: { ports: PORTS } }));
    assert.deepEqual(seventh, [
      'Internal error occurred: failed to allocate a serviceIP for Service "x": range is full',
    ]);
  });

  it('are fresh in every server', () => {
    for (const services of [resourceOf('services'), resourceOf('services')]) {
      assert.deepEqual(refusals(create(services, { spec })), []);
    }
  });
});
