import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { IpMode } from '../../src/run/ip-mode.js';
import { address } from '../support/values.js';
import { type FakeControllerApi, NODES } from './fake-controller-api.js';
import { setReport } from './leader-report.js';
import { CONFIG, cluster, ipsOf, reasonOf, Term } from './leader-term.js';

interface RawStatus {
  readonly conditions: readonly object[];
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe('IpMode', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; answer: unknown; want: boolean }[] = [
    { name: 'is kept since Kubernetes 1.30',         answer: { major: '1', minor: '30' },                  want: true },
    { name: 'is dropped by Kubernetes 1.29',         answer: { major: '1', minor: '29' },                  want: false },
    { name: 'is dropped by a vendor’s 1.29',         answer: { major: '1', minor: '29+' },                 want: false },
    { name: 'is kept by a version of 2',             answer: { major: '2', minor: '0' },                   want: true },
    { name: 'is taken to be kept by who does not say its version', answer: {},                             want: true },
    { name: 'is taken to be kept where nobody may ask', answer: new ApiError(403, 'Forbidden', 'no right'), want: true },
  ];
  for (const { name, answer, want } of cases) {
    it(name, async () => {
      const request = async <T>() => {
        if (answer instanceof Error) throw answer;
        return answer as T;
      };
      const client = { request, watch: () => assert.fail(), close() {} };
      const mode = new IpMode({ client, log: silent, events: { record() {} }, configName: 'x/y' });
      await mode.ask(new AbortController().signal);
      assert.equal(mode.isKept, want);
    });
  }
});

describe('on an API server that knows no ipMode', () => {
  const own = address('192.0.2.1');
  const old = (config = CONFIG): FakeControllerApi => {
    const api = cluster(config);
    api.knowsIpMode = false;
    api.put(NODES, {
      metadata: { name: 'node-a' },
      status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
    });
    api.addService('web', { spec: { type: 'LoadBalancer', ports: [{ protocol: 'TCP', port: 22 }] } });
    return api;
  };
  const taken = { ownAddresses: [own], takenPorts: [{ address: own, protocol: 'TCP', port: 22 }] } as const;
  const state = (api: FakeControllerApi) => [ipsOf(api, 'web'), reasonOf(api, 'web')];

  it('a node’s own address is given once its speaker has looked at the ports', async () => {
    const api = old();
    const term = await Term.begin(api);
    await term.settle(1_000);
    assert.deepEqual(state(api), ['', 'NodeAddressWithheld']);
    setReport(api, taken);
    await term.settle(1_000);
    assert.deepEqual(state(api), ['', 'NodeAddressWithheld']);
    setReport(api, { ownAddresses: [own] });
    await term.settle(1_000);
    assert.deepEqual(state(api), ['192.0.2.1', 'Assigned']);
    await term.end();
  });

  it('a node’s own address stays, and the forwarding mode is not blamed', async () => {
    const api = old();
    setReport(api, { ownAddresses: [own] });
    const term = await Term.begin(api);
    await term.settle(1_000);
    setReport(api, taken);
    await term.settle(1_000);
    assert.deepEqual(state(api), ['192.0.2.1', 'Assigned']);
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'HostPortTaken');
    const { length } = api.writes;
    await term.settle(60_000);
    assert.equal(api.writes.length, length);
    assert.deepEqual(
      api.events.filter((event) => event.startsWith('IpModeUnknown')),
      [],
    );
    await term.end();
  });

  // biome-ignore format: table
  const wiped: readonly { name: string; conditions: boolean; has: readonly unknown[] }[] = [
    { name: 'is put back at once in a status that was emptied',                          conditions: true,  has: ['192.0.2.1', 'Assigned'] },
    { name: 'is withheld, and marked all the same, where the mark alone says who had it', conditions: false, has: ['', 'NodeAddressWithheld'] },
  ];
  for (const { name, conditions, has } of wiped) {
    it(`a node’s own address ${name}, though its port was taken since`, async () => {
      const api = old();
      setReport(api, { ownAddresses: [own] });
      const first = await Term.begin(api);
      await first.settle(1_000);
      setReport(api, taken);
      await first.settle(1_000);
      api.editService('web', (before) => ({
        ...before,
        status: { loadBalancer: {}, ...(conditions ? { conditions: (before['status'] as RawStatus).conditions } : {}) },
      }));
      await first.settle(5_000);
      assert.deepEqual(state(api), has);
      const marks = ['cairn.dev/served-by', 'cairn.dev/allocated-from-pool'];
      assert.deepEqual(
        marks.map((mark) => api.service('shop/web')?.meta.annotations[mark]),
        ['cairn-system 192.0.2.1', 'p'],
      );
      await first.end();
    });
  }

  it('forwarding.mode nftables is said once to be in vain, and then nothing is written', async () => {
    const api = old(`${CONFIG.replace('192.0.2.1-', '192.0.2.2-')}\nforwarding: {mode: nftables}`);
    api.addService('db');
    const term = await Term.begin(api);
    await term.settle(2_000);
    const { length } = api.writes;
    await term.settle(60_000);
    assert.equal(api.writes.length, length);
    assert.equal(api.events.filter((event) => event.startsWith('IpModeUnknown')).length, 1);
    await term.end();
  });
});
