import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { address } from '../support/values.js';
import { type FakeControllerApi, NODES } from './fake-controller-api.js';
import { removeReport, setReport } from './leader-report.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

describe('Leader where the address is a node’s own', () => {
  const own = address('192.0.2.1');
  const ssh = { spec: { type: 'LoadBalancer', ports: [{ protocol: 'TCP', port: 22 }] } };
  const setNode = (api: FakeControllerApi, ip: string) =>
    api.put(NODES, { metadata: { name: 'node-a' }, status: { addresses: [{ type: 'InternalIP', address: ip }] } });
  const mode = (api: FakeControllerApi) => api.service('shop/web')?.ingress[0]?.ipMode;

  it('leaves it to the node until its speaker has looked at the ports, and then to kube-proxy', async () => {
    const api = cluster();
    setNode(api, '192.0.2.1');
    api.addService('web', ssh);
    const term = await Term.begin(api);
    await term.settle();
    assert.deepEqual([ipsOf(api, 'web'), mode(api)], ['192.0.2.1', 'Proxy']);
    setReport(api, { ownAddresses: [own] });
    await term.settle();
    assert.deepEqual([mode(api), reasonOf(api, 'web', 'cairn.dev/Announced')], ['VIP', 'NodeAddress']);
    removeReport(api);
    await term.settle();
    assert.equal(mode(api), 'VIP', 'a speaker that is away takes nothing');
    await term.end();
  });

  it('leaves it to the node while a program has the port, says so once, and keeps the address', async () => {
    const api = cluster();
    setNode(api, '192.0.2.1');
    api.addService('web', ssh);
    const taken = { ownAddresses: [own], takenPorts: [{ address: own, protocol: 'TCP', port: 22 }] } as const;
    setReport(api, taken);
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), mode(api)], ['192.0.2.1', 'Proxy']);
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'HostPortTaken');
    assert.equal(api.events.filter((event) => event.startsWith('HostPortTaken')).length, 1);
    setReport(api, { ownAddresses: [own] });
    await term.settle();
    assert.deepEqual([mode(api), reasonOf(api, 'web', 'cairn.dev/Announced')], ['VIP', 'NodeAddress']);
    setReport(api, taken);
    await term.settle();
    assert.deepEqual([ipsOf(api, 'web'), mode(api)], ['192.0.2.1', 'Proxy']);
    await term.end();
  });

  it('gives it to kube-proxy when the node is renumbered, and nothing moves', async () => {
    const api = cluster();
    setNode(api, '192.0.2.1');
    api.addService('web', ssh);
    const term = await Term.begin(api);
    await term.settle();
    assert.equal(mode(api), 'Proxy');
    setNode(api, '192.0.2.9');
    await term.settle();
    assert.deepEqual([ipsOf(api, 'web'), mode(api)], ['192.0.2.1', 'VIP']);
    await term.end();
  });
});
