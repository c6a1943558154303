/**
 * An address that another device answered for is left alone for a time, whoever leads meanwhile.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { address, mac } from '../support/values.js';
import { type FakeControllerApi, SERVICES } from './fake-controller-api.js';
import { setReport } from './leader-report.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

const TWO = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.2]}]';

const setConflicts = (api: FakeControllerApi, ...ips: readonly string[]) => {
  const conflicts = ips.map((ip) => ({ address: address(ip), link: 'eth0', mac: mac('00:00:5e:00:53:66') }));
  setReport(api, { conflicts });
};

/** `web` was given 192.0.2.1 and moved off it; the device is silent now. */
async function avoided(): Promise<{ readonly api: FakeControllerApi; readonly term: Term }> {
  const api = cluster(TWO);
  api.addService('web');
  const term = await Term.begin(api);
  setConflicts(api, '192.0.2.1');
  await term.settle(6_000);
  assert.equal(ipsOf(api, 'web'), '192.0.2.2');
  setConflicts(api);
  await term.settle();
  return { api, term };
}

describe('an address that a Service was moved off because another device answers for it', () => {
  for (const restarts of [false, true]) {
    it(`is given to nobody for ten minutes${restarts ? ', also by the leader after it' : ''}`, async () => {
      const { api, term: first } = await avoided();
      if (restarts) await first.end();
      const term = restarts ? await Term.begin(api, first.clock) : first;
      api.addService('db');
      await term.settle();
      assert.equal(reasonOf(api, 'db'), 'AddressQuarantined');
      assert.match(api.events.join(), /192\.0\.2\.1 is left alone until [-0-9T:]+Z: another device answered for it/);
      await term.settle(580_000);
      assert.equal(ipsOf(api, 'db'), '');
      await term.settle(20_000);
      assert.equal(ipsOf(api, 'db'), '192.0.2.1');
      await term.end();
    });
  }

  it('is not given back to the Service that had it', async () => {
    const { api, term } = await avoided();
    api.addService('db', { spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.2' } });
    api.remove(SERVICES, 'web', 'shop');
    await term.settle(5_000);
    assert.equal(ipsOf(api, 'db'), '192.0.2.2');
    api.addService('web');
    await term.settle(5_000);
    assert.equal(reasonOf(api, 'web'), 'AddressQuarantined');
    await term.end();
  });

  it('is given to who asks for it, at once', async () => {
    const { api, term } = await avoided();
    api.addService('db', { spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.1' } });
    await term.settle();
    assert.equal(ipsOf(api, 'db'), '192.0.2.1');
    await term.end();
  });
});
