/**
 * The programs that the playground and its tests call, each with the Debian package that it comes in, and which are missing.
 * @module
 */
import fs from 'node:fs';
import path from 'node:path';
import { systemPath } from '../../linux/programs.js';

const PACKAGES = {
  conntrack: 'conntrack',
  curl: 'curl',
  ip: 'iproute2',
  iptables: 'iptables',
  mount: 'mount',
  nft: 'nftables',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  tcpdump: 'tcpdump',
  unshare: 'util-linux',
} as const satisfies Readonly<Record<string, string>>;

export type SystemProgram = keyof typeof PACKAGES;

/** What a network of namespaces takes. */
export const FOR_NETWORK = ['ip', 'mount', 'nft', 'nsenter', 'setpriv', 'unshare'] as const;
/** What kube-proxy calls besides. */
export const FOR_KUBE_PROXY = ['conntrack', 'iptables'] as const;
/** What tests, and people who debug them, call besides. */
export const FOR_TESTS = ['curl', 'tcpdump'] as const;

/** The packages of those programs that are nowhere in `searchPath`, each once, in order. */
export function missingPackages(programs: readonly SystemProgram[], searchPath = systemPath()): readonly string[] {
  const missing = programs.filter((program) => !isIn(searchPath, program));
  return [...new Set(missing.map((program) => PACKAGES[program]))].sort();
}

const isIn = (searchPath: string, program: string): boolean =>
  searchPath.split(':').some((folder) => folder !== '' && fs.existsSync(path.join(folder, program)));
