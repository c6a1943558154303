/**
 * Whatever is in the way of a leader’s write: it is made in the end, on what there is then, and never by who leads no more.
 */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { FreshConflicts } from '../../src/run/fresh-conflicts.js';
import { FakeClock } from '../support/clock.js';
import { SERVICES } from './fake-controller-api.js';
import { cluster, ipsOf, Term } from './leader-term.js';

describe('Leader', () => {
  it('decides again on what it finds when somebody else wrote first', async () => {
    const api = cluster();
    api.addService('web');
    let edited = false;
    api.beforeWrite = (what) => {
      if (edited || what !== 'PATCH shop/web') return;
      edited = true;
      api.editService('web', (before) => ({ ...before, spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.3' } }));
    };
    const term = await Term.begin(api);
    assert.equal(ipsOf(api, 'web'), '192.0.2.3');
    await term.end();
  });

  it('answers a rival who writes the same status a few times at once, and then ever so often', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle();
    const rival = { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } };
    for (let round = 0; round < 50; round++) {
      api.editService('web', (before) => ({ ...before, status: { ...(before['status'] as object), ...rival } }));
      await term.settle();
    }
    const writes = api.writes.filter((what) => what === 'PATCH shop/web').length;
    assert.ok(writes <= 10, `${writes} writes at once`);
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('answers a webhook that takes away what it writes, a few times in a second', async () => {
    const api = cluster();
    let isAway = true;
    api.admit = (raw) => {
      const { annotations = {}, ...metadata } = raw.metadata as { annotations?: Record<string, string> };
      const { 'cairn.dev/allocated-from-pool': _, ...kept } = annotations;
      return isAway ? { ...raw, metadata: { ...raw.metadata, ...metadata, annotations: kept } } : raw;
    };
    api.addService('web');
    const term = await Term.begin(api);
    const writes = () => api.writes.filter((what) => what === 'PATCH shop/web').length;
    await term.settle(1_000);
    assert.ok(writes() > 1 && writes() <= 10, `${writes()} writes`);
    isAway = false;
    await term.settle(10_000);
    assert.equal(api.service('shop/web')?.meta.annotations['cairn.dev/allocated-from-pool'], 'p');
    await term.end();
  });

  it('tries again when the API is away, and gives the address it had chosen', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.addService('web');
    api.away = true;
    await term.settle();
    assert.equal(ipsOf(api, 'web'), '');
    api.away = false;
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('tries less and less often what is refused for ever, once a minute at last', async () => {
    const api = cluster();
    let tries = 0;
    api.beforeWrite = (what) => {
      if (what !== 'PATCH shop/web') return;
      tries++;
      throw new ApiError(500, 'InternalError', 'failed calling webhook "example.com"');
    };
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(3_000);
    // One more try among the first ones, and the pace of one Service's writes comes in between.
    api.editService('web', (before) => ({ ...before, metadata: { ...before.metadata, labels: { edited: 'yes' } } }));
    await term.settle(600_000);
    const before = tries;
    await term.settle(600_000);
    assert.ok(tries - before >= 9 && tries - before <= 11, `${tries - before} tries in ten minutes`);
    await term.end();
  });

  it('gives back and moves addresses at once beside many Services whose writes hang and are refused', async () => {
    const api = cluster('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.0/24]}]');
    for (const name of ['web', 'db']) api.addService(name);
    const clock = new FakeClock();
    const term = await Term.begin(api, clock);
    await term.settle(5_000);
    api.beforeWrite = async (what) => {
      if (!what.startsWith('PATCH shop/stuck')) return;
      await new Promise<void>((resolve) => clock.after(10_000, resolve));
      throw new ApiError(500, 'InternalError', 'failed calling webhook "example.com": context deadline exceeded');
    };
    for (let n = 0; n < 64; n++) api.addService(`stuck${n}`);
    // Each of them once: 16 at a time.
    await term.settle(40_000);
    api.editService('web', (before) => ({ ...before, spec: { type: 'ClusterIP' } }));
    api.editService('db', (before) => ({ ...before, spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.200' } }));
    await term.settle();
    assert.deepEqual([ipsOf(api, 'web'), ipsOf(api, 'db')], ['', '192.0.2.200']);
    api.addService('new');
    await term.settle();
    assert.notEqual(ipsOf(api, 'new'), '');
    api.beforeWrite = () => {};
    await term.settle(120_000);
    assert.notEqual(ipsOf(api, 'stuck63'), '');
    await term.end();
  });

  it('tells and remembers nothing of a write whose Service was deleted before its answer came', async () => {
    const api = cluster();
    const given: string[] = [];
    const { given: give } = FreshConflicts.prototype;
    FreshConflicts.prototype.given = (uid) => given.push(uid);
    const request = api.request.bind(api);
    api.request = async (method, path, options) => {
      const answer = await request(method, path, options);
      if (!path.endsWith('/status')) return answer as never;
      api.remove(SERVICES, 'web', 'shop');
      await turn();
      return answer as never;
    };
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle(10_000);
    FreshConflicts.prototype.given = give;
    assert.equal(ipsOf(api, 'web'), undefined);
    assert.deepEqual(given, []);
    assert.deepEqual(term.assignments(), ['released shop/web 192.0.2.1 p']);
    assert.ok(!api.events.some((event) => event.startsWith('Assigned')));
    await term.end();
  });

  it('writes nothing while it is not well inside its lease, and loses nothing by it', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    term.leads = false;
    api.addService('web');
    await term.settle(5_000);
    assert.equal(ipsOf(api, 'web'), '');
    term.leads = true;
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('has its write withheld that comes to its turn after its lease, and loses nothing by it', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.beforeWrite = (what) => {
      if (what === 'PATCH shop/web') term.leads = false;
    };
    api.addService('web');
    await term.settle();
    assert.equal(ipsOf(api, 'web'), '');
    api.beforeWrite = () => {};
    term.leads = true;
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });
});
