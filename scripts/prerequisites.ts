/**
 * What the tests need from the machine besides Node, and getting it: on Debian, as root, missing packages are installed.
 *
 * Never installs anything unless it may, and always says so before.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { FOR_KUBE_PROXY, FOR_NETWORK, FOR_TESTS } from '../src/playground/machine/packages.js';
import { provide } from '../src/playground/machine/prepare.js';

/** Upstream's Kubernetes 1.36 asks for it. */
const GO = { major: 1, minor: 26 };

/** Why the lab cannot run on this machine; empty when it can. Packages are installed where that is possible. */
export function prepareMachine(say: (line: string) => void): readonly string[] {
  const missing = provide([...FOR_NETWORK, ...FOR_KUBE_PROXY, ...FOR_TESTS], say);
  return [
    ...(missing === undefined ? [] : [missing]),
    ...(process.getuid?.() === 0 ? [] : ['network namespaces need root: run it with sudo']),
  ];
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
