/**
 * What kubectl reads of the OpenAPI documents. How lists merge is held against what a real API server says of the same fields.
 * @module
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import type { Resource } from '../../../../src/playground/api/resource.js';
import { openApiV2, openApiV3, openApiV3Root } from '../../../../src/playground/api/schema/openapi.js';
import { vectors } from '../../../support/vectors.js';

const resource = (
  group: string,
  kind: string,
  plural: string,
  more: Partial<Pick<Resource, 'namespaced' | 'subresources'>> = {},
): Resource => ({
  group,
  version: 'v1',
  kind,
  plural,
  singular: kind.toLowerCase(),
  shortNames: [],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  strategy: {},
  columns: [],
  names: 'dns-subdomain',
  ...more,
});

const RESOURCES: readonly Resource[] = [
  resource('', 'Service', 'services', { subresources: ['status'] }),
  resource('', 'ConfigMap', 'configmaps'),
  resource('', 'Node', 'nodes', { namespaced: false, subresources: ['status'] }),
  resource('', 'Namespace', 'namespaces', { namespaced: false, subresources: ['status', 'finalize'] }),
  resource('', 'Pod', 'pods', { subresources: ['status', 'binding'] }),
  resource('', 'Event', 'events'),
  resource('', 'Secret', 'secrets'),
  resource('', 'Endpoints', 'endpoints'),
  resource('', 'ServiceAccount', 'serviceaccounts'),
  resource('discovery.k8s.io', 'EndpointSlice', 'endpointslices'),
  resource('coordination.k8s.io', 'Lease', 'leases'),
  resource('networking.k8s.io', 'Ingress', 'ingresses', { subresources: ['status'] }),
  resource('networking.k8s.io', 'ServiceCIDR', 'servicecidrs', { namespaced: false }),
  resource('events.k8s.io', 'Event', 'events'),
  resource('apps', 'Deployment', 'deployments', { subresources: ['status', 'scale'] }),
  resource('apps', 'ReplicaSet', 'replicasets', { subresources: ['status', 'scale'] }),
];

interface Merging {
  readonly type: string;
  readonly atomic?: boolean;
  readonly fields?: JsonObject;
}

describe('openApiV2', () => {
  const { definitions } = openApiV2(RESOURCES);
  /** `core.v1.ServicePort` is `v1.ServicePort` here, unless two groups have one. */
  const definitionOf = (type: string): JsonObject => definitions[type] ?? definitions[type.replace(/^\w+\./, '')];

  for (const { type, fields = {} } of vectors<Merging>('merging')) {
    for (const [name, want] of Object.entries(fields) as [string, JsonObject][]) {
      it(`says of ${type}.${name} what a real API server says`, function () {
        if (definitionOf(type) === undefined) this.skip();
        const field = definitionOf(type)['properties'][name] as JsonObject;
        const said = Object.entries(field).filter(([key]) => key.startsWith('x-kubernetes-'));
        const got = Object.fromEntries(said.map(([key, value]) => [key.replace('x-kubernetes-', ''), value]));
        assert.deepEqual({ ...want, ...(got['list-type'] === 'atomic' ? { 'list-type': 'atomic' } : {}) }, got);
      });
    }
  }

  it('calls no list anything but atomic of which a real API server says nothing', () => {
    const known = new Map(vectors<Merging>('merging').map((one) => [one.type.replace(/^.*\./, ''), one]));
    const merged = Object.entries(definitions as JsonObject).flatMap(([type, { properties = {} }]) =>
      Object.entries(properties as JsonObject)
        .filter(([, field]) => ['map', 'set'].includes(field['x-kubernetes-list-type']))
        .map(([name]) => ({ type: type.replace(/^.*\./, ''), name })),
    );
    assert.ok(merged.length > 25);
    for (const { type, name } of merged) assert.ok(known.get(type)?.fields?.[name] !== undefined, `${type}.${name}`);
  });

  it('calls the same objects atomic', () => {
    const atomic = vectors<Merging>('merging').filter((one) => one.atomic);
    assert.ok(atomic.length > 10);
    const references = JSON.stringify(definitions);
    for (const { type } of atomic) {
      const short = type.replace(/^\w+\./, '');
      const name = definitions[type] === undefined ? short : type;
      const used = references.split(`{"allOf":[{"$ref":"#/definitions/${name}"}]`).slice(1);
      for (const after of used)
        assert.ok(after.startsWith(',"x-kubernetes-map-type":"atomic"'), `${type}${after.slice(0, 80)}`);
    }
  });
});

describe('openApiV3', () => {
  const document = openApiV3(RESOURCES, '', 'v1');
  const operations = Object.values(document['paths'] as JsonObject).flatMap((item) =>
    Object.entries(item as JsonObject),
  );

  it('offers fieldValidation for a patch of each kind', () => {
    const patches = operations.filter(([method]) => method === 'patch').map(([, operation]) => operation);
    const kinds = new Set(patches.map((patch) => patch['x-kubernetes-group-version-kind'].kind));
    for (const { kind } of RESOURCES.filter(({ group }) => group === '')) assert.ok(kinds.has(kind), kind);
    for (const { parameters, requestBody } of patches) {
      assert.ok(parameters.some((one: JsonObject) => one['name'] === 'fieldValidation' && one['in'] === 'query'));
      assert.ok('application/strategic-merge-patch+json' in requestBody.content);
    }
  });

  it('names the kind of each schema, and says that descriptions are left out', () => {
    const schema = document['components'].schemas['v1.Service'];
    assert.deepEqual(schema['x-kubernetes-group-version-kind'], [{ group: '', kind: 'Service', version: 'v1' }]);
    assert.match(schema.description, /leaves their descriptions out/);
  });

  it('has a path for what stands in no namespace and one for what does', () => {
    const paths = document['paths'];
    assert.ok('/api/v1/nodes/{name}/status' in paths);
    assert.ok('/api/v1/namespaces/{namespace}/services/{name}' in paths);
    assert.ok('/api/v1/services' in paths);
    assert.ok(!('/api/v1/namespaces/{namespace}/nodes' in paths));
  });

  for (const { group } of RESOURCES) {
    it(`refers to no schema that it lacks: ${group || 'core'}`, () => {
      const each = openApiV3(RESOURCES, group, 'v1');
      const text = JSON.stringify(each);
      const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '');
      assert.ok(references.length > 10);
      for (const name of references) assert.ok(name in each['components'].schemas, name);
    });
  }

  it('has an address in the root for each group version, which changes with the document', () => {
    const { paths } = openApiV3Root(RESOURCES);
    assert.deepEqual(Object.keys(paths).sort(), [
      'api/v1',
      'apis/apps/v1',
      'apis/coordination.k8s.io/v1',
      'apis/discovery.k8s.io/v1',
      'apis/events.k8s.io/v1',
      'apis/networking.k8s.io/v1',
    ]);
    assert.match(paths['apis/apps/v1'].serverRelativeURL, /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{64}$/);
    const { paths: fewer } = openApiV3Root(RESOURCES.filter(({ kind }) => kind !== 'Secret'));
    assert.notEqual(fewer['api/v1'].serverRelativeURL, paths['api/v1'].serverRelativeURL);
    assert.equal(fewer['apis/apps/v1'].serverRelativeURL, paths['apis/apps/v1'].serverRelativeURL);
  });
});
