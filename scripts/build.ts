/**
 * `npm run build`: bundles Cairn into `dist/`.
 *
 * `cairn.js` is the command, `link-worker.js` the thread of the speaker's link side; each loads the chunks beside it that it
 * needs, so that `cairn check` does not read a Kubernetes client. Complete but for koffi, which brings a compiled library
 * and stays in node_modules. Two builds at once do no harm: a file is put in place whole, and named by its content.
 * @module
 */
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const OUT = join(ROOT, 'dist');
const COMMAND = 'cairn';

/** CommonJS packages ask for Node's own modules with `require`, which an ES module does not have. */
const REQUIRE = `import { createRequire as $createRequire } from 'node:module';
const require = $createRequire(import.meta.url);`;

/**
 * The client's modules only declare things, which its package.json does not say: with this, what is not used of it
 * (the typed API, exec, attach, copy) is left out, and start time and memory with it.
 */
const clientWithoutSideEffects: Plugin = {
  name: 'client-without-side-effects',
  setup({ onResolve, resolve }) {
    const asked = Symbol('asked');
    onResolve({ filter: /^\.|^@kubernetes\/client-node$/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === asked) return undefined;
      const resolved = await resolve(path, { ...from, pluginData: asked });
      return resolved.path.includes('/@kubernetes/client-node/') ? { ...resolved, sideEffects: false } : resolved;
    });
  },
};

const { outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: { [COMMAND]: 'src/run/main.ts', 'link-worker': 'src/linux/link-worker.ts' },
  outdir: OUT,
  write: false,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minify: true,
  // An error is told apart by the name of its class.
  keepNames: true,
  sourcemap: 'linked',
  legalComments: 'none',
  external: ['koffi'],
  banner: { js: REQUIRE },
  plugins: [clientWithoutSideEffects],
  logLevel: 'error',
}).catch(() => process.exit(1));

await mkdir(OUT, { recursive: true });
// The entries come last: what starts meanwhile finds every chunk that it names.
const entriesLast = outputFiles.toSorted((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)));
for (const { path, contents } of entriesLast) await put(path, contents);

const current = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of await readdir(OUT))
  if (!current.has(name) && !name.startsWith('.')) await rm(join(OUT, name), { recursive: true });

function isEntry(path: string): boolean {
  return [`${COMMAND}.js`, 'link-worker.js'].includes(basename(path));
}

async function put(path: string, contents: Uint8Array): Promise<void> {
  const draft = join(OUT, `.${basename(path)}.${process.pid}`);
  await writeFile(draft, contents);
  if (basename(path) === `${COMMAND}.js`) await chmod(draft, 0o755);
  await rename(draft, path);
}
