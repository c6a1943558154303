/**
 * Where Cairn is on this disk, be it a clone or an installed package, run from its sources or from `dist/`.
 * @module
 */
import fs from 'node:fs';
import path from 'node:path';

/** The folder of package.json: `config/`, `deploy/`, `kubernetes/` and `dist/` are below it. */
export const ROOT = rootAbove(import.meta.dirname);

/** Whether this file is a part of the bundle. What it starts is then found beside it, and not bundled anew. */
export const IS_BUNDLED = import.meta.filename.endsWith('.js');

function rootAbove(folder: string): string {
  if (fs.existsSync(path.join(folder, 'package.json'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
  return rootAbove(parent);
}
