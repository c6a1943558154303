/**
 * What a leader does to Services that are not ours, or not any more: it takes back what is ours, and nothing else.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { FakeClock } from '../support/clock.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { CLASS, cluster, ipsOf, ONE, reasonOf, Term } from './leader-term.js';

describe('Leader', () => {
  it('takes its marks from a Service that stopped being ours, also while nobody led', async () => {
    const api = cluster(ONE);
    for (const name of ['web', 'db']) api.addService(name);
    const first = await Term.begin(api);
    await first.end();
    // The API server takes the addresses of a Service away that is no LoadBalancer any more.
    api.editService('db', (before) => ({
      ...before,
      spec: { type: 'ClusterIP' },
      status: { ...(before['status'] as object), loadBalancer: {} },
    }));
    const second = await Term.begin(api);
    await second.settle();
    assert.equal(api.service('shop/db')?.conditions.length, 0);
    assert.deepEqual(api.service('shop/db')?.meta.annotations, {});
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await second.end();
  });

  it('takes address and marks from what is not ours by the flags of now, and leaves another installation’s', async () => {
    const api = cluster();
    for (const name of ['web', 'db']) api.addService(name);
    const first = await Term.begin(api);
    await first.end();
    const theirs = { 'cairn.dev/served-by': 'other 192.0.2.1', 'cairn.dev/allocated-from-pool': 'theirs' };
    api.editService('db', (before) => ({ ...before, metadata: { ...before.metadata, annotations: theirs } }));
    const second = await Term.begin(api, new FakeClock(), { ...CLASS, isDefault: false });
    await second.settle();
    assert.equal(ipsOf(api, 'web'), '');
    assert.deepEqual(api.service('shop/web')?.meta.annotations, {});
    assert.deepEqual(api.service('shop/web')?.conditions, []);
    assert.equal(ipsOf(api, 'db'), '192.0.2.1');
    assert.deepEqual(api.service('shop/db')?.meta.annotations, theirs);
    assert.deepEqual(
      api.events.filter((event) => event.startsWith('Released')),
      ['Released gave back 192.0.2.2: Services without a class are not served here any more (--default-class=false)'],
    );
    assert.deepEqual(second.assignments(), ['released shop/web 192.0.2.2 p']);
    await second.end();
  });

  it('touches no Service of another class', async () => {
    const api = cluster();
    api.addService('web', { spec: { type: 'LoadBalancer', loadBalancerClass: 'example.com/lb' } });
    const version = api.service('shop/web')?.meta.resourceVersion;
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.equal(api.service('shop/web')?.meta.resourceVersion, version);
    await term.end();
  });
});

describe('Leader of a Service whose type changes and changes back', () => {
  /** As the API server does it: addresses go with the type. */
  const setType = (api: FakeControllerApi, type: string) =>
    api.editService('web', (before) => ({
      ...before,
      metadata: { ...before.metadata, generation: Number(before.metadata['generation'] ?? 1) + 1 },
      spec: { ...(before['spec'] as object), type },
      status: { ...(before['status'] as object), loadBalancer: {} },
    }));
  const told = (api: FakeControllerApi) => api.events.map((event) => event.split(' ')[0]);

  it('says nothing where nobody could see it in between', async () => {
    const api = cluster();
    api.addService('web', { metadata: { generation: 1 } });
    const term = await Term.begin(api);
    setType(api, 'ClusterIP');
    setType(api, 'LoadBalancer');
    await term.settle(500);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    assert.deepEqual(told(api), ['ConfigAccepted', 'Assigned']);
    await term.end();
  });

  it('says each time what was given and given back', async () => {
    const api = cluster();
    api.addService('web', { metadata: { generation: 1 } });
    const term = await Term.begin(api);
    for (let round = 0; round < 2; round++) {
      for (const type of ['ClusterIP', 'LoadBalancer']) {
        setType(api, type);
        await term.settle(500);
      }
    }
    assert.deepEqual(told(api).slice(1), ['Assigned', 'Released', 'Assigned', 'Released', 'Assigned']);
    await term.end();
  });

  it('says nothing more of its announcement once it is none of ours', async () => {
    const api = cluster();
    api.addService('web', { metadata: { generation: 1 } });
    const term = await Term.begin(api);
    await term.settle(3_000);
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'NoSpeakerReady');
    setType(api, 'ClusterIP');
    await term.settle(60_000);
    assert.deepEqual(told(api).slice(1), ['Assigned', 'Released']);
    await term.end();
  });
});
