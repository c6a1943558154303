/**
 * Running the programs of the system that Cairn cannot do without, such as `nft`, to their end.
 * @module
 */
import { spawn } from 'node:child_process';

export interface ProgramOutput {
  /** Null: it did not end in time and was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Debian keeps programs of the administrator where the PATH of users and daemons may not look. */
export const systemPath = (env: NodeJS.ProcessEnv = process.env): string =>
  `${env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

const TIMEOUT_MS = 30_000;

/** Rejects when the program cannot be started; the error's `code` is `ENOENT` where there is none. */
export function runProgram(command: string, args: readonly string[], input = ''): Promise<ProgramOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, PATH: systemPath(), LC_ALL: 'C' },
      stdio: 'pipe',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // EPIPE: it ended without reading all of its input, which its exit code tells better.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
      resolve({ exitCode, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
