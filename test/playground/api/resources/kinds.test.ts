/**
 * The kinds that have few rules of their own, in one table. The others have files of theirs beside it.
 * @module
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import { createResources } from '../../../../src/playground/api/resources/index.js';
import { change, changeStatus, create, made, refusals, resourceOf } from '../support/strategy.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const FIXED = 'field is immutable when `immutable` is set';
const BACKEND = { service: { name: 'web', port: { number: 80 } } };
const rule = (path: JsonObject) => ({ spec: { rules: [{ http: { paths: [{ backend: BACKEND, ...path }] } }] } });

describe('a new object is given', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'the data of stringData, in a Secret',     kind: 'secrets',        said: { data: { a: base64('old'), b: base64('2') }, stringData: { a: '1' } }, want: { type: 'Opaque', data: { a: base64('1'), b: base64('2') }, stringData: undefined } },
    { name: 'no data where it has none',               kind: 'configmaps',     said: { data: {} },                                 want: { data: undefined } },
    { name: 'its name as a label, in a Namespace',     kind: 'namespaces',     said: {},                                           want: { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } } },
    { name: 'one finalizer more, in a Namespace',      kind: 'namespaces',     said: { spec: { finalizers: ['a.b/c'] } },          want: { spec: { finalizers: ['a.b/c', 'kubernetes'] } } },
    { name: 'the first of its pod CIDRs, in a Node',   kind: 'nodes',          said: { spec: { podCIDRs: ['10.1.0.0/24'] } },      want: { spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] } } },
    { name: 'TCP, in Endpoints',                       kind: 'endpoints',      said: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] }, want: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80, protocol: 'TCP' }] }] } },
    { name: 'TCP and no name, in an EndpointSlice',    kind: 'endpointslices', said: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] }, want: { endpoints: [{ addresses: ['10.0.0.1'], conditions: {} }], ports: [{ name: '', port: 80, protocol: 'TCP' }] } },
    { name: 'nothing in place of empty lists',         kind: 'endpointslices', said: { addressType: 'IPv4', endpoints: [] },       want: { endpoints: null, ports: null } },
    { name: 'no status, in an Ingress',                kind: 'ingresses',      said: { spec: { defaultBackend: BACKEND }, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }, want: { status: { loadBalancer: {} } } },
    { name: 'no strategy, in a Lease',                 kind: 'leases',         said: { spec: { strategy: 'x', preferredHolder: 'y' } }, want: { spec: {} } },
  ];
  for (const { name, kind, said, want } of cases) {
    it(name, () => {
      const object = made(create(resourceOf(kind), said));
      assert.deepEqual(Object.fromEntries(Object.keys(want).map((key) => [key, object[key]])), want);
    });
  }

  it('its name as a label, in a Namespace, whatever the label said', () => {
    const object = made(
      create(resourceOf('namespaces'), { metadata: { labels: { 'kubernetes.io/metadata.name': 'y' } } }),
    );
    assert.deepEqual(object.metadata.labels, { 'kubernetes.io/metadata.name': 'x' });
  });
});

describe('a new object is refused', () => {
  // Every sentence here is kube-apiserver's own, taken from 1.36.3.
  // biome-ignore format: table
  const cases = [
    { name: 'a ConfigMap with a key of two words',       kind: 'configmaps', said: { data: { 'a b': '' } },                              want: [`data[a b]: Invalid value: "a b": ${KEY}`] },
    { name: 'a ConfigMap with a key that leaves its folder', kind: 'configmaps', said: { data: { '..x': '' } },                          want: [`data[..x]: Invalid value: "..x": must not start with '..'`] },
    { name: 'a ConfigMap with a key twice',              kind: 'configmaps', said: { data: { a: '' }, binaryData: { a: '' } },           want: ['data[a]: Invalid value: "a": duplicate of key present in binaryData'] },
    { name: 'a ConfigMap that is too large',             kind: 'configmaps', said: { data: { a: 'x'.repeat(1024 * 1024 + 1) } },         want: ['[]: Too long: may not be more than 1048576 bytes'] },
    { name: 'a TLS Secret without key and certificate',  kind: 'secrets',    said: { type: 'kubernetes.io/tls' },                        want: ['data[tls.crt]: Required value', 'data[tls.key]: Required value'] },
    { name: 'a basic-auth Secret with neither key',      kind: 'secrets',    said: { type: 'kubernetes.io/basic-auth' },                 want: ['data[username]: Required value', 'data[password]: Required value'] },
    { name: "an account's Secret without its name",      kind: 'secrets',    said: { type: 'kubernetes.io/service-account-token' },      want: ['metadata.annotations[kubernetes.io/service-account.name]: Required value'] },
    { name: 'a Namespace with an unknown finalizer',     kind: 'namespaces', said: { spec: { finalizers: ['foo'] } },                    want: ['spec.finalizers: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified'] },
    { name: 'a Node with one taint twice',               kind: 'nodes',      said: { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }, { key: 'k', effect: 'NoSchedule' }] } }, want: ['metadata.taints[1]: Duplicate value: {"Key":"k","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair'] },
    { name: 'a Node with a taint of no effect',          kind: 'nodes',      said: { spec: { taints: [{ key: 'k' }, { key: 'l', effect: 'X' }] } }, want: ['metadata.taints[0].effect: Required value', 'metadata.taints[1].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'] },
    { name: 'a Node with two pod CIDRs of one family',   kind: 'nodes',      said: { spec: { podCIDRs: ['10.1.0.0/24', '10.2.0.0/24'] } }, want: ['spec.podCIDRs: Invalid value: ["10.1.0.0/24","10.2.0.0/24"]: may specify no more than one CIDR for each IP family'] },
    { name: 'a Lease that ends at once',                 kind: 'leases',     said: { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } }, want: ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0', 'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'] },
    { name: 'Endpoints with a subset of nothing',        kind: 'endpoints',  said: { subsets: [{}] },                                    want: ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'] },
    { name: 'Endpoints with an address of the host',     kind: 'endpoints',  said: { subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 0 }] }] }, want: ['subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)', 'subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'] },
    { name: 'an EndpointSlice without a type',           kind: 'endpointslices', said: {},                                               want: ['addressType: Required value'] },
    { name: 'an EndpointSlice of another family',        kind: 'endpointslices', said: { addressType: 'IPv4', endpoints: [{ addresses: ['fd00::1'] }] }, want: ['endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address'] },
    { name: 'an EndpointSlice with IPv6 in another form', kind: 'endpointslices', said: { addressType: 'IPv6', endpoints: [{ addresses: ['FD00::1'] }] }, want: ['endpoints[0].addresses[0]: Invalid value: "FD00::1": must be in canonical form ("fd00::1")'] },
    { name: 'an EndpointSlice with an endpoint of none', kind: 'endpointslices', said: { addressType: 'IPv4', endpoints: [{ addresses: [] }] }, want: ['endpoints[0].addresses: Required value: must contain at least 1 address'] },
    { name: 'an EndpointSlice with one port name twice', kind: 'endpointslices', said: { addressType: 'IPv4', ports: [{ name: 'a' }, { name: 'a' }, { name: 'B_' }] }, want: ['ports[1].name: Duplicate value: "a"', `ports[2].name: Invalid value: "B_": ${LABEL}`] },
    { name: 'an Ingress of nothing',                     kind: 'ingresses',  said: {},                                                   want: ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'] },
    { name: 'an Ingress with a path of no type',         kind: 'ingresses',  said: rule({ path: '/' }),                                  want: ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'] },
    { name: 'an Ingress with a path that climbs',        kind: 'ingresses',  said: rule({ path: '/a/../b', pathType: 'Prefix' }),        want: [`spec.rules[0].http.paths[0].path: Invalid value: "/a/../b": must not contain '/../'`] },
    { name: 'an Ingress with a backend of nothing',      kind: 'ingresses',  said: { spec: { defaultBackend: {} } },                     want: ['spec.defaultBackend: Invalid value: "": resource or service backend is required'] },
    { name: 'an Ingress with an address as host',        kind: 'ingresses',  said: { spec: { rules: [{ host: '192.0.2.1' }] } },         want: ['spec.rules[0].host: Invalid value: "192.0.2.1": must be a DNS name, not an IP address'] },
    { name: 'a ServiceCIDR of nothing',                  kind: 'servicecidrs', said: {},                                                 want: ['spec.cidrs: Required value: at least one CIDR required'] },
    { name: 'a ServiceCIDR of one family twice',         kind: 'servicecidrs', said: { spec: { cidrs: ['10.0.0.0/24', '10.0.1.0/24'] } }, want: ['spec.cidrs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'] },
    { name: 'an IPAddress of nobody',                    kind: 'ipaddresses', said: { metadata: { name: '192.0.2.1' } },                 want: ['spec.parentRef: Required value'] },
  ];
  for (const { name, kind, said, want } of cases) {
    it(name, () => assert.deepEqual(refusals(create(resourceOf(kind), said)), want));
  }
});

describe('a change is refused', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'of a ConfigMap that is immutable',     kind: 'configmaps',     said: { immutable: true, data: { a: '1' } },          patch: { data: { a: '2' } },                   want: [`data: Forbidden: ${FIXED}`] },
    { name: 'of the mark itself',                   kind: 'configmaps',     said: { immutable: true },                            patch: { immutable: null },                    want: [`immutable: Forbidden: ${FIXED}`] },
    { name: 'of the type of a Secret',              kind: 'secrets',        said: {},                                             patch: { type: 'a/b' },                        want: ['type: Invalid value: "a/b": field is immutable'] },
    { name: 'of the pod CIDR of a Node',            kind: 'nodes',          said: { spec: { podCIDR: '10.1.0.0/24' } },           patch: { spec: { podCIDR: null, podCIDRs: ['10.2.0.0/24'] } }, want: ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'] },
    { name: 'of the provider of a Node',            kind: 'nodes',          said: { spec: { providerID: 'a' } },                  patch: { spec: { providerID: 'b' } },          want: ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'] },
    { name: 'of the family of an EndpointSlice',    kind: 'endpointslices', said: { addressType: 'IPv4' },                        patch: { addressType: 'IPv6' },                want: ['addressType: Invalid value: "IPv6": field is immutable'] },
    { name: 'of a ServiceCIDR',                     kind: 'servicecidrs',   said: { spec: { cidrs: ['10.0.0.0/24'] } },           patch: { spec: { cidrs: ['10.0.1.0/24'] } },   want: ['spec.cidrs[0]: Invalid value: "10.0.1.0/24": field is immutable'] },
  ];
  for (const { name, kind, said, patch, want } of cases) {
    it(name, () => {
      const resource = resourceOf(kind);
      assert.deepEqual(refusals(change(resource, made(create(resource, said)), patch)), want);
    });
  }

  it('of the phase of a Namespace that nobody deletes', () => {
    const namespaces = resourceOf('namespaces');
    const refused = changeStatus(namespaces, made(create(namespaces)), { phase: 'Terminating' });
    const why = "may only be 'Active' if `deletionTimestamp` is empty";
    assert.deepEqual(refusals(refused), [`status.Phase: Invalid value: "Terminating": ${why}`]);
  });

  it('of the addresses of a Node when one stands there twice', () => {
    const nodes = resourceOf('nodes');
    const address = { type: 'InternalIP', address: '192.0.2.1' };
    assert.deepEqual(refusals(changeStatus(nodes, made(create(nodes)), { addresses: [address, address] })), [
      'status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"192.0.2.1"}',
    ]);
  });
});

describe('a deletion', () => {
  for (const name of ['default', 'kube-system', 'kube-public']) {
    it(`of the Namespace ${name} is refused`, () => {
      const namespaces = resourceOf('namespaces');
      const refused = namespaces.strategy.mayDelete?.(made(create(namespaces, { metadata: { name } })));
      assert.equal(refused?.message, `namespaces "${name}" is forbidden: this namespace may not be deleted`);
      assert.equal(refused?.code, 403);
    });
  }
});

describe('a field selector may ask', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'a Service for its type and address',  kind: 'services',   said: { spec: { type: 'ExternalName', externalName: 'a.b' } }, want: { 'spec.clusterIP': '', 'spec.type': 'ExternalName' } },
    { name: 'a Secret for its type',               kind: 'secrets',    said: {},                                                     want: { type: 'Opaque' } },
    { name: 'a Namespace for its phase',           kind: 'namespaces', said: {},                                                     want: { 'status.phase': 'Active', name: 'x' } },
    { name: 'a Node whether it takes pods',        kind: 'nodes',      said: { spec: { unschedulable: true } },                      want: { 'spec.unschedulable': 'true' } },
  ];
  for (const { name, kind, said, want } of cases) {
    it(name, () => {
      const resource = resourceOf(kind);
      assert.deepEqual(resource.strategy.fields?.(made(create(resource, said))), want);
    });
  }
});

describe('createResources', () => {
  it('names no kind and no short name twice', () => {
    const resources = createResources();
    const names = resources.map(({ group, plural }) => `${plural}.${group}`);
    assert.equal(new Set(names).size, names.length);
    const shown = resources.filter((each) => each.viewOf === undefined).flatMap((each) => each.shortNames);
    assert.equal(new Set(shown).size, shown.length);
  });

  it('says which resource a view shows', () => {
    const resources = createResources();
    for (const { viewOf } of resources.filter((each) => each.viewOf !== undefined)) {
      assert.ok(resources.some(({ group, plural }) => group === viewOf?.group && plural === viewOf.plural));
    }
  });

  it('throws at a service CIDR that is none', () => {
    assert.throws(() => createResources({ serviceCidrs: ['10.96.0.1/16'] }), /not a service CIDR/);
  });
});
