/**
 * The real Kubernetes programs, built once from the Go modules that `kubernetes/go.mod` names.
 *
 * No binary is downloaded: the module proxy serves `k8s.io/kubernetes` as source, and one program of ours imports its
 * commands. The result is kept outside the tree (`$XDG_CACHE_HOME/cairn/kube` or `~/.cache/cairn/kube`), named after
 * everything it is made from, and appears there whole or not at all. `KUBE_ASSETS=<folder>` uses that folder's
 * programs (upstream's own names) instead.
 * @module
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../network/process.js';
import { ROOT } from '../root.js';

const SOURCE = path.join(ROOT, 'kubernetes');

const KUBE_PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubectl',
] as const;

const OR_NAME_ONE = 'or name a folder of its programs with KUBE_ASSETS=<folder>';

/** Told what goes on while something takes its time; one short line without a full stop. */
export type Progress = (message: string) => void;

/** A folder that holds every one of {@link KUBE_PROGRAMS}; builds them when they are not there yet. */
export async function kubeAssets(progress: Progress = () => {}): Promise<string> {
  const given = process.env['KUBE_ASSETS'];
  if (given) return checked(given);
  if (!fs.existsSync(SOURCE)) throw new Error(`Kubernetes is built from a clone of Cairn only; ${OR_NAME_ONE}`);
  const recipe = readRecipe();
  const folder = path.join(cacheFolder(), recipe.hash);
  if (isComplete(folder)) return folder;

  fs.mkdirSync(cacheFolder(), { recursive: true });
  const release = await lock(`${folder}.lock`, () => progress('Kubernetes: another run is building it, waiting'));
  try {
    if (!isComplete(folder)) await buildInto(folder, recipe, progress);
  } finally {
    release();
  }
  return folder;
}

/** Whether {@link kubeAssets} would answer at once. An installed package has no source to build from, and nothing built of it. */
export const kubeAssetsAreReady = (): boolean =>
  Boolean(process.env['KUBE_ASSETS']) ||
  (fs.existsSync(SOURCE) && isComplete(path.join(cacheFolder(), readRecipe().hash)));

interface Recipe {
  readonly hash: string;
  readonly linkerFlags: string;
}

function readRecipe(): Recipe {
  const files = ['go.mod', 'go.sum', 'main.go'].map((name) => fs.readFileSync(path.join(SOURCE, name), 'utf8'));
  const version = /^\s*(?:require\s+)?k8s\.io\/kubernetes v(\d+)\.(\d+)\.(\d+)/m.exec(files[0] ?? '');
  if (version === null) throw new Error('kubernetes/go.mod names no version of k8s.io/kubernetes');
  const [, major, minor, patch] = version;
  // The programs refuse to work together, and kubectl warns, when they do not know their version.
  const set = (name: string, value: string) => `-X k8s.io/component-base/version.${name}=${value}`;
  const linkerFlags = [
    '-s -w',
    set('gitVersion', `v${major}.${minor}.${patch}`),
    set('gitMajor', major ?? ''),
    set('gitMinor', minor ?? ''),
  ].join(' ');
  const hash = createHash('sha256')
    .update(JSON.stringify([files, linkerFlags, process.arch]))
    .digest('hex');
  return { hash: hash.slice(0, 16), linkerFlags };
}

function cacheFolder(): string {
  return path.join(process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'), 'cairn', 'kube');
}

const isComplete = (folder: string): boolean => fs.existsSync(folder);

function checked(folder: string): string {
  const missing = KUBE_PROGRAMS.filter((name) => !fs.existsSync(path.join(folder, name)));
  if (missing.length > 0) throw new Error(`KUBE_ASSETS=${folder} lacks ${missing.join(', ')}`);
  return folder;
}

async function buildInto(folder: string, { linkerFlags }: Recipe, progress: Progress): Promise<void> {
  removeDrafts(folder);
  const draft = fs.mkdtempSync(`${folder}.draft-`);
  try {
    const began = performance.now();
    progress('Kubernetes: fetching its source (once)');
    let fetched = 0;
    const packages = await go(['list', '-deps', '.'], () => {
      fetched++;
      progress(`Kubernetes: fetching its source (once): ${fetched} modules`);
    });
    let compiled = 0;
    // -v names each package on stderr as it is compiled; what Go's own cache still has is not named.
    await go(['build', '-v', '-trimpath', '-ldflags', linkerFlags, '-o', path.join(draft, 'kube'), '.'], () => {
      compiled++;
      progress(`Kubernetes: compiling (once, about 5 minutes on 2 cores): ${compiled} of ${packages.length} packages`);
    });
    for (const name of KUBE_PROGRAMS) fs.symlinkSync('kube', path.join(draft, name));
    fs.chmodSync(draft, 0o755);
    fs.renameSync(draft, folder);
    progress(`Kubernetes: built in ${Math.round((performance.now() - began) / 1000)} s`);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** What interrupted builds left; whoever holds the lock is the only one who builds. */
function removeDrafts(folder: string): void {
  const prefix = `${path.basename(folder)}.draft-`;
  for (const name of fs.readdirSync(path.dirname(folder))) {
    if (name.startsWith(prefix)) fs.rmSync(path.join(path.dirname(folder), name), { recursive: true, force: true });
  }
}

/** Runs `go` in the source folder; answers the lines of stdout, and hands over those of stderr as they come. */
async function go(args: readonly string[], onStderr: (line: string) => void): Promise<readonly string[]> {
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' };
  const child = spawn('go', args, { cwd: SOURCE, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: string[] = [];
  const err: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => out.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => {
    err.push(line);
    onStderr(line);
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`Go builds Kubernetes, and there is none: install Go 1.26, ${OR_NAME_ONE}`, { cause })),
    );
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`go ${args[0]} ended with ${code}:\n${err.slice(-20).join('\n')}`);
  return out;
}

/** The kernel's own file lock, held by a child whose input is ours: it ends with us, however we end. */
async function lock(file: string, onWait: () => void): Promise<() => void> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const patience = setTimeout(onWait, 500);
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', (code) => reject(new Error(`flock ${file} ended with ${code}`)));
    holder.stdout.once('data', () => resolve());
  });
  clearTimeout(patience);
  return () => holder.stdin.end();
}

/** `vX.Y.Z` as the programs in `assets` call themselves. */
export async function kubeVersion(assets: string): Promise<string> {
  const text = await run([path.join(assets, 'kube-apiserver'), '--version']);
  return text.trim().replace(/^Kubernetes /, '');
}
