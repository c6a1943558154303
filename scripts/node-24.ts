/**
 * Node 24 from the npm package `node`, beside the machine's own: the image runs on it, so the quick suites do, too.
 *
 * Kept outside the tree: among the dependencies its `node` would stand first in the PATH of every npm script, and the
 * machine's own Node would never be tested.
 * @module
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const VERSION = '24.21.0';

/** The path of its program; `undefined` when npm cannot bring it (no registry in reach). */
export function node24(say: (line: string) => void): string | undefined {
  if (process.versions.node.startsWith('24.')) return process.execPath;
  const cache = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  const folder = path.join(cache, 'cairn', `node-${VERSION}-${process.arch}`);
  const program = path.join(folder, 'node_modules/node/bin/node');
  if (!fs.existsSync(program)) {
    say(`fetching Node ${VERSION} (once)`);
    const draft = `${folder}.draft-${process.pid}`;
    fs.mkdirSync(draft, { recursive: true });
    const install = ['install', '--prefix', draft, '--no-save', '--no-audit', '--no-fund', `node@${VERSION}`];
    spawnSync('npm', install, { cwd: draft, stdio: 'ignore' });
    try {
      fs.renameSync(draft, folder);
    } catch {
      // Another run was first.
      fs.rmSync(draft, { recursive: true, force: true });
    }
  }
  const answer = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (answer.stdout?.trim() === `v${VERSION}`) return program;
  fs.rmSync(folder, { recursive: true, force: true });
  return undefined;
}
