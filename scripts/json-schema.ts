/**
 * `config/config.schema.json`, which editors use, as text: made from the schema that Cairn itself reads by.
 *
 * Source: JSON Schema 2020-12.
 * @module
 */
import * as z from 'zod';
import { configSchema } from '../src/config/schema.js';

export const JSON_SCHEMA_FILE = 'config/config.schema.json';

export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  const described = {
    title: 'Configuration of Cairn',
    description: 'The text under the key `config` of the ConfigMap `cairn-config`.',
    ...schema,
  };
  return `${JSON.stringify(described, undefined, 2)}\n`;
}
