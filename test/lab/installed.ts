/**
 * Cairn as a package that somebody installed: dist/ with what it loads, in a folder that every user can read.
 *
 * No sources and no kubernetes/ are in it, and it does not matter who may read the clone that is tested.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../../src/playground/root.js';

const PARTS = ['package.json', 'dist', 'deploy', 'config', 'node_modules/koffi', 'node_modules/@koromix'];

/** Debian's user `nobody`: as ordinary as any. */
const ORDINARY_USER = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly as?: 'root' | 'ordinary user';
  readonly env?: NodeJS.ProcessEnv;
  /** Put before the command, e.g. `unshare --mount`. */
  readonly before?: readonly string[];
}

export class Installed {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static create(): Installed {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-installed-'));
    for (const part of PARTS) {
      if (!fs.existsSync(path.join(ROOT, part))) continue;
      fs.cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true, dereference: true });
    }
    openToAll(folder);
    return new Installed(folder);
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** The command line of `cairn playground`. */
  command(flags: readonly string[], { as = 'root', before = [] }: StartOptions = {}): readonly string[] {
    const user = as === 'root' ? [] : ORDINARY_USER;
    return [...before, ...user, process.execPath, path.join(this.folder, 'dist/cairn.js'), 'playground', ...flags];
  }

  /** `stdout` and `stderr` are pipes, and so is `stdin`, which stays open. */
  start(flags: readonly string[], options: StartOptions = {}): ChildProcess {
    const [program = '', ...args] = this.command(flags, options);
    return spawn(program, args, { cwd: this.folder, env: this.environment(options), stdio: 'pipe' });
  }

  /** No home: nothing that earlier builds left in a cache is at hand unless the test says so. */
  environment({ env = {} }: StartOptions): NodeJS.ProcessEnv {
    const { KUBE_ASSETS: _assets, XDG_CACHE_HOME: _cache, ...inherited } = process.env;
    return { ...inherited, HOME: '/nonexistent', ...env };
  }

  async run(flags: readonly string[], options: StartOptions & { readonly input?: string } = {}): Promise<Ended> {
    const child = this.start(flags, options);
    child.stdin?.end(options.input ?? '');
    return ended(child);
  }
}

/** Waits for its end; answers all that it wrote. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

function openToAll(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    fs.chmodSync(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
