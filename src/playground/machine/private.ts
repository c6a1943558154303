/**
 * A place of one's own on this machine, that ends whole: mount, network, process and (for ordinary users) user namespaces.
 *
 * What runs in it sees this machine's files, a /run and a folder for temporary files that are empty and in memory, and a
 * loopback without any other link. Its first process ends with whoever asked for the place, however that ends, and then
 * the kernel ends every other process of it and takes networks, mounts and those files away. Nothing is left to clear.
 *
 * Sources: unshare(1), namespaces(7), pid_namespaces(7) on the first process.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { systemPath } from '../../linux/programs.js';
import type { Command } from '../network/process.js';

const NAMESPACES = ['--mount', '--net', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc'] as const;
const AS_USER = ['--user', '--map-root-user'] as const;

/** In memory, like all of /run inside. */
const TEMPORARY_FILES = '/run/tmp';
/** Told apart from what the program itself ends with. */
const NO_PLACE = 125;

/** The first process is a shell and not the program itself: somebody has to collect the children of those that end early. */
const SETUP = `mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/netns ${TEMPORARY_FILES} && ip link set lo up || exit ${NO_PLACE}
"$@"
exit $?`;

export type Privilege = 'root' | 'user-namespace';

/** The command line that runs `command` in a place of its own. Its parent's death is its end. */
export const privately = (command: Command, privilege: Privilege): Command => [
  'setpriv',
  '--pdeathsig',
  'KILL',
  '--',
  'unshare',
  ...NAMESPACES,
  ...(privilege === 'root' ? [] : AS_USER),
  '--',
  'sh',
  '-c',
  SETUP,
  'sh',
  ...command,
];

/** What the programs inside have to find set. */
export const privateEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  TMPDIR: TEMPORARY_FILES,
  PATH: systemPath(env),
});

export interface Trial {
  readonly privilege: Privilege;
  readonly worked: boolean;
  /** What unshare or the first steps inside had to say. */
  readonly said: string;
}

/** Makes such a place and lets it go, to find out whether it can be had: only the kernel knows all of its own rules. */
export function tryPlace(privilege: Privilege): Trial {
  const [program, ...args] = privately(['true'], privilege);
  const { status, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: privateEnvironment(process.env),
  });
  return { privilege, worked: status === 0, said: (stderr || error?.message || '').trim() };
}
