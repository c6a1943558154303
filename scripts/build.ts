/**
 * `npm run build`: bundles Cairn into `dist/`.
 *
 * `cairn.js` is the command, `link-worker.js` the thread of the speaker's link side, `playground/` holds what the playground
 * starts as processes; each loads the chunks beside it that it needs, so that `cairn check` does not read a Kubernetes client.
 * Complete but for koffi, which brings a compiled library and stays in node_modules. Two builds at once do no harm: a file is
 * put in place whole, and named by its content.
 * @module
 */
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { PROGRAMS } from '../src/playground/network/program.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const OUT = join(ROOT, 'dist');
const COMMAND = 'cairn';

const ENTRIES: Readonly<Record<string, string>> = {
  [COMMAND]: 'src/run/main.ts',
  'link-worker': 'src/linux/link-worker.ts',
  ...Object.fromEntries(PROGRAMS.map((name) => [`playground/${name.replace(/\.ts$/, '')}`, `src/playground/${name}`])),
};

/** CommonJS packages ask for Node's own modules with `require`, which an ES module does not have. */
const REQUIRE = `import { createRequire as $createRequire } from 'node:module';
const require = $createRequire(import.meta.url);`;

/**
 * The client's modules only declare things, which its package.json does not say: with this, what is not used of it
 * (the typed API, exec, attach, copy) is left out, and start time and memory with it.
 *
 * Its own modules name each other by whole file names, so nothing is looked up for them: asking esbuild to resolve each
 * costs ten times what the rest of the build does.
 */
const clientWithoutSideEffects: Plugin = {
  name: 'client-without-side-effects',
  setup({ onResolve, resolve }) {
    const asked = Symbol('asked');
    onResolve({ filter: /^@kubernetes\/client-node$/ }, async ({ path, pluginData, ...from }) =>
      pluginData === asked
        ? undefined
        : { ...(await resolve(path, { ...from, pluginData: asked })), sideEffects: false },
    );
    onResolve({ filter: /^\..*\.js$/ }, ({ path, importer, resolveDir }) =>
      importer.includes('/@kubernetes/client-node/') ? { path: join(resolveDir, path), sideEffects: false } : undefined,
    );
  },
};

/**
 * Of undici its connection alone: its package is CommonJS in one piece, three quarters of which are for `fetch`,
 * web sockets and caches. `KubeConfig` names those in methods that only the typed API calls.
 */
const undiciClientAlone: Plugin = {
  name: 'undici-client-alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'client-alone', sideEffects: false }));
    onLoad({ filter: /^undici$/, namespace: 'client-alone' }, () => ({
      contents: [
        `export { default as Client } from './node_modules/undici/lib/dispatcher/client.js';`,
        ...['Agent', 'ProxyAgent', 'fetch'].map(
          (name) => `export function ${name}() { throw new Error('${name} of undici is left out of this bundle'); }`,
        ),
      ].join('\n'),
      resolveDir: ROOT,
    }));
  },
};

/**
 * An `import` of `node:http` or `node:https`, whatever its form, reads all that they export, and what is Node's own undici
 * among it is loaded by that: 12 ms of a daemon’s start, and 4 MB. `require` reads only what is asked for.
 */
const httpByRequire: Plugin = {
  name: 'http-by-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?https?$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'by-require' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'by-require' }, ({ path }) => ({
      contents: `module.exports = require('${path}');`,
    }));
  },
};

const { outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: ENTRIES,
  outdir: OUT,
  write: false,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  // Names stay as they are written, for stack traces and profiles: under shorter ones with `keepNames`, each closure costs a
  // call whenever it is made.
  minifyIdentifiers: false,
  sourcemap: 'linked',
  legalComments: 'none',
  external: ['koffi', 'esbuild'],
  banner: { js: REQUIRE },
  plugins: [clientWithoutSideEffects, undiciClientAlone, httpByRequire],
  logLevel: 'error',
}).catch(() => process.exit(1));

await mkdir(OUT, { recursive: true });
// The entries come last: what starts meanwhile finds every chunk that it names.
const entriesLast = outputFiles.toSorted((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)));
for (const { path, contents } of entriesLast) await put(path, contents);

const current = new Set(outputFiles.map(({ path }) => relative(OUT, path)));
for (const entry of await readdir(OUT, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !current.has(relative(OUT, path)) && !entry.name.startsWith('.'))
    await rm(path, { force: true });
}

function isEntry(path: string): boolean {
  return Object.hasOwn(ENTRIES, relative(OUT, path).replace(/\.js$/, ''));
}

async function put(path: string, contents: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  await writeFile(draft, contents);
  if (basename(path) === `${COMMAND}.js`) await chmod(draft, 0o755);
  await rename(draft, path);
}
