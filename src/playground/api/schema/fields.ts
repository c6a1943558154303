/**
 * What a client sent, held against the type of its kind: unknown fields are dropped and named, a value of another type is refused.
 *
 * The result is also in the API's own form: without nulls, without the empty lists, maps and zero values that it takes for absent,
 * with times in UTC and canonical quantities. Which values are allowed is for the strategy of the kind to say.
 *
 * The words are upstream's, which are those of Go's JSON decoder: `json: cannot unmarshal string into Go struct field
 * ServicePort.spec.ports.port of type int32`.
 * @module
 */
import { err, ok, type Result } from '../../../values/result.js';
import { isObject } from '../json.js';
import type { JsonObject } from '../object.js';
import { badRequest, type Status } from '../status.js';
import type { GroupVersionKind } from './kind.js';
import { SHOWN_EMPTY } from './merging.js';
import { plainName } from './models.js';
import { canonicalQuantity } from './quantity.js';
import { canonicalTime } from './timestamp.js';
import { type FieldType, fieldsOf, type ObjectType, type ScalarType, typeOf } from './types.js';
import { isAbsentZero } from './zero-values.js';

export interface CheckedFields {
  /** Without the fields that the kind does not have. */
  readonly object: JsonObject;
  /** `unknown field "spec.foo"`, in the order met. */
  readonly unknown: readonly string[];
}

