/**
 * The OpenAPI documents of the served kinds: as much as kubectl reads of them.
 *
 * kubectl looks in version 3 for the parameter `fieldValidation`, to leave validation to the server; for the merge keys of lists,
 * to compute what `apply` sends; and for types, to `explain` them. Version 2 it asks for as protobuf, and only when version 3
 * does not answer: here it is JSON, for other programs.
 *
 * Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 * @module
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../object.js';
import { PATCH_TYPES } from '../patch/patch.js';
import type { Resource, Subresource } from '../resource.js';
import { BINDING, SCALE } from '../scale.js';
import { groupVersionKind, type SchemaRoot, schemaName, schemasOf } from './definitions.js';
import type { GroupVersionKind } from './kind.js';
import { modelOf } from './models.js';

const INFO = { title: 'Kubernetes', version: '1.36' };

type GroupVersion = Pick<Resource, 'group' | 'version'>;

/** `/openapi/v3`: where the document of each group version is. The hash changes with the document, so that clients may keep it. */
export function openApiV3Root(resources: readonly Resource[]): JsonObject {
  const places = new Map(resources.map((resource) => [placeOf(resource), resource]));
  const paths = [...places].map(([place, { group, version }]) => {
    const document = JSON.stringify(openApiV3(resources, group, version));
    const hash = createHash('sha256').update(document).digest('hex').toUpperCase();
    return [place, { serverRelativeURL: `/openapi/v3/${place}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(paths) };
}

/** `/openapi/v3/api/v1`, `/openapi/v3/apis/apps/v1`. */
export function openApiV3(resources: readonly Resource[], group: string, version: string): JsonObject {
  const served = resources.filter((resource) => resource.group === group && resource.version === version);
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: pathsOf(served, V3),
    components: { schemas: schemasOf(kindsOf(served), V3.root) },
  };
}

/** `/openapi/v2`, as JSON. */
export function openApiV2(resources: readonly Resource[]): JsonObject {
  return {
    swagger: '2.0',
    info: INFO,
    paths: pathsOf(resources, V2),
    definitions: schemasOf(kindsOf(resources), V2.root),
  };
}

const placeOf = ({ group, version }: GroupVersion) => (group === '' ? `api/${version}` : `apis/${group}/${version}`);

/** How one version of OpenAPI writes an operation. */
interface Dialect {
  readonly root: SchemaRoot;
  body(mediaTypes: readonly string[], schema: JsonObject): JsonObject;
  response(schema: JsonObject): JsonObject;
  parameter(name: string, place: 'path' | 'query'): JsonObject;
}

const V3: Dialect = {
  root: '#/components/schemas/',
  body: (mediaTypes, schema) => ({
    requestBody: { content: Object.fromEntries(mediaTypes.map((type) => [type, { schema }])), required: true },
  }),
  response: (schema) => ({ description: 'OK', content: { 'application/json': { schema } } }),
  parameter: (name, place) => ({ name, in: place, ...required(place), schema: { type: 'string', uniqueItems: true } }),
};

const V2: Dialect = {
  root: '#/definitions/',
  body: (mediaTypes, schema) => ({
    consumes: mediaTypes,
    parameters: [{ name: 'body', in: 'body', required: true, schema }],
  }),
  response: (schema) => ({ description: 'OK', schema }),
  parameter: (name, place) => ({ name, in: place, ...required(place), type: 'string', uniqueItems: true }),
};

const required = (place: 'path' | 'query') => (place === 'path' ? { required: true } : {});

function pathsOf(resources: readonly Resource[], dialect: Dialect): JsonObject {
  return Object.fromEntries(resources.flatMap((resource) => resourcePaths(resource, dialect)));
}

function resourcePaths(resource: Resource, dialect: Dialect): [path: string, item: JsonObject][] {
  const { plural, namespaced, subresources } = resource;
  const scope = namespaced ? '/namespaces/{namespace}' : '';
  const collection = `/${placeOf(resource)}${scope}/${plural}`;
  const named = [...(namespaced ? ['namespace'] : []), 'name'];
  const item = `${collection}/{name}`;
  return [
    [collection, operations(resource, ['get', 'post', 'delete'], named.slice(0, -1), dialect)],
    ...(namespaced
      ? [[`/${placeOf(resource)}/${plural}`, operations(resource, ['get'], [], dialect)] as [string, JsonObject]]
      : []),
    [item, operations(resource, ['get', 'put', 'patch', 'delete'], named, dialect)],
    ...subresources.map((name): [string, JsonObject] => [
      `${item}/${name}`,
      operations(servedBy(resource, name), METHODS[name], named, dialect),
    ]),
  ];
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

const METHODS: Readonly<Record<Subresource, readonly Method[]>> = {
  status: ['get', 'put', 'patch'],
  scale: ['get', 'put', 'patch'],
  binding: ['post'],
  finalize: ['put'],
};

/** The kind that a subresource takes and gives. */
function servedBy(resource: Resource, subresource: Subresource): GroupVersionKind {
  if (subresource === 'scale') return SCALE;
  return subresource === 'binding' ? BINDING : resource;
}

/** With those of the subresources. */
const kindsOf = (resources: readonly Resource[]): readonly GroupVersionKind[] =>
  resources.flatMap((resource) => [resource, ...resource.subresources.map((name) => servedBy(resource, name))]);

function operations(
  kind: GroupVersionKind,
  methods: readonly Method[],
  named: readonly string[],
  dialect: Dialect,
): JsonObject {
  return {
    ...Object.fromEntries(methods.map((method) => [method, operation(kind, method, dialect)])),
    ...(named.length === 0 ? {} : { parameters: named.map((name) => dialect.parameter(name, 'path')) }),
  };
}

const WRITE_OPTIONS = ['dryRun', 'fieldManager', 'fieldValidation'];
const QUERY: Readonly<Record<Method, readonly string[]>> = {
  get: [],
  post: WRITE_OPTIONS,
  put: WRITE_OPTIONS,
  patch: [...WRITE_OPTIONS, 'force'],
  delete: ['dryRun', 'gracePeriodSeconds', 'propagationPolicy'],
};

function operation(kind: GroupVersionKind, method: Method, dialect: Dialect): JsonObject {
  const model = modelOf(kind);
  const schema = model === undefined ? { type: 'object' } : { $ref: dialect.root + schemaName(model) };
  const query = QUERY[method].map((name) => dialect.parameter(name, 'query'));
  const { parameters = [], ...body } = bodyOf(method, schema, dialect);
  return {
    ...body,
    parameters: [...query, ...parameters],
    responses: { 200: dialect.response(schema) },
    'x-kubernetes-group-version-kind': groupVersionKind(kind),
  };
}

function bodyOf(method: Method, schema: JsonObject, dialect: Dialect): JsonObject {
  if (method === 'patch') return dialect.body(PATCH_TYPES, { type: 'object' });
  return method === 'post' || method === 'put' ? dialect.body(['*/*'], schema) : {};
}
