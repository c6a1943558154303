import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { address, mac } from '../support/values.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { OWNED, setReport } from './leader-report.js';
import { CONFIG, cluster, ipsOf, ONE, reasonOf, setConfig, Term } from './leader-term.js';

describe('Leader where another device answers for the address', () => {
  const conflict = (ip: string) => ({ address: address(ip), link: 'eth0', mac: mac('00:00:5e:00:53:66') });
  const told = (api: FakeControllerApi) => api.events.filter((event) => event.startsWith('ConflictAvoided'));

  it('gives another one where it was given just now and never announced, and says so', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    setReport(api, { conflicts: [conflict('192.0.2.1')] });
    await term.settle(3_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1', 'not before it was probed again');
    await term.settle(2_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.2');
    assert.match(told(api).join(), /192\.0\.2\.1 .*00:00:5e:00:53:66 answers for it, seen by node node-a/);
    await term.end();
  });

  // biome-ignore format: table
  const cases: readonly { name: string; config?: string; service?: object; before?: (api: FakeControllerApi, term: Term) => Promise<Term | undefined> }[] = [
    { name: 'it was announced before',        before: async (api, term) => { setReport(api, { claims: [OWNED] }); await term.settle(1_000); return undefined; } },
    { name: 'the controller began to lead since', before: async (api, term) => { await term.end(); return Term.begin(api, term.clock); } },
    { name: 'the Service had it when we came', service: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } } },
    { name: 'the Service asks for it by name', service: { spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.1' } } },
    { name: 'there is no other',               config: ONE },
  ];
  for (const { name, config = CONFIG, service = {}, before } of cases) {
    it(`leaves it where ${name}`, async () => {
      const api = cluster(config);
      api.addService('web', service);
      const first = await Term.begin(api);
      const term = (await before?.(api, first)) ?? first;
      setReport(api, { conflicts: [conflict('192.0.2.1')] });
      await term.settle(30_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.1');
      assert.deepEqual(
        [reasonOf(api, 'web'), reasonOf(api, 'web', 'cairn.dev/Announced')],
        ['Assigned', 'AddressConflict'],
      );
      assert.deepEqual(told(api), []);
      await term.end();
    });
  }

  describe('which is known before another one can be written', () => {
    /** A Service with its first address, for which a device answers, and a configuration that cannot be published. */
    async function heldUp(): Promise<{ readonly api: FakeControllerApi; readonly term: Term }> {
      const api = cluster();
      api.addService('web');
      const term = await Term.begin(api);
      api.beforeWrite = (what) => {
        if (what.endsWith(' cairn-state')) throw new ApiError(403, 'Forbidden', 'no right to write configmaps');
      };
      setConfig(api, `${CONFIG} # edited`);
      setReport(api, { conflicts: [conflict('192.0.2.1')] });
      await term.settle(10_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.1');
      return { api, term };
    }

    it('gives another one once it can', async () => {
      const { api, term } = await heldUp();
      api.beforeWrite = () => {};
      await term.settle(20_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.2');
      assert.equal(told(api).length, 1);
      await term.end();
    });

    it('leaves it where it came into use meanwhile', async () => {
      const { api, term } = await heldUp();
      setReport(api, { claims: [OWNED] });
      await term.settle(1_000);
      api.beforeWrite = () => {};
      await term.settle(20_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.1');
      assert.deepEqual(told(api), []);
      await term.end();
    });
  });

  it('gives three others from a pool in ten minutes, and no more: one device may answer for all', async () => {
    const api = cluster('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.9]}]');
    api.addService('web');
    const term = await Term.begin(api);
    const all = Array.from({ length: 9 }, (_, at) => conflict(`192.0.2.${at + 1}`));
    setReport(api, { conflicts: all });
    await term.settle(120_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.4');
    assert.equal(told(api).length, 3);
    await term.end();
  });

  it('counts none of them for Services that keep what they asked for by name', async () => {
    const api = cluster('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.9]}]');
    for (const n of [1, 2, 3]) api.addService(`named-${n}`, { spec: { loadBalancerIP: `192.0.2.${n}` } });
    const term = await Term.begin(api);
    const conflicts = [1, 2, 3].map((n) => conflict(`192.0.2.${n}`));
    setReport(api, { conflicts });
    await term.settle(20_000);
    api.addService('web');
    await term.settle(1_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.4');
    setReport(api, { conflicts: [...conflicts, conflict('192.0.2.4')] });
    await term.settle(20_000);
    assert.deepEqual([ipsOf(api, 'web'), told(api).length], ['192.0.2.5', 1]);
    await term.end();
  });

  describe('and another one cannot be written', () => {
    /** `web` is to have another address, and the API server takes nothing that is written into it. */
    const refused = async () => {
      const api = cluster();
      api.addService('web');
      const term = await Term.begin(api);
      setReport(api, { conflicts: [conflict('192.0.2.1')] });
      await term.settle(3_000);
      api.beforeWrite = (what) => {
        if (what === 'PATCH shop/web') throw new ApiError(500, 'InternalError', 'no leader');
      };
      await term.settle(20_000);
      assert.deepEqual([ipsOf(api, 'web'), told(api)], ['192.0.2.1', []]);
      return { api, term };
    };

    it('says that it gives another one once that is so', async () => {
      const { api, term } = await refused();
      api.beforeWrite = () => {};
      await term.settle(60_000);
      assert.deepEqual([ipsOf(api, 'web'), told(api).length], ['192.0.2.2', 1]);
      await term.settle(60_000);
      assert.equal(told(api).length, 1);
      await term.end();
    });

    it('says nothing of that where the Service asks for this one by name meanwhile', async () => {
      const { api, term } = await refused();
      const edit = (loadBalancerIP?: string) =>
        api.editService('web', ({ spec, ...rest }) => ({ ...rest, spec: { ...(spec as object), loadBalancerIP } }));
      edit('192.0.2.1');
      await term.settle(60_000);
      api.beforeWrite = () => {};
      await term.settle(60_000);
      edit('192.0.2.3');
      await term.settle(60_000);
      assert.deepEqual([ipsOf(api, 'web'), told(api)], ['192.0.2.3', []]);
      await term.end();
    });
  });
});
