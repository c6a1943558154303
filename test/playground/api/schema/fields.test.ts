/**
 * What a client may send of each type, and what it is told when it sends another. The words are kube-apiserver 1.36's.
 * @module
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { checkFields, readFields } from '../../../../src/playground/api/schema/fields.js';
import { kindOf } from '../../../../src/playground/api/schema/kind.js';

const service = (spec: unknown, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', ...metadata },
  spec,
});
const pod = (container: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  spec: { containers: [{ name: 'c', ...container }] },
});
const secret = (value: unknown) => ({ apiVersion: 'v1', kind: 'Secret', data: { key: value } });
const lease = (spec: object) => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec });

const read = (object: object) => {
  const result = readFields(object, kindOf(object));
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
};

describe('checkFields', () => {
  it('refuses a value of another type as a bad request that names kind and version', () => {
    const object = service({ ports: [{ port: 'x' }] });
    const result = checkFields(object, kindOf(object));
    assert.ok(!result.ok);
    assert.equal(result.error.code, 400);
    assert.equal(
      result.error.message,
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ' +
        'ServicePort.spec.ports.port of type int32',
    );
  });

  it('lets a kind pass that the client library does not know', () => {
    const object = { apiVersion: 'example.com/v1', kind: 'Widget', anything: [{ goes: null }] };
    assert.deepEqual(read(object), { object, unknown: [] });
  });
});

describe('readFields refuses', () => {
  const field = (what: string, name: string, type: string) =>
    `json: cannot unmarshal ${what} into Go struct field ${name} of type ${type}`;
  const cases = [
    {
      name: 'an object for a list',
      object: service({ ports: {} }),
      want: field('object', 'ServiceSpec.spec.ports', '[]v1.ServicePort'),
    },
    { name: 'a string for an object', object: service('x'), want: field('string', 'Service.spec', 'v1.ServiceSpec') },
    {
      name: 'a number in a list of strings',
      object: service({ clusterIPs: [1] }),
      want: field('number', 'ServiceSpec.spec.clusterIPs', 'string'),
    },
    {
      name: 'a number in a list of objects',
      object: service({ ports: [1] }),
      want: field('number', 'ServiceSpec.spec.ports', 'v1.ServicePort'),
    },
    {
      name: 'a list for a map',
      object: service({}, { labels: [] }),
      want: field('array', 'ObjectMeta.metadata.labels', 'map[string]string'),
    },
    {
      name: 'a number as the value of a map',
      object: service({}, { labels: { a: 1 } }),
      want: field('number', 'ObjectMeta.metadata.labels', 'string'),
    },
    {
      name: 'a fraction for an integer',
      object: service({ ports: [{ port: 1.5 }] }),
      want: field('number 1.5', 'ServicePort.spec.ports.port', 'int32'),
    },
    {
      name: 'a number that 32 bits do not hold',
      object: service({ ports: [{ port: 1e10 }] }),
      want: field('number 10000000000', 'ServicePort.spec.ports.port', 'int32'),
    },
    {
      name: 'a number for a boolean',
      object: service({ publishNotReadyAddresses: 1 }),
      want: field('number', 'ServiceSpec.spec.publishNotReadyAddresses', 'bool'),
    },
    {
      name: 'a boolean for int-or-string',
      object: service({ ports: [{ targetPort: true }] }),
      want: field('bool', 'ServicePort.spec.ports.targetPort', 'int32'),
    },
    {
      name: 'a number for resources',
      object: pod({ resources: { limits: 5 } }),
      want: field('number', 'ResourceRequirements.spec.containers.resources.limits', 'v1.ResourceList'),
    },
    {
      name: 'a boolean for a quantity',
      object: pod({ resources: { limits: { cpu: true } } }),
      want: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    },
    { name: 'a number for bytes', object: secret(5), want: field('number', 'Secret.data', '[]uint8') },
    { name: 'bytes that are no base64', object: secret('YWJj%'), want: 'illegal base64 data at input byte 4' },
    { name: 'base64 that breaks off', object: secret('YWJjZ'), want: 'illegal base64 data at input byte 4' },
    {
      name: 'a number for a time',
      object: lease({ renewTime: 5 }),
      want: field('number', 'LeaseSpec.spec.renewTime', 'string'),
    },
    {
      name: 'a time without microseconds where they must be',
      object: lease({ renewTime: '2026-01-01T00:00:00Z' }),
      want: 'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    },
    {
      name: 'a list in place of the object',
      object: Object.assign([], { apiVersion: 'v1', kind: 'Service' }),
      want: 'json: cannot unmarshal array into Go value of type v1.Service',
    },
  ];
  for (const { name, object, want } of cases) {
    it(name, () => {
      const result = readFields(object, kindOf(object));
      assert.deepEqual(result, { ok: false, error: want });
    });
  }
});

describe('readFields', () => {
  it('names every unknown field with its place, and drops it', () => {
    const sent = { ...service({ ports: [{ port: 80, bar: 2 }], foo: 1 }, { nope: [] }), zip: 1 };
    assert.deepEqual(read(sent), {
      object: service({ ports: [{ port: 80 }] }),
      unknown: ['metadata.nope', 'spec.ports[0].bar', 'spec.foo', 'zip'].map((path) => `unknown field "${path}"`),
    });
  });

  const same = (name: string, sent: object, want: object) => ({ name, sent, want });
  const cases = [
    same('takes a null field for absent', service({ ports: null, type: null }), service({})),
    same(
      'takes empty lists and maps for absent',
      service({ externalIPs: [], selector: {} }, { labels: {} }),
      service({}),
    ),
    same(
      'takes zero values for absent where upstream keeps no difference',
      service(
        { clusterIP: '', publishNotReadyAddresses: false, ports: [{ nodePort: 0, name: '' }] },
        { namespace: '' },
      ),
      service({ ports: [{}] }),
    ),
    same(
      'keeps zero values that mean something',
      service({ allocateLoadBalancerNodePorts: false, loadBalancerClass: '', ports: [{ port: 0 }] }),
      service({ allocateLoadBalancerNodePorts: false, loadBalancerClass: '', ports: [{ port: 0 }] }),
    ),
    same('keeps an empty object', service({ sessionAffinityConfig: {} }), service({ sessionAffinityConfig: {} })),
    same(
      'keeps the lists that are shown empty',
      { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', endpoints: [] },
      { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', endpoints: [] },
    ),
    same(
      'keeps empty managedFields, which mean a reset',
      service({}, { managedFields: [] }),
      service({}, { managedFields: [] }),
    ),
    same(
      'takes null for the empty value in lists and maps',
      service({ ports: [null], externalIPs: [null] }, { labels: { a: null } }),
      service({ ports: [{}], externalIPs: [''] }, { labels: { a: '' } }),
    ),
    same(
      'keeps both forms of int-or-string',
      service({ ports: [{ targetPort: 80 }, { targetPort: 'web' }] }),
      service({ ports: [{ targetPort: 80 }, { targetPort: 'web' }] }),
    ),
    same(
      'keeps a label called __proto__',
      service({}, { labels: JSON.parse('{"__proto__":"a"}') }),
      service({}, { labels: JSON.parse('{"__proto__":"a"}') }),
    ),
    same(
      'writes quantities in their canonical form',
      pod({ resources: { limits: { cpu: 0.5, memory: '1024Ki' } } }),
      pod({ resources: { limits: { cpu: '500m', memory: '1Mi' } } }),
    ),
    same(
      'writes times in UTC and whole seconds',
      service({}, { creationTimestamp: '2026-01-01T02:00:00.5+02:00' }),
      service({}, { creationTimestamp: '2026-01-01T00:00:00Z' }),
    ),
    same(
      'writes micro-times in UTC with their microseconds',
      lease({ renewTime: '2026-01-01T02:00:00.123456+02:00' }),
      lease({ renewTime: '2026-01-01T00:00:00.123456Z' }),
    ),
    same(
      'leaves managed fields as they are',
      service({}, { managedFields: [{ fieldsV1: { 'f:spec': {} } }] }),
      service({}, { managedFields: [{ fieldsV1: { 'f:spec': {} } }] }),
    ),
  ];
  for (const { name, sent, want } of cases) {
    it(name, () => {
      const before = structuredClone(sent);
      assert.deepEqual(read(sent), { object: want, unknown: [] });
      assert.deepEqual(sent, before, 'it must not change what it was given');
    });
  }

  it('tells the two kinds of Event apart', () => {
    assert.deepEqual(read({ apiVersion: 'v1', kind: 'Event', involvedObject: {}, note: 'x' }).unknown, [
      'unknown field "note"',
    ]);
    assert.deepEqual(read({ apiVersion: 'events.k8s.io/v1', kind: 'Event', regarding: {}, message: 'x' }).unknown, [
      'unknown field "message"',
    ]);
  });
});
