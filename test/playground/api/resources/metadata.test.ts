import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import { validateMetadata } from '../../../../src/playground/api/resources/metadata.js';
import { change, create, made, objectOf, refusals, resourceOf } from '../support/strategy.js';

const KEY_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const UNKNOWN_FINALIZER = 'name is neither a standard finalizer name nor is it fully qualified';
const OWNER = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '1' };

const defects = (plural: string, metadata: JsonObject): readonly string[] => {
  const resource = resourceOf(plural);
  const causes = validateMetadata(objectOf(resource, { metadata }), undefined, resource);
  return causes.map(({ field, message }) => `${field}: ${message}`);
};

describe('the metadata of a new object', () => {
  // Every sentence here is kube-apiserver's own, taken from 1.36.3.
  // biome-ignore format: table
  const cases = [
    { name: 'may name a ConfigMap with dots',           kind: 'configmaps', metadata: { name: 'a.b' },                                  want: [] },
    { name: 'may not name a Service with dots',         kind: 'services',   metadata: { name: 'a.b' },                                  want: ['metadata.name: Invalid value: "a.b": must not contain dots'] },
    { name: 'may name a Service with a digit first',    kind: 'services',   metadata: { name: '9a' },                                   want: [] },
    { name: 'may not name a Service with capitals',     kind: 'services',   metadata: { name: 'Foo_Bar' },                              want: [`metadata.name: Invalid value: "Foo_Bar": ${LABEL_RULE}`] },
    { name: 'may not name a Service at length',         kind: 'services',   metadata: { name: 'a'.repeat(64) },                         want: [`metadata.name: Invalid value: "${'a'.repeat(64)}": must be no more than 63 characters`] },
    { name: 'may not name a ConfigMap with capitals',   kind: 'configmaps', metadata: { name: 'A_' },                                   want: [`metadata.name: Invalid value: "A_": ${SUBDOMAIN_RULE}`] },
    { name: 'may name an Event with anything',          kind: 'events',     metadata: { name: 'A_:x' }, want: [] },
    { name: 'names an IPAddress with its address',      kind: 'ipaddresses', metadata: { name: '2001:db8::0' },                         want: ['metadata.name: Invalid value: "2001:db8::0": must be in canonical form ("2001:db8::")'] },
    { name: 'must have a name',                         kind: 'configmaps', metadata: { name: '' },                                     want: ['metadata.name: Required value: name or generateName is required'] },
    { name: 'must have a namespace',                    kind: 'configmaps', metadata: { namespace: '' },                                want: ['metadata.namespace: Required value'] },
    { name: 'must have no namespace where there is none', kind: 'nodes',    metadata: { namespace: 'a' },                               want: ['metadata.namespace: Forbidden: not allowed on this type'] },
    { name: 'may end generateName with a dash',         kind: 'configmaps', metadata: { name: 'web-x', generateName: 'web-' },          want: [] },
    { name: 'may not begin generateName with one',      kind: 'configmaps', metadata: { name: 'x', generateName: '-web-' },             want: [`metadata.generateName: Invalid value: "-web-": ${SUBDOMAIN_RULE}`] },
    { name: 'has labels of a fixed form',               kind: 'configmaps', metadata: { labels: { 'a b': 'c d' } },                     want: [`metadata.labels: Invalid value: "a b": name part ${KEY_RULE}`, `metadata.labels: Invalid value: "c d": ${VALUE_RULE}`] },
    { name: 'has labels of one slash',                  kind: 'configmaps', metadata: { labels: { 'a/b/c': '' } },                      want: [`metadata.labels: Invalid value: "a/b/c": a valid label key ${KEY_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`] },
    { name: 'has labels with something before it',      kind: 'configmaps', metadata: { labels: { '/x': '' } },                         want: ['metadata.labels: Invalid value: "/x": prefix part must be non-empty'] },
    { name: 'has labels of a certain length',           kind: 'configmaps', metadata: { labels: { a: 'x'.repeat(64) } },                want: [`metadata.labels: Invalid value: "${'x'.repeat(64)}": must be no more than 63 bytes`] },
    { name: 'may have annotations with capitals before the slash', kind: 'configmaps', metadata: { annotations: { 'Foo.com/x': 'any thing' } }, want: [] },
    { name: 'has annotations of a fixed form',          kind: 'configmaps', metadata: { annotations: { 'a b': '' } },                   want: [`metadata.annotations: Invalid value: "a b": name part ${KEY_RULE}`] },
    { name: 'may have 256 KiB of annotations',          kind: 'configmaps', metadata: { annotations: { a: 'x'.repeat(262_143) } },      want: [] },
    { name: 'may not have more',                        kind: 'configmaps', metadata: { annotations: { a: 'x'.repeat(262_144) } },      want: ['metadata.annotations: Too long: may not be more than 262144 bytes'] },
    { name: 'has finalizers with a domain',             kind: 'configmaps', metadata: { finalizers: ['a.b/c', 'orphan', 'foo'] },       want: [`metadata.finalizers[2]: Invalid value: "foo": ${UNKNOWN_FINALIZER}`] },
    { name: 'cannot keep and delete its dependents',    kind: 'configmaps', metadata: { finalizers: ['orphan', 'foregroundDeletion'] }, want: ['metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set'] },
    { name: 'names owners in full',                     kind: 'configmaps', metadata: { ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] }, want: ['metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty', 'metadata.ownerReferences.kind: Invalid value: "": must not be empty', 'metadata.ownerReferences.name: Invalid value: "": must not be empty', 'metadata.ownerReferences.uid: Invalid value: "": must not be empty'] },
    { name: 'has no Event as owner',                    kind: 'configmaps', metadata: { ownerReferences: [{ ...OWNER, kind: 'Event' }] }, want: ['metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"a","uid":"1"}: /v1, Kind=Event is disallowed from being an owner'] },
  ];
  for (const { name, kind, metadata, want } of cases) {
    it(name, () => assert.deepEqual(defects(kind, metadata), want));
  }

  it('names one controller', () => {
    const owners = ['a', 'b'].map((name) => ({ ...OWNER, name, controller: true }));
    const [refusal] = defects('configmaps', { ownerReferences: owners });
    const rule = 'Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b';
    assert.ok(refusal?.endsWith(`: ${rule}`), refusal);
  });
});

