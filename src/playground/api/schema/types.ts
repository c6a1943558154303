/**
 * The type of each field: the client's models (models.ts) and the way that lists and maps merge (merging.ts) in one.
 * @module
 */
import type { GroupVersionKind } from './kind.js';
import {
  ATOMIC,
  KEY_DEFAULTS,
  KEYS,
  PATCH_KEYS,
  PATCHED_SETS,
  QUANTITIES,
  REPLACED_BY_PATCH,
  RETAIN_KEYS,
  SETS,
} from './merging.js';
import { fieldTypesOf, isModelName, modelOf } from './models.js';

export type FieldType = ScalarType | ObjectType | MapType | ListType;

export interface ScalarType {
  readonly is: 'string' | 'boolean' | 'number' | 'int32' | 'int64' | Written;
}
/** What JSON writes as a string, or as whatever it likes. */
type Written = 'date' | 'micro-date' | 'bytes' | 'quantity' | 'int-or-string' | 'any';

export interface ObjectType {
  readonly is: 'object';
  readonly model: string;
  readonly atomic: boolean;
}
export interface MapType {
  readonly is: 'map';
  readonly of: FieldType;
  readonly atomic: boolean;
}
export interface ListType {
  readonly is: 'list';
  readonly of: FieldType;
  readonly elements: ListElements;
}
/** How an element of a list is told from the others. */
export type ListElements =
  | { readonly are: 'atomic' | 'set' }
  | { readonly are: 'keyed'; readonly keys: readonly string[]; readonly defaults: Readonly<Record<string, string>> };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** `ServiceSpec`'s field `ports`: `V1ServiceSpec.ports`, as merging.ts names it. */
  readonly id: string;
  readonly patch: PatchStrategy;
}

/** What a strategic merge patch does with the field. */
export interface PatchStrategy {
  readonly merge: boolean;
  /** Of a merged list of objects. */
  readonly mergeKey?: string;
  readonly retainKeys: boolean;
}

const cache = new Map<string, ReadonlyMap<string, Field>>();

/** The fields of a model by their names in JSON. */
export function fieldsOf(model: string): ReadonlyMap<string, Field> {
  const known = cache.get(model);
  if (known !== undefined) return known;
  const fields = new Map(fieldTypesOf(model).map(([name, type]) => [name, fieldOf(model, name, type)]));
  cache.set(model, fields);
  return fields;
}

/** The type of a whole object; undefined for a kind that the client does not know. */
export function typeOf(kind: GroupVersionKind): ObjectType | undefined {
  const model = modelOf(kind);
  return model === undefined ? undefined : objectType(model);
}

const objectType = (model: string): ObjectType => ({ is: 'object', model, atomic: ATOMIC.has(model) });

function fieldOf(model: string, name: string, type: string): Field {
  const id = `${model}.${name}`;
  return { name, id, type: parseType(type, id), patch: patchStrategyOf(id) };
}

function patchStrategyOf(id: string): PatchStrategy {
  const key = REPLACED_BY_PATCH.has(id) ? undefined : (PATCH_KEYS[id] ?? KEYS[id]?.[0]);
  return {
    merge: key !== undefined || PATCHED_SETS.has(id),
    retainKeys: RETAIN_KEYS.has(id),
    ...(key === undefined ? {} : { mergeKey: key }),
  };
}

function parseType(type: string, id: string): FieldType {
  if (type.endsWith('[]')) {
    const of = parseType(type.slice(0, -2), '');
    return { is: 'list', of, elements: elementsOf(id, of) };
  }
  if (type.startsWith('{')) {
    const of: FieldType = QUANTITIES.has(id) ? { is: 'quantity' } : parseType(type.slice(1, -1), '');
    return { is: 'map', of, atomic: ATOMIC.has(id) };
  }
  return isModelName(type) ? objectType(type) : { is: QUANTITIES.has(id) ? 'quantity' : (type as ScalarType['is']) };
}

function elementsOf(id: string, of: FieldType): ListElements {
  if (SETS.has(id)) return { are: 'set' };
  const keys = KEYS[id];
  if (keys === undefined || of.is !== 'object') return { are: 'atomic' };
  const defaults = keys.flatMap((key) => {
    const value = KEY_DEFAULTS[`${of.model}.${key}`];
    return value === undefined ? [] : [[key, value] as const];
  });
  return { are: 'keyed', keys, defaults: Object.fromEntries(defaults) };
}
