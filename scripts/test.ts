/**
 * `npm test`: makes ready what the suites need, runs them one after the other and ends with one line of counts.
 *
 *   npm test                                 everything
 *   npm test -- --suite unit                 one suite (repeat for more): unit, integration, api, lab, e2e
 *   npm test -- --suite e2e --grep minikube  a part of one
 *
 * What cannot run on this machine is named with its reason and counts as skipped; with CI=true it is a failure. What failed
 * is told again at the end, where a reader of a long log looks first. The last line is always `N passed, N failed, N skipped`. Exit codes: 0 all passed, 1 something failed, 2 wrong usage,
 * 130 interrupted.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { kubeAssets } from '../src/playground/cluster/kube-binary.js';
import { node24 } from './node-24.js';
import { goProblems, prepareMachine } from './prerequisites.js';
import { ProgressLine } from './progress.js';
import { type Counts, hasTests, type Need, ROOT, runSuite, SUITES, type Suite } from './suites.js';

const NO_DIST = 'dist/ cannot be built';

interface Outcome {
  readonly title: string;
  readonly counts: Counts;
  readonly seconds: number;
  /** Why none of it ran. */
  readonly unable?: string;
}

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

const { suites, grep } = readArguments();
const progress = new ProgressLine();
const outcomes: Outcome[] = [];

const obstacles = await prepare(new Set(suites.flatMap((suite) => suite.needs)));
for (const suite of suites) {
  if (interrupted.signal.aborted) break;
  const unable = suite.needs.flatMap((need) => obstacles.get(need) ?? []).join('; ');
  outcomes.push(await runOne(suite, suite.name, { unable }));
  if (suite.name === 'unit' && !interrupted.signal.aborted) outcomes.push(await onNode24(suite));
}
summarize();

function readArguments(): { readonly suites: readonly Suite[]; readonly grep: string | undefined } {
  const names = SUITES.map((suite) => suite.name);
  const refuse = (why: string): never => {
    console.error(`${why}\nusage: npm test -- [--suite ${names.join('|')}]... [--grep <text or pattern>]`);
    process.exit(2);
  };
  try {
    const { values } = parseArgs({ options: { suite: { type: 'string', multiple: true }, grep: { type: 'string' } } });
    const unknown = values.suite?.find((name) => !names.includes(name));
    if (unknown !== undefined) refuse(`there is no suite ${unknown}`);
    const chosen = SUITES.filter((suite) => values.suite?.includes(suite.name) ?? hasTests(suite));
    return { suites: chosen, grep: values.grep };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

/** Makes ready what is needed; answers what is in the way of each need that could not be met. */
async function prepare(needs: ReadonlySet<Need>): Promise<ReadonlyMap<Need, readonly string[]>> {
  const inTheWay = new Map<Need, readonly string[]>();
  if (needs.has('dist')) {
    progress.show('Cairn: bundling');
    const { status } = spawnSync(process.execPath, ['--import=tsx', 'scripts/build.ts'], {
      cwd: ROOT,
      stdio: 'inherit',
    });
    if (status !== 0) inTheWay.set('dist', [NO_DIST]);
  }
  if (needs.has('lab')) {
    const problems = prepareMachine((line) => console.log(line));
    if (problems.length > 0) inTheWay.set('lab', problems);
  }
  if (needs.has('kubernetes') && !inTheWay.has('lab')) {
    const problems = await kubernetesProblems();
    if (problems.length > 0) inTheWay.set('kubernetes', problems);
  }
  progress.done();
  return inTheWay;
}

async function kubernetesProblems(): Promise<readonly string[]> {
  try {
    await kubeAssets(progress.show);
    return [];
  } catch (error) {
    const go = process.env['KUBE_ASSETS'] ? [] : goProblems();
    return go.length > 0 ? go : [(error as Error).message];
  }
}

async function runOne(suite: Suite, title: string, how: { unable?: string; node?: string } = {}): Promise<Outcome> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const options = { grep, signal: interrupted.signal, node: how.node };
  if (how.unable) {
    const counts = await runSuite(suite, { ...options, dryRun: true });
    // What the machine lacks is skipped; a tree that does not build is broken.
    const failed = how.unable.includes(NO_DIST) ? 1 : 0;
    return { title, counts: { ...counts, failed }, seconds: seconds(), unable: how.unable };
  }
  console.log(`\n— ${title}: ${suite.about}`);
  return { title, counts: await runSuite(suite, options), seconds: seconds() };
}

async function onNode24(suite: Suite): Promise<Outcome> {
  const title = `${suite.name} on Node 24`;
  const node = node24(progress.show);
  progress.done();
  return runOne(suite, title, node === undefined ? { unable: 'npm could not bring the package node@24' } : { node });
}

function summarize(): void {
  const ofAll = (count: (counts: Counts) => number) => outcomes.reduce((sum, { counts }) => sum + count(counts), 0);
  for (const { title, counts } of outcomes)
    for (const failure of counts.failures) console.log(`\n${title}: failed: ${failure.title}\n${failure.why}`);
  console.log('');
  for (const { title, counts, seconds, unable } of outcomes) {
    const { passed, failed, skipped } = counts;
    const what = unable ? `did not run: ${unable}` : `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
    console.log(`${title.padEnd(16)} ${what} (${Math.round(seconds)} s)`);
    for (const test of unable ? [] : skipped) console.log(`  skipped: ${test}`);
  }
  const failed = ofAll((counts) => counts.failed);
  const skipped = ofAll((counts) => counts.skipped.length);
  const incomplete = skipped > 0 || outcomes.some(({ unable }) => unable);
  const inCi = process.env['CI'] === 'true';
  if (inCi && incomplete) console.log('CI=true: what did not run counts as a failure');
  if (interrupted.signal.aborted) console.log('interrupted');
  console.log(`${ofAll((counts) => counts.passed)} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = interrupted.signal.aborted ? 130 : failed > 0 || (inCi && incomplete) ? 1 : 0;
}
