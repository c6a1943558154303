import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { OWNED, setReport } from './leader-report.js';
import { CONFIG, cluster, ipsOf, ONE, reasonOf, setConfig, Term } from './leader-term.js';

/** The configuration cannot be written into `cairn-state`. */
const forbid = (api: FakeControllerApi) => {
  api.beforeWrite = (what) => {
    if (what.endsWith(' cairn-state')) throw new ApiError(403, 'Forbidden', 'no right to write configmaps');
  };
};
const allow = (api: FakeControllerApi) => {
  api.beforeWrite = () => {};
};

/** What an alert sees. */
const waitingIn = async ({ registry }: Term): Promise<number | undefined> =>
  (await registry.getSingleMetric('cairn_services_waiting')?.get())?.values[0]?.value;

describe('an address whose configuration the speakers cannot read yet', () => {
  it('is not written, and who waits for it is told once that lasts', async () => {
    const api = cluster();
    forbid(api);
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(900);
    assert.deepEqual(api.service('shop/web')?.conditions, []);
    await term.settle(200);
    assert.deepEqual([ipsOf(api, 'web'), reasonOf(api, 'web')], ['', 'ConfigurationNotPublished']);
    assert.match(api.events.join('\n'), /^ConfigurationNotPublished .*ConfigMap cairn-system\/cairn-state/m);
    api.addService('later');
    await term.settle();
    assert.equal(reasonOf(api, 'later'), 'ConfigurationNotPublished');
    assert.equal(await waitingIn(term), 2);
    const { length } = api.writes;
    await term.settle(30_000);
    assert.equal(api.writes.length, length);

    allow(api);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), reasonOf(api, 'web')], ['192.0.2.1', 'Assigned']);
    assert.deepEqual([ipsOf(api, 'later'), reasonOf(api, 'later')], ['192.0.2.2', 'Assigned']);
    assert.equal(await waitingIn(term), 0);
    await term.end();
  });

  it('is given without a word after somebody went back to the configuration that is there, however long that took', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(60_000);
    forbid(api);
    setConfig(api, ONE);
    api.addService('late');
    await term.settle(60_000);
    setConfig(api, CONFIG);
    allow(api);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'late'), reasonOf(api, 'late')], ['192.0.2.2', 'Assigned']);
    api.events.length = 0;
    setConfig(api, `${CONFIG}\n`);
    api.addService('new');
    await term.settle(60_000);
    assert.equal(reasonOf(api, 'new'), 'Assigned');
    assert.ok(!api.events.some((event) => event.startsWith('ConfigurationNotPublished')));
    await term.end();
  });

  it('is given without a word where it takes some milliseconds alone', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.ok(!api.events.some((event) => event.startsWith('ConfigurationNotPublished')));
    await term.end();
  });

  it('holds up nothing of a Service that has its address', async () => {
    const api = cluster(ONE);
    api.addService('web');
    const term = await Term.begin(api);
    forbid(api);
    setConfig(api, `${ONE}\n`);
    await term.settle(2_000);
    setReport(api, { claims: [OWNED] });
    await term.settle();
    assert.deepEqual(
      [ipsOf(api, 'web'), reasonOf(api, 'web'), reasonOf(api, 'web', 'cairn.dev/Announced')],
      ['192.0.2.1', 'Assigned', 'Announced'],
    );
    allow(api);
    await term.end();
  });
});

