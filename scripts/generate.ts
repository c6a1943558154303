/**
 * `npm run generate`: writes the files that are made from others. With `--check` it writes nothing, and ends with exit
 * code 1 if one is stale.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_MODELS_FILE, renderApiModels } from './api-models.js';
import { JSON_SCHEMA_FILE, renderJsonSchema } from './json-schema.js';
import { PICTURE_FILE, renderPicture } from './picture-svg.js';

const ROOT = join(import.meta.dirname, '..');
const GENERATED: Readonly<Record<string, () => string>> = {
  [JSON_SCHEMA_FILE]: renderJsonSchema,
  [API_MODELS_FILE]: renderApiModels,
  [PICTURE_FILE]: renderPicture,
};

const isCheck = process.argv.includes('--check');
for (const [file, render] of Object.entries(GENERATED)) {
  const path = join(ROOT, file);
  if (!isCheck) writeFileSync(path, render());
  else if (readOrNothing(path) !== render()) {
    console.error(`${file} is stale: run "npm run generate"`);
    process.exitCode = 1;
  }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
