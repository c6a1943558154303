/**
 * Why this machine gives us no namespaces of our own, and what to do about it.
 *
 * Sources: user_namespaces(7), namespaces(7) on /proc/sys/user; kernel.unprivileged_userns_clone is Debian's own,
 * kernel.apparmor_restrict_unprivileged_userns is Ubuntu's (23.10 and later).
 * @module
 */
import fs from 'node:fs';
import { type Privilege, type Trial, tryPlace } from './private.js';

/** Reads one sysctl by its dotted name; `undefined` where the kernel has none of that name. */
export type Sysctls = (name: string) => string | undefined;

const SWITCHES: readonly {
  readonly name: string;
  readonly offAt: string;
  readonly on: string;
  readonly means: string;
}[] = [
  {
    name: 'kernel.unprivileged_userns_clone',
    offAt: '0',
    on: '1',
    means: 'user namespaces are disabled for ordinary users',
  },
  { name: 'user.max_user_namespaces', offAt: '0', on: '15000', means: 'user namespaces are disabled' },
  { name: 'user.max_net_namespaces', offAt: '0', on: '15000', means: 'network namespaces are disabled' },
  { name: 'user.max_pid_namespaces', offAt: '0', on: '15000', means: 'process namespaces are disabled' },
  { name: 'user.max_mnt_namespaces', offAt: '0', on: '15000', means: 'mount namespaces are disabled' },
  {
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    offAt: '1',
    on: '0',
    means: 'AppArmor keeps ordinary users from what user namespaces are for',
  },
];

/** One sentence: what is in the way, by its name, and the remedy. */
export function whyNoPlace(trial: Pick<Trial, 'said'>, sysctl: Sysctls): string {
  const off = SWITCHES.find(({ name, offAt }) => sysctl(name) === offAt);
  if (off !== undefined) {
    const { name, offAt, on, means } = off;
    return `${means} (${name}=${offAt}); as an administrator: sysctl -w ${name}=${on}, or run this as root`;
  }
  return `no namespaces can be made here (${trial.said || 'unshare failed'}); run this as root, and in a container with --privileged`;
}

/** How a place of one's own can be had here, or the sentence that says why not. */
export function findPrivilege(): { readonly privilege: Privilege } | { readonly problem: string } {
  const ways: readonly Privilege[] = process.getuid?.() === 0 ? ['root', 'user-namespace'] : ['user-namespace'];
  let last: Trial | undefined;
  for (const way of ways) {
    const trial = tryPlace(way);
    if (trial.worked) return { privilege: way };
    last = trial;
  }
  return { problem: whyNoPlace(last ?? { said: '' }, readSysctl) };
}

const readSysctl: Sysctls = (name) => {
  try {
    return fs.readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return undefined;
  }
};
