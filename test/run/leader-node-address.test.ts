import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import type { Method, RequestOptions } from '../../src/kube/client.js';
import { encodeReport, type SpeakerReport } from '../../src/speaker/report.js';
import { report } from '../support/reports.js';
import { address, range } from '../support/values.js';
import { CONFIG_MAPS, FakeControllerApi, NAMESPACES, NODES } from './fake-controller-api.js';
import { OWNED, removeReport, setReport } from './leader-report.js';
import { CONFIG, cluster, ipsOf, reasonOf, setConfig, Term } from './leader-term.js';

describe('Leader where the address is a node’s own', () => {
  const own = address('192.0.2.1');
  const ssh = { spec: { type: 'LoadBalancer', ports: [{ protocol: 'TCP', port: 22 }] } };
  const setNode = (api: FakeControllerApi, ip: string, name = 'node-a') =>
    api.put(NODES, { metadata: { name }, status: { addresses: [{ type: 'InternalIP', address: ip }] } });
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

  describe('and a speaker says what its Node does not', () => {
    const taken: Partial<SpeakerReport> = {
      ownAddresses: [own],
      takenPorts: [{ address: own, protocol: 'TCP', port: 22 }],
    };
    const ELSEWHERE: Partial<SpeakerReport> = {
      refusals: [{ kind: 'hard', reason: 'NodeAddressElsewhere', detail: 'x', addresses: [range('192.0.2.1')] }],
    };
    const setReportOf = (api: FakeControllerApi, name: string, parts: Partial<SpeakerReport>) =>
      api.put(CONFIG_MAPS, {
        metadata: { name: `cairn-speaker-${name}`, namespace: 'cairn-system' },
        data: { report: encodeReport(report(name, parts)) },
      });
    const told = (api: FakeControllerApi) => [mode(api), reasonOf(api, 'web', 'cairn.dev/Announced')];

    it('takes nobody’s Service away with a port of its own', async () => {
      const api = cluster();
      setNode(api, '192.0.2.9', 'node-b');
      api.addService('web', ssh);
      setReport(api, { claims: [OWNED] });
      const term = await Term.begin(api);
      await term.settle(10_000);
      assert.deepEqual(told(api), ['VIP', 'Announced']);
      const { length } = api.writes;
      setReportOf(api, 'node-b', taken);
      await term.settle(60_000);
      assert.deepEqual(told(api), ['VIP', 'Announced']);
      assert.equal(api.writes.length, length);
      await term.end();
    });

    it('takes no port from the programs of the node that has the address', async () => {
      const api = cluster();
      setNode(api, '192.0.2.1', 'node-b');
      setNode(api, '192.0.2.9', 'node-a');
      api.addService('web', ssh);
      // By its name it comes first.
      setReportOf(api, 'node-a', { ownAddresses: [own] });
      const term = await Term.begin(api);
      await term.settle();
      assert.equal(mode(api), 'Proxy', 'the speaker there has not looked');
      setReportOf(api, 'node-b', taken);
      await term.settle(10_000);
      assert.deepEqual(told(api), ['Proxy', 'HostPortTaken']);
      await term.end();
    });

    it('is believed as soon as its Node has the address, and no longer', async () => {
      const api = cluster();
      api.remove(NODES, 'node-a');
      api.addService('web', ssh);
      setReport(api, taken);
      const term = await Term.begin(api);
      await term.settle();
      assert.equal(mode(api), 'VIP', 'nobody knows the node yet');
      setNode(api, '192.0.2.9');
      await term.settle();
      assert.equal(mode(api), 'VIP', 'the node is about to be renumbered');
      setNode(api, '192.0.2.1');
      await term.settle();
      assert.deepEqual(told(api), ['Proxy', 'HostPortTaken']);
      setNode(api, '192.0.2.9');
      await term.settle(10_000);
      assert.equal(mode(api), 'VIP', 'the speaker has not seen yet that its node was renumbered');
      assert.notEqual(told(api)[1], 'HostPortTaken');
      await term.end();
    });

    it('is believed no more once the Nodes are listed, however late, and have none of its name or its address', async () => {
      for (const other of [() => {}, (api: FakeControllerApi) => api.put(NODES, { metadata: { name: 'node-b' } })]) {
        const api = new NoNodes();
        setUp(api);
        api.addService('web', ssh);
        setReportOf(api, 'node-b', taken);
        const term = await Term.begin(api);
        await term.settle(10_000);
        assert.deepEqual(told(api), ['Proxy', 'HostPortTaken']);
        other(api);
        api.mayReadNodes = true;
        await term.settle(60_000);
        assert.equal(mode(api), 'VIP');
        assert.notEqual(told(api)[1], 'HostPortTaken');
        await term.end();
      }
    });

    describe('where the controller may not read Nodes', () => {
      // biome-ignore format: table
      const cases: readonly { name: string; others: readonly Partial<SpeakerReport>[]; want: string }[] = [
        { name: 'is believed where no other speaker runs',           others: [],                     want: 'Proxy' },
        { name: 'is believed where all others confirm it',           others: [ELSEWHERE, ELSEWHERE], want: 'Proxy' },
        { name: 'is not believed where one of them does not',        others: [ELSEWHERE, {}],        want: 'VIP' },
        { name: 'is not believed where another one says so of itself', others: [taken],                want: 'VIP' },
      ];
      for (const { name, others, want } of cases) {
        it(name, async () => {
          const api = new NoNodes();
          setUp(api);
          api.addService('web', ssh);
          for (const [at, parts] of others.entries()) setReportOf(api, `node-${at + 1}`, parts);
          setReport(api, taken);
          const term = await Term.begin(api);
          await term.settle(10_000);
          assert.equal(mode(api), want);
          await term.end();
        });
      }
    });
  });
});

/** For a start, whoever asks it for Nodes has no right to. */
class NoNodes extends FakeControllerApi {
  mayReadNodes = false;

  override async request<T>(method: Method, path: string, options?: RequestOptions): Promise<T> {
    if (path === NODES && !this.mayReadNodes) throw new ApiError(403, 'Forbidden', 'may not list nodes');
    return super.request(method, path, options);
  }
}

function setUp(api: FakeControllerApi): void {
  setConfig(api, CONFIG);
  api.put(NAMESPACES, { metadata: { name: 'shop' } });
}
