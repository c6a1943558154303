/**
 * What validation refuses, in the words that kubectl shows. Every row's causes are those of kube-apiserver.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { onEachServer } from './support/world.js';

interface Row {
  readonly name: string;
  readonly spec: Json;
  /** `field: message` of each cause, in order. */
  readonly want: readonly string[];
}

/** The reason of a cause is told by the words that its message begins with. */
const REASONS: readonly (readonly [start: string, reason: string])[] = [
  ['Invalid value', 'FieldValueInvalid'],
  ['Required value', 'FieldValueRequired'],
  ['Duplicate value', 'FieldValueDuplicate'],
  ['Unsupported value', 'FieldValueNotSupported'],
  ['Forbidden', 'FieldValueForbidden'],
  ['Too long', 'FieldValueTooLong'],
];
const reasonOf = (message: string) => REASONS.find(([start]) => message.startsWith(start))?.[1];

/** The causes as {@link Row.want} has them; fails on a Status that contradicts itself. */
function causesOf(status: Json): readonly string[] {
  assert.equal(status.code, 422, JSON.stringify(status));
  assert.equal(status.reason, 'Invalid');
  const causes = status.details.causes.map((cause: Json) => {
    assert.equal(cause.reason, reasonOf(cause.message), JSON.stringify(cause));
    return `${cause.field}: ${cause.message}`;
  });
  const list = causes.length === 1 ? causes[0] : `[${causes.join(', ')}]`;
  assert.equal(status.message, `${status.details.kind} "${status.details.name}" is invalid: ${list}`);
  return causes;
}

