/**
 * `npm run playground`: `cairn playground` from a clone. Bundles Cairn, then runs the command with the same arguments.
 *
 * Its exit code is the command's, signals are passed on, and should this be killed, the command ends too.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');

const build = spawnSync(process.execPath, ['--import=tsx', path.join(ROOT, 'scripts/build.ts')], {
  cwd: ROOT,
  stdio: ['ignore', 2, 2],
});
if (build.status !== 0) {
  console.error('cairn playground: dist/ cannot be built; is this clone yours to write to?');
  process.exit(1);
}

const command = [process.execPath, path.join(ROOT, 'dist/cairn.js'), 'playground', ...process.argv.slice(2)];
const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...command], { stdio: 'inherit' });
// From a terminal they reach the command by themselves; twice does no harm before the first was obeyed, so only those of others are passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.once('error', () => {
  console.error('cairn playground: the package util-linux is missing; on Debian: sudo apt-get install -y util-linux');
  process.exit(1);
});
child.once('exit', (code) => process.exit(code ?? 1));
