/**
 * The types of the Kubernetes API as the client library's generated models know them: each model's fields and their types.
 *
 * The whole set is loaded (50 ms, once), so nothing that a daemon runs may import this room.
 * @module
 */
import * as models from '@kubernetes/client-node/dist/gen/models/all.js';
import type { GroupVersionKind } from './kind.js';

/** One field as the generator wrote it. */
export interface Attribute {
  /** In JSON. */
  readonly baseName: string;
  /** `string`, `Array<V1ServicePort>`, `{ [key: string]: string; }`, … */
  readonly type: string;
  /** `int32`, `date-time`, `byte`, …; often empty. */
  readonly format: string;
}

interface Model {
  getAttributeTypeMap(): readonly Attribute[];
}

const BY_NAME: ReadonlyMap<string, Model> = new Map(
  Object.entries(models as Readonly<Record<string, unknown>>).filter((entry): entry is [string, Model] =>
    isModel(entry[1]),
  ),
);

function isModel(value: unknown): value is Model {
  return typeof value === 'function' && 'getAttributeTypeMap' in value;
}

export const isModelName = (name: string): boolean => BY_NAME.has(name);

export function attributesOf(model: string): readonly Attribute[] {
  const found = BY_NAME.get(model);
  if (found === undefined) throw new Error(`no model ${model} in @kubernetes/client-node`);
  return found.getAttributeTypeMap();
}

/**
 * The model of a kind: `V1Service`. Where two groups have a kind of the same name, the generator puts the group in front:
 * `CoreV1Event`, `EventsV1Event`.
 */
export function modelOf({ group, version, kind }: GroupVersionKind): string | undefined {
  const family = group === '' ? 'core' : (group.split('.')[0] ?? group);
  const name = `${capitalized(version)}${kind}`;
  return [`${capitalized(family)}${name}`, name].find(isModelName);
}

const capitalized = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Upstream's own name: `ServicePort`. */
export const plainName = (model: string): string =>
  model.replace(/^(?:[A-Z][a-z]+)?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '');