describe('the metadata of a changed object', () => {
  const configMaps = resourceOf('configmaps');
  const old = (metadata: JsonObject = {}) => made(create(configMaps, { metadata }));

  // biome-ignore format: table
  const cases = [
    { name: 'keeps its uid',               patch: { uid: 'other' },                             want: 'metadata.uid: Invalid value: "other": field is immutable' },
    { name: 'keeps its time of creation',  patch: { creationTimestamp: '2027-01-01T00:00:00Z' }, want: 'metadata.creationTimestamp: Invalid value: "2027-01-01T00:00:00Z": field is immutable' },
    { name: 'says what was read',          patch: { resourceVersion: '' },                      want: 'metadata.resourceVersion: Invalid value: "": must be specified for an update' },
  ];
  for (const { name, patch, want } of cases) {
    it(name, () => assert.deepEqual(refusals(change(configMaps, old(), { metadata: patch })), [want]));
  }

  it('takes no new finalizer when the object is being deleted', () => {
    const deleted = objectOf(configMaps, {
      metadata: { finalizers: ['a.b/c'], deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    const patch = { metadata: { finalizers: ['a.b/c', 'a.b/d'] } };
    const rule =
      'no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}';
    assert.deepEqual(refusals(change(configMaps, deleted, patch)), [`metadata.finalizers: Forbidden: ${rule}`]);
    assert.deepEqual(refusals(change(configMaps, deleted, { metadata: { finalizers: [] } })), []);
  });

  it('may keep a name that would be refused today', () => {
    const services = resourceOf('services');
    const named = objectOf(services, {
      metadata: { name: 'a.b' },
      spec: { type: 'ExternalName', externalName: 'a.b' },
    });
    assert.deepEqual(refusals(change(services, named, { metadata: { labels: { a: 'b' } } })), []);
  });
});
