/**
 * The types of the Kubernetes API as the client library's generated models have them: each model's fields and their types.
 *
 * model-fields.ts is made from the library by `npm run generate`, for the kinds that the server knows.
 * @module
 */
import type { GroupVersionKind } from './kind.js';
import { MODEL_FIELDS } from './model-fields.js';

/** `port:int32 protocol:string`: see scripts/api-models.ts. */
const FIELDS: ReadonlyMap<string, string> = new Map(Object.entries(MODEL_FIELDS));

export const isModelName = (name: string): boolean => FIELDS.has(name);

/** Names of fields with their types: `V1ServicePort[]`, `{string}`, `int32`. */
export function fieldTypesOf(model: string): readonly (readonly [field: string, type: string])[] {
  const found = FIELDS.get(model);
  if (found === undefined) throw new Error(`no model ${model} in model-fields.ts`);
  return found.split(' ').map((pair) => {
    const [field = '', type = ''] = pair.split(':');
    return [field, type] as const;
  });
}

/**
 * What the model of a kind may be called: `V1Service`. Where two groups have a kind of the same name, the generator puts the group
 * in front: `CoreV1Event`, `EventsV1Event`.
 */
export function modelNames({ group, version, kind }: GroupVersionKind): readonly string[] {
  const family = group === '' ? 'core' : (group.split('.')[0] ?? group);
  const name = `${capitalized(version)}${kind}`;
  return [`${capitalized(family)}${name}`, name];
}

export const modelOf = (kind: GroupVersionKind): string | undefined => modelNames(kind).find(isModelName);

const capitalized = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Upstream's own name: `ServicePort`. */
export const plainName = (model: string): string =>
  model.replace(/^(?:[A-Z][a-z]+)?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '');
