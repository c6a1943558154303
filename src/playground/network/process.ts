/**
 * Programs that the lab runs: short ones to their end, long ones under a handle that can stop, kill, freeze and thaw them.
 *
 * Each long-running program leads a process group of its own, is recorded with its run, and dies with the process that
 * started it (PR_SET_PDEATHSIG), so that not even a SIGKILL of the tests leaves one behind.
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { namespacePath, type Run } from './run.js';

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Network namespace to run in; default: the one we are in. */
  readonly namespace?: string | undefined;
  readonly input?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** SIGKILL after this time; default 60 s. */
  readonly timeoutMs?: number | undefined;
}

export type Command = readonly [program: string, ...args: string[]];

/** A program that ended with another code than 0. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly output: Output;
  constructor(command: Command, output: Output) {
    super(`${command.join(' ')}: exit ${output.code}: ${(output.stderr || output.stdout).trim()}`);
    this.output = output;
  }
}

/** Runs to the end, whatever the exit code: -1 when it could not start or was killed. */
export function tryRun(command: Command, options: RunOptions = {}): Promise<Output> {
  const [program, ...args] = entering(options.namespace, command);
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        env: options.env ?? process.env,
        timeout: options.timeoutMs ?? 60_000,
        killSignal: 'SIGKILL',
        maxBuffer: 256 << 20,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr: code === -1 ? `${stderr}${error?.message ?? ''}` : stderr });
      },
    );
    // EPIPE: the program ended without reading its input, which its exit code tells better.
    child.stdin?.on('error', () => {}).end(options.input ?? '');
  });
}

/** As {@link tryRun}, but any other exit code than 0 is thrown as {@link ProgramError}. Answers stdout. */
export async function run(command: Command, options: RunOptions = {}): Promise<string> {
  const output = await tryRun(command, options);
  if (output.code !== 0) throw new ProgramError(command, output);
  return output.stdout;
}

const entering = (namespace: string | undefined, command: Command): Command =>
  namespace === undefined ? command : ['nsenter', `--net=${namespacePath(namespace)}`, '--', ...command];

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnOptions {
  /** Names the log `<run folder>/logs/<name>.log`, which holds stderr, and stdout too unless it is piped. */
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** `pipe`: stdout is read by {@link LabProcess.lines} instead of going to the log. Default `log`. */
  readonly stdout?: 'log' | 'pipe' | undefined;
  /** Adds an IPC channel ({@link LabProcess.child}`.send`). */
  readonly ipc?: boolean | undefined;
}

export class LabProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  readonly child: ChildProcess;
  private ended = false;

  constructor(name: string, logFile: string, child: ChildProcess) {
    if (child.pid === undefined) throw new Error(`${name} did not start`);
    this.name = name;
    this.pid = child.pid;
    this.logFile = logFile;
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.ended = true;
        resolve({ code, signal });
      });
    });
  }

  get running(): boolean {
    return !this.ended;
  }

  /** To the whole group. Does nothing once the process has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.ended) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // It has ended, and its exit is about to be told.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** SIGTERM, and SIGKILL if that is not obeyed within `graceMs`. */
  async stop(graceMs = 10_000): Promise<Exit> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    return this.exited;
  }

  /** SIGSTOP: it stays in memory and keeps its sockets, and does nothing. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** The lines of stdout as they come; needs `stdout: 'pipe'`. */
  lines(): AsyncIterable<string> {
    if (this.child.stdout === null) throw new Error(`${this.name}: stdout is not piped`);
    return createInterface({ input: this.child.stdout });
  }

  /** What it has written so far: all of stderr, and of stdout unless that is piped. */
  log(): string {
    return fs.readFileSync(this.logFile, 'utf8');
  }
}

/** Starts a program that ends with the run at the latest. */
export function start(owner: Run, command: Command, options: SpawnOptions): LabProcess {
  const logFile = owner.file('logs', `${options.name}.log`);
  const log = fs.openSync(logFile, 'a');
  const [program, ...args] = entering(options.namespace, ['setpriv', '--pdeathsig', 'KILL', '--', ...command]);
  const child = spawn(program, args, {
    detached: true, // its own session and group: Ctrl-C in the terminal reaches the lab only, which then ends it in order
    env: options.env ?? process.env,
    stdio: ['ignore', options.stdout === 'pipe' ? 'pipe' : log, log, ...(options.ipc ? (['ipc'] as const) : [])],
  });
  fs.closeSync(log);
  const started = new LabProcess(options.name, logFile, child);
  owner.own(started.pid);
  return started;
}
