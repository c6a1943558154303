import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { encodeReport } from '../../src/speaker/report.js';
import { report } from '../support/reports.js';
import { address } from '../support/values.js';
import { CONFIG_MAPS, type FakeControllerApi } from './fake-controller-api.js';
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
    const { length } = api.writes;
    await term.settle(30_000);
    assert.equal(api.writes.length, length);

    allow(api);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), reasonOf(api, 'web')], ['192.0.2.1', 'Assigned']);
    assert.deepEqual([ipsOf(api, 'later'), reasonOf(api, 'later')], ['192.0.2.2', 'Assigned']);
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
    const claims = [{ address: address('192.0.2.1'), link: 'eth0', term: 1, state: 'owned' }] as const;
    api.put(CONFIG_MAPS, {
      metadata: { name: 'cairn-speaker-node-a', namespace: 'cairn-system' },
      data: { report: encodeReport(report('node-a', { claims })) },
    });
    await term.settle();
    assert.deepEqual(
      [ipsOf(api, 'web'), reasonOf(api, 'web'), reasonOf(api, 'web', 'cairn.dev/Announced')],
      ['192.0.2.1', 'Assigned', 'Announced'],
    );
    allow(api);
    await term.end();
  });
});
