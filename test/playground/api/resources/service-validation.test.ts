import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { create, made, refusals, resourceOf } from '../support/strategy.js';

const PORTS = [{ port: 80 }];
const LB = { type: 'LoadBalancer', ports: PORTS };
const RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const KEY_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('a Service is refused', () => {
  // Every sentence here is kube-apiserver's own, taken from 1.36.3.
  // biome-ignore format: table
  const cases = [
    { name: 'without ports',                               spec: { selector: {} },                                            want: ['spec.ports: Required value'] },
    { name: 'of an unknown type',                          spec: { type: 'Foo', ports: PORTS },                               want: ['spec.type: Unsupported value: "Foo": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'] },
    { name: 'of type LoadBalancer without an address',     spec: { ...LB, clusterIP: 'None' },                                want: ["spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for LoadBalancer services"] },
    { name: 'of type ExternalName without a name',         spec: { type: 'ExternalName' },                                    want: ['spec.externalName: Required value'] },
    { name: 'of type ExternalName with an address',        spec: { type: 'ExternalName', externalName: 'a.b', clusterIP: '10.96.0.9' }, want: ['spec.clusterIPs: Forbidden: may not be set for ExternalName services'] },
    { name: 'with several ports of which one has no name', spec: { ports: [{ port: 80 }, { name: 'b', port: 81 }] },          want: ['spec.ports[0].name: Required value'] },
    { name: 'with one port name twice',                    spec: { ports: [{ name: 'a', port: 80 }, { name: 'a', port: 81 }] }, want: ['spec.ports[1].name: Duplicate value: "a"'] },
    { name: 'with a port name of dots',                    spec: { ports: [{ name: 'a.b', port: 80 }] },                      want: ['spec.ports[0].name: Invalid value: "a.b": must not contain dots'] },
    { name: 'with one port twice',                         spec: { ports: [{ name: 'a', port: 80 }, { name: 'b', port: 80 }] }, want: ['spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}'] },
    { name: 'with everything about a port wrong',          spec: { ports: [{ name: 'A_', port: 0, protocol: 'X', targetPort: 70_000, appProtocol: 'a b' }] }, want: [`spec.ports[0].name: Invalid value: "A_": ${LABEL_RULE}`, 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive', 'spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"', 'spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive', `spec.ports[0].appProtocol: Invalid value: "a b": name part ${KEY_RULE}`] },
    { name: 'with a target port name that is too long',    spec: { ports: [{ port: 80, targetPort: 'a-very-long-port-name' }] }, want: ['spec.ports[0].targetPort: Invalid value: "a-very-long-port-name": must be no more than 15 characters'] },
    { name: 'of type ClusterIP with a node port',          spec: { ports: [{ port: 80, nodePort: 30_080 }] },                 want: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"] },
    { name: 'that remembers clients for too long',         spec: { ports: PORTS, sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } }, want: ['spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400'] },
    { name: 'that remembers clients in an unknown way',    spec: { ports: PORTS, sessionAffinity: 'Foo' },                    want: ['spec.sessionAffinity: Unsupported value: "Foo": supported values: "ClientIP", "None"'] },
    { name: 'with an external address that no host has',   spec: { ports: PORTS, externalIPs: ['127.0.0.1', 'foo', '0.0.0.0', '169.254.1.1', '224.0.0.1'] }, want: ['spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)', 'spec.externalIPs[1]: Invalid value: "foo": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', 'spec.externalIPs[2]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)', 'spec.externalIPs[3]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)', 'spec.externalIPs[4]: Invalid value: "224.0.0.1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'] },
    { name: 'with source ranges that are none',            spec: { ...LB, loadBalancerSourceRanges: ['10.0.0.0', '10.0.0.1/8', '010.0.0.0/8', '::ffff:1.2.3.0/120'] }, want: ['spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)', 'spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length', 'spec.LoadBalancerSourceRanges[2]: Invalid value: "010.0.0.0/8": must not have leading 0s in IP or prefix length', 'spec.LoadBalancerSourceRanges[3]: Invalid value: "::ffff:1.2.3.0/120": must not have an IPv4-mapped IPv6 address'] },
    { name: 'with source ranges and no load balancer',     spec: { ports: PORTS, loadBalancerSourceRanges: ['10.0.0.0/8'] },  want: ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"] },
    { name: 'with a class and no load balancer',           spec: { ports: PORTS, loadBalancerClass: 'a/b' },                  want: ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"] },
    { name: 'with a class that is no name',                spec: { ...LB, loadBalancerClass: 'a b' },                         want: [`spec.loadBalancerClass: Invalid value: "a b": name part ${KEY_RULE}`] },
    { name: 'that allocates node ports for no load balancer', spec: { ports: PORTS, allocateLoadBalancerNodePorts: true },   want: ["spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'"] },
    { name: 'with an external policy that nothing uses',   spec: { ports: PORTS, externalTrafficPolicy: 'Local' },            want: ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'] },
    { name: 'with a health check port that nothing uses',  spec: { ...LB, healthCheckNodePort: 31_000 },                      want: ["spec.healthCheckNodePort: Invalid value: 31000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"] },
    { name: 'with unknown policies',                       spec: { ...LB, internalTrafficPolicy: 'X', externalTrafficPolicy: 'Y', trafficDistribution: 'Z' }, want: ['spec.externalTrafficPolicy: Unsupported value: "Y": supported values: "Cluster", "Local"', 'spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"', 'spec.trafficDistribution: Unsupported value: "Z": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"'] },
    { name: 'with a selector of no labels',                spec: { ports: PORTS, selector: { 'a b': 'c' } },                  want: [`spec.selector: Invalid value: "a b": name part ${KEY_RULE}`] },
  ];
  for (const { name, spec, want } of cases) {
    it(name, () => assert.deepEqual(refusals(create(resourceOf('services'), { spec })), want));
  }

  it('with source ranges in its annotation that are none', () => {
    const said = { metadata: { annotations: { [RANGES]: '10.0.0.0/8, x' } }, spec: LB };
    assert.deepEqual(refusals(create(resourceOf('services'), said)), [
      `metadata.annotations[${RANGES}]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
    ]);
  });
});

describe('a Service is taken', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'with spaces around its source ranges', spec: { ...LB, loadBalancerSourceRanges: [' 192.0.2.0/24 '] } },
    { name: 'with any text as loadBalancerIP',      spec: { ...LB, loadBalancerIP: 'foo' } },
    { name: 'with a name as target port',           spec: { ports: [{ port: 80, targetPort: 'http' }] } },
    { name: 'without ports, where it has no address', spec: { clusterIP: 'None' } },
    { name: 'with a dot behind its external name',  spec: { type: 'ExternalName', externalName: 'example.com.' } },
    { name: 'that shows pods which are not ready',  spec: { ports: PORTS, publishNotReadyAddresses: true } },
    { name: 'that prefers what is near',            spec: { ports: PORTS, trafficDistribution: 'PreferSameNode' } },
  ];
  for (const { name, spec } of cases) {
    it(name, () => assert.deepEqual(refusals(create(resourceOf('services'), { spec })), []));
  }
});

describe('who writes a Service is warned', () => {
  const headless = 'is ignored for headless services';
  // biome-ignore format: table
  const cases = [
    { name: 'of what a headless one does not use', spec: { clusterIP: 'None', sessionAffinity: 'ClientIP', externalIPs: ['192.0.2.4'], loadBalancerIP: '192.0.2.5' }, want: [`spec.loadBalancerIP ${headless}`, `spec.externalIPs ${headless}`, `spec.SessionAffinity ${headless}`] },
    { name: 'of external addresses',               spec: { ports: PORTS, externalIPs: ['192.0.2.4'] },                       want: ['spec.externalIPs is deprecated and may no longer be implemented in some clusters'] },
    { name: 'of an address in another form',       spec: { ...LB, loadBalancerIP: '2001:DB8::1' },                           want: ['spec.loadBalancerIP: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")'] },
    { name: 'of a name that nothing uses',         spec: { ports: PORTS, externalName: 'a.b' },                              want: ['spec.externalName is ignored when spec.type is not "ExternalName"'] },
    { name: 'of a word that has a better one',     spec: { ports: PORTS, trafficDistribution: 'PreferClose' },               want: ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'] },
    { name: 'of nothing when all is well',         spec: { ports: PORTS },                                                   want: [] },
  ];
  for (const { name, spec, want } of cases) {
    it(name, () => {
      const services = resourceOf('services');
      const service = made(create(services, { spec }));
      assert.deepEqual(services.strategy.warnings?.(service, undefined), want);
    });
  }
});
