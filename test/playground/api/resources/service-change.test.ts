import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import { change, changeStatus, create, made, refusals, resourceOf } from '../support/strategy.js';

const PORTS = [{ port: 80 }];
const LB = { type: 'LoadBalancer', ports: PORTS };
const LOCAL = { ...LB, externalTrafficPolicy: 'Local' };
const IP = '10.96.0.10';
const IP6 = 'fd00:10:96::10';
const BOTH = { ports: PORTS, clusterIP: IP, clusterIPs: [IP, IP6], ipFamilyPolicy: 'PreferDualStack' };

const dualStack = () => resourceOf('services', { serviceCidrs: ['10.96.0.0/16', 'fd00:10:96::/112'], random: () => 0 });
const changed = (spec: JsonObject, patch: JsonObject) => {
  const services = dualStack();
  return change(services, made(create(services, { spec })), { spec: patch });
};
const picked = (spec: JsonObject, fields: object) =>
  Object.fromEntries(Object.keys(fields).map((field) => [field, spec[field]]));

describe('a changed Service', () => {
  // `undefined`: the field is gone.
  // biome-ignore format: table
  const cases = [
    { name: 'keeps what it was given when the writer says nothing of it', spec: { ...LOCAL, clusterIP: IP, healthCheckNodePort: 31_000, ports: [{ port: 80, nodePort: 30_080 }] }, patch: { clusterIP: null, clusterIPs: null, healthCheckNodePort: null, ports: PORTS }, want: { clusterIP: IP, clusterIPs: [IP], healthCheckNodePort: 31_000, ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_080 }] } },
    { name: 'loses its node ports with the type that needed them',       spec: { type: 'NodePort', ports: PORTS },     patch: { type: 'ClusterIP' },                              want: { externalTrafficPolicy: undefined, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] } },
    { name: 'loses all that only a load balancer needs',                 spec: { ...LOCAL, loadBalancerClass: 'a/b' }, patch: { type: 'ClusterIP' },                              want: { allocateLoadBalancerNodePorts: undefined, loadBalancerClass: undefined, externalTrafficPolicy: undefined, healthCheckNodePort: undefined } },
    { name: 'keeps its node ports as NodePort',                          spec: { ...LB, ports: [{ port: 80, nodePort: 30_080 }] }, patch: { type: 'NodePort' },                   want: { allocateLoadBalancerNodePorts: undefined, externalTrafficPolicy: 'Cluster', ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_080 }] } },
    { name: 'loses its addresses as ExternalName',                       spec: BOTH,                                   patch: { type: 'ExternalName', externalName: 'a.b' },      want: { clusterIP: undefined, clusterIPs: undefined, ipFamilies: undefined, ipFamilyPolicy: undefined } },
    { name: 'is given an address when it is ExternalName no more',       spec: { type: 'ExternalName', externalName: 'a.b' }, patch: { type: 'ClusterIP', externalName: null, ports: PORTS }, want: { clusterIP: '10.96.1.1', ipFamilies: ['IPv4'] } },
    { name: 'is given node ports as LoadBalancer',                       spec: { ports: PORTS },                       patch: { type: 'LoadBalancer' },                           want: { allocateLoadBalancerNodePorts: true, ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_086 }] } },
    { name: 'loses its health check port with policy Cluster',           spec: LOCAL,                                  patch: { externalTrafficPolicy: 'Cluster' },               want: { healthCheckNodePort: undefined } },
    { name: 'keeps its node ports when it wants none any more',          spec: { ...LB, ports: [{ port: 80, nodePort: 30_080 }] }, patch: { allocateLoadBalancerNodePorts: false }, want: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_080 }] } },
    { name: 'moves to another node port',                                spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] }, patch: { ports: [{ port: 80, nodePort: 30_081 }] }, want: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_081 }] } },
    { name: 'leaves a node port to the port that names it',              spec: { type: 'NodePort', ports: [{ name: 'a', port: 80, nodePort: 30_080 }, { name: 'b', port: 81, nodePort: 30_081 }] }, patch: { ports: [{ name: 'a', port: 80 }, { name: 'b', port: 81, nodePort: 30_080 }] }, want: { ports: [{ name: 'a', port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_086 }, { name: 'b', port: 81, protocol: 'TCP', targetPort: 81, nodePort: 30_080 }] } },
    { name: 'has a second address when it prefers two',                  spec: { ports: PORTS, clusterIP: IP },        patch: { ipFamilyPolicy: 'PreferDualStack' },              want: { ipFamilies: ['IPv4', 'IPv6'], clusterIPs: [IP, 'fd00:10:96::101'] } },
    { name: 'has the second address that it names',                      spec: { ports: PORTS, clusterIP: IP },        patch: { ipFamilyPolicy: 'RequireDualStack', clusterIPs: [IP, IP6] }, want: { ipFamilies: ['IPv4', 'IPv6'], clusterIPs: [IP, IP6] } },
    { name: 'gives its second address back with SingleStack',            spec: BOTH,                                   patch: { ipFamilyPolicy: 'SingleStack' },                  want: { ipFamilies: ['IPv4'], clusterIPs: [IP] } },
    { name: 'forgets clients with the affinity',                         spec: { ports: PORTS, sessionAffinity: 'ClientIP' }, patch: { sessionAffinity: 'None' },                 want: { sessionAffinityConfig: undefined } },
  ];
  for (const { name, spec, patch, want } of cases) {
    it(name, () => assert.deepEqual(picked(made(changed(spec, patch))['spec'], want), want));
  }

  // biome-ignore format: table
  const refused = [
    { name: 'another address',                       spec: { ports: PORTS, clusterIP: IP },            patch: { clusterIP: '10.96.0.11' },                                    want: ['spec.clusterIPs[0]: Invalid value: ["10.96.0.11"]: may not change once set'] },
    { name: 'no address in place of one',            spec: { ports: PORTS, clusterIP: IP },            patch: { clusterIP: 'None' },                                          want: ['spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set'] },
    { name: 'another order of families',             spec: BOTH,                                       patch: { ipFamilies: ['IPv6', 'IPv4'] },                               want: ['spec.clusterIPs[0]: Invalid value: "10.96.0.10": expected an IPv6 value as indicated by `ipFamilies[0]`', 'spec.clusterIPs[1]: Invalid value: "fd00:10:96::10": expected an IPv4 value as indicated by `ipFamilies[1]`'] },
    { name: 'one address less without SingleStack',  spec: BOTH,                                       patch: { clusterIPs: [IP] },                                           want: [`spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary cluster IP`] },
    { name: 'one family less without SingleStack',   spec: BOTH,                                       patch: { ipFamilies: ['IPv4'] },                                       want: [`spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary IP family`] },
    { name: 'another class',                         spec: { ...LB, loadBalancerClass: 'a/b' },        patch: { loadBalancerClass: 'a/c' },                                   want: ['spec.loadBalancerClass: Invalid value: "a/c": may not change once set'] },
    { name: 'no class in place of one',              spec: { ...LB, loadBalancerClass: 'a/b' },        patch: { loadBalancerClass: null },                                    want: ['spec.loadBalancerClass: Invalid value: null: may not change once set'] },
    { name: 'a class where there was none',          spec: LB,                                         patch: { loadBalancerClass: 'a/b' },                                   want: ['spec.loadBalancerClass: Invalid value: "a/b": may not change once set'] },
    { name: 'a class for the type that it leaves',   spec: { ...LB, loadBalancerClass: 'a/b' },        patch: { type: 'ClusterIP', loadBalancerClass: 'a/c' },                want: ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"] },
    { name: 'a policy for the addresses that it loses', spec: { ports: PORTS },                     patch: { type: 'ExternalName', externalName: 'a.b', ipFamilyPolicy: 'PreferDualStack' }, want: ['spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services'] },
    { name: 'another health check port',             spec: { ...LOCAL, healthCheckNodePort: 31_000 },  patch: { healthCheckNodePort: 31_001 },                                want: ['spec.healthCheckNodePort: Forbidden: field is immutable'] },
    { name: 'a node port for the type that it leaves', spec: { type: 'NodePort', ports: PORTS },       patch: { type: 'ClusterIP', ports: [{ port: 80, nodePort: 30_333 }] }, want: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"] },
    { name: 'one node port for two ports',           spec: { type: 'NodePort', ports: PORTS },         patch: { ports: [{ name: 'a', port: 80, nodePort: 30_080 }, { name: 'b', port: 81, nodePort: 30_080 }] }, want: ['duplicate nodePort: {TCP 30080}'] },
  ];
  for (const { name, spec, patch, want } of refused) {
    it(`is refused ${name}`, () => assert.deepEqual(refusals(changed(spec, patch)), want));
  }

  it('may be given a class together with its type', () => {
    assert.deepEqual(refusals(changed({ ports: PORTS }, { type: 'LoadBalancer', loadBalancerClass: 'a/b' })), []);
  });

  it('that prefers two families has another one only when it is touched, on a cluster that has become dual-stack', () => {
    const single = resourceOf('services', { serviceCidrs: ['10.96.0.0/16'] });
    const old = made(create(single, { spec: { ports: PORTS, ipFamilyPolicy: 'PreferDualStack' } }));
    const families = (patch: JsonObject) => made(change(dualStack(), old, { spec: patch }))['spec'].ipFamilies;
    assert.deepEqual(families({ selector: { app: 'a' } }), ['IPv4']);
    assert.deepEqual(families({ type: 'NodePort' }), ['IPv4', 'IPv6']);
  });

  it('gives back what it no longer holds, and only that', () => {
    const services = dualStack();
    const spec = { ...BOTH, type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] };
    const old = made(create(services, { spec }));
    made(change(services, old, { spec: { type: 'ClusterIP', ipFamilyPolicy: 'SingleStack' } }));
    const other = { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }], clusterIP: IP6 };
    assert.deepEqual(refusals(create(services, { spec: other })), []);
    assert.match(refusals(create(services, { spec: { ports: PORTS, clusterIP: IP } }))[0] ?? '', /already allocated/);
  });

  it('loses the address that a load balancer gave it when it is none any more', () => {
    const services = dualStack();
    const bare = made(create(services, { spec: LB }));
    const conditions = [{ type: 'a.b/C', status: 'True', reason: 'R', message: '', lastTransitionTime: null }];
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] }, conditions };
    const old = made(changeStatus(services, bare, status));
    assert.deepEqual(made(change(services, old, { spec: { type: 'NodePort' } }))['status'], {
      loadBalancer: {},
      conditions,
    });
  });

  it('keeps its status, whatever the writer says of it', () => {
    const services = dualStack();
    const old = made(create(services, { spec: LB }));
    const patch = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
    assert.deepEqual(made(change(services, old, patch))['status'], { loadBalancer: {} });
  });
});

