/**
 * ConfigMaps of the core group.
 * @module
 */
import type { ApiObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { forbidden, invalid, invalidEach, sameJson, tooLong } from './causes.js';
import { AGE, count, NAME } from './columns.js';
import { configKey } from './formats.js';

/** MaxSecretSize: keys do not count, values of both kinds together do. */
export const MAX_DATA_BYTES = 1024 * 1024;

export const configMaps: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'dns-subdomain',
  strategy: {
    setDefaults: dropEmptyData,
    validate: (object, old) => [
      ...(old === undefined ? [] : validateUnchanged(object, old, ['data', 'binaryData'])),
      ...validateData(object),
    ],
  },
  columns: [
    NAME,
    count('Data', 'How many keys it holds.', ({ data, binaryData }) => sizeOf(data) + sizeOf(binaryData)),
    AGE,
  ],
};

/** No keys are no data. Also of Secrets. */
export function dropEmptyData(object: ApiObject): void {
  for (const field of ['data', 'binaryData']) if (sizeOf(object[field]) === 0) delete object[field];
}

export function sizeOf(data: object | null | undefined): number {
  return Object.keys(data ?? {}).length;
}

/** What is marked immutable stays so, and keeps its data. Also of Secrets. */
export function validateUnchanged(object: ApiObject, old: ApiObject, fields: readonly string[]): readonly Cause[] {
  if (old['immutable'] !== true) return [];
  const rule = 'field is immutable when `immutable` is set';
  return [
    ...(object['immutable'] === true ? [] : [forbidden('immutable', rule)]),
    ...fields.filter((field) => !sameJson(object[field], old[field])).map((field) => forbidden(field, rule)),
  ];
}

function validateData({ data, binaryData }: ApiObject): readonly Cause[] {
  const texts = Object.entries<string>(data ?? {});
  const bytes = Object.entries<string>(binaryData ?? {});
  const total =
    texts.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0) +
    bytes.reduce((sum, [, value]) => sum + Buffer.byteLength(value, 'base64'), 0);
  return [
    ...texts.flatMap(([key]) => [
      ...invalidEach(`data[${key}]`, key, configKey(key)),
      ...(Object.hasOwn(binaryData ?? {}, key)
        ? [invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')]
        : []),
    ]),
    ...bytes.flatMap(([key]) => invalidEach(`binaryData[${key}]`, key, configKey(key))),
    // The field that is the whole object.
    ...(total > MAX_DATA_BYTES ? [tooLong('[]', MAX_DATA_BYTES)] : []),
  ];
}
