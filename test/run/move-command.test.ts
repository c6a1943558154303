import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { writeKubeconfig } from '../../src/playground/cluster/api.js';
import { moveOnCluster } from '../../src/run/move-command.js';

describe('cairn move, for the cluster of a kubeconfig', () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-move-'));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  async function move(kubeconfig: string, context?: string) {
    let stderr = '';
    const flags = {
      kubeconfig,
      context,
      namespace: undefined,
      output: 'text',
      service: 'web',
      address: undefined,
    } as const;
    const io = {
      stdout: { write: () => assert.fail('nothing is done') },
      stderr: { write: (text: string) => (stderr += text) },
    };
    return { code: await moveOnCluster({ ...flags, timeoutMs: 1_000 }, io), stderr };
  }

  it('says that there is no such kubeconfig', async () => {
    const { code, stderr } = await move(path.join(folder, 'nowhere'));
    assert.equal(code, 1);
    assert.match(stderr, /^cairn move: cannot read .*nowhere: /);
  });

  it('says that there is no such context', async () => {
    const { code, stderr } = await move(
      writeKubeconfig(path.join(folder, 'one'), { host: '127.0.0.1', port: 1 }),
      'other',
    );
    assert.equal(code, 1);
    assert.match(stderr, /^cairn move: .*other/);
  });

  it('says that nobody answers there', async () => {
    const { code, stderr } = await move(writeKubeconfig(path.join(folder, 'two'), { host: '127.0.0.1', port: 1 }));
    assert.equal(code, 1);
    assert.match(stderr, /127\.0\.0\.1:1|ECONNREFUSED/);
  });
});
