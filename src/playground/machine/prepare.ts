/**
 * Making a machine ready for the playground: on Debian, as root, missing packages are installed.
 *
 * Never installs anything unless it may, and always says so before.
 * @module
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { systemPath } from '../../linux/programs.js';
import { missingPackages, type SystemProgram } from './packages.js';

/** Why these programs cannot be called here, as one sentence that names the remedy; `undefined` when they can. */
export function provide(programs: readonly SystemProgram[], say: (line: string) => void): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  const missing = missingPackages(programs);
  if (missing.length === 0) return undefined;
  if (process.getuid?.() === 0 && hasAptGet()) {
    say(`installing missing Debian packages: apt-get install -y ${missing.join(' ')}`);
    aptGet(['update', '-q']);
    aptGet(['install', '-y', '-q', '--no-install-recommends', ...missing]);
  }
  const still = missingPackages(programs);
  if (still.length === 0) return undefined;
  const those = still.length === 1 ? `the package ${still[0]} is` : `the packages ${still.join(', ')} are`;
  return `${those} missing; on Debian: sudo apt-get install -y ${still.join(' ')}`;
}

const hasAptGet = (): boolean =>
  systemPath()
    .split(':')
    .some((folder) => fs.existsSync(`${folder}/apt-get`));

function aptGet(args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // stdout belongs to the command that asked for this.
  spawnSync('apt-get', args, { env, stdio: ['ignore', 2, 2] });
}