const NO_LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NO_SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NO_NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const NO_LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NO_PORT = 'must be between 1 and 65535, inclusive';
// As upstream words them.
const REFUSED: readonly Row[] = [
  {
    name: 'a port of 0',
    spec: { ports: [{ port: 0 }] },
    want: [
      `spec.ports[0].port: Invalid value: 0: ${NO_PORT}`,
      `spec.ports[0].targetPort: Invalid value: 0: ${NO_PORT}`,
    ],
  },
  {
    name: 'a port above 65535',
    spec: { ports: [{ port: 70000 }] },
    want: [
      `spec.ports[0].port: Invalid value: 70000: ${NO_PORT}`,
      `spec.ports[0].targetPort: Invalid value: 70000: ${NO_PORT}`,
    ],
  },
  { name: 'no port', spec: {}, want: ['spec.ports: Required value'] },
  {
    name: 'two ports without names',
    spec: { ports: [{ port: 80 }, { port: 81 }] },
    want: ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
  },
  {
    name: 'two ports of one name',
    spec: {
      ports: [
        { name: 'a', port: 80 },
        { name: 'a', port: 81 },
      ],
    },
    want: ['spec.ports[1].name: Duplicate value: "a"'],
  },
  {
    name: 'one port and protocol twice',
    spec: {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    },
    want: [
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  },
  {
    name: 'a port name that is no label',
    spec: { ports: [{ name: 'Bad_Name', port: 80 }] },
    want: [`spec.ports[0].name: Invalid value: "Bad_Name": ${NO_LABEL}`],
  },
  {
    name: 'a protocol that it does not know',
    spec: { ports: [{ port: 80, protocol: 'ICMP' }] },
    want: ['spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
  },
  {
    name: 'a targetPort above 65535',
    spec: { ports: [{ port: 80, targetPort: 70000 }] },
    want: [`spec.ports[0].targetPort: Invalid value: 70000: ${NO_PORT}`],
  },
  {
    name: 'a targetPort whose name is too long',
    spec: { ports: [{ port: 80, targetPort: 'a-name-that-is-too-long' }] },
    want: ['spec.ports[0].targetPort: Invalid value: "a-name-that-is-too-long": must be no more than 15 characters'],
  },
  {
    name: 'a targetPort whose name is a number',
    spec: { ports: [{ port: 80, targetPort: '8080' }] },
    want: ['spec.ports[0].targetPort: Invalid value: "8080": must contain at least one letter (a-z)'],
  },
  {
    name: 'an appProtocol that is no name',
    spec: { ports: [{ port: 80, appProtocol: 'not ok!' }] },
    want: [`spec.ports[0].appProtocol: Invalid value: "not ok!": ${NO_NAME_PART}`],
  },
  {
    name: 'a type that it does not know',
    spec: { type: 'Balancer', ports: [{ port: 80 }] },
    want: [
      'spec.type: Unsupported value: "Balancer": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  },
  {
    name: 'a nodePort of a ClusterIP Service',
    spec: { ports: [{ port: 80, nodePort: 30080 }] },
    want: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  },
  {
    name: 'a nodePort outside of the range',
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 20000 }] },
    want: [
      'spec.ports[0].nodePort: Invalid value: 20000: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
  },
  {
    name: 'one nodePort for two ports',
    spec: {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80, nodePort: 30023 },
        { name: 'b', port: 81, nodePort: 30023 },
      ],
    },
    want: ['spec.ports[1].nodePort: Invalid value: 30023: provided port is already allocated'],
  },
  {
    name: 'a sessionAffinity that it does not know',
    spec: { sessionAffinity: 'Sticky', ports: [{ port: 80 }] },
    want: ['spec.sessionAffinity: Unsupported value: "Sticky": supported values: "ClientIP", "None"'],
  },
  {
    name: 'an affinity of no seconds',
    spec: {
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } },
      ports: [{ port: 80 }],
    },
    want: [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400',
    ],
  },
  {
    name: 'an affinity of more than a day',
    spec: {
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } },
      ports: [{ port: 80 }],
    },
    want: [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
  },
  {
    name: 'a clusterIP that is no address',
    spec: { clusterIP: 'banana', ports: [{ port: 80 }] },
    want: [
      'spec.clusterIPs[0]: Invalid value: "banana": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  {
    name: 'a clusterIP outside of the range',
    spec: { clusterIP: '192.0.2.1', ports: [{ port: 80 }] },
    want: [
      'spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided network does not match the current range',
    ],
  },
  {
    name: 'a clusterIP that is taken',
    spec: { clusterIP: '10.0.0.1', ports: [{ port: 80 }] },
    want: [
      'spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: provided IP is already allocated',
    ],
  },
  {
    name: 'a clusterIP that is not the first of clusterIPs',
    spec: { clusterIP: '10.0.9.9', clusterIPs: ['10.0.9.8'], ports: [{ port: 80 }] },
    want: ['spec.clusterIPs: Invalid value: ["10.0.9.8"]: first value must match `clusterIP`'],
  },
  {
    name: 'three clusterIPs',
    spec: { clusterIP: '10.0.9.9', clusterIPs: ['10.0.9.9', 'fd00:10::9', '10.0.9.8'], ports: [{ port: 80 }] },
    want: ['spec.clusterIPs: Invalid value: ["10.0.9.9","fd00:10::9","10.0.9.8"]: may only hold up to 2 values'],
  },
  {
    name: 'two clusterIPs of one family',
    spec: {
      clusterIP: '10.0.9.9',
      clusterIPs: ['10.0.9.9', '10.0.9.8'],
      ipFamilyPolicy: 'PreferDualStack',
      ports: [{ port: 80 }],
    },
    want: [
      'spec.clusterIPs: Invalid value: ["10.0.9.9","10.0.9.8"]: may specify no more than one IP for each IP family',
    ],
  },
  {
    name: 'a headless NodePort Service',
    spec: { type: 'NodePort', clusterIP: 'None', ports: [{ port: 80 }] },
    want: [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
  },
  {
    name: 'a headless LoadBalancer Service',
    spec: { type: 'LoadBalancer', clusterIP: 'None', ports: [{ port: 80 }] },
    want: [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for LoadBalancer services`],
  },
  {
    name: 'an ExternalName Service without its name',
    spec: { type: 'ExternalName' },
    want: ['spec.externalName: Required value'],
  },
  {
    name: 'an externalName that is no domain name',
    spec: { type: 'ExternalName', externalName: 'not a name!' },
    want: [`spec.externalName: Invalid value: "not a name!": ${NO_SUBDOMAIN}`],
  },
  {
    name: 'a clusterIP of an ExternalName Service',
    spec: { type: 'ExternalName', externalName: 'a.example', clusterIP: '10.0.9.9' },
    want: ['spec.clusterIPs: Forbidden: may not be set for ExternalName services'],
  },
  {
    name: 'an external IP that is no address',
    spec: { externalIPs: ['banana'], ports: [{ port: 80 }] },
    want: [
      'spec.externalIPs[0]: Invalid value: "banana": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  {
    name: 'a loopback address as external IP',
    spec: { externalIPs: ['127.0.0.1'], ports: [{ port: 80 }] },
    want: ['spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  },
  {
    name: 'a source range that is no prefix',
    spec: { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/33'], ports: [{ port: 80 }] },
    want: [
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  },
  {
    name: 'source ranges of a ClusterIP Service',
    spec: { loadBalancerSourceRanges: ['10.0.0.0/8'], ports: [{ port: 80 }] },
    want: ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
  },
  {
    name: 'an externalTrafficPolicy of a ClusterIP Service',
    spec: { externalTrafficPolicy: 'Local', ports: [{ port: 80 }] },
    want: ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
  },
  {
    name: 'an externalTrafficPolicy that it does not know',
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Nearby', ports: [{ port: 80 }] },
    want: ['spec.externalTrafficPolicy: Unsupported value: "Nearby": supported values: "Cluster", "Local"'],
  },
  {
    name: 'an internalTrafficPolicy that it does not know',
    spec: { internalTrafficPolicy: 'Nearby', ports: [{ port: 80 }] },
    want: ['spec.internalTrafficPolicy: Unsupported value: "Nearby": supported values: "Cluster", "Local"'],
  },
  {
    name: 'a healthCheckNodePort without the policy Local',
    spec: { type: 'LoadBalancer', healthCheckNodePort: 32000, ports: [{ port: 80 }] },
    want: [
      "spec.healthCheckNodePort: Invalid value: 32000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  },
  {
    name: 'allocateLoadBalancerNodePorts of a ClusterIP Service',
    spec: { allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] },
    want: ["spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'"],
  },
  {
    name: 'a loadBalancerClass of a ClusterIP Service',
    spec: { loadBalancerClass: 'cairn.dev/l2', ports: [{ port: 80 }] },
    want: ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"],
  },
  {
    name: 'a loadBalancerClass that is no label key',
    spec: { type: 'LoadBalancer', loadBalancerClass: 'Not A Class', ports: [{ port: 80 }] },
    want: [`spec.loadBalancerClass: Invalid value: "Not A Class": ${NO_NAME_PART}`],
  },
  {
    name: 'a selector whose key is no label key',
    spec: { selector: { '-bad': 'x' }, ports: [{ port: 80 }] },
    want: [`spec.selector: Invalid value: "-bad": ${NO_NAME_PART}`],
  },
  {
    name: 'a selector whose value is no label value',
    spec: { selector: { app: 'not ok' }, ports: [{ port: 80 }] },
    want: [`spec.selector: Invalid value: "not ok": ${NO_LABEL_VALUE}`],
  },
  {
    name: 'an address family that it does not know',
    spec: { ipFamilies: ['IPv5'], ports: [{ port: 80 }] },
    want: ['spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'],
  },
  {
    name: 'one address family twice',
    spec: { ipFamilies: ['IPv4', 'IPv4'], ports: [{ port: 80 }] },
    want: ['spec.ipFamilies[1]: Duplicate value: "IPv4"'],
  },
  {
    name: 'two address families with SingleStack',
    spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'], ports: [{ port: 80 }] },
    want: [
      `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    ],
  },
  {
    name: 'a clusterIP of another family than asked for',
    spec: { ipFamilies: ['IPv6'], clusterIP: '10.0.9.9', ports: [{ port: 80 }] },
    want: ['spec.clusterIPs[0]: Invalid value: "10.0.9.9": expected an IPv6 value as indicated by `ipFamilies[0]`'],
  },
  {
    name: 'an ipFamilyPolicy that it does not know',
    spec: { ipFamilyPolicy: 'Triple', ports: [{ port: 80 }] },
    want: [
      'spec.ipFamilyPolicy: Unsupported value: "Triple": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
    ],
  },
  {
    name: 'a trafficDistribution that it does not know',
    spec: { trafficDistribution: 'Far', ports: [{ port: 80 }] },
    want: [
      'spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  },
  {
    name: 'everything wrong at once, in the order of the fields',
    spec: {
      type: 'LoadBalancer',
      sessionAffinity: 'x',
      externalTrafficPolicy: 'y',
      ports: [{ port: 0 }, { port: 99999, name: 'B B' }],
    },
    want: [
      'spec.ports[0].name: Required value',
      `spec.ports[0].port: Invalid value: 0: ${NO_PORT}`,
      `spec.ports[0].targetPort: Invalid value: 0: ${NO_PORT}`,
      `spec.ports[1].name: Invalid value: "B B": ${NO_LABEL}`,
      `spec.ports[1].port: Invalid value: 99999: ${NO_PORT}`,
      `spec.ports[1].targetPort: Invalid value: 99999: ${NO_PORT}`,
      'spec.sessionAffinity: Unsupported value: "x": supported values: "ClientIP", "None"',
      'spec.externalTrafficPolicy: Unsupported value: "y": supported values: "Cluster", "Local"',
    ],
  },
];

describe('a Service is refused with', () => {
  for (const { name, spec, want } of REFUSED) {
    onEachServer(name, async (world) => {
      const wrong = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'wrong' }, spec };
      const { body } = await world.http.post(world.path('services'), wrong);
      assert.deepEqual(causesOf(body), want);
    });
  }
});
