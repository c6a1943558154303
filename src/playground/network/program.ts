/**
 * The playground's own programs, each started as a process of plain Node.
 *
 * In `dist/` they stand ready (scripts/build.ts bundles {@link PROGRAMS}). From the sources each is bundled when it is first
 * asked for: a program then starts in 40 ms and costs what Node costs; with tsx every one would pay for a compiler.
 * Those scripts are cached inside node_modules, so that what stays external (koffi's native library) is found from there.
 * @module
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { IS_BUNDLED, ROOT } from '../root.js';
import type { Command } from './process.js';

/** Every program that the playground starts, by its path below src/playground. */
export const PROGRAMS = [
  'api/main.ts',
  'images/counter.ts',
  'images/echo.ts',
  'images/http-go.ts',
  'images/redis.ts',
  'images/whoami.ts',
  'kubelet/main.ts',
  'main.ts',
  'programs/arp-watch.ts',
  'programs/forwarder.ts',
  'programs/http-get.ts',
  'programs/http-probe.ts',
  'programs/observer.ts',
  'programs/visitor.ts',
] as const;
export type ProgramName = (typeof PROGRAMS)[number];

const SOURCES = path.join(ROOT, 'src/playground');
const CACHE = path.join(ROOT, 'node_modules/.cache/cairn-lab');

/** Small heaps: a lab is many small programs, and none of them holds much. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64', '--enable-source-maps'] as const;
/** The API server holds a whole cluster, and every request makes garbage: with the small heap it is three times slower. */
const API_SERVER_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=512', '--enable-source-maps'] as const;

const bundled = new Map<string, Promise<string>>();

/** The command line that starts one of {@link PROGRAMS}. */
export const program = (name: ProgramName): Promise<Command> =>
  IS_BUNDLED
    ? Promise.resolve(nodeCommand(path.join(ROOT, 'dist/playground', name.replace(/\.ts$/, '.js')), flagsOf(name)))
    : sourceProgram(path.join(SOURCES, name));

/** The command line that starts the program whose source is `file`, an absolute path: for what only tests have. */
export async function sourceProgram(file: string): Promise<Command> {
  let script = bundled.get(file);
  if (script === undefined) {
    script = bundle(file);
    bundled.set(file, script);
  }
  return nodeCommand(await script, flagsOf(file));
}

const nodeCommand = (script: string, flags: readonly string[]): Command => [process.execPath, ...flags, script];
const flagsOf = (file: string): readonly string[] => (file.endsWith('api/main.ts') ? API_SERVER_FLAGS : NODE_FLAGS);

async function bundle(file: string): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['koffi', 'esbuild'],
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
