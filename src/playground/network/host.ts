/**
 * One machine of the lab's network: a network namespace to run programs in.
 *
 * It shares this machine's files and process table; only its network is its own. `/sys/class/net` therefore shows the
 * links of whoever mounted /sys: read links over netlink.
 * @module
 */
import type { Mac } from '../../values/mac.js';
import { type Command, type LabProcess, type Output, type RunOptions, run, start, tryRun } from './process.js';
import { type ProgramName, program } from './program.js';
import type { Run } from './run.js';

export interface HostSpawnOptions {
  /** Names the log; default: the program's name. The host's name is put in front. */
  readonly name?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdout?: 'log' | 'pipe';
  readonly ipc?: boolean;
}

export class Host {
  readonly name: string;
  /** IPv4, without prefix length. */
  readonly address: string;
  /** Of `eth0`. */
  readonly mac: Mac;
  readonly namespace: string;
  private readonly owner: Run;

  constructor(owner: Run, name: string, address: string, mac: Mac) {
    this.owner = owner;
    this.name = name;
    this.address = address;
    this.mac = mac;
    this.namespace = owner.namespace(name);
  }

  /** Runs to the end and answers stdout; throws {@link ProgramError} when the exit code is not 0. */
  run(command: Command, options: Omit<RunOptions, 'namespace'> = {}): Promise<string> {
    return run(command, { ...options, namespace: this.namespace });
  }

  /** Runs to the end, whatever the exit code. */
  tryRun(command: Command, options: Omit<RunOptions, 'namespace'> = {}): Promise<Output> {
    return tryRun(command, { ...options, namespace: this.namespace });
  }

  spawn(command: Command, options: HostSpawnOptions = {}): LabProcess {
    const name = options.name ?? (command[0].split('/').at(-1) as string);
    return start(this.owner, command, { ...options, name: `${this.name}-${name}`, namespace: this.namespace });
  }

  /** Starts one of the playground's own programs, e.g. `programs/http-probe.ts`. */
  async spawnProgram(
    file: ProgramName,
    args: readonly string[] = [],
    options: HostSpawnOptions = {},
  ): Promise<LabProcess> {
    const name = options.name ?? file.replace(/^.*\//, '').replace(/\.ts$/, '');
    return this.spawn([...(await program(file)), ...args], { ...options, name });
  }

  /** Fetches a URL without any program of the machine; with `untilMs` again and again until it answers well. Code 0 for 2xx. */
  async fetch(url: string, { untilMs = 0, patienceMs = 2_000 } = {}): Promise<Output> {
    const times = ['--for-ms', String(untilMs), '--patience-ms', String(patienceMs)];
    return this.tryRun([...(await program('programs/http-get.ts')), url, ...times]);
  }

  /** Fetches a URL as a person would; `-1` and curl's own message when there is no answer within `timeoutMs`. */
  curl(url: string, timeoutMs = 3_000): Promise<Output> {
    return this.tryRun(['curl', '--silent', '--show-error', '--max-time', String(timeoutMs / 1000), url]);
  }
}
