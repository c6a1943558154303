/**
 * The command itself, killed in mid-churn: a process of its own from dist/, real time, and SIGKILL.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { systemClock } from '../../src/kube/clock.js';
import { EmbeddedApiServer } from '../../src/playground/api/server.js';
import { Auditor } from './support/auditor.js';
import { NAMESPACE, truthOf, untrueIn } from './support/truth.js';

const COMMAND = fileURLToPath(new URL('../../dist/cairn.js', import.meta.url));
const SERVICE_CLASS = { installation: NAMESPACE, name: 'cairn.dev/lb', isDefault: true };
const POOLS = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.40]}]';
const KILLS = 3;

describe('cairn controller', () => {
  it(`gives no address twice and moves none when it is killed ${KILLS} times in mid-write`, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-test-'));
    const server = await EmbeddedApiServer.start({ seed: 1, controllers: false });
    const { store } = server;
    const kubeconfig = server.kubeconfig(path.join(folder, 'kubeconfig'));
    let wake = () => {};
    const auditor = new Auditor({
      store,
      serviceClass: SERVICE_CLASS,
      onWrite: () => wake(),
      nowMs: systemClock.wallMs,
    });
    /** After a write, `condition` holds. Mocha's limit ends a wait in vain. */
    const until = async (condition: () => boolean) => {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const user = (plural: string, object: object) =>
      auditor.asUser(() => assert.ok(store.create(store.resource(plural), object).ok));
    const create = (name: string) =>
      user('services', {
        metadata: { name, namespace: 'shop' },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
      });
    let child: ChildProcess | undefined;
    const start = () => {
      const args = [
        '--pdeathsig',
        'KILL',
        '--',
        process.execPath,
        COMMAND,
        'controller',
        '--kubeconfig',
        kubeconfig,
        '--leader-elect=false',
        '--metrics-address=127.0.0.1:0',
      ];
      // Ends with this process, however that ends.
      child = spawn('setpriv', args, { stdio: 'ignore' });
    };
    const kill = async () => {
      if (child === undefined) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      child = undefined;
      await ended;
    };
    try {
      for (const name of [NAMESPACE, 'shop']) user('namespaces', { metadata: { name } });
      user('configmaps', { metadata: { name: 'cairn-config', namespace: NAMESPACE }, data: { config: POOLS } });
      for (let round = 0; round < KILLS; round++) {
        for (let n = 0; n < 15; n++) create(`s${round}x${n}`);
        const before = auditor.writes.length;
        start();
        await until(() => auditor.writes.length >= before + 5 * (round + 1));
        await kill();
        auditor.asUser(() => store.delete(store.resource('services'), { namespace: 'shop', name: `s${round}x0` }));
      }
      start();
      await until(() => {
        const truth = truthOf(store, SERVICE_CLASS, systemClock.wallMs());
        return truth !== undefined && untrueIn(truth) === undefined;
      });
      assert.deepEqual([...auditor.findings, ...auditor.doubles()], []);
    } finally {
      await kill();
      await server.stop();
      fs.rmSync(folder, { recursive: true });
    }
  });
});
