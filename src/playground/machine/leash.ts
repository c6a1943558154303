/**
 * The thread between the command that a person called and the program that runs in the private place.
 *
 * One pipe: signals go in as lines, so that they arrive whoever else the terminal tells of them, and its end is the
 * order to stop. The terminal is put back as it was should the program be killed before it could.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import net from 'node:net';
import { createInterface } from 'node:readline';
import type { Command } from '../network/process.js';

/** The program's end of the pipe. */
const LEASH_FD = 3;
/** How long the program may take to end itself once asked. */
const PATIENCE_MS = 10_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Leaves the alternate screen, shows the cursor, plain letters. */
const PLAIN_SCREEN = '\x1b[?1049l\x1b[?25h\x1b[0m';

/** Runs it to its end; answers its exit code, or 1 when something killed it. */
export async function runOnLeash(command: Command, env: NodeJS.ProcessEnv): Promise<number> {
  const [program, ...args] = command;
  const terminal = terminalSettings();
  const child = spawn(program, args, { env, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
  const leash = child.stdio[LEASH_FD] as net.Socket;
  leash.on('error', () => {}); // it ended meanwhile, which its exit tells better
  let asked = 0;
  const pass = (signal: NodeJS.Signals) => {
    asked++;
    leash.write(`${signal}\n`);
    if (asked > 1) child.kill('SIGKILL');
    else setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref();
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (cause) => reject(new Error(`${program} cannot be started`, { cause })));
      child.once('exit', (code, signal) => {
        const wasKilled = signal !== null || (code ?? 0) > 128;
        if (wasKilled && terminal !== undefined) restore(terminal);
        resolve(code === null || code > 2 ? 1 : code);
      });
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}

/** Inside: calls back once when whoever called the command asks to stop, or is gone. */
export function onStop(stop: (why: string) => void): void {
  let told = false;
  const once = (why: string) => {
    if (!told) stop(why);
    told = true;
  };
  const leash = new net.Socket({ fd: LEASH_FD, readable: true, writable: false });
  leash.on('error', () => once('the command ended'));
  createInterface({ input: leash })
    .on('line', once)
    .on('close', () => once('the command ended'));
  leash.unref();
  // From a terminal they come to every process of the group.
  for (const signal of SIGNALS) process.on(signal, once);
}

function terminalSettings(): string | undefined {
  if (!process.stdin.isTTY) return undefined;
  try {
    return execFileSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function restore(settings: string): void {
  if (process.stdout.isTTY) process.stdout.write(PLAIN_SCREEN);
  try {
    execFileSync('stty', [settings], { stdio: ['inherit', 'ignore', 'ignore'] });
  } catch {
    // the terminal itself is gone
  }
}
