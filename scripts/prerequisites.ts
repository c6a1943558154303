/**
 * What the lab needs from the machine besides Node, and getting it: on Debian, as root, missing packages are installed.
 *
 * Never installs anything unless it may, and always says so before.
 * @module
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A program of each package that the lab, kube-proxy or a person who debugs them calls. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  conntrack: 'conntrack',
  tcpdump: 'tcpdump',
  curl: 'curl',
  nsenter: 'util-linux',
};

/** Upstream's Kubernetes 1.36 asks for it. */
const GO = { major: 1, minor: 26 };

/** Why the lab cannot run on this machine; empty when it can. Packages are installed where that is possible. */
export function prepareMachine(say: (line: string) => void): readonly string[] {
  const problems: string[] = [];
  if (process.platform !== 'linux') return ['network namespaces need Linux'];
  const missing = missingPackages();
  if (missing.length > 0) {
    const install = `apt-get install -y ${missing.join(' ')}`;
    if (process.getuid?.() === 0 && find('apt-get')) {
      say(`installing what the lab needs: ${install}`);
      aptGet(['update', '-q']);
      aptGet(['install', '-y', '-q', '--no-install-recommends', ...missing]);
    }
    const still = missingPackages();
    if (still.length > 0) problems.push(`packages are missing: ${install}`);
  }
  if (process.getuid?.() !== 0) problems.push('network namespaces need root: run it with sudo');
  return problems;
}

/** Why Kubernetes cannot be built here; empty when it can, or need not be. */
export function goProblems(): readonly string[] {
  const version = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) === GO.major && Number(minor) >= GO.minor) return [];
  const found = version === '' ? 'there is none' : `this is ${version}`;
  return [
    `Go ${GO.major}.${GO.minor} builds Kubernetes, and ${found}; or name official binaries with KUBE_ASSETS=<folder>`,
  ];
}

const missingPackages = (): readonly string[] =>
  Object.entries(PACKAGES).flatMap(([program, name]) => (find(program) ? [] : [name]));

/** Debian keeps programs of the administrator where a user's PATH does not look. */
function find(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => fs.existsSync(path.join(folder, program)));
}

function aptGet(args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
}
