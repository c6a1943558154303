/**
 * The types of the served kinds as OpenAPI schemas: what kubectl reads to merge lists and to explain fields.
 *
 * Without descriptions, and without saying which fields are required: the client library's models do not know either.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#openapi-interface-definition and
 * https://github.com/kubernetes/kube-openapi (the extensions).
 * @module
 */
import type { JsonObject } from '../object.js';
import type { GroupVersionKind } from './kind.js';
import { modelOf, plainName } from './models.js';
import { type Field, type FieldType, fieldsOf, type ScalarType } from './types.js';

const NO_DESCRIPTIONS =
  'The embedded API server of the Cairn playground knows the types of the fields and leaves their descriptions out. ' +
  'They are at https://kubernetes.io/docs/reference/kubernetes-api/.';

/** Where schemas of the document stand: `#/components/schemas/` in version 3, `#/definitions/` in version 2. */
export type SchemaRoot = '#/components/schemas/' | '#/definitions/';

/** `v1.ServicePort`, `discovery.v1.EndpointPort`: after the last dot, the name that kubectl shows. */
export function schemaName(model: string): string {
  const [, family = '', version = ''] = /^([A-Z][a-z]+)?(V\d+(?:(?:alpha|beta)\d+)?)[A-Z]/.exec(model) ?? [];
  return [family, version, '']
    .filter(Boolean)
    .map((part) => part.toLowerCase())
    .concat(plainName(model))
    .join('.');
}

/** The schemas of these kinds and of everything in them. */
export function schemasOf(kinds: readonly GroupVersionKind[], root: SchemaRoot): JsonObject {
  const schemas: JsonObject = scalarSchemas(root);
  const pending = kinds.flatMap((kind) => modelOf(kind) ?? []);
  const seen = new Set<string>();
  for (let model = pending.pop(); model !== undefined; model = pending.pop()) {
    if (seen.has(model)) continue;
    seen.add(model);
    const fields = [...fieldsOf(model).values()];
    schemas[schemaName(model)] = objectSchema(fields, root);
    pending.push(...fields.flatMap(({ type }) => modelsIn(type)));
  }
  for (const kind of kinds) {
    const schema = schemas[schemaName(modelOf(kind) ?? '')];
    if (schema === undefined) continue;
    schema.description = NO_DESCRIPTIONS;
    schema['x-kubernetes-group-version-kind'] = [groupVersionKind(kind)];
  }
  return schemas;
}

export const groupVersionKind = ({ group, kind, version }: GroupVersionKind): GroupVersionKind => ({
  group,
  kind,
  version,
});

function modelsIn(type: FieldType): readonly string[] {
  if (type.is === 'object') return [type.model];
  return type.is === 'list' || type.is === 'map' ? modelsIn(type.of) : [];
}

function objectSchema(fields: readonly Field[], root: SchemaRoot): JsonObject {
  const properties = fields.map((field) => [field.name, fieldSchema(field, root)] as const);
  return { type: 'object', properties: Object.fromEntries(properties) };
}

function fieldSchema({ type, patch }: Field, root: SchemaRoot): JsonObject {
  const strategies = [...(patch.merge ? ['merge'] : []), ...(patch.retainKeys ? ['retainKeys'] : [])];
  return {
    ...typeSchema(type, root),
    ...(strategies.length === 0 ? {} : { 'x-kubernetes-patch-strategy': strategies.join(',') }),
    ...(patch.mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': patch.mergeKey }),
  };
}

function typeSchema(type: FieldType, root: SchemaRoot): JsonObject {
  const atomic = { 'x-kubernetes-map-type': 'atomic' };
  switch (type.is) {
    case 'object':
      return { allOf: [{ $ref: root + schemaName(type.model) }], ...(type.atomic ? atomic : {}) };
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(type.of, root), ...(type.atomic ? atomic : {}) };
    case 'list':
      return { type: 'array', items: typeSchema(type.of, root), ...listExtensions(type.elements) };
    default:
      return scalarSchema(type, root);
  }
}

function listExtensions(elements: Extract<FieldType, { is: 'list' }>['elements']): JsonObject {
  if (elements.are !== 'keyed') return { 'x-kubernetes-list-type': elements.are };
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': elements.keys };
}

const SCALAR_NAMES: Readonly<Partial<Record<ScalarType['is'], string>>> = {
  quantity: 'resource.Quantity',
  'int-or-string': 'intstr.IntOrString',
  date: 'v1.Time',
  'micro-date': 'v1.MicroTime',
};

function scalarSchemas(root: SchemaRoot): JsonObject {
  const either = (...types: readonly string[]) =>
    root === '#/definitions/' ? { type: 'string' } : { oneOf: types.map((type) => ({ type })) };
  return {
    'resource.Quantity': either('string', 'number'),
    'intstr.IntOrString': { ...either('integer', 'string'), format: 'int-or-string' },
    'v1.Time': { type: 'string', format: 'date-time' },
    'v1.MicroTime': { type: 'string', format: 'date-time' },
  };
}

function scalarSchema({ is }: ScalarType, root: SchemaRoot): JsonObject {
  const name = SCALAR_NAMES[is];
  if (name !== undefined) return { allOf: [{ $ref: root + name }] };
  switch (is) {
    case 'int32':
    case 'int64':
      return { type: 'integer', format: is };
    case 'number':
      return { type: 'number', format: 'double' };
    case 'boolean':
      return { type: 'boolean' };
    case 'bytes':
      return { type: 'string', format: 'byte' };
    case 'any':
      return { type: 'object' };
    default:
      return { type: 'string' };
  }
}
