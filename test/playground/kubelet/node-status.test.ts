import assert from 'node:assert/strict';
import os from 'node:os';
import { describe, it } from 'mocha';
import type { Api, ApiObject } from '../../../src/playground/cluster/api.js';
import type { KubeletConfig } from '../../../src/playground/kubelet/config.js';
import { architectureOf, reportNode } from '../../../src/playground/kubelet/node-status.js';

async function reported(): Promise<ApiObject> {
  const patches: ApiObject[] = [];
  const api: Partial<Api> = {
    patch: async (path: string, body: object) => {
      assert.equal(path, '/api/v1/nodes/node-1/status');
      patches.push(body as ApiObject);
      return body as ApiObject;
    },
  };
  await reportNode(api as Api, { nodeName: 'node-1', nodeAddress: '192.0.2.11' } as KubeletConfig);
  assert.equal(patches.length, 1);
  return patches[0] as ApiObject;
}

describe('a node’s report', () => {
  it('names the kernel and the machine as kubectl get nodes -o wide shows them', async () => {
    const { nodeInfo } = (await reported()).status;
    assert.equal(nodeInfo.kernelVersion, os.release());
    assert.match(nodeInfo.bootID, /^[0-9a-f-]{36}$/);
    assert.notEqual(nodeInfo.architecture, 'x64');
  });

  it('calls architectures what clusters call them', () => {
    assert.deepEqual(['x64', 'ia32', 'arm64', 'riscv64'].map(architectureOf), ['amd64', '386', 'arm64', 'riscv64']);
  });

  it('says that the node is ready, and where it is', async () => {
    const { conditions, addresses } = (await reported()).status;
    assert.deepEqual(addresses[0], { type: 'InternalIP', address: '192.0.2.11' });
    assert.equal(conditions.find(({ type }: ApiObject) => type === 'Ready').status, 'True');
  });
});
