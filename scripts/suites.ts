/**
 * The test suites, and running one of them with Mocha.
 * @module
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemPath } from '../src/linux/programs.js';

export const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** What a suite needs before it can run, besides Node. */
export type Need = 'dist' | 'lab' | 'kubernetes';

export interface Suite {
  readonly name: string;
  readonly about: string;
  readonly specs: readonly string[];
  readonly needs: readonly Need[];
  readonly timeoutMs: number;
}

/** What tests left behind may take so long to end. */
const ENDING_MS = 60_000;

const NOTHING_RAN: Counts = { passed: 0, failed: 0, skipped: [], failures: [] };

const mocharc = JSON.parse(fs.readFileSync(path.join(ROOT, '.mocharc.json'), 'utf8')) as { spec: readonly string[] };

export const SUITES: readonly Suite[] = [
  { name: 'unit', about: 'decisions, bytes, files', specs: mocharc.spec, needs: ['dist'], timeoutMs: 30_000 },
  {
    name: 'integration',
    about: 'Cairn from dist/ against the embedded API server and its faults',
    specs: ['test/integration/**/*.test.ts'],
    needs: ['dist'],
    timeoutMs: 60_000,
  },
  {
    name: 'api',
    about: 'one suite for the embedded API server and for the real one',
    specs: ['test/api/**/*.test.ts'],
    needs: ['dist', 'lab', 'kubernetes'],
    timeoutMs: 60_000,
  },
  {
    name: 'lab',
    about: 'network namespaces, and a control plane in them',
    specs: ['test/lab/**/*.test.ts'],
    needs: ['dist', 'lab', 'kubernetes'],
    timeoutMs: 120_000,
  },
  {
    name: 'e2e',
    about: 'Cairn from dist/ on the real control plane',
    specs: ['test/e2e/**/*.test.ts'],
    needs: ['dist', 'lab', 'kubernetes'],
    timeoutMs: 180_000,
  },
];

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Full titles. */
  readonly skipped: readonly string[];
  /** Of tests and hooks; a suite can fail without any. */
  readonly failures: readonly Failure[];
}

export interface Failure {
  /** In full. */
  readonly title: string;
  /** The message and the stack. */
  readonly why: string;
}

export interface MochaOptions {
  /** Default: the Node that runs this. */
  readonly node?: string | undefined;
  readonly grep?: string | undefined;
  /** Only counts what would run, as skipped. */
  readonly dryRun?: boolean;
  readonly signal: AbortSignal;
  /** For Mocha to end after its last test. Default: a minute. */
  readonly endingMs?: number;
  /** Shows nothing of what the tests print. */
  readonly quiet?: boolean;
}

/**
 * Runs one suite to its end. A Mocha that ends without counts (a file that does not load, a crash) is one failure; so is one
 * whose tests have ended and that does not end itself, which is killed.
 */
export async function runSuite(suite: Suite, options: MochaOptions): Promise<Counts> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-test-'));
  const file = path.join(folder, 'counts.json');
  const args = [
    '--import=tsx',
    path.join(ROOT, 'node_modules/mocha/bin/mocha.js'),
    '--no-config',
    `--timeout=${suite.timeoutMs}`,
    `--reporter=${path.join(ROOT, 'scripts/count-reporter.cjs')}`,
    '--color',
    ...(options.grep === undefined ? [] : [`--grep=${options.grep}`]),
    ...(options.dryRun ? ['--dry-run'] : []),
    ...suite.specs,
  ];
  try {
    const ended = await new Promise<number | null>((resolve) => {
      const child = spawn(options.node ?? process.execPath, process.stdout.isTTY ? args : without(args, '--color'), {
        cwd: ROOT,
        env: { ...process.env, CAIRN_TEST_COUNTS: file, PATH: systemPath() },
        stdio: ['ignore', options.dryRun || options.quiet ? 'ignore' : 'inherit', options.quiet ? 'ignore' : 'inherit'],
      });
      // On a terminal Ctrl-C reaches Mocha by itself; a second one does no harm, the lab removes its run once.
      options.signal.addEventListener('abort', () => child.kill('SIGINT'));
      let ending: NodeJS.Timeout | undefined;
      const watcher = fs.watch(folder, () => {
        ending ??= setTimeout(() => {
          if (!options.quiet)
            console.log(`${suite.name}: the tests have ended and Mocha did not: something they opened is still open`);
          child.kill('SIGKILL');
        }, options.endingMs ?? ENDING_MS);
      });
      child.once('exit', (code) => {
        watcher.close();
        clearTimeout(ending);
        resolve(code);
      });
    });
    const counts = readCounts(file);
    if (counts === undefined) return { ...NOTHING_RAN, failed: options.signal.aborted ? 0 : 1 };
    if (options.dryRun) return { ...NOTHING_RAN, skipped: Array(counts.passed).fill('') };
    // Counted as passed, and yet Mocha is not content: something went wrong outside of any test.
    return ended !== 0 && counts.failed === 0 && !options.signal.aborted ? { ...counts, failed: 1 } : counts;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A suite whose folder is not there has nothing to run. */
export const hasTests = (suite: Suite): boolean =>
  suite.specs.some((spec) => fs.existsSync(path.join(ROOT, spec.replace(/[^/]*[*{].*$/, ''))));

function readCounts(file: string): Counts | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Counts;
  } catch {
    return undefined;
  }
}

const without = (args: readonly string[], arg: string) => args.filter((each) => each !== arg);
