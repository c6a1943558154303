import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Counts, runSuite } from '../../scripts/suites.js';

describe('running a suite', () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-test-'));
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('counts what passed, failed and was skipped, and tells what failed', async () => {
    const { failures, ...counts } = await run(`
      it('passes', () => {});
      it('fails', () => { throw new Error('on purpose'); });
      it.skip('waits', () => {});
    `);
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: ['waits'] });
    assert.deepEqual(
      failures.map(({ title }) => title),
      ['fails'],
    );
    assert.match(failures[0]?.why ?? '', /^Error: on purpose\n +at .*some\.test\.cjs/);
  });

  it('counts a file that does not load as a failure', async () => {
    assert.deepEqual(await run('not a program'), { passed: 0, failed: 1, skipped: [], failures: [] });
  });

  it('ends a Mocha whose tests have ended and that does not end itself, as a failure', async () => {
    const counts = await run(`it('passes', () => { setInterval(() => {}, 1_000); });`);
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: [], failures: [] });
  });

  function run(tests: string): Promise<Counts> {
    const file = path.join(folder, 'some.test.cjs');
    fs.writeFileSync(file, tests);
    const suite = { name: 'some', about: 'tests of a test', specs: [file], needs: [], timeoutMs: 10_000 };
    return runSuite(suite, { signal: new AbortController().signal, quiet: true, endingMs: 100 });
  }
});
