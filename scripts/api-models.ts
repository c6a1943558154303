/**
 * `src/playground/api/schema/model-fields.ts`: the fields of the kinds that the embedded API server knows, and of all that is in them, as
 * the client library's generated models have them.
 *
 * A file of its own, as whoever loads these models from the package pays for all 750 of them, and in the bundle every program does
 * that uses the client.
 * @module
 */
import * as models from '@kubernetes/client-node/dist/gen/models/all.js';
import { createResources } from '../src/playground/api/resources/index.js';
import { BINDING, SCALE } from '../src/playground/api/scale.js';
import { modelNames } from '../src/playground/api/schema/models.js';

export const API_MODELS_FILE = 'src/playground/api/schema/model-fields.ts';

/** Served as subresources, so that no resource names them. */
const MORE_KINDS = [SCALE, BINDING];

interface Model {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string; readonly format: string }[];
}

const all: ReadonlyMap<string, Model> = new Map(
  Object.entries(models as Readonly<Record<string, unknown>>).filter(
    (entry): entry is [string, Model] => typeof entry[1] === 'function' && 'getAttributeTypeMap' in entry[1],
  ),
);

export function renderApiModels(): string {
  const pending = [...createResources(), ...MORE_KINDS].map((kind) => {
    const model = modelNames(kind).find((name) => all.has(name));
    if (model === undefined) throw new Error(`@kubernetes/client-node has no model of ${kind.kind} in ${kind.group}`);
    return model;
  });
  const rendered = new Map<string, string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const model = all.get(name);
    if (model === undefined || rendered.has(name)) continue;
    const types = model.getAttributeTypeMap().map(({ baseName, type, format }) => [baseName, shortType(type, format)]);
    rendered.set(name, types.map(([field, type]) => `${field}:${type}`).join(' '));
    pending.push(...types.map(([, type = '']) => type.replace(/[[\]{}]/g, '')));
  }
  const sorted = [...rendered].sort(([a], [b]) => (a < b ? -1 : 1));
  return HEADER + sorted.map(([model, fields]) => `  ${model}: '${fields}',\n`).join('') + FOOTER;
}

const HEADER = `/**
 * The fields of each model with their types: made by \`npm run generate\` (scripts/api-models.ts), not by hand.
 * @module
 */

// biome-ignore format: one line for each model
export const MODEL_FIELDS: Readonly<Record<string, string>> = {
`;
const FOOTER = '};\n';

/** `V1ServicePort[]` for a list, `{string}` for a map, and the names of scalars as types.ts has them. */
function shortType(type: string, format: string): string {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list !== undefined) return `${shortType(list, format)}[]`;
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map !== undefined) return `{${shortType(map, format)}}`;
  if (all.has(type)) return type;
  const scalar = SCALARS[`${type} ${format}`] ?? SCALARS[type];
  if (scalar === undefined) throw new Error(`a type that is not expected of @kubernetes/client-node: ${type}`);
  return scalar;
}

const SCALARS: Readonly<Record<string, string>> = {
  'string byte': 'bytes',
  string: 'string',
  'number int32': 'int32',
  'number int64': 'int64',
  number: 'number',
  boolean: 'boolean',
  Date: 'date',
  V1MicroTime: 'micro-date',
  IntOrString: 'int-or-string',
  any: 'any',
};
