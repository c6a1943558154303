/**
 * The lab's own programs, made ready for plain Node: each TypeScript file below test/lab becomes one bundled script.
 *
 * A program then starts in 40 ms and costs what Node costs; with tsx every one would pay for a compiler of its own.
 * The scripts are cached inside node_modules, so that what stays external (koffi's native library) is found from there.
 * @module
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Command } from './process.js';

const LAB = path.dirname(fileURLToPath(import.meta.url));
const CACHE = path.join(LAB, '../../node_modules/.cache/cairn-lab');

/** Small heaps: a lab is many small programs, and none of them holds much. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64', '--enable-source-maps'] as const;

const bundled = new Map<string, Promise<string>>();

/** The command line that starts the program whose source is `file`, a path below test/lab. */
export async function program(file: string): Promise<Command> {
  let script = bundled.get(file);
  if (script === undefined) {
    script = bundle(file);
    bundled.set(file, script);
  }
  return [process.execPath, ...NODE_FLAGS, await script];
}

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(LAB, file)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['koffi', 'raw-socket'],
    sourcemap: 'inline',
    write: false,
    // Packages in CommonJS form still call require().
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const code = outputFiles[0]?.text ?? '';
  // The name tells the content, so that two runs with different sources beside each other never share a script.
  const name = `${path.basename(file, '.ts')}-${createHash('sha256').update(code).digest('hex').slice(0, 12)}.mjs`;
  const script = path.join(CACHE, name);
  if (!fs.existsSync(script)) {
    fs.mkdirSync(CACHE, { recursive: true });
    const draft = `${script}.${process.pid}`;
    fs.writeFileSync(draft, code);
    fs.renameSync(draft, script);
  }
  return script;
}