/** For a whole object that a client sent. 400, in upstream's words, for a value of another type. */
export function checkFields(object: unknown, gvk: GroupVersionKind): Result<CheckedFields, Status> {
  const read = readFields(object, gvk);
  if (read.ok) return read;
  const { kind, version } = gvk;
  return err(badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${read.error}`));
}

/** As {@link checkFields}, with the bare words of the first defect: upstream answers a patch with another Status around them. */
export function readFields(object: unknown, gvk: GroupVersionKind): Result<CheckedFields, string> {
  const type = typeOf(gvk);
  // No type, no opinion: a kind that the client library does not know passes as it is.
  if (type === undefined) return ok({ object: structuredClone(object) as JsonObject, unknown: [] });
  if (!isObject(object)) return err(`json: cannot unmarshal ${wordFor(object)} into Go value of type ${goName(type)}`);
  const reader = new Reader();
  try {
    return ok({ object: reader.object(object, type, ROOT), unknown: reader.unknown });
  } catch (error) {
    if (error instanceof Misfit) return err(error.message);
    throw error;
  }
}

/** Where the reader is. */
interface Place {
  /** `spec.ports[0].port` */
  readonly path: string;
  /** As Go's messages have it, without positions: `spec.ports.port`. */
  readonly goPath: string;
  /** The struct around it: `ServicePort`. */
  readonly struct: string;
}
const ROOT: Place = { path: '', goPath: '', struct: '' };

/** Leaves the whole walk at the first value that does not fit. Never leaves this file. */
class Misfit extends Error {
  override readonly name = 'Misfit';
}

class Reader {
  readonly unknown: string[] = [];

  object(value: JsonObject, type: ObjectType, place: Place): JsonObject {
    const fields = fieldsOf(type.model);
    const out: JsonObject = {};
    for (const [name, given] of Object.entries(value)) {
      const field = fields.get(name);
      const path = join(place.path, name);
      if (field === undefined) {
        this.unknown.push(`unknown field "${path}"`);
        continue;
      }
      if (given === null) continue;
      const at: Place = { path, goPath: join(place.goPath, name), struct: plainName(type.model) };
      const read = this.value(given, field.type, at);
      if (isAbsentZero(field.id, read)) continue;
      if (!isEmptyCollection(read, field.type) || SHOWN_EMPTY.has(field.id)) setOwn(out, name, read);
    }
    return out;
  }

  private value(value: unknown, type: FieldType, place: Place): unknown {
    switch (type.is) {
      case 'object':
        if (!isObject(value)) throw misfit(wordFor(value), place, goName(type));
        return this.object(value, type, place);
      case 'map': {
        if (!isObject(value)) throw misfit(wordFor(value), place, goName(type));
        const out: JsonObject = {};
        for (const [key, item] of Object.entries(value))
          setOwn(out, key, this.item(item, type.of, { ...place, path: join(place.path, key) }));
        return out;
      }
      case 'list':
        if (!Array.isArray(value)) throw misfit(wordFor(value), place, goName(type));
        return value.map((item, at) => this.item(item, type.of, { ...place, path: `${place.path}[${at}]` }));
      default:
        return readScalar(value, type, place);
    }
  }

  /** In a list or a map, null is the empty value. */
  private item(value: unknown, type: FieldType, place: Place): unknown {
    return value === null ? emptyOf(type) : this.value(value, type, place);
  }
}

function readScalar(value: unknown, type: ScalarType, place: Place): unknown {
  switch (type.is) {
    case 'any':
      return structuredClone(value);
    case 'boolean':
      if (typeof value !== 'boolean') throw misfit(wordFor(value), place, 'bool');
      return value;
    case 'number':
      if (typeof value !== 'number') throw misfit(wordFor(value), place, 'float64');
      return value;
    case 'int32':
    case 'int64':
      return readInteger(value, type.is, place);
    case 'int-or-string':
      return typeof value === 'string' ? value : readInteger(value, 'int32', place);
    case 'quantity': {
      const quantity = canonicalQuantity(value);
      if (!quantity.ok) throw new Misfit(quantity.error);
      return quantity.value;
    }
    default:
      return readText(value, type.is, place);
  }
}

function readText(value: unknown, is: 'string' | 'bytes' | 'date' | 'micro-date', place: Place): string {
  if (typeof value !== 'string') throw misfit(wordFor(value), place, is === 'bytes' ? '[]uint8' : 'string');
  if (is === 'string') return value;
  if (is === 'bytes') {
    const defect = base64Defect(value);
    if (defect !== undefined) throw new Misfit(`illegal base64 data at input byte ${defect}`);
    return value;
  }
  const time = canonicalTime(value, is === 'date' ? 'seconds' : 'microseconds');
  if (!time.ok) throw new Misfit(time.error);
  return time.value;
}

const LIMIT = { int32: 2 ** 31, int64: 2 ** 63 } as const;

function readInteger(value: unknown, is: 'int32' | 'int64', place: Place): number {
  if (typeof value !== 'number') throw misfit(wordFor(value), place, is);
  if (!Number.isInteger(value) || value >= LIMIT[is] || value < -LIMIT[is]) throw misfit(`number ${value}`, place, is);
  return value;
}

/** The byte at which Go's decoder of base64 stops; undefined when it reads to the end. */
function base64Defect(text: string): number | undefined {
  const [good = ''] = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/.exec(text) ?? [];
  if (good.length === text.length) return undefined;
  const [readable = '', letters = ''] = /^([A-Za-z0-9+/]*)=?/.exec(text.slice(good.length)) ?? [];
  const stop = good.length + (letters.length < 2 ? letters.length : readable.length);
  // Text that breaks off is reported where its last group of four begins.
  return stop === text.length && readable === letters ? good.length : stop;
}

const misfit = (what: string, { struct, goPath }: Place, wanted: string) =>
  new Misfit(`json: cannot unmarshal ${what} into Go struct field ${struct}.${goPath} of type ${wanted}`);

/** How Go's decoder names a JSON value. */
export function wordFor(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goName(type: FieldType): string {
  switch (type.is) {
    case 'object':
      return `v1.${plainName(type.model)}`;
    case 'list':
      return `[]${goName(type.of)}`;
    case 'map':
      return type.of.is === 'quantity' ? 'v1.ResourceList' : `map[string]${goName(type.of)}`;
    case 'boolean':
      return 'bool';
    case 'bytes':
      return '[]uint8';
    default:
      return type.is;
  }
}

function emptyOf(type: FieldType): unknown {
  switch (type.is) {
    case 'object':
    case 'map':
      return {};
    case 'list':
      return [];
    case 'boolean':
      return false;
    case 'int32':
    case 'int64':
    case 'number':
      return 0;
    case 'quantity':
      return '0';
    default:
      return '';
  }
}

function isEmptyCollection(value: unknown, type: FieldType): boolean {
  if (type.is === 'list') return (value as readonly unknown[]).length === 0;
  return type.is === 'map' && Object.keys(value as JsonObject).length === 0;
}

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

/** A plain assignment to `__proto__` would set no field. */
function setOwn(object: JsonObject, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