describe('the status of a Service', () => {
  const LABEL =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  const FIELD = 'status.loadBalancer.ingress';
  // biome-ignore format: table
  const cases = [
    { name: 'takes an address',                        spec: LB,               ingress: [{ ip: '192.0.2.1' }],                                want: [] },
    { name: 'takes a name',                            spec: LB,               ingress: [{ hostname: 'a.b' }],                                want: [] },
    { name: 'takes an address that a proxy answers',   spec: LB,               ingress: [{ ip: '192.0.2.1', ipMode: 'Proxy' }],               want: [] },
    { name: 'refuses an address where there is no load balancer', spec: { ports: PORTS }, ingress: [{ ip: '192.0.2.1' }],                     want: [`${FIELD}: Forbidden: may only be used when \`spec.type\` is 'LoadBalancer'`] },
    { name: 'refuses text that is no address',         spec: LB,               ingress: [{ ip: 'foo' }],                                      want: [`${FIELD}[0].ip: Invalid value: "foo": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)`] },
    { name: 'refuses an unknown mode',                 spec: LB,               ingress: [{ ip: '192.0.2.1', ipMode: 'X' }],                   want: [`${FIELD}[0].ipMode: Unsupported value: "X": supported values: "Proxy", "VIP"`] },
    { name: 'refuses a mode without an address',       spec: LB,               ingress: [{ hostname: 'a.b', ipMode: 'VIP' }],                 want: [`${FIELD}[0].ipMode: Forbidden: may not be specified when \`ip\` is not set`] },
    { name: 'refuses an address as a name',            spec: LB,               ingress: [{ hostname: '192.0.2.1' }],                          want: [`${FIELD}[0].hostname: Invalid value: "192.0.2.1": must be a DNS name, not an IP address`] },
    { name: 'refuses a name that is none',             spec: LB,               ingress: [{ hostname: 'A_B' }],                                want: [`${FIELD}[0].hostname: Invalid value: "A_B": ${LABEL}`] },
  ];
  for (const { name, spec, ingress, want } of cases) {
    it(name, () => {
      const services = dualStack();
      const old = made(create(services, { spec }));
      assert.deepEqual(refusals(changeStatus(services, old, { loadBalancer: { ingress } })), want);
    });
  }

  it('says of an address that it is a virtual one unless told otherwise', () => {
    const services = dualStack();
    const old = made(create(services, { spec: LB }));
    const { status } = made(changeStatus(services, old, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }));
    assert.deepEqual(status.loadBalancer.ingress, [{ ip: '192.0.2.1', ipMode: 'VIP' }]);
  });

  it('takes any conditions, as kube-apiserver does', () => {
    const services = dualStack();
    const old = made(create(services, { spec: LB }));
    const conditions = [{ type: 'a b', status: 'Foo', reason: '', message: '', lastTransitionTime: null }];
    assert.deepEqual(refusals(changeStatus(services, old, { conditions: [...conditions, ...conditions] })), []);
  });
});
