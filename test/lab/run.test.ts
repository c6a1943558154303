/**
 * What a run leaves behind: nothing, however it ends; and what it takes away from a run beside it: nothing either.
 *
 * Needs root.
 * @module
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, it } from 'mocha';
import { readProcessId } from '../../src/playground/network/process-id.js';
import { Run, removeLeftovers } from '../../src/playground/network/run.js';
import { waitFor } from '../../src/playground/network/wait.js';

const FIXTURE = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fixtures/open-run.ts');

interface OpenRun {
  readonly child: ChildProcess;
  readonly id: string;
  readonly folder: string;
  readonly pids: readonly number[];
}

/** A run in a process of its own, with a namespace, a folder and two programs. */
async function openRun(): Promise<OpenRun> {
  const child = spawn(process.execPath, ['--import=tsx', FIXTURE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, ...JSON.parse(line) };
}

const namespacesOf = (id: string) => fs.readdirSync('/run/netns').filter((name) => name.startsWith(`cairn-${id}-`));
const livingOf = (pids: readonly number[]) => pids.filter((pid) => readProcessId(pid) !== undefined);

function assertGone({ id, folder, pids }: OpenRun): void {
  assert.deepEqual(namespacesOf(id), []);
  assert.deepEqual(livingOf(pids), []);
  assert.ok(!fs.existsSync(folder), `${folder} is still there`);
  assert.ok(!fs.existsSync(`/run/cairn-lab/${id}`), 'it is still registered');
}

describe('a run of the lab', () => {
  const opened: OpenRun[] = [];
  const open = async () => {
    const run = await openRun();
    opened.push(run);
    return run;
  };
  afterEach(async () => {
    for (const { child } of opened.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`takes everything away on ${signal}`, async () => {
      const run = await open();
      assert.equal(namespacesOf(run.id).length, 2);
      run.child.kill(signal);
      const [code] = await once(run.child, 'exit');
      assert.equal(code, signal === 'SIGINT' ? 130 : 143);
      assertGone(run);
    });
  }

  it('loses its programs with its process when that is killed', async () => {
    const run = await open();
    run.child.kill('SIGKILL');
    await waitFor('its programs are gone', () => livingOf(run.pids).length === 0);
  });

  it('is taken away by the next one when it was killed, and a living one beside it is not', async () => {
    const [killed, living] = [await open(), await open()];
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    assert.equal(namespacesOf(killed.id).length, 2);

    Run.start().remove();
    assertGone(killed);
    assert.equal(namespacesOf(living.id).length, 2);
    assert.deepEqual(livingOf(living.pids), living.pids);
  });

  it('is taken away when its pid belongs to somebody else by now', async () => {
    const run = await open();
    run.child.kill('SIGKILL');
    await once(run.child, 'exit');
    const file = `/run/cairn-lab/${run.id}/owner.json`;
    const owner = JSON.parse(fs.readFileSync(file, 'utf8'));
    fs.writeFileSync(file, JSON.stringify({ ...owner, process: { pid: process.pid, startTicks: 1 } }));
    assert.ok(removeLeftovers().includes(run.id));
    assertGone(run);
  });
});
