import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { CONFIG_MAPS, SERVICES } from './fake-controller-api.js';
import { CONFIG, cluster, ipsOf, ONE, reasonOf, setConfig, Term } from './leader-term.js';

const BROKEN = 'address-pools:\n- name: p\n  protocol: layer3\n  addresses: [192.0.2.1]\n';

describe('Leader and its configuration', () => {
  it('tells who waits that there is none, and serves them when there is', async () => {
    const api = cluster(null);
    api.addService('web');
    const term = await Term.begin(api);
    assert.equal(reasonOf(api, 'web'), 'NoConfiguration');
    setConfig(api, CONFIG);
    await term.settle();
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    assert.equal(api.configMap('cairn-state')?.['accepted-config'], CONFIG);
    await term.end();
  });

  it('changes nothing for a broken one, and reports path and line, also after a restart', async () => {
    const api = cluster();
    api.addService('web');
    const first = await Term.begin(api);
    const before = api.service('shop/web');
    setConfig(api, BROKEN);
    await first.settle();
    api.addService('db');
    await first.settle();
    assert.ok(api.events.some((event) => /^ConfigRefused [\s\S]*line 3: address-pools\.0\.protocol/.test(event)));
    assert.equal(ipsOf(api, 'db'), '192.0.2.2');
    assert.match(await first.registry.metrics(), /cairn_config_problems 1/);
    await first.end();

    const second = await Term.begin(api);
    api.addService('third');
    await second.settle();
    assert.deepEqual(api.service('shop/web'), before);
    assert.equal(ipsOf(api, 'third'), '192.0.2.3');
    assert.equal(api.configMap('cairn-state')?.['accepted-config'], CONFIG);
    await second.end();
  });

  it('says of each edit once that it counts, also where it leaves as many pools, and nothing at rest', async () => {
    const api = cluster();
    const accepted = () => api.events.filter((event) => event === 'ConfigAccepted in force: 1 pool').length;
    const first = await Term.begin(api);
    assert.equal(accepted(), 1);
    setConfig(api, ONE);
    await first.settle(60_000);
    assert.equal(accepted(), 2);
    setConfig(api, `${ONE}\n# the same pool`);
    await first.settle(60_000);
    assert.equal(accepted(), 3);
    await first.end();
    const second = await Term.begin(api);
    await second.settle(60_000);
    assert.equal(accepted(), 3);
    await second.end();
  });

  it('goes on with the last accepted one when the ConfigMap is deleted', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.remove(CONFIG_MAPS, 'cairn-config', 'cairn-system');
    api.addService('web');
    await term.settle();
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('puts the accepted text back when somebody deletes it', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.remove(CONFIG_MAPS, 'cairn-state', 'cairn-system');
    await term.settle();
    assert.equal(api.configMap('cairn-state')?.['accepted-config'], CONFIG);
    await term.end();
  });

  it('serves who waits in time, also where an edit gave it another address that a next one took back unwritten', async () => {
    const slow = (addresses: string) =>
      `address-pools: [{name: p, protocol: layer2, addresses: [${addresses}], reuse-delay: 1m}]`;
    const api = cluster(slow('192.0.2.1'));
    api.addService('gone');
    const term = await Term.begin(api);
    api.remove(SERVICES, 'gone', 'shop');
    api.addService('web');
    await term.settle(1_000);
    assert.equal(reasonOf(api, 'web'), 'AddressResting');
    api.beforeWrite = (what) => {
      if (what.endsWith(' cairn-state')) throw new ApiError(403, 'Forbidden', 'no right to write configmaps');
    };
    setConfig(api, slow('192.0.2.1-192.0.2.2'));
    await term.settle(500);
    setConfig(api, slow('192.0.2.1'));
    api.beforeWrite = () => {};
    await term.settle(1_000);
    assert.deepEqual([ipsOf(api, 'web'), reasonOf(api, 'web')], ['', 'AddressResting']);
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('follows an edit: the address stays, who waits is served', async () => {
    const api = cluster(ONE);
    for (const name of ['web', 'db']) api.addService(name);
    const term = await Term.begin(api);
    const [holder, other] = ipsOf(api, 'web') === '' ? ['db', 'web'] : ['web', 'db'];
    setConfig(api, 'address-pools: [{name: q, protocol: layer2, addresses: [198.51.100.1]}]');
    await term.settle();
    assert.deepEqual([ipsOf(api, holder), reasonOf(api, holder)], ['192.0.2.1', 'OutsidePool']);
    assert.deepEqual([ipsOf(api, other), reasonOf(api, other)], ['198.51.100.1', 'Assigned']);
    await term.end();
  });
});