describe('a Service that had its address before the configuration that the speakers cannot read yet', () => {
  const MODE = `${ONE}\nforwarding: {mode: nftables}`;
  const marks = (api: FakeControllerApi) => {
    const annotations = api.service('shop/web')?.meta.annotations ?? {};
    return ['cairn.dev/served-by', 'cairn.dev/allocated-from-pool'].map((name) => annotations[name]);
  };
  const edit = (api: FakeControllerApi, status: object, spec: object = {}) =>
    api.editService('web', (before) => ({
      ...before,
      spec: { ...(before['spec'] as object), ...spec },
      status: { ...(before['status'] as object), ...status },
    }));
  const wipe = (api: FakeControllerApi) => edit(api, { loadBalancer: {} });
  const show = (api: FakeControllerApi, ip: string) =>
    edit(api, { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } });
  /** `web` has the only address of a pool, `old` waits for it, and an edit of the configuration cannot be published. */
  const held = async (unpublished = `${ONE}\n`) => {
    const api = cluster(ONE);
    api.addService('web', { metadata: { creationTimestamp: '2026-07-01T11:00:00Z' } });
    const term = await Term.begin(api);
    await term.settle(10_000);
    api.addService('old', { metadata: { creationTimestamp: '2026-07-01T09:00:00Z' } });
    await term.settle(10_000);
    forbid(api);
    setConfig(api, unpublished);
    await term.settle(10_000);
    return { api, term };
  };

  // biome-ignore format: table
  const cases: readonly { name: string; change: (api: FakeControllerApi) => void }[] = [
    { name: 'its status is emptied',                        change: wipe },
    { name: 'its status is emptied, conditions and all',    change: (api) => edit(api, { loadBalancer: {}, conditions: [] }) },
    { name: 'something else is written into its status',    change: (api) => show(api, '198.51.100.9') },
    { name: 'it was another type in between, unseen',       change: (api) => edit(api, { loadBalancer: {} }, { ports: [{ protocol: 'TCP', port: 81 }] }) },
  ];
  for (const { name, change } of cases) {
    it(`has it again at once where ${name}, and keeps it over a restart`, async () => {
      const { api, term: first } = await held();
      change(api);
      await first.settle();
      const has = () => [ipsOf(api, 'web'), reasonOf(api, 'web'), ...marks(api)];
      assert.deepEqual(has(), ['192.0.2.1', 'Assigned', 'cairn-system 192.0.2.1', 'p']);
      await first.settle(5_000);
      assert.deepEqual(has(), ['192.0.2.1', 'Assigned', 'cairn-system 192.0.2.1', 'p']);
      await first.end();
      allow(api);
      const second = await Term.begin(api, first.clock);
      await second.settle(60_000);
      assert.deepEqual([ipsOf(api, 'web'), ipsOf(api, 'old')], ['192.0.2.1', '']);
      await second.end();
    });
  }

  it('has it put back for kube-proxy, and is handed over once the speakers can read the mode', async () => {
    const { api, term } = await held(MODE);
    wipe(api);
    await term.settle(10_000);
    const mode = () => api.service('shop/web')?.ingress[0]?.ipMode;
    assert.deepEqual([ipsOf(api, 'web'), mode()], ['192.0.2.1', 'VIP']);
    allow(api);
    await term.settle(120_000);
    assert.deepEqual([ipsOf(api, 'web'), mode()], ['192.0.2.1', 'Proxy']);
    await term.end();
  });

  it('has the old one put back and no word of the new one where it asked for another', async () => {
    const { api, term } = await held('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}]');
    edit(api, {}, { loadBalancerIP: '192.0.2.3' });
    await term.settle(5_000);
    wipe(api);
    await term.settle(5_000);
    assert.deepEqual(
      [ipsOf(api, 'web'), reasonOf(api, 'web'), ...marks(api)],
      ['192.0.2.1', 'Assigned', 'cairn-system 192.0.2.1', 'p'],
    );
    const { length } = api.writes;
    await term.settle(30_000);
    assert.equal(api.writes.length, length);
    allow(api);
    await term.settle(120_000);
    assert.deepEqual([ipsOf(api, 'web'), ...marks(api)], ['192.0.2.3', 'cairn-system 192.0.2.3', 'p']);
    await term.end();
  });

  it('is no Service that merely lists one which another has', async () => {
    const { api, term } = await held('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}]');
    api.addService('copy', { metadata: { annotations: { 'cairn.dev/served-by': 'cairn-system 192.0.2.1' } } });
    await term.settle(5_000);
    assert.deepEqual([ipsOf(api, 'copy'), reasonOf(api, 'copy')], ['', 'ConfigurationNotPublished']);
    assert.deepEqual([ipsOf(api, 'old'), reasonOf(api, 'old')], ['', 'ConfigurationNotPublished']);
    allow(api);
    await term.end();
  });
});
