/**
 * What a playground leaves on the machine when it is killed: nothing, whichever of its processes it was.
 * @module
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'mocha';
import { readProcessId } from '../../src/playground/network/process-id.js';
import { waitFor } from '../../src/playground/network/wait.js';
import { Installed, type StartOptions } from './installed.js';

/** A playground that has come as far as a Service with an address, and who its processes are. */
interface Running {
  readonly child: ChildProcess;
  readonly unshare: number;
  /** The first process of its process namespace. */
  readonly first: number;
  /** The program that is the playground. */
  readonly program: number;
  /** Tells its process namespace from every other. */
  readonly namespace: string;
}

const childrenOf = (pid: number): readonly number[] =>
  fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

const onlyChildOf = (pid: number): number => {
  const [child, ...others] = childrenOf(pid);
  assert.ok(child !== undefined && others.length === 0, `children of ${pid}: ${child}, ${others}`);
  return child;
};

/** Processes in that process namespace. */
function inhabitants(namespace: string): readonly number[] {
  return fs.readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return fs.readlinkSync(`/proc/${entry}/ns/pid`) === namespace && readProcessId(Number(entry))
        ? [Number(entry)]
        : [];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

const temporaryFiles = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('cairn-lab-'));
const namedNamespaces = () => (fs.existsSync('/run/netns') ? fs.readdirSync('/run/netns') : []);

describe('the end of a playground', function () {
  this.timeout(60_000);
  let installed: Installed;
  before(() => {
    installed = Installed.create();
  });
  after(() => installed?.remove());

  async function start(options: StartOptions): Promise<Running> {
    const child = installed.start(['--nodes', '2'], options);
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => lines.push(line));
    await waitFor('it has given an address', () => {
      assert.equal(child.exitCode, null, lines.join('\n'));
      return lines.some((line) => line.includes('EXTERNAL-IP 192.0.2.240'));
    });
    const unshare = onlyChildOf(child.pid as number);
    const first = onlyChildOf(unshare);
    const [program = 0] = childrenOf(first);
    const namespace = fs.readlinkSync(`/proc/${first}/ns/pid`);
    assert.ok(inhabitants(namespace).length > 10, 'hardly any process was found');
    return { child, unshare, first, program, namespace };
  }

  const victims = [
    { name: 'the command', pidOf: ({ child }: Running) => child.pid as number },
    { name: 'unshare', pidOf: ({ unshare }: Running) => unshare },
    { name: 'its first process', pidOf: ({ first }: Running) => first },
    { name: 'the program itself', pidOf: ({ program }: Running) => program },
  ];
  for (const as of ['root', 'ordinary user'] as const) {
    for (const { name, pidOf } of victims) {
      it(`leaves nothing after SIGKILL of ${name}, as ${as}`, async () => {
        const before = { files: new Set(temporaryFiles()), namespaces: new Set(namedNamespaces()) };
        const running = await start({ as });
        // What others on this machine make meanwhile is not ours.
        const made = [...temporaryFiles(), ...namedNamespaces()].filter(
          (entry) => !before.files.has(entry) && !before.namespaces.has(entry) && inhabitantsKnow(running, entry),
        );
        assert.deepEqual(made, []);
        process.kill(pidOf(running), 'SIGKILL');
        await waitFor('all of it is gone', () => inhabitants(running.namespace).length === 0, { timeoutMs: 10_000 });
        await waitFor(
          'the command has ended',
          () => running.child.exitCode !== null || running.child.signalCode !== null,
        );
        assert.notEqual(running.child.exitCode, 0);
      });
    }
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`ends with 0 and leaves nothing after ${signal}`, async () => {
      const { child, namespace } = await start({});
      child.kill(signal);
      await waitFor('the command has ended', () => child.exitCode !== null, { timeoutMs: 10_000 });
      assert.equal(child.exitCode, 0);
      assert.deepEqual(inhabitants(namespace), []);
    });
  }

  it('ends without a word, and leaves nothing, when nobody reads its lines any more', async () => {
    const { child, namespace } = await start({});
    const errors: string[] = [];
    child.stderr?.on('data', (text) => errors.push(String(text)));
    child.stdout?.destroy();
    await waitFor('the command has ended', () => child.exitCode !== null, { timeoutMs: 20_000 });
    assert.equal(child.exitCode, 0);
    assert.deepEqual(inhabitants(namespace), []);
    assert.deepEqual(errors, []);
  });

  it('ends a story that is cut short with 1', async () => {
    const child = installed.start(['--once']);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill('SIGTERM');
    await waitFor('the command has ended', () => child.exitCode !== null, { timeoutMs: 10_000 });
    assert.equal(child.exitCode, 1);
  });
});

/** Whether a run of this playground is behind that name: they carry the run's id, which its processes have in their command lines. */
function inhabitantsKnow({ namespace }: Running, entry: string): boolean {
  return inhabitants(namespace).some((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(entry);
    } catch {
      return false;
    }
  });
}
