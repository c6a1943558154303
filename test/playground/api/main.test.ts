import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'mocha';
import { program } from '../../../src/playground/network/program.js';

describe('the embedded API server as a process', () => {
  let folder: string;
  let child: ChildProcess;
  let line: { listening: string; port: number; startMs: number };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-api-'));
    const [command, ...args] = await program('api/main.ts');
    child = spawn(
      command,
      [...args, '--seed', '1', '--advertise-address', '192.0.2.10', '--kubeconfig', join(folder, 'kubeconfig')],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    line = await firstLine(child);
  });
  after(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('says where it listens, in one line, and writes a kubeconfig that leads there', () => {
    assert.equal(line.listening, `http://127.0.0.1:${line.port}`);
    const kubeconfig = JSON.parse(readFileSync(join(folder, 'kubeconfig'), 'utf8'));
    assert.equal(kubeconfig.clusters[0].cluster.server, line.listening);
  });

  it('is found behind the Service kubernetes where it says that it is', async () => {
    const endpoints = await fetch(`${line.listening}/api/v1/namespaces/default/endpoints/kubernetes`);
    const { subsets } = (await endpoints.json()) as { subsets: unknown };
    assert.deepEqual(subsets, [
      { addresses: [{ ip: '192.0.2.10' }], ports: [{ name: 'https', port: line.port, protocol: 'TCP' }] },
    ]);
  });

  it('answers, and takes faults over HTTP', async () => {
    const services = `${line.listening}/api/v1/services`;
    const { items } = (await (await fetch(services)).json()) as { items: unknown[] };
    assert.equal(items.length, 1);
    const fault = { kind: 'refuse', code: 503, times: 1 };
    await fetch(`${line.listening}/playground/faults`, { method: 'POST', body: JSON.stringify(fault) });
    assert.deepEqual([(await fetch(services)).status, (await fetch(services)).status], [503, 200]);
  });

  it('ends on SIGTERM, with a watch running', async () => {
    const watch = await fetch(`${line.listening}/api/v1/services?watch=1`);
    const ended = new Promise<[code: number | null, signal: string | null]>((resolve) =>
      child.once('exit', (code, signal) => resolve([code, signal])),
    );
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    await watch.body?.cancel().catch(() => {});
  });
});

function firstLine(child: ChildProcess): Promise<{ listening: string; port: number; startMs: number }> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error('no stdout'));
    createInterface({ input: child.stdout }).once('line', (text) => resolve(JSON.parse(text)));
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
}
